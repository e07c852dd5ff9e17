"""One trial of a live agent, and what the trials at a task came to; who fails in it is told, not raised.

Knows nothing of models. Raises nothing but `asyncio.CancelledError`.
"""

from typing import Literal, cast

from seasoned.core.agent import Agent, Evaluator
from seasoned.core.outcome import SUCCESS_SCORE, Outcome
from seasoned.core.reflection import Reflection
from seasoned.core.trace import Task, Trace, Usage
from seasoned.core.value import Text, Value
from seasoned.learn.reflexion.attempts import repeated_action
from seasoned.llm.account import CallTotals

ERROR_CHARS = 500

Ended = Literal["passed", "out of trials", "exhausted", "budget", "not judged"]
"""Why no further trial came. Exhausted: the model only repeated what had been planned. Not judged: the evaluator gave
no verdict, so that nobody could say whether to go on."""


class Trial(Value):
    """One attempt of the agent."""

    number: int
    """Counted from 1."""
    trace: Trace | None = None
    """The run with its outcome; None where the agent gave none."""
    is_success: bool = False
    is_judged: bool = True
    """False where the evaluator gave no verdict."""
    error: Text = ""
    """What the agent or the evaluator did wrong; the trial then counts as failed."""
    repeated_action: Text = ""
    """The first action that the agent took twice in a row, which the published environments take for the end."""
    reflection: Reflection | None = None
    """Written after this trial, shown on the next one."""
    no_reflection: Text = ""
    """Why none was written, where one was asked for."""
    reflecting: CallTotals = CallTotals()
    """What asking for the reflection came to."""

    @property
    def usage(self) -> Usage:
        """What the agent's run cost, as far as it says."""
        return Usage() if self.trace is None else self.trace.usage

    @property
    def n_tokens(self) -> int | None:
        """Of the agent and of the reflection after it; None where either is not known."""
        spent = (self.usage.input_tokens, self.usage.output_tokens)
        if spent[0] is None or spent[1] is None or self.reflecting.n_unmeasured:
            return None
        return spent[0] + spent[1] + self.reflecting.n_tokens

    @property
    def cost_usd(self) -> float | None:
        """Of the agent and of the reflection after it; None where either is not known."""
        if self.usage.cost_usd is None or self.reflecting.n_unpriced:
            return None
        return self.usage.cost_usd + (self.reflecting.cost_usd or 0.0)


class ReflexionReport(Value):
    """What the trials at one task came to."""

    task: Task
    trials: tuple[Trial, ...]
    ended: Ended

    @property
    def is_success(self) -> bool:
        """Whether a trial passed, in the evaluator's eyes."""
        return self.ended == "passed"

    @property
    def reflections(self) -> tuple[Reflection, ...]:
        """Those that were written, oldest first, to be kept for another day."""
        return tuple(trial.reflection for trial in self.trials if trial.reflection is not None)

    @property
    def n_calls(self) -> int:
        """Model calls for reflections; what the agent called is in its traces."""
        return sum(trial.reflecting.n_calls for trial in self.trials)

    @property
    def n_tokens(self) -> int | None:
        """Of all trials and reflections; None where a part is not known."""
        known = [trial.n_tokens for trial in self.trials]
        return None if None in known else sum(n for n in known if n is not None)

    @property
    def cost_usd(self) -> float | None:
        """Of all trials and reflections; None where a part is not known."""
        known = [trial.cost_usd for trial in self.trials]
        return None if None in known else sum(cost for cost in known if cost is not None)


async def tried(agent: Agent, evaluator: Evaluator, task: Task, prompt: str, number: int) -> Trial:
    """Let the agent work the task once, and have it judged."""
    try:
        returned = cast("object", await agent(task, prompt))
    except Exception as error:  # noqa: BLE001 - it is somebody else's code, and other tasks go on
        return Trial(number=number, error=f"the agent raised {_said(error)}")
    if not isinstance(returned, Trace):
        return Trial(number=number, error=f"the agent returned {type(returned).__name__}, not a Trace")
    if returned.task.key != task.key:
        why = f"the agent returned a run of the task {returned.task.key!r}, not of {task.key!r}"
        return Trial(number=number, error=why[:ERROR_CHARS])
    return await _judged(evaluator, returned, number)


async def _judged(evaluator: Evaluator, trace: Trace, number: int) -> Trial:
    unjudged = Trial(
        number=number, trace=trace, is_judged=False, repeated_action=repeated_action(trace.steps), error="no verdict"
    )
    try:
        outcome = cast("object", await evaluator(trace))
    except Exception as error:  # noqa: BLE001 - as above
        return unjudged.model_copy(update={"error": f"the evaluator raised {_said(error)}"})
    if not isinstance(outcome, Outcome):
        return unjudged.model_copy(update={"error": f"the evaluator returned {type(outcome).__name__}, not an Outcome"})
    decided = outcome.success
    if decided is None and outcome.score is not None:
        decided = outcome.score >= SUCCESS_SCORE
    if decided is None:
        return unjudged.model_copy(update={"error": "the evaluator gave neither a verdict nor a score"})
    judged = trace.model_copy(update={"outcome": outcome.model_copy(update={"success": decided})})
    return unjudged.model_copy(update={"trace": judged, "is_success": decided, "is_judged": True, "error": ""})


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:ERROR_CHARS]
