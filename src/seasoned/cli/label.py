"""`seasoned traces label`: say how runs ended, one by hand or many from a CSV file."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.text import Text

from seasoned.cli.output import emit_json, note, safe, say
from seasoned.cli.place import Place, opened
from seasoned.cli.show import said
from seasoned.core.outcome import Outcome, OutcomeSource
from seasoned.core.text import plural
from seasoned.core.value import Value
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError, boundary
from seasoned.ingest.labels import Label, outcome_of, read_labels
from seasoned.ingest.record import Problem
from seasoned.store.store import Store
from seasoned.store.traces.outcomes import Attached, Statement
from seasoned.store.traces.traces import TraceFilter


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said beside pass or fail."""

    score: Annotated[float | None, Parameter(validator=Number(gte=0, lte=1))] = None
    """From 0 to 1, higher is better."""
    feedback: str = ""
    """What was wrong or right, in words."""
    by: str | None = None
    """Who says so; without it your account's name. A CSV's own column `by` goes before."""
    source: Literal["human", "verifier", "judge"] = "human"
    """What kind of witness that is: a person outranks a verifier, a verifier a language model that judges."""


class _Document(Value):
    """What `--json` prints."""

    labelled: tuple[Attached, ...]
    problems: tuple[Problem, ...]


def label(
    trace: str | None = None,
    verdict: Literal["pass", "fail"] | None = None,
    /,
    *,
    words: Words | None = None,
    csv: Path | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Say how a run ended; what was said before stays in its history.

    A CSV file has a first line of headings: trace (or id), run_key (or external_id) or task_key to name the run, or
    several of them that must agree; success and/or score; feedback and by if you like.

    Args:
        trace: The trace's id, or enough of its beginning, or its run key.
        verdict: How the run ended.
        words: What else there is to say.
        csv: Read the labels of many runs from this file instead.
        json: Print one JSON document.
        place: Where to look.
    """
    words = words or Words()
    if (csv is None) == (trace is None):
        raise UsageError("say which run, or give a file", hint="seasoned traces label ID pass, or --csv FILE")
    if csv is None and verdict is None and words.score is None:
        raise UsageError("say how the run ended", hint="pass or fail, or --score 0.5")
    by = words.by if words.by is not None else this_person().name
    with opened(place) as here:
        if csv is not None:
            done, problems = _from_file(here.store, csv, words.source, by)
        else:
            outcome = _outcome(verdict, words, by)
            done, problems = [here.store.outcomes.attach(here.store.traces.find(trace or ""), outcome)], []
    if json:
        emit_json(_Document(labelled=tuple(done), problems=tuple(problems)))
    _report(done, problems, is_single=csv is None)
    if problems:
        sys.exit(1)


def _outcome(verdict: str | None, words: Words, by: str) -> Outcome:
    success = None if verdict is None else verdict == "pass"
    return outcome_of(success=success, score=words.score, source=words.source, name=by, feedback=words.feedback)


def _from_file(store: Store, path: Path, source: OutcomeSource, by: str) -> tuple[list[Attached], list[Problem]]:
    done: list[Attached] = []
    problems: list[Problem] = []
    with (
        boundary(UsageError, "the labels cannot be read", where=str(path)),
        path.open(encoding="utf-8-sig", newline="") as lines,
    ):
        for row in read_labels(lines, source=source, by=by, where=str(path)):
            attached = row if isinstance(row, Problem) else _attached(store, row)
            if isinstance(attached, Problem):
                problems.append(attached)
            else:
                done.append(attached)
    return done, problems


def _attached(store: Store, row: Label) -> Attached | Problem:
    try:
        return store.outcomes.attach(_only_one(store, row), row.outcome)
    except UsageError as error:
        return Problem(where=row.where, why=f"{error.what}: {error.why}" if error.why else error.what)


def _only_one(store: Store, row: Label) -> str:
    """The id of the one trace that all of the row's names name; raises `UsageError`."""
    named: list[set[str]] = []
    if row.trace:
        named.append({store.traces.get(row.trace).id})
    if row.run_key:
        named.append(set(store.traces.with_run_key(row.run_key)))
    if row.task_key:
        named.append({each.id for each in store.traces.rows(TraceFilter(task_key=row.task_key))})
    found = named[0].intersection(*named[1:])
    if len(found) != 1:
        why = "no run in the store has these names" if not found else f"{plural(len(found), 'run')} have these names"
        raise UsageError("it names no single run", why=why, hint="add a column: trace, run_key or task_key")
    return found.pop()


def _report(done: list[Attached], problems: list[Problem], *, is_single: bool) -> None:
    for each in done if is_single else ():
        shown = said(Statement(at=None, outcome=each.winning))
        known = "" if each.is_new else " (this was said already)"
        note(f"{each.trace_id}: {shown}{known}")
    if is_single:
        return
    for problem in problems:
        say(Text("  problem  ", "red") + safe(f"{problem.where}: {problem.why}"))
    n_known = sum(not each.is_new for each in done)
    known = f", {n_known:,} of them as before" if n_known else ""
    note(f"{plural(len(done), 'run')} labelled{known}, {plural(len(problems), 'problem')}", "bold")
