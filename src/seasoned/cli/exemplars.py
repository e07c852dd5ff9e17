"""`seasoned exemplars`: fill a skillbook's bank, add to it by hand, look at it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, out, safe
from seasoned.cli.place import Open, Place, opened, require_book
from seasoned.cli.show import print_steps, range_of_steps, said
from seasoned.cli.traces import one_line
from seasoned.cli.which import Which
from seasoned.core.exemplar import FAILED_NOW, Exemplar, ExemplarStatus, case_of, is_shown
from seasoned.core.outcome import OutcomeSource
from seasoned.core.text import plural, shortened
from seasoned.core.trace import Trace
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import Policy
from seasoned.learn.exemplars.cutting import Place as PlaceInRun
from seasoned.learn.exemplars.cutting import obstacle, problem_at, whole_run
from seasoned.learn.exemplars.filling import Filled, exemplar_at
from seasoned.learn.exemplars.policy import BankPolicy, Part
from seasoned.pipeline.exemplars.filling import ever_handed_out, fill_bank
from seasoned.store.exemplars import is_failed
from seasoned.store.traces.outcomes import Statement

STATUS_STYLES: dict[ExemplarStatus, str] = {
    "proposed": "yellow",
    "approved": "green",
    "rejected": "red",
    "retired": "dim",
}
_TASK_CHARS, _PROBLEM_CHARS = 24, 100


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Filling:
    """What the bank is filled with."""

    source: tuple[OutcomeSource, ...] = ("verifier", "human")
    """Whose word counts that a run went well; may be given several times."""
    min_score: Annotated[float, Parameter(validator=Number(gte=0, lte=1))] = 1.0
    """The score that a run must reach."""
    per_task: Annotated[int, Parameter(validator=Number(gte=1))] = 1
    """Of one task at most so many, the shortest first."""
    part: tuple[Part, ...] = ("run",)
    """Whole runs; sub-tasks, from a user's turn to the agent's answer; single calls of tools with what led to them. May
    be given several times."""
    even_idle: bool = False
    """Keep runs without a single call too, of an agent that calls tools elsewhere."""
    max_chars: Annotated[int, Parameter(validator=Number(gte=1))] = 40_000
    """What is longer is left out, never cut."""
    redact: str | None = None
    """Leave out runs in which this finds something: pii, or types with commas between."""
    approve: bool = False
    """Approve what is kept, without a person reading it."""

    def policy(self) -> BankPolicy:
        """The policy that the options mean; raises `UsageError` for types that nothing redacts."""
        return BankPolicy(
            sources=self.source,
            min_score=self.min_score,
            is_reviewed=not self.approve,
            per_task=self.per_task,
            parts=self.part,
            even_idle=self.even_idle,
            max_chars=self.max_chars,
            redaction=None if self.redact is None else Policy.parse(self.redact),
        )


def fill(
    *,
    filling: Filling | None = None,
    which: Which | None = None,
    dry_run: bool = False,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Propose the shortest run that went well of each task as an exemplar; nothing is kept twice.

    What is kept waits for `seasoned exemplars approve`: `seasoned review` is for skills. Filling again from the same
    runs adds nothing, and what was rejected does not come back.

    Args:
        filling: What is asked for.
        which: Only from these runs.
        dry_run: Say what would be kept; keep nothing.
        json: Print one JSON document.
        place: Where to look.
    """
    policy = (filling or Filling()).policy()
    who = f"filled by {this_person().name}"
    with opened(place) as here:
        chosen = (which or Which()).chosen()
        filled = fill_bank(here.store, here.book, policy, chosen=chosen, note=who, is_dry_run=dry_run)
    if json:
        emit_json({"book": here.book, "dry_run": dry_run, "n_kept": filled.n_kept, **filled.model_dump(mode="json")})
        return
    # Notes last: on a terminal, hundreds of ids would carry them out of sight.
    for exemplar in filled.exemplars:
        out.print(exemplar.id)
    _tell_filled(filled, here.book, is_dry_run=dry_run)


