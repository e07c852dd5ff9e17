"""The sign-flip test of paired differences: had the arms' names been swapped on any task, how large could the sum be?

If two arms are alike, each task's difference could as well have had the other sign. The p value is the share of all
2^m ways to sign the m differences that are not 0 whose sum is at least as far from 0 as the one seen (Fisher 1935;
Pesarin & Salmaso 2010). It is exact while the sums are few enough to be counted: always up to 16 tasks and, as
differences of a few trials are multiples of one small fraction, mostly for hundreds. Else signs are drawn, and the
share counts the observation itself (Phipson & Smyth 2010, so that it is never 0). Pure; raises nothing.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from seasoned.core.value import Value
from seasoned.evaluate.statistics.intervals import Resampling

MAX_SUMS = 1 << 17
"""So many different sums are counted; more than the 2^16 of 16 tasks."""
LEAST_P = 1e-300
_DRAWN_AT_ONCE = 1 << 20
_LARGEST = 1 << 62


class SignFlip(Value):
    """What the test says."""

    p: float
    """Two-sided, in (0, 1]."""
    is_exact: bool
    """Every way to sign the differences was counted; else `n_resamples` were drawn."""


def sign_flip(differences: Sequence[Fraction], how: Resampling) -> SignFlip:
    """Test whether the differences are as likely to be negative as positive.

    Args:
        differences: One for each task.
        how: How signs are drawn where they cannot all be counted.
    """
    unit = lcm(*(each.denominator for each in differences))
    whole = [int(each * unit) for each in differences if each]
    if not whole:
        return SignFlip(p=1.0, is_exact=True)
    counted = _counted(whole) if sum(map(abs, whole)) < _LARGEST else None
    if counted is not None:
        return SignFlip(p=min(1.0, max(counted, LEAST_P)), is_exact=True)
    return SignFlip(p=_drawn(np.array([float(each) for each in differences if each]), how), is_exact=False)


def _counted(whole: Sequence[int]) -> float | None:
    """The share of sums at least as far from 0; None where they are too many."""
    sums: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
    shares = np.ones(1)
    for step in map(abs, whole):
        sums, place = np.unique(np.concatenate((sums + step, sums - step)), return_inverse=True)
        shares = np.bincount(place, np.concatenate((shares, shares)) / 2.0)
        if len(sums) > MAX_SUMS:
            return None
    return float(shares[np.abs(sums) >= abs(sum(whole))].sum())


def _drawn(values: NDArray[np.float64], how: Resampling) -> float:
    random = np.random.default_rng(how.seed)
    # Sums of the same numbers in another order may differ by rounding.
    seen = abs(float(values.sum())) - 1e-9 * float(np.abs(values).sum())
    n_rows, n_far = max(1, _DRAWN_AT_ONCE // len(values)), 0
    for start in range(0, how.n_resamples, n_rows):
        signs = random.integers(0, 2, (min(n_rows, how.n_resamples - start), len(values))) * 2 - 1
        n_far += int((np.abs(signs @ values) >= seen).sum())
    return (n_far + 1) / (how.n_resamples + 1)
