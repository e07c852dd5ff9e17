"""How cases are shown, and what of a case is shown at all, before it has any form.

Shown are the problem, what the user, the agent and its tools said, and the outcome's feedback. Never shown are system
steps, which are another prompt's instructions, and what we injected ourselves, such as examples. Pure; raises nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from seasoned.core.exemplar import Case
from seasoned.core.marks import GIVEN, example_spans, outside_examples
from seasoned.core.trace import Step, StepKind

Form = Literal["text", "transcript", "messages"]
"""Text: the steps in words. Transcript: one compact line for each, as ReAct has them. Messages: a chat's own."""

NO_IMAGE = "(an image that is not shown)"
NO_RESULT = "(no result is on record)"


@dataclass(frozen=True, kw_only=True)
class Showing:
    """How cases are shown."""

    max_result_chars: int = 2_000
    """What a tool returned is cut in the middle to about so many characters, with a count of what is left out; >= 0."""
    plans: Mapping[str, str] = field(default_factory=dict[str, str])
    """What of an exemplar carries over to the task at hand, by its id (see `learn.exemplars.adapting`), behind its
    steps."""
    is_plan_alone: bool = False
    """Show the plan in the place of the steps, where there is one."""


DEFAULTS = Showing()


class Turn(NamedTuple):
    """One step that is shown."""

    kind: StepKind
    text: str
    name: str = ""
    """Of the tool, on calls and results."""
    result: str | None = None
    """On a call: what came back, where that is on record. It is shown there, and no turn of its own."""
    step: Step | None = None


class Solution(NamedTuple):
    """What of a case is shown."""

    problem: str
    turns: tuple[Turn, ...]
    feedback: str
    plan: str


def solution_of(case: Case, showing: Showing = DEFAULTS) -> Solution:
    """What of a case is shown; texts are as hostile as the trace has them.

    Args:
        case: `Step.pair` of its steps counts within the case.
        showing: How.
    """
    exemplar = case.exemplar
    plan = showing.plans.get(exemplar.id, "")
    shown = _own_steps(case)
    problem = exemplar.problem
    first = next(iter(shown), None)
    if first is not None and shown[first].kind == "user":
        said, asked = _squashed(shown[first].text), _squashed(problem)
        if said in asked or asked in said:
            # The problem is the user's first message, or a part of it: it is said once.
            problem = max(problem, shown.pop(first).text, key=len)
    turns = () if plan and showing.is_plan_alone else _turns(shown, showing)
    return Solution(problem.strip(), turns, exemplar.feedback.strip(), plan.strip())


def cut_middle(text: str, max_chars: int) -> str:
    """The text, or its beginning and its end with a count of what is left out between them."""
    n_left_out = len(text) - max_chars
    if n_left_out <= 0:
        return text
    head = -(-max_chars // 2)
    tail = text[len(text) - (max_chars - head) :]
    return f"{text[:head]} … ({n_left_out:,} characters left out here) … {tail}"


def _own_steps(case: Case) -> dict[int, Step]:
    """The steps that are shown, by their place in the case, without examples that the run itself was shown."""
    pieces = [(step.kind, step.text) for step in case.steps]
    examples, texts = example_spans(pieces), outside_examples(pieces)
    shown: dict[int, Step] = {}
    for n, step in enumerate(case.steps):
        if step.kind == "system" or step.injected or (n in examples and (step.kind not in GIVEN or not texts[n])):
            continue
        shown[n] = step.model_copy(update={"text": texts[n]}) if n in examples else step
    return shown


def _turns(shown: Mapping[int, Step], showing: Showing) -> tuple[Turn, ...]:
    answers = {n: answer for n in shown if (answer := _answer(shown, n)) is not None}
    answered = set(answers.values())
    turns: list[Turn] = []
    for n, step in shown.items():
        if n in answered:
            continue
        if step.kind == "tool_call":
            result = None if n not in answers else _returned(shown[answers[n]], showing)
            turns.append(Turn("tool_call", step.text, _tool(step), result, step))
        elif step.kind == "tool_result":
            turns.append(Turn("tool_result", _returned(step, showing), step.name or "", None, step))
        elif step.kind == "image":
            turns.append(Turn("image", NO_IMAGE, step=step))
        elif step.text.strip():
            turns.append(Turn(step.kind, step.text.strip(), step=step))
    return tuple(turns)


def _answer(shown: Mapping[int, Step], call: int) -> int | None:
    """The place of a call's result among the steps of the case; None where it is not one of them."""
    pair = shown[call].pair
    if shown[call].kind != "tool_call" or pair is None:
        return None
    answers = shown.get(pair)
    return pair if answers is not None and pair > call and answers.pair == call else None


def _returned(step: Step, showing: Showing) -> str:
    text = cut_middle(step.text.strip(), showing.max_result_chars)
    return text if not step.is_error else f"(failed) {text}"


def _tool(step: Step) -> str:
    return step.name or step.text.partition("(")[0]


def _squashed(text: str) -> str:
    return " ".join(text.split())
