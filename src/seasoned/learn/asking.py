"""One question about a few runs: the runs as data, items back, each of which rests on quotes that are checked.

What several learners have in common. An item that does not hold goes back once with the reason; what then does not hold
is dropped, and told. Raises what the model raises: `ProviderError`, `BudgetExceeded`, `StoreError`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.errors import EvidenceError
from seasoned.learn.citing import cited
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import DroppedFinding
from seasoned.learn.quoting import block
from seasoned.learn.transcript import head_of, run_lines
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.structured import answer_of

QUESTION_CHARS = 60_000
"""Of all runs in one question: some 15,000 tokens."""
REPEATED_CHARS = 200
"""Instructions from so many characters on are said once in a question."""


class Quote(Value):
    """Words of a run, as a model names them."""

    run: int
    """Number of the run in the question, from 1."""
    step: int
    quote: Text = Field(max_length=10_000)


class Item(Value):
    """One thing that a model says about the runs; learners add what it says."""

    evidence: tuple[Quote, ...] = ()

    @property
    def name(self) -> str:
        """What to call it when it is sent back or dropped."""
        return "an item"


ItemT = TypeVar("ItemT", bound=Item)
AnswerT = TypeVar("AnswerT", bound=Value)


@dataclass(frozen=True)
class Held(Generic[ItemT]):
    """An item and its evidence."""

    item: ItemT
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Heard(Generic[ItemT]):
    """What came of one question."""

    held: tuple[Held[ItemT], ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question(Generic[ItemT, AnswerT]):
    """A question about runs."""

    traces: Sequence[Trace]
    ours: HandedOut
    """What agents were handed: withheld, and no evidence."""
    system: str
    """The rendered prompt of the learner."""
    asked: str = ""
    """What stands behind the runs, in our own words or in blocks of data."""
    shape: type[AnswerT]
    items: Callable[[AnswerT], Sequence[ItemT]]
    """The items of an answer."""
    problem: Callable[[ItemT], str] = field(default=lambda _: "")
    """Why an item does not hold, whatever its quotes; empty if nothing speaks against it."""
    clash: Callable[[ItemT, Sequence[ItemT]], str] = field(default=lambda _, __: "")
    """Why an item cannot stand beside those that hold already; empty if nothing speaks against it."""
    needs_quote: Callable[[ItemT], bool] = field(default=lambda _: True)
    """Whether an item is dropped where it names no quote."""
    max_items: int
    """What comes beyond is dropped, and told."""
    max_chars: int = QUESTION_CHARS

    @property
    def request(self) -> Request:
        """What is sent; it depends on the fields alone, so that a resumed run asks the same."""
        share = self.max_chars // max(1, len(self.traces))
        first: dict[str, str] = {}
        runs = [
            shown_run(trace, self.ours, share, number, _said_before(trace, self.ours, number, first))
            for number, trace in enumerate(self.traces, start=1)
        ]
        data = block("data", "\n".join(runs))
        text = f"{len(self.traces)} run{'s' * (len(self.traces) != 1)}:\n{data}\n{self.asked}".rstrip()
        return Request(messages=(Message(role="system", content=self.system), Message(role="user", content=text)))


def _said_before(trace: Trace, ours: HandedOut, number: int, first: dict[str, str]) -> dict[int, str]:
    """By step: where an earlier run of the question has the same long instructions; notes in `first` what is new."""
    found: dict[int, str] = {}
    for index, step in enumerate(trace.steps):
        text = ours.shown(trace, index) if step.kind == "system" else ""
        if len(text) < REPEATED_CHARS:
            continue
        if text in first:
            found[index] = first[text]
        else:
            first[text] = f"(the same text as step {index} of run {number})"
    return found


def shown_run(
    trace: Trace, ours: HandedOut, max_chars: int, number: int, instead: Mapping[int, str] | None = None
) -> str:
    """A run as lines of JSON: what was asked and how it ended, then its steps, what tools returned cut first."""
    head = {"run": number, **head_of(trace, ours)}
    return "\n".join([json.dumps(head, ensure_ascii=False), *run_lines(trace, max_chars, ours, instead)])


async def heard(question: Question[ItemT, AnswerT], model: Model) -> Heard[ItemT]:
    """Ask once, and once more about what does not hold."""
    request = question.request
    answer = await answer_of(model, request, question.shape)
    held, problems = _checked(question, question.items(answer), ())
    if not problems:
        return Heard(tuple(held))
    repaired = await answer_of(model, _again(request, answer, problems), question.shape)
    known = [each.item for each in held]
    mended = [item for item in question.items(repaired) if item not in known]
    more, problems = _checked(question, mended, held)
    return Heard((*held, *more), tuple(problems))


def _checked(
    question: Question[ItemT, AnswerT], items: Sequence[ItemT], before: Sequence[Held[ItemT]]
) -> tuple[list[Held[ItemT]], list[DroppedFinding]]:
    """The items that hold, and those that do not with the reason; `before` holds already."""
    held: list[Held[ItemT]] = []
    problems: list[DroppedFinding] = []
    for place, item in enumerate(items, start=len(before)):
        try:
            held.append(_held(question, item, place, [each.item for each in (*before, *held)]))
        except EvidenceError as error:
            problems.append(DroppedFinding(claim=item.name, reason=str(error)))
    return held, problems


def _held(question: Question[ItemT, AnswerT], item: ItemT, place: int, beside: Sequence[ItemT]) -> Held[ItemT]:
    """The item with its evidence; raises `EvidenceError` with the reason why it does not hold."""
    if place >= question.max_items:
        raise EvidenceError(f"at most {question.max_items} were asked for, and this is one more")
    if why := question.problem(item) or question.clash(item, beside):
        raise EvidenceError(why)
    return Held(item, _evidence(question, item))


def _evidence(question: Question[ItemT, AnswerT], item: ItemT) -> tuple[Evidence, ...]:
    """The quotes as evidence; raises `EvidenceError` where there is none, or one does not stand there."""
    if not item.evidence and question.needs_quote(item):
        raise EvidenceError("it names no quote, and nothing is kept without one")
    found: list[Evidence] = []
    for quote in item.evidence:
        if not 1 <= quote.run <= len(question.traces):
            raise EvidenceError(f"there is no run {quote.run}; they are numbered 1 to {len(question.traces)}")
        trace = question.traces[quote.run - 1]
        found.append(cited({trace.id: trace}, trace.id, quote.step, quote.quote, question.ours))
    return tuple(dict.fromkeys(found))


def _again(asked: Request, answer: Value, problems: Sequence[DroppedFinding]) -> Request:
    lines = (json.dumps({"item": each.claim, "problem": each.reason}, ensure_ascii=False) for each in problems)
    text = (
        f"These do not hold:\n{block('data', chr(10).join(lines))}\n"
        "Give these again, mended, and no other; leave out what cannot be mended."
    )
    return asked.sent_back(answer.model_dump_json(exclude_defaults=True), text)
