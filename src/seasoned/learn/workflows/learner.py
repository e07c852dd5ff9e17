"""Agent Workflow Memory: sub-routines of two or more steps, with slots for what differs, from runs that succeeded.

Successes of one agent that share sequences of tools are read together. What a model proposes is checked against the
calls that these runs really made: each step's tool and arguments, the order of the steps in at least two runs where
there are two, and that a value which stands there fixed is the same in all of them. Runs without a verdict and failed
ones are left out (the paper's online mode lets a model judge them). Requests depend on the runs and the configuration
alone. Raises what the model's journal raises (`StoreError`).

Source: Z. Wang, J. Mao, D. Fried, G. Neubig, "Agent Workflow Memory", 2024, arXiv 2409.07429.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from pydantic import Field, JsonValue

from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.learn.asking import Question, heard
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.registry import configured
from seasoned.learn.reporting import Found, Work, reported
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Asking, Tempered
from seasoned.learn.workflows.groups import grouped
from seasoned.learn.workflows.workflow import NAME, Workflow, finding_of, problem_with
from seasoned.llm.model import Model
from seasoned.llm.prompt_file import load

_PROMPT = load(__package__ or "", "induce")


class WorkflowsConfig(Asking):
    """How the learner works; the paper names no numbers but the least of two steps."""

    n_runs: int = Field(default=6, ge=1)
    """Runs in one question."""
    max_workflows: int = Field(default=3, ge=1)
    """Sub-routines from one question."""


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
        groups = self._groups(unique)
        work = partial(self._found, ours=HandedOut(context.handed_out), model=Tempered(context.model, self._config))
        rounds = await in_rounds(groups, work, context, unit="groups", concurrency=self._config.concurrency)
        n_left_out = len(unique) - sum(map(len, groups))
        why = "they did not succeed, nobody has judged them, or they call fewer than two tools by name"
        notes = [f"{n_left_out} of {len(unique)} runs are not read: {why}"] if n_left_out else []
        return reported(context, rounds.results, Work.of(rounds, notes))

    def planned_calls(self, traces: Sequence[Trace]) -> int:
        """One for each group; repairs come on top."""
        return len(self._groups({trace.id: trace for trace in traces}.values()))

    def _groups(self, unique: Iterable[Trace]) -> list[tuple[Trace, ...]]:
        return grouped([trace for trace in unique if trace.verdict], self._config.n_runs)

    async def _found(self, runs: Sequence[Trace], *, ours: HandedOut, model: Model) -> Found:
        n = self._config.max_workflows
        question = Question(
            traces=runs,
            ours=ours,
            system=_PROMPT.render(max_workflows=str(n)),
            shape=_Workflows,
            items=lambda answer: answer.workflows,
            problem=partial(problem_with, runs=runs),
            max_items=n,
        )
        answer = await heard(question, model)
        return Found(findings=tuple(finding_of(each, runs) for each in answer.held), dropped=answer.dropped)


def workflows(settings: Mapping[str, str]) -> WorkflowsLearner:
    """Agent Workflow Memory by settings as words: the fields of `WorkflowsConfig`."""
    return WorkflowsLearner(configured(WorkflowsConfig, settings, NAME))
