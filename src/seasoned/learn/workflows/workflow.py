"""A workflow: what it is, whether the runs bear it out, and the finding that it becomes.

Pure; raises nothing.
"""

import json
import re
from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.finding import Draft, Finding
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.asking import Held, Item
from seasoned.learn.workflows.groups import calls, follows

NAME = "workflows"
SECTION = "workflows"
LEAST_STEPS, MOST_STEPS = 2, 20
LEAST_CONFIDENCE, MORE_PER_RUN, MOST_CONFIDENCE = 0.4, 0.1, 0.9
"""Confidence: so much for one run that calls the tools in this order, more for each further one."""

_SLOT = re.compile(r"\{[^{}]+\}")


class Argument(Value):
    """One argument of a step's call."""

    name: Text
    value: Text
    """A slot such as `{order_id}`, or what every run passes."""


class WorkflowStep(Value):
    """One call of a tool."""

    tool: Text
    arguments: tuple[Argument, ...] = ()
    note: Text = ""
    """What to look at or decide there."""


class Workflow(Item):
    """A sub-routine."""

    trigger: Text
    steps: tuple[WorkflowStep, ...] = ()

    @property
    def name(self) -> str:
        """Its trigger."""
        return self.trigger or "a workflow without a trigger"

    @property
    def text(self) -> str:
        """As a skill reads."""
        lines = (f"{n}. {_step_text(step)}" for n, step in enumerate(self.steps, start=1))
        trigger = self.trigger.strip().rstrip(".:;,")
        opening = trigger if trigger.lower().startswith("when ") else f"When {trigger}"
        return "\n".join([f"{opening}:", *lines])


def problem_with(item: Workflow, runs: Sequence[Trace]) -> str:
    """Why the runs do not bear the workflow out; empty if they do."""
    if not item.trigger.strip() or not LEAST_STEPS <= len(item.steps) <= MOST_STEPS:
        return f"it needs a trigger and {LEAST_STEPS} to {MOST_STEPS} steps"
    if why := next((why for step in item.steps if (why := _step_problem(step, runs))), ""):
        return why
    following = {n for n, run in enumerate(runs, start=1) if follows([step.tool for step in item.steps], run)}
    if len(following) < min(2, len(runs)):
        return f"{len(following)} of the {len(runs)} runs call these tools in this order; it takes {min(2, len(runs))}"
    if len({quote.run for quote in item.evidence} & following) < min(2, len(following)):
        return f"it takes quotes from two runs that do it; these do: {sorted(following)}"
    return ""


def _step_problem(step: WorkflowStep, runs: Sequence[Trace]) -> str:
    made = [call for run in runs for call in calls(run) if call.name == step.tool]
    if not made:
        return f"no run calls a tool {step.tool[:60]!r}"
    passed = [call.arguments for call in made if call.arguments is not None]
    for each in step.arguments if passed else ():
        values = {_shown(given[each.name]) for given in passed if each.name in given}
        if not values:
            return f"no call of {step.tool!r} has an argument {each.name[:60]!r}"
        n_tasks = len({run.task.key for run in runs})
        if not _SLOT.search(each.value) and (values != {each.value} or n_tasks < 2):
            return f"{each.name!r} of {step.tool!r} needs a {{slot}}: only what runs of several tasks all pass is fixed"
    return ""


def _shown(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _step_text(step: WorkflowStep) -> str:
    arguments = ", ".join(f"{each.name}={each.value}" for each in step.arguments)
    note = " ".join(step.note.split())
    return f"call {step.tool}({arguments})" + (f"; {note}" if note else "")


def finding_of(held: Held[Workflow], runs: Sequence[Trace]) -> Finding:
    """The finding that a workflow becomes; its confidence counts the runs that follow it."""
    names = [step.tool for step in held.item.steps]
    n_runs = sum(follows(names, run) for run in runs)
    return Finding(
        claim=f"Runs that succeeded do this when {held.item.trigger.strip().rstrip('.')}: {', '.join(names)}.",
        kind="good practice",
        confidence=round(min(MOST_CONFIDENCE, LEAST_CONFIDENCE + MORE_PER_RUN * (n_runs - 1)), 2),
        evidence=held.evidence,
        draft=Draft(text=held.item.text, reason=f"{n_runs} successful runs did it so.", section=SECTION),
        learner=NAME,
        has_verdicts=True,
    )
