"""The judged pass over a store: runs that were handed skills are read by a model, which says how each skill did.

One durable run of kind `judge`: asked for again it goes on where it was, without paying for finished calls; a skill
that the same model has judged in a run, in the same wording, is not asked about again. Raises what the parts raise; a
call that failed is in the report instead.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from seasoned.core.counters import Count
from seasoned.core.ids import content_id
from seasoned.core.rating import Rating
from seasoned.core.run import Run
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import CHARS_PER_TOKEN
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.learn.injected import HandedOut
from seasoned.learn.judged.handed import Handed, HandedSkills, batches
from seasoned.learn.judged.judging import MAX_SKILLS, PROMPT, Judgements, Unjudged, judge, request_of
from seasoned.llm.journal import part_of_run
from seasoned.llm.model import Model
from seasoned.pipeline.each_run import VERDICT_TOKENS, EachRun, EachRunOptions
from seasoned.pipeline.surroundings import Accounting, accounting, book_at_start, handed_out
from seasoned.runs.hold import hold
from seasoned.store.store import Store
from seasoned.threads import finished, refuse_in_event_loop


@dataclass(frozen=True, kw_only=True)
class JudgeOptions(EachRunOptions):
    """What to judge, and who judges."""

    book: str
    model: Model
    limit: int | None = None
    """Ask about at most so many runs this time."""


class JudgePlan(Value):
    """What a judged pass would ask."""

    n_traces: int
    """Runs that were handed skills of the book."""
    n_open: int
    """Of these, runs with a skill that the model has not judged in them; what is asked about, up to the limit."""
    n_skills: int
    """Verdicts that would be asked for, one for each skill in each run."""
    n_calls: int
    """Questions; what does not hold is asked once more."""
    input_tokens: int
    output_tokens: int


class Judged(Value):
    """What a judged pass came to."""

    run_id: str
    was_done: bool = False
    """The same work had been done before: nothing was sent and nothing changed."""
    is_complete: bool = True
    """False where a limit of the budget or a provider cut some of the work off."""
    n_traces: int = 0
    """Runs that were handed skills of the book."""
    n_asked: int = 0
    """Runs that were asked about this time."""
    n_left: int = 0
    """Runs that are not asked about yet, by the limit or the budget."""
    verdicts: Count = Count()
    """New ratings, by verdict."""
    dropped: tuple[Unjudged, ...] = ()
    """Skills of which the model said nothing that holds."""
    notes: tuple[str, ...] = ()
    n_calls: int = 0
    cost_usd: float | None = None


class _Work(Value):
    """The runs that were handed skills, and which."""

    handed: dict[str, tuple[Handed, ...]]
    """By trace id, in order of import."""
    texts: tuple[str, ...]
    """Wordings that compiled prompts held."""


def judge_plan(store: Store, book: str, judge_id: str, *, limit: int | None = None) -> JudgePlan:
    """What a judged pass would ask, without asking.

    Args:
        store: Where the runs are.
        book: The skillbook.
        judge_id: The model's id; empty where none was named.
        limit: Ask about at most so many runs.

    Raises:
        UsageError: No run was handed a skill of the book.
    """
    work = _work(store, store.books.read(book))
    known = store.ratings.judged_by(book, judge_id)
    waiting = _waiting(work, known)
    chosen = list(waiting)[:limit]
    ours = HandedOut(work.texts)
    n_calls = n_chars = n_skills = 0
    for trace in store.traces.of(chosen):
        for batch in waiting[trace.id]:
            request = request_of(trace, batch, ours)
            n_calls, n_skills = n_calls + 1, n_skills + len(batch)
            n_chars += sum(len(message.content) for message in request.messages)
    return JudgePlan(
        n_traces=len(work.handed),
        n_open=len(waiting),
        n_skills=n_skills,
        n_calls=n_calls,
        input_tokens=n_chars // CHARS_PER_TOKEN,
        output_tokens=n_skills * VERDICT_TOKENS,
    )


def judge_from(store: Store, options: JudgeOptions) -> Judged:
    """Judge where no event loop is running; see `judge_from_async`.

    Raises:
        UsageError: An event loop is running in this thread; nothing was begun.
    """
    refuse_in_event_loop("judge_from", "judge_from_async(...)")
    return asyncio.run(judge_from_async(store, options))


async def judge_from_async(store: Store, options: JudgeOptions) -> Judged:
    """Ask a model how the skills of a book did in the runs that were handed them, and keep what holds as ratings.

    Raises:
        UsageError: No run was handed a skill of the book, or a living process is at this work.
        StoreError: The store cannot be written.
    """
    work = _work(store, store.books.read(options.book))
    with hold(store, "judge", _identity(work, options)) as held:
        options.on_run(held.run.id)
        if held.is_done:
            return Judged.model_validate({**held.summary, "was_done": True})
        with accounting(store, held.run, options.budget, options.policy) as shared:
            judged = await _Pass(store, held.run, work, options, shared).done()
        held.is_complete = judged.is_complete and not judged.n_left
        held.summary = judged.model_dump(mode="json")
    return judged


class _Pass:
    """One taking of a judged pass."""

    def __init__(self, store: Store, run: Run, work: _Work, options: JudgeOptions, shared: Accounting) -> None:
        self._store, self._run, self._options, self._shared = store, run, options, shared
        self._n_traces = len(work.handed)
        known = store.ratings.judged_by(options.book, options.model.model_id)
        waiting = _waiting(work, known)
        self._n_open = len(waiting)
        self._waiting = dict(list(waiting.items())[: options.limit])
        texts = handed_out(store, run, book_at_start(store, run.id, options.book))
        self._ours = HandedOut([*texts, *work.texts])
        self._model = shared.of(options.model)
        self._verdicts: Counter[str] = Counter()
        self._dropped: list[Unjudged] = []

    async def done(self) -> Judged:
        each = EachRun(self._shared.account, self._options)
        await each.over(self._store.traces.of(list(self._waiting)), len(self._waiting), self._one)
        totals = self._shared.account.totals
        return Judged(
            run_id=self._run.id,
            is_complete=each.is_complete,
            n_traces=self._n_traces,
            n_asked=each.n_done,
            n_left=self._n_open - each.n_done,
            verdicts=Count.of(self._verdicts),
            dropped=tuple(self._dropped),
            notes=tuple(each.notes),
            n_calls=totals.n_calls,
            cost_usd=totals.cost_usd,
        )

    async def _one(self, trace: Trace) -> None:
        for batch in self._waiting[trace.id]:
            with part_of_run(trace.id):
                found = await judge(trace, batch, self._ours, self._model)
            await finished(self._shared.writer, self._keep, trace, found)
            self._verdicts.update(each.verdict for each in found.held)
            self._dropped += found.dropped

    def _keep(self, trace: Trace, found: Judgements) -> None:
        now = datetime.now(UTC)
        ratings = [
            Rating(
                skill_id=each.skill_id,
                wording=each.wording,
                trace_id=trace.id,
                source="judged",
                by=self._options.model.model_id,
                verdict=each.verdict,
                at=now,
                reason=each.reason,
                evidence=each.evidence,
            )
            for each in found.held
        ]
        self._store.ratings.add(self._options.book, ratings)


def _work(store: Store, book: Skillbook) -> _Work:
    skills = HandedSkills(book, store.prompts.all())
    found = ((trace.id, skills.in_trace(trace)) for trace in store.traces.iterate())
    handed = {trace_id: each for trace_id, each in found if each}
    if not handed:
        raise UsageError(
            f"no trace holds a compiled prompt of the skillbook {book.name!r}",
            why="only a run that was handed skills can show how they did",
            hint="give the agent a prompt that `seasoned prompt compile` made, then import its runs",
        )
    return _Work(handed=handed, texts=skills.texts)


def _waiting(work: _Work, known: frozenset[tuple[str, int, str]]) -> dict[str, tuple[tuple[Handed, ...], ...]]:
    """The questions that are open, by trace id.

    The parts are cut before what is known is left out, so that a pass that is taken up again asks the same questions.
    """
    found: dict[str, tuple[tuple[Handed, ...], ...]] = {}
    for trace_id, handed in work.handed.items():
        parts = (
            tuple(each for each in part if (each.skill_id, each.wording, trace_id) not in known)
            for part in batches(handed, MAX_SKILLS)
        )
        if left := tuple(part for part in parts if part):
            found[trace_id] = left
    return found


def _identity(work: _Work, options: JudgeOptions) -> dict[str, JsonValue]:
    """All that determines the work: not what is judged already, which the work itself changes."""
    skills = {i: [[each.skill_id, each.wording] for each in handed] for i, handed in work.handed.items()}
    return {
        "book": options.book,
        "model": options.model.model_id,
        "prompt": f"{PROMPT.id} {PROMPT.version}",
        "traces": list[JsonValue](work.handed),
        "skills": content_id("handed", skills),
    }
