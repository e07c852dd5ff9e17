"""An interval for an effect that may be looked at after every run: the asymptotic confidence sequence.

A usual interval holds at one sample size that was fixed beforehand. This one holds, for large samples, at all sizes at
once: the mean of the scores so far, give or take

    s sqrt( 2 (n r² + 1) / (n² r²) · log( sqrt(n r² + 1) / alpha ) )

with s their standard deviation and r chosen so that it is tightest at `TIGHTEST_AT` runs. Source: Waudby-Smith, Arbour,
Sinha, Kennedy & Ramdas 2024, Time-uniform central limit theory and asymptotic confidence sequences, Annals of
Statistics 52(6), theorem 2.2 and equation 15. Pure; raises `ValueError` for fewer than two scores.
"""

from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seasoned.evaluate.statistics.intervals import Interval

Array = NDArray[np.float64]

TIGHTEST_AT = 1_000
"""Runs; fixed beforehand, as it may not depend on what was seen."""
FEW_RUNS = 50
"""With fewer the large-sample theory says nothing: the interval is then everything that is possible."""


def effect_scores(outcomes: ArrayLike, kept: ArrayLike, probabilities: ArrayLike, expected: ArrayLike = 0.5) -> Array:
    """One score for each run, whose mean is the effect of being handed the treatment.

    (y - m)(z - p) / (p (1 - p)): unbiased for every run by the coin alone, whatever was expected of its outcome.

    Args:
        outcomes: In [0, 1].
        kept: Whether each run was handed the treatment.
        probabilities: With which it was to be, above 0 and below 1.
        expected: What each outcome was expected to be before its run; the nearer, the less the scores vary.
    """
    y, z, p = (np.asarray(each, float) for each in (outcomes, kept, probabilities))
    return (y - np.asarray(expected, float)) * (z - p) / (p * (1.0 - p))


def confidence_sequence(scores: ArrayLike, alpha: float = 0.05) -> Interval:
    """The mean of scores, in [-1, 1], with an interval that holds at all times together.

    Args:
        scores: Of the runs so far, at least two.
        alpha: The chance that the truth is ever outside.
    """
    found = np.asarray(scores, float)
    n = len(found)
    if n < 2:
        raise ValueError("an effect is estimated from two runs or more")
    mean = min(1.0, max(-1.0, float(found.mean())))
    if n < FEW_RUNS:
        return Interval(value=mean, low=-1.0, high=1.0)
    r2 = (-2.0 * log(alpha) + log(-2.0 * log(alpha) + 1.0)) / TIGHTEST_AT
    reach = sqrt(2.0 * (n * r2 + 1.0) / (n * n * r2) * log(sqrt(n * r2 + 1.0) / alpha)) * float(found.std())
    return Interval(value=mean, low=max(-1.0, mean - reach), high=min(1.0, mean + reach))
