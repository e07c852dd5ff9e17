"""An evaluation: tasks times trials worked by an agent, each graded and kept as it ends.

One durable run of kind `evaluate`: asked for again it goes on where it was, and trials that are kept are not run again.
What the agent does wrong is a scored failure; what lies outside of it is tried again, counted and never scored. Raises
`UsageError` and `ConfigError` for what cannot be evaluated so, and what the parts raise; a trial that could not be
reached is in the result instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from seasoned.core.prompt import Prompt
from seasoned.core.run import Run
from seasoned.core.trial import TrialRecord
from seasoned.errors import BudgetExceeded
from seasoned.evaluate.attempt import AsksOurModel, Attempt, Attempted, GradedTask, is_held_out
from seasoned.evaluate.compare.runs import KIND
from seasoned.evaluate.graders.registry import GradersOfTasks
from seasoned.evaluate.graders.together import Together, graded
from seasoned.evaluate.tools.serving import serving
from seasoned.learn.learner import Progress
from seasoned.llm.journal import part_of_run
from seasoned.llm.model import Reply, TokenUsage
from seasoned.pipeline.evaluation.options import Evaluated, EvaluateOptions
from seasoned.pipeline.evaluation.refusing import (
    BROKEN,
    FIRST,
    FirstTrials,
    graders_of,
    refuse_changed_tasks,
    refuse_what_cannot_be_run,
)
from seasoned.pipeline.evaluation.storing import Given, Kept, run_key_of
from seasoned.pipeline.evaluation.totals import totals_of
from seasoned.pipeline.evaluation.trying import Failed, Unreached, attempt_once, patiently, seed_of
from seasoned.pipeline.surroundings import Accounting, accounting
from seasoned.runs.hold import hold
from seasoned.store.store import Store
from seasoned.threads import finished, refuse_in_event_loop

T = TypeVar("T")

MAX_UNREACHED = 5
"""So many trials in a row that could not be reached, or graded, end the work: the provider is down."""


def evaluate_sync(store: Store, options: EvaluateOptions) -> Evaluated:
    """Evaluate where no event loop is running; see `evaluate`.

    Raises:
        UsageError: An event loop is running in this thread; nothing was begun.
    """
    refuse_in_event_loop("evaluate_sync", "evaluate(...)")
    return asyncio.run(evaluate(store, options))


async def evaluate(store: Store, options: EvaluateOptions) -> Evaluated:
    """Let an agent work every task of a suite, and keep each trial as a trace with its verdict.

    Raises:
        UsageError: Tasks share a key or read otherwise than before, a number is out of range, or a living process is
            at this work.
        ConfigError: The agent or a grader cannot work at all, or all of the first trials are broken.
        StoreError: The store cannot be written.
    """
    refuse_what_cannot_be_run(options)
    if not options.may_differ:
        refuse_changed_tasks(store, options)
    _keep_prompt(store, options.prompt)
    with hold(store, KIND, options.config()) as held:
        options.on_run(held.run.id)
        if held.is_done:
            return Evaluated.model_validate({**held.summary, "was_done": True})
        with accounting(store, held.run, options.account or options.budget, options.policy) as shared:
            async with serving():
                evaluated = await _Evaluation(store, held.run, options, shared).done()
        held.is_complete = evaluated.is_complete
        held.summary = evaluated.model_dump(mode="json")
    return evaluated


def _keep_prompt(store: Store, prompt: Prompt | str) -> None:
    """Put a compiled prompt into the store; one that is there keeps its place in the order."""
    if isinstance(prompt, Prompt) and all(prompt.id != known.id for known in store.prompts.all()):
        store.prompts.add(prompt)


@dataclass(frozen=True)
class _Due:
    """A trial that is still to be done."""

    task: GradedTask
    key: str
    """The task's key as it is kept."""
    trial: int
    before: TrialRecord | None
    """What an earlier taking kept of it."""


