"""Reflexion over a log: failed attempts that nobody has reflected on yet get a plan for the next one.

Tasks whose last attempt passed need none, and of a task's failed attempts only the last ones are read, as no more of
its reflections are ever shown. Tasks are done side by side, the attempts of one in order, since each reflection is told
those before it. The learner finds no skills. Raises `StoreError`; the rest is told in the report.

Source: N. Shinn et al., "Reflexion: Language Agents with Verbal Reinforcement Learning", 2023, arXiv 2303.11366.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from seasoned.core.operation import Author
from seasoned.core.reflection import Reflection
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.errors import BudgetExceeded
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import DroppedFinding, LearnContext, LearnReport
from seasoned.learn.reflexion.attempts import Attempt, attempts_by_task
from seasoned.learn.reflexion.config import NAME, ReflexionConfig
from seasoned.learn.reflexion.reflecting import EXAMPLES, PROMPT, Failure, Reflected, reflected
from seasoned.learn.registry import configured, identity_of
from seasoned.learn.rounds import in_rounds
from seasoned.retrieve.lexical import LexicalIndex

TASK_CHARS = 100


@dataclass(frozen=True)
class _Work:
    """What is to be read of one task."""

    failed: tuple[Attempt, ...]
    """Failed attempts without a reflection, the first one first."""
    earlier: tuple[str, ...]
    similar: tuple[str, ...]


@dataclass(frozen=True)
class _Done:
    """What came of one task."""

    reflections: tuple[Reflection, ...]
    problems: tuple[DroppedFinding, ...]
    is_exhausted: bool = False
    why_cut: str = ""
    """Why attempts of the task are still unread; empty where none is."""


class ReflexionLearner:
    """Reflexion as a `Learner`."""

    def __init__(self, config: ReflexionConfig | None = None) -> None:
        """Configure; `max_trials` and `strategy` concern live agents alone."""
        self._config = config or ReflexionConfig()

    @property
    def name(self) -> str:
        """`reflexion`."""
        return NAME

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration and the versions of the prompts."""
        return identity_of(self._config, [PROMPT, EXAMPLES])

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Reflect on the failed attempts; see `Learner.learn`."""
        by_task = attempts_by_task(traces)
        work, n_solved = self._planned(by_task, context.reflections)
        notes = _notes_before(by_task, n_solved)
        if not work:
            return LearnReport(notes=(*notes, "No failed run waits for a reflection: there is nothing to do."))
        ours = HandedOut(context.handed_out)

        async def one(task: _Work) -> _Done:
            return await self._done(task, context, ours)

        rounds = await in_rounds(work, one, context, unit="tasks", concurrency=self._config.concurrency)
        results = rounds.results
        cut = [done.why_cut for done in results if done.why_cut]
        if cut:
            notes.append(f"attempts at {len(cut)} of {len(work)} tasks were not read: {cut[0]}")
        if n_exhausted := sum(done.is_exhausted for done in results):
            notes.append(
                f"{n_exhausted} of {len(by_task)} tasks exhausted: the model only repeats what was planned before"
            )
        report = LearnReport(
            reflections=tuple(each for done in results for each in done.reflections),
            dropped=tuple(each for done in results for each in done.problems),
            notes=(*notes, *rounds.notes),
            is_complete=not rounds.n_undone and not cut,
            n_episodes=len(work),
            n_episodes_unread=rounds.n_undone + len(cut),
        )
        return report.with_totals(context.account.totals)

    def _planned(
        self, by_task: Mapping[str, tuple[Attempt, ...]], known: Sequence[Reflection]
    ) -> tuple[list[_Work], int]:
        """What is to be read, and how many tasks are solved."""
        n_solved = 0
        earlier: dict[str, list[Reflection]] = defaultdict(list)
        for reflection in known:
            earlier[reflection.task_key].append(reflection)
        reflected_on = {reflection.trace_id for reflection in known}
        similar = _Similar(known)
        work: list[_Work] = []
        for key, attempts in by_task.items():
            failed = [attempt for attempt in attempts if attempt.trace.verdict is False]
            if failed and attempts[-1].trace.verdict is True:
                n_solved += 1
                continue
            waiting = [each for each in failed[-self._config.memory_limit :] if each.trace.id not in reflected_on]
            if waiting:
                said = tuple(each.text for each in sorted(earlier[key], key=lambda each: each.trial))
                near = similar.to(waiting[0].trace, self._config.n_similar)
                work.append(_Work(tuple(waiting), said, near))
        return work, n_solved

    async def _done(self, task: _Work, context: LearnContext, ours: HandedOut) -> _Done:
        earlier = list(task.earlier)
        kept: list[Reflection] = []
        problems: list[DroppedFinding] = []
        for attempt in task.failed:
            failure = Failure(trace=attempt.trace, earlier=tuple(earlier), similar=task.similar, ours=ours)
            try:
                found = await reflected(failure, self._config, context.model)
            except BudgetExceeded as error:
                if not kept:
                    raise
                return _Done(tuple(kept), tuple(problems), why_cut=str(error))
            if found.text:
                kept.append(reflection_on(attempt.trace, attempt.trial, found, context.model.model_id))
                earlier.append(found.text)
            else:
                claim = f"trial {attempt.trial} of {shortened(attempt.trace.task.text, TASK_CHARS)}"
                problems.append(DroppedFinding(claim=claim, reason=found.reason))
            if found.is_exhausted:
                return _Done(tuple(kept), tuple(problems), is_exhausted=True)
        return _Done(tuple(kept), tuple(problems))

    def planned_calls(self, traces: Sequence[Trace]) -> int:
        """One for each failed attempt that is read, if none has a reflection yet; repairs come on top."""
        work, _ = self._planned(attempts_by_task(traces), ())
        return sum(len(task.failed) for task in work)


def reflection_on(trace: Trace, trial: int, found: Reflected, model_id: str) -> Reflection:
    """A plan as a reflection on the attempt that it is about."""
    return Reflection(
        task_key=trace.task.key,
        task=trace.task.text,
        text=found.text,
        trace_id=trace.id,
        trial=trial,
        author=Author(kind="learner", name=NAME, model_id=model_id),
        at=datetime.now(UTC),
    )


def reflexion(settings: Mapping[str, str]) -> ReflexionLearner:
    """Reflexion by settings as words, as `--learner` has it; they are fields of `ReflexionConfig`."""
    return ReflexionLearner(configured(ReflexionConfig, settings, NAME))


class _Similar:
    """Reflections by the words of their tasks."""

    def __init__(self, known: Sequence[Reflection]) -> None:
        self._known = known
        self._index = LexicalIndex([reflection.task for reflection in known])

    def to(self, trace: Trace, n: int) -> tuple[str, ...]:
        """Reflections on other tasks that are worded like the trace's, the nearest first."""
        others = {place for place, each in enumerate(self._known) if each.task_key != trace.task.key}
        hits = self._index.nearest(trace.task.text, n, among=others) if n else []
        return tuple(self._known[hit.index].text for hit in hits)


def _notes_before(by_task: Mapping[str, tuple[Attempt, ...]], n_solved: int) -> list[str]:
    n_unjudged = sum(attempt.trace.verdict is None for attempts in by_task.values() for attempt in attempts)
    notes: list[str] = []
    if n_unjudged:
        notes.append(f"{n_unjudged} runs without a verdict were left out: nobody has said that they failed.")
    if n_solved:
        notes.append(f"{n_solved} tasks passed on their last attempt and need no reflection.")
    return notes
