"""Agent Workflow Memory: sub-routines of two or more steps, with slots for what differs, from runs that succeeded.

Successes of one agent that share sequences of tools are read together. What a model proposes is checked against the
calls that these runs really made: each step's tool and arguments, the order of the steps in at least two runs where
there are two, and that a value which stands there fixed is the same in all of them. Runs without a verdict and failed
ones are left out (the paper's online mode lets a model judge them). Requests depend on the runs and the configuration
alone. Raises what the model's journal raises (`StoreError`).

Source: Z. Wang, J. Mao, D. Fried, G. Neubig, "Agent Workflow Memory", 2024, arXiv 2409.07429.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial

from pydantic import Field, JsonValue

from seasoned.core.finding import Draft, Finding
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.asking import Held, Item, Question, heard
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.registry import configured
from seasoned.learn.reporting import Found, Work, reported
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Asking, Tempered
from seasoned.learn.workflows.groups import calls, follows, grouped
from seasoned.llm.model import Model
from seasoned.llm.prompt_file import load

NAME = "workflows"
SECTION = "workflows"
LEAST_STEPS, MOST_STEPS = 2, 20
LEAST_CONFIDENCE, MORE_PER_RUN, MOST_CONFIDENCE = 0.4, 0.1, 0.9
"""Confidence: so much for one run that calls the tools in this order, more for each further one."""

_PROMPT = load(__package__ or "", "induce")
_SLOT = re.compile(r"\{[^{}]+\}")


class WorkflowsConfig(Asking):
    """How the learner works; the paper names no numbers but the least of two steps."""

    n_runs: int = Field(default=6, ge=1)
    """Runs in one question."""
    max_workflows: int = Field(default=3, ge=1)
    """Sub-routines from one question."""


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


class _Workflows(Value):
    workflows: tuple[Workflow, ...] = ()


class WorkflowsLearner:
    """Agent Workflow Memory as a `Learner`."""

    name = NAME

    def __init__(self, config: WorkflowsConfig | None = None) -> None:
        """Configure."""
        self._config = config or WorkflowsConfig()

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, and which version of the prompt it is for."""
        return {"config": self._config.model_dump(mode="json"), "prompts": [f"{_PROMPT.id} {_PROMPT.version}"]}

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Ask about every group of successes; see `Learner.learn`."""
        unique = list({trace.id: trace for trace in traces}.values())
        groups = grouped([trace for trace in unique if trace.verdict], self._config.n_runs)
        work = partial(self._found, ours=HandedOut(context.handed_out), model=Tempered(context.model, self._config))
        rounds = await in_rounds(groups, work, context, unit="groups", concurrency=self._config.concurrency)
        n_left_out = len(unique) - sum(map(len, groups))
        why = "they did not succeed, nobody has judged them, or they call fewer than two tools by name"
        notes = [f"{n_left_out} of {len(unique)} runs are not read: {why}"] if n_left_out else []
        return reported(context, rounds.results, Work.of(rounds, notes))

    async def _found(self, runs: Sequence[Trace], *, ours: HandedOut, model: Model) -> Found:
        n = self._config.max_workflows
        question = Question(
            traces=runs,
            ours=ours,
            system=_PROMPT.render(max_workflows=str(n)),
            shape=_Workflows,
            items=lambda answer: answer.workflows,
            problem=partial(_problem, runs=runs),
            max_items=n,
        )
        answer = await heard(question, model)
        return Found(findings=tuple(_finding(each, runs) for each in answer.held), dropped=answer.dropped)


def workflows(settings: Mapping[str, str]) -> WorkflowsLearner:
    """Agent Workflow Memory by settings as words: the fields of `WorkflowsConfig`."""
    return WorkflowsLearner(configured(WorkflowsConfig, settings, NAME))


def _problem(item: Workflow, runs: Sequence[Trace]) -> str:
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


def _finding(held: Held[Workflow], runs: Sequence[Trace]) -> Finding:
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
