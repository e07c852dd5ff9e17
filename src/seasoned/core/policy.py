"""What it takes to approve a skill, as data that is kept in the skillbook's own log. Pure; raises nothing."""

from typing import Literal

from pydantic import Field

from seasoned.core.value import Text, Value


class ReviewRule(Value):
    """How many persons must approve the skills that it is for; without a condition it is for all."""

    name: Text = Field(min_length=1)
    sections: tuple[Text, ...] = ()
    """Sections that it is for, whatever their case; empty: all."""
    tags: tuple[Text, ...] = ()
    """Tags, one of which the skill has; empty: any."""
    min_runs: int = Field(default=0, ge=0)
    """Different runs that the skill's evidence is from."""
    min_confidence: float = Field(default=0.0, ge=0.0, le=1.0)
    """Of the learner; a skill without one has none."""
    approvals: int = Field(default=1, ge=0, le=9)
    """Different persons who must approve; 0 lets the policy itself approve what is not tainted and has no conflict."""


class ReviewPolicy(Value):
    """The rules of one skillbook, of which the first that fits a skill counts; where none fits, one person decides."""

    rules: tuple[ReviewRule, ...] = ()
    agreement: Literal["widens", "evidence only"] = "widens"
    """Whether a learner's AGREE may widen the agent and the tools of an approved skill, or adds evidence alone."""


ONE_PERSON = ReviewRule(name="one person")
"""Holds where no rule fits."""
