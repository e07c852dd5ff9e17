"""Grading recorded runs: a grader, such as a model that judges, says how runs ended of which only the trace is left.

One durable run of kind `grade`: asked for again it goes on where it was, without paying for finished calls, and a run
that the same grader has graded before is not graded again. A verdict stands where nobody whose word counts as much has
said anything; else it is kept beside, where `seasoned eval agreement` finds it. Raises what the parts raise; a call
that failed is in what comes back instead.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.core.run import Run
from seasoned.core.text import CHARS_PER_TOKEN
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import ConfigError, UsageError, boundary
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, Grader, last_answer
from seasoned.evaluate.graders.judge import Judge
from seasoned.evaluate.graders.registry import AsksModel, LooksIntoWorlds
from seasoned.llm.journal import part_of_run
from seasoned.pipeline.each_run import VERDICT_TOKENS, EachRun, EachRunOptions
from seasoned.pipeline.evaluation.storing import Kept
from seasoned.pipeline.surroundings import Accounting, accounting
from seasoned.runs.hold import hold
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import TraceFilter
from seasoned.threads import finished, refuse_in_event_loop

KIND = "grade"
"""`Run.kind` of a grading."""


@dataclass(frozen=True, kw_only=True)
class GradeOptions(EachRunOptions):
    """Which runs to grade, and by whom."""

    grader: Grader
    trace_ids: Sequence[str]
    """The runs, by whole ids; those that the grader has graded before are left as they are."""
    reference_of: Callable[[str], JsonValue]
    """The sealed answer of a run, by its id; None where there is none."""
    limit: int | None = None
    """Give at most so many verdicts this time."""


class GradePlan(Value):
    """What a grading would ask."""

    n_runs: int
    """Runs that were chosen."""
    n_open: int
    """Of these, runs that the grader has not graded."""
    n_calls: int
    """Questions to a model; a quote that does not hold is asked for once more."""
    input_tokens: int
    output_tokens: int


class Withheld(Value):
    """A run on which the grader gave no verdict."""

    trace_id: str
    reason: str


class Graded(Value):
    """What a grading came to."""

    run_id: str
    grader: str
    was_done: bool = False
    """The same work had been done before: nothing was asked and nothing changed."""
    is_complete: bool = True
    """False where a limit of the budget or a provider cut some of the work off."""
    n_runs: int = 0
    """Runs that were chosen."""
    n_before: int = 0
    """Of these, runs that the grader had graded before."""
    n_passed: int = 0
    n_failed: int = 0
    n_beside: int = 0
    """Verdicts of these that are kept beside one whose word counts as much or more."""
    withheld: tuple[Withheld, ...] = ()
    notes: tuple[str, ...] = ()
    n_calls: int = 0
    cost_usd: float | None = None

    @property
    def n_left(self) -> int:
        """Runs that nobody has asked about yet, by the limit, the budget or a provider."""
        return self.n_runs - self.n_before - self.n_passed - self.n_failed - len(self.withheld)


def whole_runs(store: Store, chosen: TraceFilter) -> list[str]:
    """Ids of stored runs; what a sub-agent did is part of the run that started it, and has no end of its own."""
    return [row.id for row in store.traces.rows(chosen.model_copy(update={"has_parent": False}))]


def _waiting(store: Store, options: GradeOptions) -> tuple[str, ...]:
    """The runs that the grader has not graded, by id.

    Ids are hashes, so their order has nothing to do with how runs ended: the first ones are a fair sample.
    """
    known = store.outcomes.graded_by(options.grader.name)
    return tuple(sorted({*options.trace_ids} - known))


def grade_plan(store: Store, options: GradeOptions) -> GradePlan:
    """What a grading would ask of a model, without asking; graders that are none ask nobody."""
    left = _waiting(store, options)
    sizes = _sizes(store, options.grader, options, left) if isinstance(options.grader, Judge) else []
    return GradePlan(
        n_runs=len(set(options.trace_ids)),
        n_open=len(left),
        n_calls=len(sizes),
        input_tokens=sum(sizes) // CHARS_PER_TOKEN,
        output_tokens=len(sizes) * VERDICT_TOKENS,
    )


def _sizes(store: Store, judge: Judge, options: GradeOptions, left: Sequence[str]) -> list[int]:
    """Characters of each question; a run that lacks what the judge needs is not asked about."""
    found: list[int] = []
    for trace in store.traces.of(left):
        if options.limit is not None and len(found) == options.limit:
            break
        task = GradedTask(task=trace.task, reference=options.reference_of(trace.id))
        try:
            found.append(sum(len(message.content) for message in judge.request(task, trace).messages))
        except ConfigError:
            continue
    return found


def grade_from(store: Store, options: GradeOptions) -> Graded:
    """Grade where no event loop is running; see `grade_from_async`.

    Raises:
        UsageError: An event loop is running in this thread; nothing was begun.
    """
    refuse_in_event_loop("grade_from", "grade_from_async(...)")
    return asyncio.run(grade_from_async(store, options))


async def grade_from_async(store: Store, options: GradeOptions) -> Graded:
    """Let a grader say how recorded runs ended, and keep what it says.

    Raises:
        UsageError: There are no runs, the grader looks at more than a trace holds, or a living process is at this work.
        StoreError: The store cannot be read or written.
    """
    _refuse(options)
    with hold(store, KIND, _identity(options)) as held:
        options.on_run(held.run.id)
        if held.is_done:
            return Graded.model_validate({**held.summary, "was_done": True})
        with accounting(store, held.run, options.budget, options.policy) as shared:
            done = await _Grading(store, held.run, options, shared).done()
        held.is_complete = done.is_complete and not done.n_left
        held.summary = done.model_dump(mode="json")
    return done


def _refuse(options: GradeOptions) -> None:
    if not options.trace_ids:
        raise UsageError("there are no runs to grade", hint="`seasoned traces list` shows those of the store")
    if isinstance(options.grader, LooksIntoWorlds):
        raise UsageError(
            f"the grader {options.grader.name!r} cannot grade recorded runs",
            why="it looks at the end state of a world, which a trace does not hold",
            hint="grade with it while the tasks are worked: `seasoned eval run`",
        )


def _identity(options: GradeOptions) -> dict[str, JsonValue]:
    """All that determines the work."""
    return {"grader": options.grader.identity, "traces": list[JsonValue](sorted(set(options.trace_ids)))}


class _Grading:
    """One taking of a grading."""

    def __init__(self, store: Store, run: Run, options: GradeOptions, shared: Accounting) -> None:
        self._store, self._run, self._options, self._shared = store, run, options, shared
        grader = options.grader
        self._grader = grader.asking(shared.of) if isinstance(grader, AsksModel) else grader
        self._kept = Kept(store, run.id, options.policy)
        self._counts: Counter[bool] = Counter()
        self._n_beside = 0
        self._withheld: list[Withheld] = []

    async def done(self) -> Graded:
        n_runs, left = len(set(self._options.trace_ids)), _waiting(self._store, self._options)
        limit, n_taken = len(left) if self._options.limit is None else self._options.limit, 0
        each = EachRun(self._shared.account, self._options)
        # A run without a verdict leaves its place to the next one, or the same few would be asked about for ever.
        while each.is_complete and n_taken < len(left) and (n_due := limit - self._counts.total()):
            part = left[n_taken : n_taken + n_due]
            n_taken += len(part)
            await each.over(self._store.traces.of(part), len(part), self._one)
        totals = self._shared.account.totals
        return Graded(
            run_id=self._run.id,
            grader=self._grader.name,
            is_complete=each.is_complete,
            n_runs=n_runs,
            n_before=n_runs - len(left),
            n_passed=self._counts[True],
            n_failed=self._counts[False],
            n_beside=self._n_beside,
            withheld=tuple(self._withheld),
            notes=tuple(each.notes),
            n_calls=totals.n_calls,
            cost_usd=totals.cost_usd,
        )

    async def _one(self, trace: Trace) -> None:
        grade = await self._grade(trace)
        if grade.outcome is None or grade.outcome.success is None:
            reason = self._kept.text(grade.reason) or "it says nothing"
            self._withheld.append(Withheld(trace_id=trace.id, reason=reason))
            return
        outcome = self._kept.outcome(grade.outcome)
        stands = await finished(self._shared.writer, self._store.outcomes.graded, trace.id, outcome)
        self._counts[grade.outcome.success] += 1
        self._n_beside += not stands

    async def _grade(self, trace: Trace) -> Grade:
        task = GradedTask(task=trace.task, reference=self._options.reference_of(trace.id))
        try:
            with part_of_run(trace.id), boundary(UsageError, "the grader failed", where=self._grader.name):
                return await self._grader.grade(task, Attempted(trace=trace, answer=last_answer(trace.steps)))
        except ConfigError as error:
            # What one run lacks, such as a reference, another one may have.
            return Grade(grader=self._grader.name, outcome=None, reason=error.why or error.what)
