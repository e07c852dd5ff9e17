"""What an evaluation is given, and what it comes to. Raises nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import Field, JsonValue

from seasoned.core.ids import content_id
from seasoned.core.prompt import Exposure, Prompt
from seasoned.core.value import Text, Value
from seasoned.evaluate.attempt import EvaluatedAgent, GradedTask, Grader, HasGraders, Suite
from seasoned.evaluate.suites.registry import suite_hash
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.learn.learner import Progress
from seasoned.llm.account import Account
from seasoned.llm.budget import Budget
from seasoned.pipeline.handing import exposures_of

HandOut = Callable[[Prompt, str], tuple[Prompt, tuple[Exposure, ...]]]
"""From a compiled prompt and a trial's run key to what that trial is handed, and the record of it."""

CONCURRENCY = 4
N_RETRIES = 3
GRACE_S = 30.0
"""Agents stop themselves in time, so that they can tell what they did until then; only one that does not is cut off."""
TIMEOUT_S = 600.0 + GRACE_S
NO_CAP = Budget()
"""An evaluation is bounded by its tasks, trials and steps as it is."""


def whole(prompt: Prompt, run_key: str) -> tuple[Prompt, tuple[Exposure, ...]]:  # noqa: ARG001 - the same for every run
    """The prompt as it is: each of its skills is in it for certain."""
    return prompt, exposures_of(prompt)


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """What is evaluated, and who wants to know about it."""

    suite: Suite
    agent: EvaluatedAgent
    tasks: tuple[GradedTask, ...] | None = None
    """Those of the suite that are worked; None: all of them."""
    split: str = ""
    """What they were chosen by, for the record."""
    graders: tuple[Grader, ...] = ()
    """All of them have to pass, in the place of those that tasks and the suite name; empty: those."""
    prompt: Prompt | str = ""
    """What the agent is told: a compiled prompt, or a plain text."""
    trials: int = 1
    """Of each task."""
    seed: int = 0
    """Trials of equal number have equal seeds in every evaluation with this one."""
    concurrency: int = CONCURRENCY
    """Trials worked at once."""
    timeout_s: float = TIMEOUT_S
    """A trial that takes longer is a failure."""
    n_retries: int = N_RETRIES
    """How often a trial is begun again where something outside of the agent failed."""
    budget: Budget = NO_CAP
    """What the run may spend: a hard stop. A trial of an agent whose calls we do not see counts as one call."""
    account: Account | None = None
    """What is shared with other evaluations, in the place of an account of its own over `budget`."""
    policy: Policy = SECRETS
    """What is redacted before anything is stored, or sent to a model that judges."""
    book: str = ""
    """The skillbook that the prompt is from, for the record."""
    hand_out: HandOut = whole
    """What of a compiled prompt a trial is handed."""
    keeping: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """All that determines `hand_out`; empty for the whole prompt."""
    may_differ: bool = False
    """Go on where an earlier evaluation of a suite of this name had another text under the same key."""
    on_run: Callable[[str], None] = field(default=lambda _: None)
    """Told the run's id before the work begins."""
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """How a pause before another try passes."""

    @property
    def chosen(self) -> tuple[GradedTask, ...]:
        """The tasks that are worked."""
        return self.suite.tasks if self.tasks is None else self.tasks

    @property
    def n_due(self) -> int:
        """Trials of all tasks that are worked."""
        return len(self.chosen) * self.trials

    @property
    def judges(self) -> tuple[Grader, ...]:
        """Who grades, besides the graders that single tasks name."""
        return self.graders or (self.suite.graders if isinstance(self.suite, HasGraders) else ())

    @property
    def prompt_id(self) -> str:
        """Of a plain text its content's id, as a compiled prompt of that text would have it; empty for none."""
        if isinstance(self.prompt, Prompt):
            return self.prompt.id
        return content_id("prompt", self.prompt) if self.prompt else ""

    def config(self) -> dict[str, JsonValue]:
        """All that determines the work: an evaluation of another configuration is another run."""
        tasks = self.chosen
        config: dict[str, JsonValue] = {
            "suite": self.suite.name,
            "suite_hash": suite_hash(tasks),
            "split": self.split,
            "tasks": content_id("tasks", sorted(task.task.key for task in tasks)),
            "n_tasks": len(tasks),
            "trials": self.trials,
            "agent": {"name": self.agent.name, **self.agent.identity},
            "graders": [{"name": grader.name, **grader.identity} for grader in self.judges],
            "prompt_id": self.prompt_id,
            "seed": self.seed,
            "timeout_s": self.timeout_s,
        }
        if self.book:
            config["book"] = self.book
        if self.keeping:
            config["keeping"] = self.keeping
        return config


class Evaluated(Value):
    """What an evaluation came to. Success rates and their intervals are made from its traces."""

    run_id: str
    suite: Text
    agent: Text
    prompt_id: str = ""
    was_done: bool = False
    """The same evaluation had been done before: nothing was run."""
    is_complete: bool = True
    """False where a limit, a provider or a grader cut some of the work off; asking again does the rest."""
    n_tasks: int = 0
    n_due: int = 0
    """Tasks times trials."""
    n_trials: int = 0
    """Trials that came to an end, whatever it was."""
    n_passed: int = 0
    n_unjudged: int = 0
    """Trials that ended without a verdict."""
    n_unreachable: int = 0
    """Trials that failed for reasons outside of the agent, each time: not scored."""
    n_retries: int = 0
    """How often a trial was begun again for such reasons."""
    ended: dict[str, int] = Field(default_factory=dict[str, int])
    """Trials by how they ended."""
    differences: dict[str, int] = Field(default_factory=dict[str, int])
    """Differences from the reference by kind, over all trials."""
    notes: tuple[Text, ...] = ()
    """What cut work off, and what could not be reached."""
    n_calls: int = 0
    """Of our models, this time."""
    cost_usd: float | None = None
    """Of the agent in all trials, as far as known; None where no price is."""
    n_tokens: int | None = None
    """The same in tokens."""
    grading_cost_usd: float | None = None
