"""Made-up agents, an evaluator and a model that plans something else each time."""

import json
from collections.abc import Callable, Sequence
from itertools import count

from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Source, Step, Task, Trace, Usage
from seasoned.llm.model import Reply, Request, TokenUsage
from seasoned.llm.testing import TestModel

TASK = Task(key="parcel", text="Find out where the parcel of order B-17 is, and tell the customer.")
PLANS = (
    "Next time I will read the order before I promise anything to anybody.",
    "Ask the customer for the parcel's number, then look up the carrier's last scan.",
    "Start from the shop's opening hours instead and compare them with today's date.",
    "Check whether the voucher has expired, and say so without calling any tool.",
)


def worked(task: Task, prompt: str, answer: str, *, tokens: int | None = 100, cost_usd: float | None = None) -> Trace:
    return Trace.of(
        task=task,
        steps=(
            Step(kind="system", text=prompt),
            Step(kind="user", text=task.text),
            Step(kind="assistant", text=answer),
        ),
        source=Source(format="test"),
        usage=Usage(
            input_tokens=tokens,
            output_tokens=None if tokens is None else 0,
            cost_usd=cost_usd,
        ),
    )


class ScriptedAgent:
    """Answers each task's trials in order; an answer that is an error is raised."""

    def __init__(self, *answers: str | Exception, tokens: int | None = 100) -> None:
        self.prompts: list[str] = []
        self._answers, self._tokens = answers, tokens
        self._n_tried: dict[str, int] = {}

    async def __call__(self, task: Task, prompt: str) -> Trace:
        self.prompts.append(prompt)
        place = self._n_tried.get(task.key, 0)
        self._n_tried[task.key] = place + 1
        answer = self._answers[min(place, len(self._answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        return worked(task, prompt, answer, tokens=self._tokens)


class PlannedAgent:
    """Passes a task only where its prompt holds a plan for it."""

    async def __call__(self, task: Task, prompt: str) -> Trace:
        return worked(task, prompt, "right" if f"read the {task.key}" in prompt else "wrong")


async def exact(trace: Trace) -> Outcome:
    """Right or wrong, with feedback."""
    return scored(float(trace.steps[-1].text == "right"), "verifier", name="exact", feedback="not what was asked for")


def planner(plans: Sequence[str] = PLANS) -> TestModel:
    """A model with another plan for each question, ten tokens a call."""
    numbers = count()
    return answering(lambda _: plans[next(numbers) % len(plans)])


def answering(plan: Callable[[Request], str]) -> TestModel:
    def reply(request: Request) -> Reply:
        usage = TokenUsage(input_tokens=8, output_tokens=2)
        return Reply(content=json.dumps({"plan": plan(request)}), usage=usage, cost_usd=0.001)

    return TestModel(reply)
