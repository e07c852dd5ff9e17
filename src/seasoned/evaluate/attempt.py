"""One trial of one task: what the agent is given, what came of it, and what it may work in.

An `Attempt` holds all that the agent may know, and nothing of how it is graded. What the agent itself does wrong (it
hangs, crashes, prints garbage) is an `Attempted` like any other and is graded as a failure. What lies outside of it (a
provider or a server that does not answer) is an exception, `ProviderError` or `AgentUnreachable`: such a trial is tried
again, counted, and never scored.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from pydantic import Field, JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.trace import Step, Task, Trace
from seasoned.core.trial import Difference, Ended
from seasoned.core.value import Text, Value
from seasoned.llm.model import Model, ToolRequest, ToolSpec


class GraderSpec(Value):
    """A grader as a task asks for it."""

    name: Text
    """As `seasoned.graders` has it."""
    settings: dict[str, Text] = Field(default_factory=dict[str, Text])
    """What differs from the grader's defaults, as words."""


NOTHING = "nothing"
"""The name of the agent that does nothing."""
FORMAT = "evaluation"
"""What `Trace.source.format` says of a trial's run."""


class GradedTask(Value):
    """A task of a suite, with what it takes to grade a run of it."""

    task: Task
    """Its key is unique within the suite."""
    split: Text = ""
    """Such as `train` or `test`; empty where the suite has none."""
    inputs: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """What the agent is told besides the text."""
    reference: JsonValue = None
    """The sealed answer: no agent, prompt or learner sees it."""
    labels: dict[str, Text] = Field(default_factory=dict[str, Text])
    """What breakdowns go by, such as the topic; no agent sees it."""
    graders: tuple[GraderSpec, ...] = ()
    """How this task is graded, where it says so itself; all of them have to pass."""


def is_held_out(task: GradedTask, agent_name: str) -> bool:
    """Whether nothing may be learned from a trial: its task is of a split to measure on, or its agent did nothing.

    A task of no split may be learned from: nobody said that it is there to measure on.
    """
    return agent_name == NOTHING or task.split not in ("", "train", "training")


class Attempt(Value):
    """What an agent is given for one trial."""

    task: Task
    prompt: Text = ""
    """Its instructions: a base prompt, or a compiled one."""
    inputs: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    trial: int = Field(default=0, ge=0)
    """Which one of this task, from 0."""
    seed: int = Field(default=0, ge=0)
    """Differs between trials, and is the same when the evaluation is run again."""
    run_key: Text = ""
    """Sets this trial apart from every other one; becomes the trace's `source.run_key`."""


class Attempted(Value):
    """What came of one trial."""

    trace: Trace
    """The run, with its usage as far as known; its `source.run_key` is the attempt's."""
    ended: Ended = "answered"
    answer: Text = ""
    """The last thing that the agent said; empty where it said nothing."""
    state: JsonValue = None
    """The end state of the world; None where there is none to look at."""
    error: Text = ""
    """What the agent did wrong, where it did not answer."""
    outcome: Outcome | None = None
    """By the suite's own scorer, where it has one."""


def last_answer(steps: Sequence[Step]) -> str:
    """The last thing that an agent said; empty where it said nothing."""
    return next((step.text for step in reversed(steps) if step.kind == "assistant" and step.text.strip()), "")


class World(Protocol):
    """What one trial is worked in: tools, and the state that they change. Made anew for every trial."""

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools as the agent is told of them."""
        ...

    async def call(self, request: ToolRequest) -> str:
        """Run one tool; what is wrong with the request is in the text that comes back.

        Raises:
            AgentUnreachable: Something outside of the agent failed.
        """
        ...

    def state(self) -> JsonValue:
        """The state as it stands now."""
        ...


@runtime_checkable
class EvaluatedAgent(Protocol):
    """An agent under test."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        ...

    @property
    def identity(self) -> dict[str, JsonValue]:
        """All that determines what it does, but for the prompt: an evaluation of another identity is another one."""
        ...

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Work one trial.

        Args:
            attempt: What is asked.
            world: What it is worked in; None for a task that is only talked about.

        Raises:
            ProviderError: A model did not answer.
            AgentUnreachable: The agent, or what it works with, could not be reached.
            ConfigError: It cannot work at all, whatever the task.
        """
        ...


@runtime_checkable
class AsksOurModel(Protocol):
    """An agent that asks one of our models, so that its calls can be counted and written down."""

    def asking(self, wrapped: Callable[[Model], Model]) -> EvaluatedAgent:
        """The same agent, whose model is wrapped."""
        ...


@runtime_checkable
class RefusesWorlds(Protocol):
    """An agent that can say before any trial that it is of no use in a world."""

    def refuse(self, world: World | None) -> None:
        """Say so.

        Raises:
            ConfigError: It cannot be handed the world's tools.
        """
        ...


class Suite(Protocol):
    """Tasks that can be worked anew, and the worlds that they are worked in."""

    @property
    def name(self) -> str:
        """What it is called in reports and in trace sources."""
        ...

    @property
    def tasks(self) -> tuple[GradedTask, ...]:
        """All tasks, of every split, in a fixed order."""
        ...

    def world(self, task: GradedTask) -> World | None:
        """A fresh world for one trial; None for tasks that are only talked about."""
        ...


@runtime_checkable
class HasGraders(Protocol):
    """A suite that says itself how its tasks are graded."""

    @property
    def graders(self) -> "tuple[Grader, ...]":
        """All of them have to pass; the lowest score is the trial's."""
        ...


@runtime_checkable
class BringsAgent(Protocol):
    """A suite whose tasks are worked by its own agent, with our prompt and a model of the user's choice."""

    def agent(self, model_id: str, base_url: str | None) -> EvaluatedAgent:
        """The suite's agent.

        Raises:
            ConfigError: What it needs is not installed.
            UsageError: The suite cannot use that model.
        """
        ...


class Grade(Value):
    """What a grader says of one trial."""

    grader: Text
    outcome: Outcome | None
    """None: it cannot say, as where a judge failed or a person has not looked yet. Feedback never names the
    reference."""
    reason: Text = ""
    """Why it cannot say; for who evaluates, not for who learns."""
    differences: tuple[Difference, ...] = ()
    cost_usd: float | None = None
    """Of judging; None where it is free or not known."""


class Grader(Protocol):
    """Says how a trial ended."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def identity(self) -> dict[str, JsonValue]:
        """All that determines its verdicts."""
        ...

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        """The verdict on one trial.

        Raises:
            ProviderError: A model that judges did not answer.
            ConfigError: The task has nothing that this grader could go by.
        """
        ...
