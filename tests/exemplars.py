"""Runs of a bicycle workshop's desk and exemplars of them, for every test about the bank."""

from datetime import UTC, datetime

from seasoned.core.exemplar import Exemplar, exemplar_id
from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Source, Step, Task, Trace
from tests.make import PERSON

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def step(kind: str, text: str, *, name: str | None = None, pair: int | None = None, is_error: bool = False) -> Step:
    parts = {"kind": kind, "text": text, "name": name, "pair": pair, "is_error": is_error}
    return Step.model_validate(parts)


def desk_run(
    task: str = "refund",
    *,
    asked: str = "I want my money back for the bell.",
    score: float | None = 1.0,
    outcome: Outcome | None = None,
    tools: tuple[str, ...] = ("get_order", "pay_back"),
    answer: str = "It is on its way.",
    key: str = "",
    agent: str = "desk",
) -> Trace:
    """A run in which each tool is called once, before one answer."""
    steps = [step("system", "You are the desk of a bicycle workshop."), step("user", asked)]
    for name in tools:
        at = len(steps)
        steps.append(step("tool_call", f'{name}({{"order":"B-17"}})', name=name, pair=at + 1))
        steps.append(step("tool_result", f"{name}: done", name=name, pair=at))
    steps.append(step("assistant", answer))
    verdict = scored(score, "verifier", feedback="well done") if score is not None else None
    return Trace.of(
        task=Task(key=task, text=asked),
        steps=tuple(steps),
        source=Source(format="test", run_key=key),
        outcome=outcome or verdict,
        agent=agent,
    )


def exemplar_of(trace: Trace, start: int = 2, end: int | None = None, **changes: object) -> Exemplar:
    """The exemplar of a run from behind its request, or of some steps of it."""
    end = len(trace.steps) if end is None else end
    steps = trace.steps[start:end]
    exemplar = Exemplar(
        id=exemplar_id(trace.id, start, end),
        trace_id=trace.id,
        start=start,
        end=end,
        task_key=trace.task.key,
        problem=trace.task.text,
        agent=trace.agent,
        tools=tuple(dict.fromkeys(s.name for s in steps if s.kind == "tool_call" and s.name)),
        score=None if trace.outcome is None else trace.outcome.score,
        source=None if trace.outcome is None else trace.outcome.source,
        n_chars=sum(len(s.text) for s in steps),
        author=PERSON,
        at=AT,
    )
    return exemplar.model_copy(update=changes)
