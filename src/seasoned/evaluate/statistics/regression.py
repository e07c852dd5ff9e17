"""The effects of many randomised skills at once: least squares with task effects, errors clustered by task.

Each run has an outcome, a task, and for each skill whether it was kept, against a known probability. As the coins are
independent of each other and of the task, the columns kept - probability are uncorrelated with all else; taken
together, and within tasks, they leave less of the outcome's variance to noise. Tasks that were run once have no effect
of their own and share one. The errors are robust against anything that runs of one task have in common (Liang & Zeger
1986, with the small-sample factor that statsmodels and Stata use), with as many degrees of freedom as tasks less one.
Pure; raises `ValueError` for columns that do not fit.
"""

from collections import Counter
from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seasoned.core.value import Value
from seasoned.evaluate.statistics.power import ALPHA
from seasoned.evaluate.statistics.student import t_quantile, two_sided

Array = NDArray[np.float64]

_SAME = 1e-9
"""Columns that vary together by all but this share are not told apart."""


class Effect(Value):
    """How much more is expected of a run that is handed the skill."""

    estimate: float
    """Difference of the mean outcome."""
    standard_error: float = Field(ge=0.0)
    low: float
    """Of the 95 % interval, for a look that was planned beforehand."""
    high: float
    p: float = Field(gt=0.0, le=1.0)


def joint_effects(outcomes: Array, columns: Array, task_keys: Sequence[str]) -> tuple[Effect | None, ...]:
    """The effect of each skill, all taken together.

    Args:
        outcomes: One for each run, in [0, 1].
        columns: Runs by skills: 1 - probability where the skill was kept, -probability where it was left out, 0 where
            it had no place in the run.
        task_keys: One for each run.

    Returns:
        For each skill its effect; None where there is no telling: it was always or never kept, or just when another
        one was, or there are too few runs or tasks.
    """
    if not len(outcomes) == len(columns) == len(task_keys):
        raise ValueError("outcomes, columns and tasks are of the same runs")
    of_task = Counter(task_keys)
    strata = _numbered([key if of_task[key] > 1 else None for key in task_keys])
    clusters = _numbered(task_keys)
    n, n_clusters = len(outcomes), len(of_task)
    y, x = _within(outcomes[:, None], strata)[:, 0], _within(columns, strata)
    inverse, rank, is_own = _solved(x)
    n_free = n - len(np.unique(strata)) - rank
    found: list[Effect | None] = [None] * columns.shape[1]
    if n_free < 1 or n_clusters < 2:
        return tuple(found)
    estimates = inverse @ (x.T @ y)
    errors = _clustered_errors(x, y - x @ estimates, clusters, inverse)
    errors *= sqrt(n_clusters / (n_clusters - 1.0) * (n - 1.0) / n_free)
    for place in np.flatnonzero(is_own).tolist():
        found[place] = _effect(float(estimates[place]), float(errors[place]), n_clusters - 1)
    return tuple(found)


def _effect(estimate: float, error: float, freedom: int) -> Effect | None:
    if error <= 0.0:  # the runs fit without any rest, so nothing tells how far they could be off
        return None
    reach = t_quantile(1.0 - ALPHA / 2.0, freedom) * error
    return Effect(
        estimate=estimate,
        standard_error=error,
        low=estimate - reach,
        high=estimate + reach,
        p=two_sided(estimate / error, freedom),
    )


def _numbered(keys: Sequence[str | None]) -> NDArray[np.int64]:
    places: dict[str | None, int] = {}
    return np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.int64)


def _within(table: Array, strata: NDArray[np.int64]) -> Array:
    """What is left of each column when its mean over every stratum is taken away."""
    sums = np.zeros((int(strata.max()) + 1 if len(strata) else 0, table.shape[1]))
    np.add.at(sums, strata, table)
    return table - (sums / np.bincount(strata)[:, None])[strata]


def _solved(x: Array) -> tuple[Array, int, NDArray[np.bool_]]:
    """The (pseudo-)inverse of x'x, its rank, and which columns' coefficients it determines.

    Directions in which the columns do not vary are found in their correlations, whatever the columns' scales; a
    coefficient is determined where it has no part in any of them.
    """
    norms = np.sqrt((x * x).sum(axis=0))
    scale = np.where(norms > _SAME, norms, 1.0)
    values, vectors = np.linalg.eigh((x / scale).T @ (x / scale))
    varies = values > _SAME
    inverse = (vectors[:, varies] / values[varies]) @ vectors[:, varies].T / np.outer(scale, scale)
    loose: Array = np.abs(vectors[:, ~varies]).max(axis=1, initial=0.0)
    return inverse, int(varies.sum()), loose < sqrt(_SAME)


def _clustered_errors(x: Array, rest: Array, clusters: NDArray[np.int64], inverse: Array) -> Array:
    sums = np.zeros((int(clusters.max()) + 1, x.shape[1]))
    np.add.at(sums, clusters, x * rest[:, None])
    return np.sqrt(np.maximum(np.diag(inverse @ (sums.T @ sums) @ inverse), 0.0))
