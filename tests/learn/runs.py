"""Made-up runs of a bicycle workshop's desk agent, and a model that says what it is told to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.outcome import scored
from seasoned.core.run import RunTurn
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.learn.learner import LearnContext
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Reply, Request, TokenUsage

POLICY = "You are the desk agent of a bicycle workshop. Refunds need the order's delivery date within 30 days."


def call(name: str, pair: int, **arguments: JsonValue) -> Step:
    shown = ", ".join(f'"{key}": "{value}"' for key, value in arguments.items())
    return Step(kind="tool_call", text=f"{name}({{{shown}}})", name=name, arguments=arguments, pair=pair)


def result(name: str, text: str, pair: int, *, is_error: bool = False) -> Step:
    return Step(kind="tool_result", text=text, name=name, pair=pair, is_error=is_error)


def said(kind: str, text: str) -> Step:
    return Step.model_validate({"kind": kind, "text": text})


def run(
    steps: Sequence[Step], *, task: str = "refund", passed: bool | None = None, key: str = "", feedback: str = ""
) -> Trace:
    """One run: the policy, then the steps; `key` sets runs of equal steps apart."""
    return Trace.of(
        task=Task(key=task, text=f"Get my money back for the {task} order"),
        steps=(said("system", POLICY), *steps),
        source=Source(format="made-up", run_key=key),
        outcome=None if passed is None else scored(float(passed), "verifier", feedback=feedback),
        tools=("get_order", "refund_order"),
    )


def refund_run(*, passed: bool | None, task: str = "refund", key: str = "", looks: bool | None = None) -> Trace:
    """A refund; runs that look the order up first pass, those that do not fail."""
    looks = passed is True if looks is None else looks
    look = (
        call("get_order", 3, order_id="B-17"),
        result("get_order", '{"order_id": "B-17", "delivered": "40 days ago"}', 2),
        said("assistant", "I am sorry: the 30 days for a refund are over."),
    )
    leap = (
        call("refund_order", 3, order_id="B-17"),
        result("refund_order", "refunded 80", 2),
        said("assistant", "Done, you get 80 back."),
    )
    steps = (said("user", "Please refund order B-17."), *(look if looks else leap))
    return run(steps, task=task, passed=passed, key=key)


def code(text: str) -> str:
    return f"Let me look.\n```python\n{text}\n```"


@dataclass
class ScriptedModel:
    """A model that answers from a script; each conversation starts it anew.

    An entry is a reply's text, an error to raise, or a function from the request to either.
    """

    script: Sequence[str | Exception | Callable[[Request], str | Exception]]
    requests: list[Request] = field(default_factory=list[Request])
    max_in_flight: int = 0
    _in_flight: int = 0

    @property
    def model_id(self) -> str:
        return "test:scripted"

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        await asyncio.sleep(0)
        self._in_flight -= 1
        entry = self.script[sum(message.role == "assistant" for message in request.messages)]
        answer = entry(request) if callable(entry) else entry
        if isinstance(answer, Exception):
            raise answer
        return Reply(content=answer, usage=TokenUsage(input_tokens=100, output_tokens=10), cost_usd=0.01)


def context(
    model: Model,
    *,
    book: Skillbook | None = None,
    sub_model: Model | None = None,
    budget: Budget | None = None,
    on_turn: Callable[[RunTurn], None] = lambda _: None,
) -> LearnContext:
    account = Account(budget or Budget())
    return LearnContext(
        model=BudgetedModel(model, account),
        sub_model=None if sub_model is None else BudgetedModel(sub_model, account),
        book=book or Skillbook(name="desk"),
        account=account,
        on_turn=on_turn,
    )
