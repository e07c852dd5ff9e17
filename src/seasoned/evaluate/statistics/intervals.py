"""Confidence intervals of means over tasks, by drawing whole tasks again: the cluster bootstrap.

Trials of one task resemble one another, so the task is what is drawn, with all of its trials. The interval is the
expanded percentile interval (Hesterberg 2015, What Teachers Should Know about the Bootstrap, arXiv:1411.5279): the
percentile interval of the resampled means, at quantiles wider by what a t interval is wider than a normal one.

A bootstrap shows nothing of what no task in hand showed: where hardly any task differs from the rest its interval is
far too narrow, and empty where none does. Of a bounded mean with fewer than `FEW_TASKS` such tasks, the interval is
therefore also as wide as the t interval with one further task at each bound (after Bonett & Price 2012, Adjusted Wald
intervals for a difference of proportions, who add a discordant pair in each direction).

Pure and seeded: equal values give equal intervals. Raises `ValueError` for fewer than two tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from pydantic import Field

from seasoned.core.value import Value
from seasoned.evaluate.statistics.student import t_quantile

if TYPE_CHECKING:
    # Loaded with the first number: it takes long, and a help page needs none.
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


FEW_TASKS = 6
"""With fewer tasks that differ, no sign-flip test reaches p = 0.05: the least p of five is 2 / 2^5."""
_DRAWN_AT_ONCE = 1 << 14
"""Tasks drawn at once: few enough that counting them stays in the processor's cache, which halves the time."""
MANY_TASKS = 1 << 14
"""From here on tasks of equal values are drawn together: how many of them, rather than which."""
_ALIKE = 32
"""Drawing so many of a group at once takes about as long as drawing this many single tasks."""


class Resampling(Value):
    """How tasks are drawn."""

    n_resamples: int = Field(default=10_000, ge=100)
    seed: int = Field(default=0, ge=0)
    confidence: float = Field(default=0.95, gt=0.5, lt=1.0)
    """Share of samples whose interval would hold the true value."""


class Interval(Value):
    """An estimate and how far the truth may be from it."""

    value: float
    low: float
    high: float


def mean_intervals(
    values: Sequence[Sequence[float]], how: Resampling, *, bounds: tuple[float, float] | None = None
) -> tuple[Interval, ...]:
    """The mean over tasks of each row, with its interval; all rows see the same tasks drawn.

    Args:
        values: Quantities by tasks: one number for each task, tasks in the same order in every row.
        how: How tasks are drawn.
        bounds: What the values lie between, such as 0 and 1 for a rate; None where nothing bounds them.
    """
    import numpy as np

    table = np.array(values, dtype=np.float64)
    if not len(table):
        return ()
    n_tasks = table.shape[1]
    if n_tasks < 2:
        raise ValueError("a sample of fewer than two tasks says nothing about others")
    share = _expanded(1.0 - how.confidence, n_tasks)
    ends = np.quantile(_resampled_means(table, how), [share, 1.0 - share], axis=0)
    made: list[Interval] = []
    for row, low, high in zip(table, ends[0], ends[1], strict=True):
        made.append(_interval(row, float(low), float(high), how, bounds))
    return tuple(made)


def n_differing(values: Array) -> int:
    """Tasks that do not have the most common value."""
    import numpy as np

    counts = np.unique(values, return_counts=True)[1]
    return len(values) - int(counts.max())


def standard_deviation(numbers: Sequence[float] | Array, bounds: tuple[float, float]) -> float:
    """Between tasks; with one further task at each bound where hardly any differs, so that it is never 0."""
    import numpy as np

    values = np.asarray(numbers, dtype=np.float64)
    seen = np.append(values, bounds) if n_differing(values) < FEW_TASKS else values
    return float(np.std(seen, ddof=1))


def _interval(row: Array, low: float, high: float, how: Resampling, bounds: tuple[float, float] | None) -> Interval:
    import numpy as np

    value = float(np.mean(row))
    if bounds is not None and n_differing(row) < FEW_TASKS:
        seen = np.append(row, bounds)
        reach = t_quantile((1.0 + how.confidence) / 2.0, len(seen) - 1) * standard_deviation(row, bounds)
        reach /= sqrt(len(seen))
        low, high = min(low, float(np.mean(seen)) - reach), max(high, float(np.mean(seen)) + reach)
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    # Rounding may put the mean of equal values beside all of its resamples.
    return Interval(value=value, low=min(low, value), high=max(high, value))


def _expanded(alpha: float, n_tasks: int) -> float:
    """Share of the resamples below the interval, which for a normal mean gives the t interval."""
    wide = t_quantile(1.0 - alpha / 2.0, n_tasks - 1) * sqrt(n_tasks / (n_tasks - 1.0))
    return NormalDist().cdf(-wide)


def _resampled_means(table: Array, how: Resampling) -> Array:
    """Resamples by quantities."""
    import numpy as np

    random = np.random.default_rng(how.seed)
    if table.shape[1] < MANY_TASKS:
        return _means_by_counting(table, how.n_resamples, random)
    # Rows are drawn together where that is cheap; a row of many different values is looked up by itself.
    groups, sizes = np.unique(table, axis=1, return_counts=True)
    if groups.shape[1] * _ALIKE <= table.shape[1]:
        counts = random.multinomial(table.shape[1], sizes / table.shape[1], size=how.n_resamples)
        return counts @ groups.T / table.shape[1]
    return _means_by_looking_up(table, how.n_resamples, random)


def _means_by_counting(table: Array, n_resamples: int, random: np.random.Generator) -> Array:
    import numpy as np

    n_tasks = table.shape[1]
    means = np.empty((n_resamples, len(table)))
    n_rows = max(1, _DRAWN_AT_ONCE // n_tasks)
    for start in range(0, n_resamples, n_rows):
        rows = min(n_rows, n_resamples - start)
        drawn = random.integers(0, n_tasks, (rows, n_tasks)) + np.arange(rows)[:, None] * n_tasks
        weights = np.bincount(drawn.ravel(), minlength=rows * n_tasks).reshape(rows, n_tasks)
        means[start : start + rows] = weights @ table.T / n_tasks
    return means


def _means_by_looking_up(table: Array, n_resamples: int, random: np.random.Generator) -> Array:
    import numpy as np

    n_tasks = table.shape[1]
    means = np.empty((n_resamples, len(table)))
    for resample in range(n_resamples):
        drawn = random.integers(0, n_tasks, n_tasks, np.int32)
        for place, row in enumerate(table):
            means[resample, place] = row.take(drawn).mean()
    return means
