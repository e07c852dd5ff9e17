"""A suite of sums and agents that work it, well and badly."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue

from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Source, Step, Task, Trace, Usage
from seasoned.core.trial import Difference
from seasoned.errors import ProviderError
from seasoned.evaluate.attempt import Attempt, Attempted, Grade, GradedTask, Grader, World
from seasoned.pipeline.evaluation.options import EvaluateOptions

Answer = str | Exception
"""What an agent says, or what is raised in its place."""


def sums(n: int) -> tuple[GradedTask, ...]:
    """Tasks whose right answer is `2 * number`."""
    return tuple(
        GradedTask(task=Task(key=f"sum-{i}", text=f"What is {i} + {i}?"), reference=str(2 * i)) for i in range(1, n + 1)
    )


@dataclass(frozen=True)
class Sums:
    """A suite without a world."""

    tasks: tuple[GradedTask, ...]
    name: str = "sums"

    def world(self, task: GradedTask) -> World | None:
        return None


@dataclass
class IsEqual:
    """Passes where the answer is the reference; says first what it was told to raise."""

    failing: list[Exception] = field(default_factory=list[Exception])
    n_graded: int = 0
    name: str = "equal"

    @property
    def identity(self) -> dict[str, JsonValue]:
        return {"strict": True}

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        self.n_graded += 1
        if self.failing:
            raise self.failing.pop(0)
        is_right = attempted.answer == task.reference
        differences = () if is_right else (Difference(kind="missing output", where="answer"),)
        outcome: Outcome = scored(float(is_right), "verifier", name=self.name, feedback="" if is_right else "wrong")
        return Grade(grader=self.name, outcome=outcome, differences=differences)


class Scripted:
    """An agent that says what a function of the attempt gives, and remembers what it was asked."""

    def __init__(self, answer: Callable[[Attempt], Answer | Attempted], name: str = "scripted") -> None:
        self._answer, self.name = answer, name
        self.attempts: list[Attempt] = []

    @property
    def identity(self) -> dict[str, JsonValue]:
        return {"kind": "scripted"}

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        self.attempts.append(attempt)
        await asyncio.sleep(0)
        said = self._answer(attempt)
        if isinstance(said, Exception):
            raise said
        return attempted(attempt, said) if isinstance(said, str) else said


def attempted(attempt: Attempt, answer: str, usage: Usage | None = None) -> Attempted:
    """A trial that ended in an answer."""
    steps = (Step(kind="user", text=attempt.task.text), Step(kind="assistant", text=answer))
    source = Source(format="test", run_key=attempt.run_key)
    trace = Trace.of(task=attempt.task, steps=steps, source=source, usage=usage or Usage(), model="test:adder")
    return Attempted(trace=trace, answer=answer)


def right(attempt: Attempt) -> str:
    """What is right."""
    return str(2 * int(attempt.task.key.removeprefix("sum-")))


def in_turn(answers: Sequence[Answer]) -> Callable[[Attempt], Answer]:
    """These, one after another, and then what is right."""
    left: Iterator[Answer] = iter(answers)
    return lambda attempt: next(left, None) or right(attempt)


def down(times: int) -> list[Answer]:
    """A provider that is not there so often."""
    return [ProviderError("the provider is busy", status=503) for _ in range(times)]


async def at_once(_pause_s: float) -> None:
    """Let a pause pass."""


def options(agent: Scripted, *, n_tasks: int = 3, grader: Grader | None = None, **more: Any) -> EvaluateOptions:
    """An evaluation of sums, one trial at a time, without pauses."""
    plain = EvaluateOptions(
        suite=Sums(sums(n_tasks)), agent=agent, graders=(grader or IsEqual(),), concurrency=1, sleep=at_once
    )
    return replace(plain, **more)
