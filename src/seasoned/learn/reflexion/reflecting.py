"""One reflection: a model is asked for a plan, and what it says is checked like anything from outside.

What is no plan goes back once with the reason, and is then dropped. A plan that repeats an earlier one of its task goes
back once too, naming what was tried; repeated again, the task is exhausted: asking on would pay for the same words.
Requests depend on the arguments alone. Raises what the model raises: `ProviderError`, `BudgetExceeded`, `StoreError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.learn.quoting import block
from seasoned.learn.reflexion.attempts import attempt_text, instructions
from seasoned.learn.reflexion.checking import plan_problem
from seasoned.learn.reflexion.config import ReflexionConfig
from seasoned.learn.reflexion.repeats import said_before
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.structured import answer_of

PROMPT, EXAMPLES = load(__package__ or "", "reflect"), load(__package__ or "", "examples")


class Plan(Value):
    """What the model answers."""

    plan: Text = Field(max_length=20_000)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failed attempt, and what is known of its task."""

    trace: Trace
    earlier: tuple[str, ...] = ()
    """All reflections on earlier attempts at the task, oldest first."""
    similar: tuple[str, ...] = ()
    """Reflections on other, similar tasks."""
    withheld: tuple[str, ...] = ()
    """What no reflection may name, such as the reference answer where it is known here; it is never sent."""
    ours: HandedOut = NOTHING
    """What agents were handed."""


class Reflected(Value):
    """What came of a failed attempt."""

    text: Text = ""
    """The plan; empty where there is none."""
    reason: str = ""
    """Why there is none."""
    is_exhausted: bool = False
    """The model only says again what was tried: another attempt would be the same one."""


async def reflected(failure: Failure, config: ReflexionConfig, model: Model) -> Reflected:
    """A plan for the next attempt, or why there is none."""
    request = request_of(failure, config)
    text = (await answer_of(model, request, Plan)).plan.strip()
    if why := _problem(text, failure, config):
        request = _again(request, text, f"That is refused: {why}. Give the plan again, mended.")
        text = (await answer_of(model, request, Plan)).plan.strip()
        if why := _problem(text, failure, config):
            return Reflected(reason=why)
    if (place := said_before(text, failure.earlier)) is None:
        return Reflected(text=text)
    request = _again(request, text, _otherwise(failure.earlier))
    other = (await answer_of(model, request, Plan)).plan.strip()
    if why := _problem(other, failure, config):
        return Reflected(reason=why)
    if said_before(other, [*failure.earlier, text]) is None:
        return Reflected(text=other)
    return Reflected(reason=f"twice it said what reflection {place + 1} of this task had said", is_exhausted=True)


def request_of(failure: Failure, config: ReflexionConfig) -> Request:
    """The question about a failed attempt."""
    examples = EXAMPLES.render() if config.few_shot else ""
    system = PROMPT.render(examples=examples, max_words=str(config.max_words))
    record = attempt_text(failure.trace, failure.ours, config.max_trajectory_tokens)
    parts = [f"The failed attempt:\n{block('data', record)}"]
    if config.max_instruction_tokens and (
        told := instructions(failure.trace, failure.ours, config.max_instruction_tokens)
    ):
        parts.insert(0, f"What the agent is told before every attempt:\n{block('data', told)}")
    if earlier := failure.earlier[-config.memory_limit :]:
        parts.append(f"Plans that were made after earlier attempts, and followed:\n{_numbered(earlier)}")
    if failure.similar:
        parts.append(f"Plans that were made for other tasks much like this one:\n{_numbered(failure.similar)}")
    parts.append("Write the plan for the next attempt.")
    return Request(
        messages=(Message(role="system", content=system), Message(role="user", content="\n\n".join(parts))),
        temperature=config.temperature,
        max_tokens=config.max_tokens,
    )


def _problem(text: str, failure: Failure, config: ReflexionConfig) -> str:
    return plan_problem(text, failure.trace, withheld=failure.withheld, max_words=config.max_words)


def _otherwise(earlier: Sequence[str]) -> str:
    return (
        "That was tried: an earlier plan said the same, and the attempt after it failed. Tried so far:\n"
        f"{_numbered(earlier)}\nGive another strategy, one that starts elsewhere or uses other tools."
    )


def _numbered(texts: Sequence[str]) -> str:
    return block("data", "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1)))


def _again(asked: Request, answer: str, said: str) -> Request:
    return asked.sent_back(Plan(plan=answer).model_dump_json(), said)
