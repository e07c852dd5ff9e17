"""How a skill has done: counts by who says so, and the rate at which it helps rather than harms.

The rate is the posterior mean of a beta distribution: what was counted, shrunk towards what was thought before anybody
counted. Helpful and harmful observations alone inform it; that a skill was neutral, or did not apply, says nothing
about which of the two it is. Counts show association, never cause, but for measured ones. Pure; raises nothing.
"""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field

from seasoned.core.beta import quantile
from seasoned.core.value import Value

RatingVerdict = Literal["helpful", "harmful", "neutral", "not applicable"]
"""How a skill did in one run. `neutral`: it applied and changed nothing; `not applicable`: its condition never came."""
RatingSource = Literal["voted", "judged", "measured"]
"""Who says so: people, a language model, or outcomes of runs that were handed the skill at random."""
RateSource = Literal["measured", "voted and judged", "voted", "judged", "nothing counted"]

PRIOR_STRENGTH = 4.0
"""How many observations the prior counts as: a + b of its beta distribution."""
UNSTATED_MEAN = 0.5
"""Mean of the prior where the learner stated no confidence."""
SUREST_MEAN = 0.95
"""A learner's confidence counts as at most this, and as at least 1 minus this: certainty could not be shrunk."""
COVERAGE = 0.95
"""Probability of the interval; the rest is split evenly over both tails."""


class Count(Value):
    """Observations of one skill, of one source."""

    helpful: int = Field(default=0, ge=0)
    harmful: int = Field(default=0, ge=0)
    neutral: int = Field(default=0, ge=0)
    not_applicable: int = Field(default=0, ge=0)

    @classmethod
    def of(cls, verdicts: Mapping[str, int]) -> Self:
        """The count with so many observations of each verdict, by the verdict's name."""
        return cls.model_validate({name.replace(" ", "_"): n for name, n in verdicts.items()})

    @property
    def n(self) -> int:
        """All observations."""
        return self.n_informative + self.neutral + self.not_applicable

    @property
    def n_informative(self) -> int:
        """Those that say whether it helps or harms."""
        return self.helpful + self.harmful

    def plus(self, other: "Count") -> "Count":
        """Both together."""
        return Count(
            helpful=self.helpful + other.helpful,
            harmful=self.harmful + other.harmful,
            neutral=self.neutral + other.neutral,
            not_applicable=self.not_applicable + other.not_applicable,
        )


class Counters(Value):
    """The counts of one skill, kept apart by who says so."""

    voted: Count = Count()
    """By people."""
    judged: Count = Count()
    """By language models that read the runs; of several on one run the latest counts."""
    measured: Count = Count()
    """From outcomes of runs that were handed the skill at random."""


class Rate(Value):
    """How likely a skill helps rather than harms where it does either. `low` is for pruning, `mean` for ranking."""

    mean: float = Field(ge=0.0, le=1.0)
    """Posterior mean."""
    low: float = Field(ge=0.0, le=1.0)
    """2.5 % quantile of the posterior."""
    high: float = Field(ge=0.0, le=1.0)
    """97.5 % quantile of the posterior."""
    n: int = Field(ge=0)
    """Informative observations behind it; with none it is the prior alone."""
    source: RateSource
    """Whose observations they are."""


def rate(counters: Counters, confidence: float | None = None) -> Rate:
    """The shrunken rate of a skill.

    The prior is Beta(a, b) with a + b = `PRIOR_STRENGTH` and the learner's confidence as its mean; with h helpful and
    d harmful observations the posterior is Beta(a + h, b + d) (Gelman et al., *Bayesian Data Analysis*, section 2.4).
    Measured observations count alone where there are any; else what people voted and models judged counts together.

    Args:
        counters: What was counted.
        confidence: The learner's, in [0, 1]; None where it stated none.
    """
    count, source = _counting(counters)
    mean = UNSTATED_MEAN if confidence is None else min(max(confidence, 1.0 - SUREST_MEAN), SUREST_MEAN)
    a, b = PRIOR_STRENGTH * mean + count.helpful, PRIOR_STRENGTH * (1.0 - mean) + count.harmful
    tail = (1.0 - COVERAGE) / 2.0
    return Rate(
        mean=a / (a + b),
        low=quantile(tail, a, b),
        high=quantile(1.0 - tail, a, b),
        n=count.n_informative,
        source=source,
    )


def _counting(counters: Counters) -> tuple[Count, RateSource]:
    if counters.measured.n_informative:
        return counters.measured, "measured"
    voted, judged = counters.voted, counters.judged
    if voted.n_informative and judged.n_informative:
        return voted.plus(judged), "voted and judged"
    if voted.n_informative:
        return voted, "voted"
    return judged, "judged" if judged.n_informative else "nothing counted"
