"""A plan for one task: a model reads the approved skills that come nearest to it, and says what to do in which order.

One question, put once more where the answer does not hold: a plan has steps, and rests on skills by their numbers.
Knows nothing of stores. Raises what the model raises, and `ProviderError` for two answers that do not hold.
"""

import json
from collections.abc import Sequence

from pydantic import Field

from seasoned.core.skill import Skill
from seasoned.core.value import Text, Value
from seasoned.errors import ProviderError
from seasoned.learn.quoting import block
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.structured import answer_of

PROMPT = load(__package__ or "", "plan")
MAX_STEPS = 10
MAX_TOKENS = 2_048
"""Completion tokens of one answer."""


class PlanStep(Value):
    """One thing to do."""

    do: Text = Field(max_length=2_000)
    skills: tuple[int, ...] = ()
    """Numbers of the skills that it rests on, from 1."""


class Steps(Value):
    """A plan as the model answers it."""

    steps: tuple[PlanStep, ...]


def request_of(task: str, skills: Sequence[Skill]) -> Request:
    """What is asked; it depends on the arguments alone, so that asking again replays."""
    lines = [
        json.dumps({"skill": number, "text": skill.text}, ensure_ascii=False) for number, skill in enumerate(skills, 1)
    ]
    text = f"The task:\n{block('data', task)}\n{len(lines)} skills:\n{block('data', chr(10).join(lines))}"
    messages = (Message(role="system", content=PROMPT.body), Message(role="user", content=text))
    return Request(messages=messages, temperature=0.0, max_tokens=MAX_TOKENS)


async def plan_for(task: str, skills: Sequence[Skill], model: Model) -> str:
    """A plan from skills, as text: numbered steps, then the skills that they rest on.

    Args:
        task: What the agent will be asked.
        skills: Those that may matter, at least one.
        model: Whom to ask: once, and once more about an answer that does not hold.

    Raises:
        ProviderError: Neither answer holds.
    """
    asked = request_of(task, skills)
    answer = await answer_of(model, asked, Steps)
    if why := _problem(answer, len(skills)):
        said = f"That does not hold: {why}. Give the whole plan again."
        answer = await answer_of(model, asked.sent_back(answer.model_dump_json(), said), Steps)
        if why := _problem(answer, len(skills)):
            raise ProviderError("the model's plan does not hold", where=model.model_id, why=why)
    return _as_text(answer, skills)


def _problem(answer: Steps, n_skills: int) -> str:
    """Why a plan does not hold; empty if nothing speaks against it."""
    numbers = [number for step in answer.steps for number in step.skills]
    if not 1 <= len(answer.steps) <= MAX_STEPS:
        return f"a plan has 1 to {MAX_STEPS} steps, and this one has {len(answer.steps)}"
    if not all(step.do.strip() for step in answer.steps):
        return "a step is empty"
    if unknown := sorted({number for number in numbers if not 1 <= number <= n_skills}):
        return f"there is no skill {unknown[0]}; they are numbered 1 to {n_skills}"
    return "" if numbers else "no step rests on a skill"


def _as_text(answer: Steps, skills: Sequence[Skill]) -> str:
    lines = [
        f"{place}. {' '.join(step.do.split())}" + "".join(f" [{number}]" for number in dict.fromkeys(step.skills))
        for place, step in enumerate(answer.steps, 1)
    ]
    used = sorted({number for step in answer.steps for number in step.skills})
    return "\n".join([*lines, "", *(f"[{number}] {' '.join(skills[number - 1].text.split())}" for number in used)])