def _tell_filled(filled: Filled, book: str, *, is_dry_run: bool) -> None:
    kept = "would be kept" if is_dry_run else "kept"
    note(f"{filled.n_kept:,} of {filled.n_considered:,} considered {kept} for {book!r}", "bold")
    for why, n in filled.left_out.items():
        note(f"  {n:,} left out: {why}")
    if filled.n_kept and not is_dry_run and filled.exemplars[0].status == "proposed":
        note("`seasoned exemplars list` shows them, `seasoned exemplars approve` lets them be shown", "dim")
    if not filled.n_considered:
        note("No such traces in the store. `seasoned traces import PATH` reads some.")


def add(
    trace: str,
    /,
    *,
    steps: str | None = None,
    tag: tuple[str, ...] = (),
    problem: str = "",
    reason: str = "",
    place: Place | None = None,
) -> None:
    """Propose a run, or some steps of one, as an exemplar; it waits for approval like any other.

    Args:
        trace: The trace's id, or enough of its beginning, or its run key.
        steps: Only these, counted from 0: 3:10 is 3 to 9, as `seasoned traces show` counts them.
        tag: What kind of case it is; may be given several times.
        problem: What was to be done, where the run itself does not say it well.
        reason: Why it is worth showing.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.traces.get(here.store.traces.find(trace))
        where = _place_in(found, steps, problem.strip())
        _refuse_unfit(here, found, where)
        exemplar = exemplar_at(found, where, this_person(), datetime.now(UTC))
        exemplar = Exemplar.model_validate(exemplar.model_dump() | {"tags": tag, "note": reason.strip()})
        if not here.store.exemplars.add(here.book, [exemplar]):
            present = here.store.exemplars.get(here.book, exemplar.id)
            note(f"it is in the bank already, {present.status}")
    out.print(exemplar.id)


def _place_in(trace: Trace, steps: str | None, problem: str) -> PlaceInRun:
    if steps is None:
        whole = whole_run(trace)
        if whole is None:
            raise UsageError("there is nothing to show in this run", where=trace.id, why="the agent did nothing in it")
        return whole._replace(problem=problem or whole.problem)
    chosen = range_of_steps(steps, len(trace.steps))
    return PlaceInRun("subtask", chosen[0], chosen[-1] + 1, problem or problem_at(trace, chosen[0]))


def _refuse_unfit(here: Open, trace: Trace, where: PlaceInRun) -> None:
    """Refuse what no agent should be shown."""
    if trace.verdict is False:
        why = "it is judged failed: " + said(Statement(at=None, outcome=trace.outcome)) if trace.outcome else ""
        hint = "`seasoned traces label` says how a run ended"
        raise UsageError("a run that failed is no example", where=trace.id, why=why, hint=hint)
    if (why := obstacle(trace, where, ever_handed_out(here.store, here.book))) is not None:
        raise UsageError(
            "this is no example", where=trace.id, why=why, hint="--steps and --problem choose another part"
        )


def list_exemplars(
    *,
    status: Literal["proposed", "approved", "rejected", "retired"] | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """List the exemplars of a skillbook's bank.

    Args:
        status: Only those that stand so.
        json: Print one JSON document with every field.
        place: Where to look.
    """
    with opened(place) as here:
        require_bank(here)
        bank = here.store.exemplars.of(here.book)
        failed = here.store.exemplars.failed(here.book)
    found = [exemplar for exemplar in bank if status in (None, exemplar.status)]
    counts: dict[str, JsonValue] = dict(Counter(str(exemplar.status) for exemplar in bank))
    if json:
        documents: list[JsonValue] = [_document(each, is_failed_now=each.id in failed) for each in found]
        emit_json({"book": here.book, "counts": counts, "exemplars": documents})
        return
    emit_table(
        ("id", "status", "kind", "task", "#score", "#steps", "#chars", "tools", "remarks", "problem"),
        [_row(exemplar, is_failed_now=exemplar.id in failed) for exemplar in found],
        empty=f"No such exemplars for {here.book!r}. `seasoned exemplars fill` proposes the runs that went well.",
    )
    if bank:
        note(_footer(bank, counts, len(failed)), "dim")


def show(exemplar: str, /, *, full: bool = False, json: bool = False, place: Place | None = None) -> None:
    """Show one exemplar: what was to be done, the steps, how it ended and who decided on it.

    Args:
        exemplar: The exemplar's id, or enough of its beginning.
        full: Show every step whole.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        require_bank(here)
        found = here.store.exemplars.get(here.book, exemplar)
        trace = here.store.traces.get(found.trace_id)
    is_failed_now = is_failed(found, trace.outcome)
    if json:
        steps: list[JsonValue] = [step.model_dump(mode="json") for step in case_of(found, trace).steps]
        outcome = None if trace.outcome is None else trace.outcome.model_dump(mode="json")
        emit_json({**_document(found, is_failed_now=is_failed_now), "steps": steps, "outcome": outcome})
        return
    out.print(Text(found.id, "bold") + Text("  ") + Text(found.status, STATUS_STYLES[found.status]))
    if is_failed_now:
        out.print(Text(f"not shown to any agent: {FAILED_NOW}", "red"))
    for name, text in _head(found, trace).items():
        if text:
            out.print(Text(f"{name}: ", "dim") + safe(text), soft_wrap=not out.is_terminal)
    within = [i for i in range(found.start, min(found.end, len(trace.steps))) if is_shown(trace.steps[i])]
    print_steps(trace, within, is_full=full)
    if found.status == "proposed" and not is_failed_now:
        note(f"`seasoned exemplars approve {found.id}` lets agents be shown it; `reject` turns it down", "dim")