class _Evaluation:
    """One taking of an evaluation."""

    def __init__(self, store: Store, run: Run, options: EvaluateOptions, shared: Accounting) -> None:
        self._store, self._run, self._options, self._shared = store, run, options, shared
        self._sees_calls = isinstance(options.agent, AsksOurModel)
        self._agent = (
            options.agent.asking(shared.of_agent) if isinstance(options.agent, AsksOurModel) else options.agent
        )
        self._graders = GradersOfTasks(options.suite, options.graders, shared.of)
        self._n_called_before = self._n_called()
        self._kept = Kept(store, run.id, options.policy)
        self._records = {(record.task_key, record.trial): record for record in store.trials.of(run.id)}
        self._n_due = options.n_due
        self._due = self._open_trials()
        is_proven = any(r.trace_id is not None and r.ended not in BROKEN for r in self._records.values())
        self._first = FirstTrials(min(FIRST, self._n_due), is_proven)
        self._held_back: list[Callable[[], TrialRecord]] = []
        """Writes of first trials that are broken, until another one shows that the agent works."""
        self._notes: dict[str, None] = {}
        self._n_done = self._n_due - len(self._due)
        self._n_unreached_in_a_row = 0
        self._is_stopped = False

    async def done(self) -> Evaluated:
        dues = iter(self._due)
        self._tell()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._options.concurrency, max(1, len(self._due)))):
                    group.create_task(self._worker(dues))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        totals = totals_of(self._store, self._records.values())
        is_graded = all(record.ungraded is None for record in self._records.values())
        return Evaluated(
            run_id=self._run.id,
            suite=self._options.suite.name,
            agent=self._options.agent.name,
            prompt_id=self._options.prompt_id,
            is_complete=is_graded and totals["n_trials"] == self._n_due,
            n_tasks=len(self._options.chosen),
            n_due=self._n_due,
            notes=tuple(self._notes),
            n_calls=self._n_calls(),
            **totals,
        )

    def _open_trials(self) -> list[_Due]:
        """What is to be done: one trial of every task before the second of any, so that a part of it is balanced."""
        keys = {task.task.key: self._kept.text(task.task.key) for task in self._options.chosen}
        found: list[_Due] = []
        for trial in range(self._options.trials):
            for task in self._options.chosen:
                key = keys[task.task.key]
                before = self._records.get((key, trial))
                if before is None or before.ended == "unreachable" or before.ungraded is not None:
                    found.append(_Due(task, key, trial, before))
        return found

    async def _worker(self, dues: Iterator[_Due]) -> None:
        # The workers take turns at one iterator; nothing waits between one's look at it and the next one's.
        while not self._is_stopped and (due := next(dues, None)) is not None:
            try:
                await self._one(due)
            except BudgetExceeded as error:
                self._stop(str(error))
            self._tell()

    async def _one(self, due: _Due) -> None:
        if due.before is not None and due.before.ungraded is not None:
            await self._grade_again(due, due.before)
            return
        given = self._given(due)
        n_before = 0 if due.before is None else due.before.n_tries
        with part_of_run(given.attempt.run_key):
            came, n_tries = await self._patiently(lambda: self._attempt(due.task, given.attempt))
        record = TrialRecord(
            task_key=due.key,
            trial=due.trial,
            trace_id=None,
            is_held_out=is_held_out(due.task, self._options.agent.name),
            ended="unreachable",
            n_tries=n_before + n_tries,
        )
        if isinstance(came, Failed):
            said = record.model_copy(update={"error": self._kept.text(str(came.error))})
            await self._write(lambda: self._kept.unreached(said))
            self._unreached(came.error)
            return
        attempted = given.told(came)
        ended = {"ended": attempted.ended, "error": self._kept.text(attempted.error)}
        await self._judge_and_keep(due, record.model_copy(update=ended), attempted)

    def _given(self, due: _Due) -> Given:
        options, task = self._options, due.task
        run_key = run_key_of(self._run.id, due.key, due.trial)
        text, exposures = options.prompt, ()
        if isinstance(text, Prompt):
            handed, exposures = options.hand_out(text, run_key)
            text = handed.text
        attempt = Attempt(
            task=task.task,
            prompt=text,
            inputs=task.inputs,
            trial=due.trial,
            seed=seed_of(options.seed, task.task.key, due.trial),
            run_key=run_key,
        )
        return Given(options.suite.name, options.agent.name, options.prompt_id, attempt, exposures)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> tuple[T | Failed, int]:
        return await patiently(ask, self._options.n_retries, self._options.sleep)

    async def _attempt(self, task: GradedTask, attempt: Attempt) -> Attempted:
        """One attempt in a fresh world, on the account."""
        agent, account, limit_s = self._agent, self._shared.account, self._options.timeout_s
        world = self._options.suite.world(task)
        if self._sees_calls:
            return await attempt_once(agent, attempt, world, limit_s)
        account.begin(agent.name)
        left_s = account.left_s
        try:
            attempted = await attempt_once(agent, attempt, world, min(limit_s, left_s or limit_s))
        except BaseException:
            account.failed(agent.name)
            raise
        usage = attempted.trace.usage
        tokens = TokenUsage(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)
        account.answered(agent.name, Reply(usage=tokens, cost_usd=usage.cost_usd))
        if attempted.ended == "timed out" and account.left_s == 0:
            raise account.out_of_time(agent.name)
        return attempted

    async def _judge_and_keep(self, due: _Due, record: TrialRecord, attempted: Attempted) -> None:
        said = await self._graded(due, attempted)
        besides = () if isinstance(said, Failed) else said.besides
        if isinstance(said, Failed):
            outcome, record = None, record.model_copy(update={"ungraded": self._kept.ungraded(attempted)})
        else:
            outcome, record = said.outcome, self._with_grade(record, said)
        trace = attempted.trace.model_copy(update={"outcome": outcome})
        self._held_back.append(lambda: self._kept.trial(record, trace, due.task, besides))
        if self._first.look_at(record):
            writes, self._held_back = self._held_back, []
            for write in writes:
                await self._write(write)
        self._after_grading(said)

    async def _grade_again(self, due: _Due, before: TrialRecord) -> None:
        """Ask the graders alone: the agent did its part in an earlier taking."""
        left = before.ungraded
        trace = next(iter(self._store.traces.of([before.trace_id or ""])), None)
        if left is None or trace is None:
            return
        attempted = Attempted(
            trace=trace,
            ended=before.ended,
            answer=left.answer,
            state=left.state,
            error=before.error,
            outcome=left.outcome,
        )
        said = await self._graded(due, attempted)
        if not isinstance(said, Failed):
            record = self._with_grade(before, said).model_copy(update={"ungraded": None})
            await self._write(lambda: self._kept.verdict(record, said.outcome, said.besides))
        self._after_grading(said)

    async def _graded(self, due: _Due, attempted: Attempted) -> Together | Failed:
        graders = graders_of(due.task, self._options.suite, self._graders)
        with part_of_run(f"grading {due.key} {due.trial}"):
            said, _ = await self._patiently(lambda: graded(due.task, attempted, graders))
        return said

    def _with_grade(self, record: TrialRecord, said: Together) -> TrialRecord:
        found = self._kept.differences(said.differences)
        return record.model_copy(
            update={"grader": said.grader, "differences": found, "grading_cost_usd": said.cost_usd}
        )

    def _after_grading(self, said: Together | Failed) -> None:
        if isinstance(said, Failed):
            self._unreached(said.error)
        else:
            self._n_done += 1
            self._n_unreached_in_a_row = 0

    async def _write(self, write: Callable[[], TrialRecord]) -> None:
        record = await finished(self._shared.writer, write)
        self._records[record.task_key, record.trial] = record

    def _unreached(self, error: Unreached) -> None:
        self._notes[self._kept.text(str(error))] = None
        self._n_unreached_in_a_row += 1
        if self._n_unreached_in_a_row >= MAX_UNREACHED:
            self._stop(f"{MAX_UNREACHED} trials in a row could not be reached or graded, so the work ended there")

    def _stop(self, why: str) -> None:
        self._is_stopped = True
        self._notes[why] = None

    def _n_calls(self) -> int:
        """Calls of our models in this evaluation so far."""
        return self._n_called() - self._n_called_before

    def _n_called(self) -> int:
        """Calls of our models on the account; a trial that is reckoned as one is none of them."""
        totals = self._shared.account.totals_by_model
        return sum(t.n_calls for who, t in totals.items() if self._sees_calls or who != self._agent.name)

    def _tell(self) -> None:
        now = Progress(
            done=self._n_done,
            total=self._n_due,
            unit="trials",
            n_calls=self._n_calls(),
            cost_usd=self._shared.account.totals.cost_usd,
        )
        self._options.on_progress(now)
