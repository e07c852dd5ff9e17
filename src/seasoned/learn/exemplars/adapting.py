"""Case-based reasoning's third step: the plan of a retrieved case, reworded by a model for the task at hand.

What comes back is checked, sent back once with the reasons where it does not hold, and done without after that: the
case is then shown as it is, with a note. Knows nothing of how cases are found or shown. Raises `BudgetExceeded` and
`StoreError`, as the model does; a model that fails is a note.

Source: A. Aamodt, E. Plaza, "Case-Based Reasoning: Foundational Issues, Methodological Variations, and System
Approaches", AI Communications 7(1), 1994: retrieve, reuse, revise, retain.
"""

import json
import re
from collections.abc import Iterator, Sequence

from pydantic import Field

from seasoned.core.exemplar import Case
from seasoned.core.forms import FORMS, TECHNICAL
from seasoned.core.text import shortened
from seasoned.core.trace import Source, Task, Trace
from seasoned.core.value import Text, Value
from seasoned.errors import ProviderError
from seasoned.learn.quoting import block
from seasoned.learn.transcript import run_lines
from seasoned.llm.model import Message, Model, Request
from seasoned.llm.prompt_file import load
from seasoned.llm.structured import answer_of

PROMPT = load(__package__ or "", "adapt")
CASE_CHARS = 20_000
"""Of the earlier steps, some 5,000 tokens; what tools returned is cut first."""
TASK_CHARS = 8_000
MAX_TOKENS = 1_500
"""Of an answer."""
_SHOWN = 5
"""So many of what does not hold are named at once."""

_CALLED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\(")
_SNAKE_CASE = re.compile(r"(?<![\w.])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!\w)")
_CODE = re.compile(r"(?<![\w-])(?:(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{2,}|\d{4,})(?![\w-])")
"""Letters and digits in one word, and long numbers."""


class Adapted(Value):
    """What of a case carries over to a task."""

    exemplar_id: str
    plan: Text = ""
    """The steps to take; empty where no plan held, and the case is to be shown as it is."""
    carries_over: Text = ""
    differs: Text = ""
    note: Text = ""
    """Why there is no plan."""


class Plan(Value):
    """A model's answer."""

    carries_over: Text = Field(default="", max_length=2_000)
    differs: Text = Field(default="", max_length=2_000)
    plan: Text = Field(default="", max_length=8_000)


async def adapt(case: Case, task: str, model: Model, *, tools: Sequence[str] = ()) -> Adapted:
    """Reword the plan of a case for a task.

    Args:
        case: A case that was found for the task.
        task: What the agent is asked.
        model: Whom to ask; once, and once more where the plan does not hold.
        tools: Names of the tools that the agent has; empty where that is not known.

    Raises:
        BudgetExceeded: The model may not be asked any more.
    """
    request = request_of(case, task, tools)
    try:
        plan = await answer_of(model, request, Plan)
        wrong = problems(plan.plan, case, task, tools)
        if wrong:
            plan = await answer_of(model, _again(request, plan, wrong), Plan)
            wrong = problems(plan.plan, case, task, tools)
    except ProviderError as error:
        return Adapted(exemplar_id=case.exemplar.id, note=f"it is shown as it is: {error}")
    if wrong:
        return Adapted(exemplar_id=case.exemplar.id, note=f"it is shown as it is: no plan held, {'; '.join(wrong)}")
    return Adapted(
        exemplar_id=case.exemplar.id,
        plan=plan.plan.strip(),
        carries_over=plan.carries_over.strip(),
        differs=plan.differs.strip(),
    )


def request_of(case: Case, task: str, tools: Sequence[str] = ()) -> Request:
    """What is sent; it depends on the arguments alone."""
    problem = case.exemplar.problem
    earlier = Trace.of(task=Task(key="", text=problem), steps=case.steps, source=Source(format="exemplar"))
    head = json.dumps({"earlier task": shortened(problem, TASK_CHARS)}, ensure_ascii=False)
    lines = [head, *run_lines(earlier, CASE_CHARS)]
    if case.exemplar.feedback:
        lines.append(json.dumps({"feedback": shortened(case.exemplar.feedback, TASK_CHARS)}, ensure_ascii=False))
    new = {"new task": shortened(task, TASK_CHARS), "tools": sorted({*tools} or {*case.exemplar.tools})}
    lines.append(json.dumps(new, ensure_ascii=False))
    return Request(
        messages=(
            Message(role="system", content=PROMPT.render()),
            Message(role="user", content=block("data", "\n".join(lines))),
        ),
        temperature=0.0,
        max_tokens=MAX_TOKENS,
    )


def problems(plan: str, case: Case, task: str, tools: Sequence[str] = ()) -> tuple[str, ...]:
    """Why a plan does not hold, in plain words; empty if nothing speaks against it.

    Args:
        plan: As the model worded it.
        case: That it was made from.
        task: That it was made for.
        tools: That the agent has.
    """
    told = "\n".join([case.exemplar.problem, *(step.text for step in case.steps)])
    if not plan.strip():
        return ("the plan is empty",)
    found: list[str] = []
    if len(plan) > len(told):
        found.append(f"the plan has {len(plan):,} characters and the case itself has {len(told):,}")
    known = {*tools, *case.exemplar.tools}
    strange = dict.fromkeys(name for name in _names(plan) if name not in known and not _stands(name, f"{told}\n{task}"))
    found += [f"there is no tool {name!r}" for name in strange]
    taken = dict.fromkeys(each for each in _identifiers(plan) if _stands(each, told) and not _stands(each, task))
    found += [f"{each!r} is of the earlier task alone" for each in taken if each not in known]
    return tuple(found[:_SHOWN])


def _names(plan: str) -> Iterator[str]:
    """What reads like the name of a tool."""
    yield from _CALLED.findall(plan)
    yield from _SNAKE_CASE.findall(plan)


def _identifiers(plan: str) -> Iterator[str]:
    for form in (*(form for _, form in FORMS), _CODE):
        yield from (found for found in form.findall(plan) if not TECHNICAL.fullmatch(found))


def _stands(word: str, text: str) -> bool:
    """Whether it stands there as a whole: `W1` does not in `W17`."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _again(asked: Request, plan: Plan, wrong: Sequence[str]) -> Request:
    text = f"That does not hold:\n{block('data', chr(10).join(wrong))}\nGive all of it again, mended."
    return asked.sent_back(plan.model_dump_json(), text)
