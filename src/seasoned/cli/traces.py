"""`seasoned traces`: import trace files, list and search runs, delete them on request."""

import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.text import Text

from seasoned.cli.asked import Asked
from seasoned.cli.imports import ReadOptions, import_with_progress, print_import
from seasoned.cli.keys import read_line
from seasoned.cli.output import emit_json, emit_table, mark, note, out, safe
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.which import Which
from seasoned.core.text import plural
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.ingest.importing import detect_paths
from seasoned.ingest.mapped import Mapped
from seasoned.ingest.mapping import Columns
from seasoned.pull.service import address_of
from seasoned.store.traces.erasure import Erased
from seasoned.store.traces.traces import Hit, TraceRow

PathWord = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A path, or "-" for standard input."""
Limit = Annotated[int, Parameter(validator=Number(gte=0))]
"""So many at most."""
SHOWN_WHEN_ASKING = 5
"""Traces that the question before a deletion names."""

MapPairs = Annotated[tuple[str, ...], Parameter(consume_multiple=True)]


def list_traces(
    *, which: Which | None = None, limit: Limit | None = None, json: bool = False, place: Place | None = None
) -> None:
    """List the traces of the store, in order of import.

    Args:
        which: Only these.
        limit: At most so many.
        json: Print one JSON document.
        place: Where to look.
    """
    chosen = (which or Which()).chosen()
    with opened(place) as here:
        found = here.store.traces.rows(chosen, limit=limit)
        n_all = here.store.traces.count(chosen) if limit is not None else len(found)
    if json:
        emit_json({"traces": [row.model_dump(mode="json") for row in found]})
        return
    _print_rows(found)
    if len(found) < n_all:
        note(f"{len(found):,} of {n_all:,}; a higher --limit shows more", "dim")


def _print_rows(found: Sequence[TraceRow]) -> None:
    """A table of runs; a column in which nothing would stand is left out."""
    columns: dict[str, list[str | Text]] = {
        "id": [r.id for r in found],
        "verdict": [mark(r.verdict) for r in found],
        "#score": [_score(r) for r in found],
        "#steps": [str(r.n_steps) for r in found],
        "#errors": [str(r.n_errors) if r.n_errors else "" for r in found],
        "started": ["" if r.started_at is None else f"{r.started_at:%Y-%m-%d %H:%M}" for r in found],
        "format": [r.format for r in found],
        "model": [r.model for r in found],
        "task": [one_line(r.task_key) for r in found],
    }
    told = {name: cells for name, cells in columns.items() if any(cells)}
    emit_table(
        tuple(told),
        list(zip(*told.values(), strict=True)),
        empty="No such traces in the store. `seasoned traces import PATH` reads some.",
    )


def _score(row: TraceRow) -> str:
    """The score, where it says more than the verdict."""
    is_plain = row.score is None or (row.verdict is not None and row.score == float(row.verdict))
    return "" if is_plain else f"{row.score:g}"


def search(
    text: str, /, *, which: Which | None = None, limit: Limit = 20, json: bool = False, place: Place | None = None
) -> None:
    """Find the runs that hold all words of a text, best first.

    Looks at the task and every step but system prompts. "Quoted words" stand together; a star ends a word anyhow.

    Args:
        text: The words.
        which: Only among these.
        limit: At most so many.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.traces.search(text, (which or Which()).chosen(), limit=limit)
    if json:
        emit_json({"query": text, "hits": [hit.model_dump(mode="json") for hit in found]})
        return
    for hit in found:
        step = "task" if hit.step is None else f"step {hit.step}"
        head = safe(hit.row.id, "bold") + Text("  ") + mark(hit.row.verdict)
        out.print(head + safe(f"  {step}  {one_line(hit.row.task_key)}", "dim"), soft_wrap=True)
        out.print(Text("  ") + marked(hit), soft_wrap=not out.is_terminal)
    if found:
        note(f"{plural(len(found), 'run')}; `seasoned traces show ID` reads one", "dim")
    else:
        note("No run holds all of these words. A star finds other endings: refund*")


def marked(hit: Hit) -> Text:
    """The snippet on one line, with what was searched for marked: in colour, and in brackets where there is none."""
    line, at = Text(), 0
    left, right = ("", "") if out.is_terminal else ("[", "]")
    for start, end in hit.marks:
        line += safe(one_line(hit.snippet[at:start]))
        line += safe(f"{left}{one_line(hit.snippet[start:end])}{right}", "black on yellow")
        at = end
    return line + safe(one_line(hit.snippet[at:]))


def one_line(text: str) -> str:
    """The text with every line break and tab as a space."""
    return text.replace("\r", "").replace("\n", " ").replace("\t", " ")


