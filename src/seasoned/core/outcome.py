"""How a run ended, and who says so. A missing outcome (`None`) is not a failure."""

from typing import Literal

from pydantic import Field

from seasoned.core.value import Text, Value

OutcomeSource = Literal["verifier", "judge", "self-report", "human"]

SUCCESS_SCORE = 1.0
"""The default bar: a run succeeds when its score reaches it, unless its log says `success` itself."""


class Outcome(Value):
    """A verdict on one run."""

    score: float | None = Field(default=None, ge=0.0, le=1.0)
    """In [0, 1], higher is better; None where the source gave only a word."""
    success: bool | None = None
    """None where the source did not decide."""
    feedback: Text = ""
    """Free text of the verdict: what was wrong, in the source's words."""
    source: OutcomeSource
    """A `self-report` is the agent's own claim and never counts as a verdict."""
    name: Text = ""
    """The scorer's name, where it has one."""

    @property
    def verdict(self) -> bool | None:
        """Success or failure as somebody other than the agent sees it, else None."""
        return None if self.source == "self-report" else self.success


def scored(score: float, source: OutcomeSource, *, name: str = "", feedback: str = "") -> Outcome:
    """An outcome from a score in [0, 1]; success means that it reaches `SUCCESS_SCORE`."""
    return Outcome(score=score, success=score >= SUCCESS_SCORE, source=source, name=name, feedback=feedback)
