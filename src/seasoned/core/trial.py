"""What is kept of one trial of an evaluation beside its trace: how it ended, and how it differs from the reference."""

from typing import Literal

from pydantic import Field, JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.value import Text, Value

Ended = Literal["answered", "out of steps", "timed out", "crashed", "unreadable", "stopped", "unreachable"]
"""How a trial came to its end. Answered: the agent said it was done. Unreadable: it printed what is no answer. Stopped:
the suite's own rules ended it. Unreachable: something outside of the agent failed each time, so nothing is scored."""


class Difference(Value):
    """One way in which the end state of a trial differs from the reference."""

    kind: Literal["missing write", "extra write", "wrong argument", "missing output", "other state"]
    where: Text
    """What differs, as far as the agent's own run shows it: the tool and the argument, or a path into the state. The
    right value is never named here, since whoever learns from the run may read it."""


class Ungraded(Value):
    """What a grader that did not answer still has to see of a trial, besides its trace."""

    answer: Text = ""
    """The last thing that the agent said."""
    state: JsonValue = None
    """The end state of the world."""
    outcome: Outcome | None = None
    """By the suite's own scorer."""


class TrialRecord(Value):
    """One trial of one task in one evaluation."""

    task_key: Text
    trial: int = Field(ge=0)
    """Which one of this task, from 0."""
    trace_id: str | None
    """None: nothing came of it, as its end says."""
    is_held_out: bool = False
    """Nothing is learned from it: its task is one to measure on, or its agent did nothing."""
    ended: Ended
    error: Text = ""
    """What the agent did wrong, or what could not be reached."""
    n_tries: int = Field(default=1, ge=1)
    """How often it was begun; all but the last one failed for reasons outside of the agent."""
    grader: Text = ""
    """Whose verdict counts; empty where nobody gave one."""
    differences: tuple[Difference, ...] = ()
    grading_cost_usd: float | None = None
    """Of models that judged; None where there were none, or the price is not known."""
    ungraded: Ungraded | None = None
    """Set while a grader has not answered: the agent did its part, and is not run again."""