def delete(
    *traces: str,
    which: Which | None = None,
    why: str = "",
    yes: bool = False,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Delete traces on request: their text leaves the store for good, and an import does not bring them back.

    Gone are steps, reference answers, images, outcomes, index entries, and the texts of calls and turns of the runs
    that read them. Skills stay; their quotes from these traces become empty and say so. That they were deleted, when
    and by whom stays on record.

    Args:
        traces: Ids, or enough of their beginnings, or run keys.
        which: Instead of naming them: all of these.
        why: On whose request; it is kept, so do not repeat what is to be deleted.
        yes: Do not ask.
        json: Print one JSON document.
        place: Where to look.
    """
    which = which or Which()
    _require_one_choice(traces, which)
    with opened(place) as here:
        ids = _named(here, traces, which)
        if not ids:
            note("No such traces in the store; nothing was deleted.")
            sys.exit(1)
        if not yes and not _is_confirmed(ids):
            note("Nothing was deleted.")
            sys.exit(1)
        erased = here.store.erasures.erase(ids, by=this_person().name, why=why)
    if json:
        emit_json(erased)
    _report(erased)
    if not erased.is_purged:
        sys.exit(1)


def _require_one_choice(traces: tuple[str, ...], which: Which) -> None:
    if bool(traces) == (not which.is_empty):
        raise UsageError(
            "say which traces to delete",
            why="neither ids nor a filter was given" if not traces else "both ids and a filter were given",
            hint="give ids, or filter options such as --task KEY",
        )


def _named(here: Open, traces: tuple[str, ...], which: Which) -> list[str]:
    if not traces:
        return [row.id for row in here.store.traces.rows(which.chosen())]
    try:
        return list(dict.fromkeys(here.store.traces.find(name) for name in traces))
    except UsageError:
        # One that was deleted before may have left its bytes in the file, where another process was in the way.
        here.store.erasures.purge()
        raise


def _is_confirmed(ids: list[str]) -> bool:
    for trace_id in ids[:SHOWN_WHEN_ASKING]:
        note(f"  {trace_id}")
    if len(ids) > SHOWN_WHEN_ASKING:
        note(f"  and {len(ids) - SHOWN_WHEN_ASKING:,} more")
    return read_line(f"Delete {plural(len(ids), 'trace')} for good? [y/N] ").lower() in ("y", "yes")


def _report(erased: Erased) -> None:
    counts = (
        (erased.n_quotes, "quote"),
        (erased.n_calls, "model call"),
        (erased.n_turns, "turn"),
        (erased.n_blobs, "attachment"),
    )
    also = ", ".join(plural(n, noun) for n, noun in counts if n)
    note(f"deleted {plural(len(erased.trace_ids), 'trace')}{f'; with the texts of {also}' if also else ''}", "bold")
    if erased.n_prompts:
        note(f"{plural(erased.n_prompts, 'compiled prompt')} that showed it lost the examples", "yellow")
    if erased.skills:
        note("These skills lost quotes; read whether their own words repeat what had to go:", "yellow")
        for skill_id in erased.skills:
            note(f"  seasoned skills show {skill_id}")
    if erased.children:
        note(f"Traces of their sub-agents stay: {', '.join(erased.children)}", "yellow")
    if not erased.is_purged:
        note(
            "Another process has the store open, so deleted bytes may still be in its files. Close it, then give the "
            "same command again.",
            "red",
        )


def import_(
    *paths: PathWord,
    map: MapPairs = (),  # noqa: A002 - the flag's name
    asked: Asked | None = None,
    even_deleted: bool = False,
    reading: ReadOptions | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Read trace files into the store, or what a service keeps. Importing the same runs again changes nothing.

    Args:
        paths: Files and folders in any known format, zip archives too; "-" reads standard input; langfuse:PROJECT,
            langsmith:PROJECT, phoenix:PROJECT and mlflow:EXPERIMENT fetch what is new there, with the credentials that
            the service's own SDK takes from the environment.
        map: Where in records of any shape (JSON, CSV, Parquet) what stands, as `messages=data.turns score=eval.ok`.
            Names: messages, input, output, conversation, role, content, time, turn, system, task, task_id, id, tools,
            score, success, feedback, reference, model, agent.
        asked: From a service, only these.
        even_deleted: Store also runs that were deleted from this store on request.
        reading: How files are read, and what is redacted.
        json: Print one JSON document that lists every file, its runs and its problems.
        place: Where to store them.
    """
    _require(paths)
    window = (asked or Asked()).window()
    formats = (Mapped(Columns.parse(map)),) if map else None
    with opened(place, may_create=True) as here:
        imported = import_with_progress(here, paths, reading, formats=formats, even_erased=even_deleted, window=window)
    if json:
        emit_json(imported.document())
    else:
        print_import(imported)
    totals = imported.report.totals
    if totals.runs == 0 and (totals.errors or any(address_of(path) is None for path in paths)):
        sys.exit(1)


def detect(*paths: PathWord, json: bool = False) -> None:
    """Say which format files are in, how sure that is, and why; nothing is stored.

    Args:
        paths: Files and folders; "-" reads standard input.
        json: Print one JSON document.
    """
    _require(paths)
    found = list(detect_paths(paths))
    if json:
        emit_json({"files": [d.model_dump(mode="json") for d in found]})
        return
    rows = [(d.path, d.format, f"{d.confidence:.2f}", d.reason) for d in found]
    emit_table(("file", "format", "#confidence", "because"), rows, empty="There is no file at these paths.")


def _require(paths: tuple[str, ...]) -> None:
    if not paths:
        raise UsageError("no path was given", hint="name files or folders, or - for standard input")