def require_bank(here: Open) -> None:
    """Refuse a skillbook that has neither a bank nor skills, if others are there: its name is most likely misspelt."""
    if not here.store.exemplars.of(here.book):
        require_book(here)


def _head(exemplar: Exemplar, trace: Trace) -> dict[str, str]:
    """What is said of an exemplar before its steps."""
    steps = f"{exemplar.start}:{exemplar.end}"
    return {
        "problem": exemplar.problem,
        "run": f"{exemplar.trace_id}, steps {steps} ({exemplar.kind} of task {one_line(exemplar.task_key)})",
        "agent": exemplar.agent,
        "tools": ", ".join(exemplar.tools),
        "tags": ", ".join(exemplar.tags),
        "outcome": "none" if trace.outcome is None else said(Statement(at=None, outcome=trace.outcome)),
        f"{exemplar.status} by": f"{exemplar.author.name} ({exemplar.author.kind}), {exemplar.at:%Y-%m-%d %H:%M}",
        "because": exemplar.note,
    }


def _document(exemplar: Exemplar, *, is_failed_now: bool) -> dict[str, JsonValue]:
    return {**exemplar.model_dump(mode="json"), "failed_now": is_failed_now}


def _row(exemplar: Exemplar, *, is_failed_now: bool) -> tuple[str | Text, ...]:
    remarks = [
        *([FAILED_NOW] if is_failed_now else []),
        *([f"tags {', '.join(exemplar.tags)}"] if exemplar.tags else []),
    ]
    return (
        exemplar.id,
        Text(exemplar.status, STATUS_STYLES[exemplar.status]),
        exemplar.kind,
        shortened(one_line(exemplar.task_key), _TASK_CHARS),
        "" if exemplar.score is None else f"{exemplar.score:g}",
        str(exemplar.end - exemplar.start),
        f"{exemplar.n_chars:,}",
        shortened(", ".join(exemplar.tools), 60),
        "; ".join(remarks),
        shortened(one_line(exemplar.problem), _PROBLEM_CHARS),
    )


def _footer(bank: tuple[Exemplar, ...], counts: Mapping[str, JsonValue], n_failed: int) -> str:
    """The bank in one line."""
    by_status = ", ".join(f"{n} {status}" for status, n in counts.items())
    n_tools = len({tool for exemplar in bank for tool in exemplar.tools})
    parts = [
        f"{plural(len(bank), 'exemplar')}: {by_status}",
        f"{plural(len({exemplar.task_key for exemplar in bank}), 'task')}, {plural(n_tools, 'tool')}",
        f"{sum(exemplar.n_chars for exemplar in bank):,} characters of steps",
    ]
    return "; ".join([*parts, f"{n_failed} not shown, as {FAILED_NOW}"] if n_failed else parts)
