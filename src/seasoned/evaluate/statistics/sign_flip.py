"""The sign-flip test of paired differences: had the arms' names been swapped on any task, how large could the sum be?

If two arms are alike, each task's difference could as well have had the other sign. The p value is the share of all
2^m ways to sign the m differences that are not 0 whose sum is at least as far from 0 as the one seen (Fisher 1935;
Pesarin & Salmaso 2010). It is exact while the sums are few enough to be counted: always up to 16 tasks and, as
differences of a few trials are multiples of one small fraction, mostly for any number of tasks. Else signs are drawn,
and the share counts the observation itself (Phipson & Smyth 2010, so that it is never 0). Pure; raises nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

from seasoned.core.value import Value
from seasoned.evaluate.statistics.intervals import Resampling

if TYPE_CHECKING:
    # Loaded with the first number: it takes long, and a help page needs none.
    import numpy as np
    from numpy.typing import NDArray

MAX_SUMS = 1 << 17
"""So many different sums are counted; more than the 2^16 of 16 tasks."""
MAX_EVEN_SUMS = 1 << 20
"""So many are where all are multiples of one small step, as the sums of any number of tasks with few trials are."""
LEAST_P = 1e-300
_NO_SHARE = 1e-307
"""Shares below this are left out at the ends: together they stay far below `LEAST_P`."""
MANY_DIFFERENCES = 1 << 12
"""From here on the signs of equal differences are drawn together: how many are positive, rather than which."""
_ALIKE = 32
"""Drawing so many signs at once takes about as long as drawing this many single ones."""
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
    import numpy as np

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
    import numpy as np

    unit = gcd(*whole)
    if sum(map(abs, whole)) // unit < MAX_EVEN_SUMS:
        return _counted_evenly([each // unit for each in whole])
    sums: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
    shares = np.ones(1)
    for step in map(abs, whole):
        sums, place = np.unique(np.concatenate((sums + step, sums - step)), return_inverse=True)
        shares = np.bincount(place, np.concatenate((shares, shares)) / 2.0)
        if len(sums) > MAX_SUMS:
            return None
    return float(shares[np.abs(sums) >= abs(sum(whole))].sum())


def _counted_evenly(whole: Sequence[int]) -> float:
    """The same over what the positive differences add up to, equal ones at once: how many are positive is binomial."""
    import numpy as np

    first, shares = 0, np.ones(1)
    for step, n_equal in sorted(Counter(map(abs, whole)).items()):
        lowest, weights = _fair_coins(n_equal)
        added = np.zeros(len(shares) + step * (len(weights) - 1))
        for place, weight in enumerate(weights):
            added[place * step : place * step + len(shares)] += weight * shares
        kept = np.flatnonzero(added >= _NO_SHARE)
        first += lowest * step + int(kept[0])
        shares = added[kept[0] : kept[-1] + 1]
    total, seen = sum(map(abs, whole)), abs(sum(whole))
    sums = 2 * (first + np.arange(len(shares))) - total
    return float(shares[np.abs(sums) >= seen].sum())


def _fair_coins(n_coins: int) -> tuple[int, NDArray[np.float64]]:
    """How many of so many fair coins show heads: the least number that has a share, and the shares from there on."""
    import numpy as np

    middle = n_coins // 2
    up = np.arange(middle, n_coins)
    above = np.cumprod(np.concatenate(([1.0], (n_coins - up) / (up + 1.0))))
    down = np.arange(middle, 0, -1)
    below = np.cumprod(down / (n_coins - down + 1.0))[::-1]
    shares = np.concatenate((below, above))
    kept = np.flatnonzero(shares >= _NO_SHARE)
    return int(kept[0]), shares[kept[0] : kept[-1] + 1] / shares.sum()


def _drawn(values: NDArray[np.float64], how: Resampling) -> float:
    import numpy as np

    random = np.random.default_rng(how.seed)
    # Sums of the same numbers in another order may differ by rounding.
    seen = abs(float(values.sum())) - 1e-9 * float(np.abs(values).sum())
    sizes, counts = np.unique(np.abs(values), return_counts=True)
    if len(values) >= MANY_DIFFERENCES and len(sizes) * _ALIKE <= len(values):
        n_positive = random.binomial(counts, 0.5, (how.n_resamples, len(counts)))
        n_far = int((np.abs((2 * n_positive - counts) @ sizes) >= seen).sum())
        return (n_far + 1) / (how.n_resamples + 1)
    n_rows, n_far = max(1, _DRAWN_AT_ONCE // len(values)), 0
    for start in range(0, how.n_resamples, n_rows):
        signs = random.integers(0, 2, (min(n_rows, how.n_resamples - start), len(values))) * 2 - 1
        n_far += int((np.abs(signs @ values) >= seen).sum())
    return (n_far + 1) / (how.n_resamples + 1)
