"""How often tasks pass within k trials, with reflections and with plain retries that may spend as much.

The interval is of a bootstrap over tasks, since trials at one task are not independent. A curve of trials that end with
the first success can only rise: it is monotone by construction, and says nothing about a task tried once. Pure; imports
NumPy when it is called. Raises `UsageError` for no tasks.
"""

from collections.abc import Sequence
from itertools import accumulate

from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import UsageError

N_RESAMPLES = 2_000
_AT_ONCE = 200
"""Resamples counted together, which bounds the memory."""


class Spent(Value):
    """One trial as the curve sees it."""

    amount: float = Field(ge=0)
    """What it and the reflection before it cost, in whatever is compared: tokens, USD or runs of the agent."""
    is_success: bool


class Paired(Value):
    """One task, tried with reflections and with plain retries."""

    reflexion: tuple[Spent, ...] = Field(min_length=1)
    """The trials, the first one first."""
    retry: tuple[Spent, ...] = ()
    """Trials without reflections; empty where none were made."""


class Share(Value):
    """A share of tasks, or a difference of two, with its interval."""

    mean: float
    low: float
    high: float


class Point(Value):
    """What passes within so many trials."""

    n_trials: int
    reflexion: Share
    retry: Share | None = None
    """Plain retries that had spent no more when they began; None where none were made."""
    difference: Share | None = None
    """Reflexion less retries, paired by task."""


def pass_curve(
    tasks: Sequence[Paired], n_trials: int, *, confidence: float = 0.95, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> tuple[Point, ...]:
    """The share of tasks that pass within 1 to `n_trials` trials.

    A retry counts towards k trials where it began before the retries had spent what those k trials with their
    reflections did: the last one may end beyond it, in favour of the retries.

    Args:
        tasks: At least one; of the retries either all have some or they are not compared.
        n_trials: Length of the curve.
        confidence: Of the percentile interval, in (0, 1).
        n_resamples: Of the bootstrap over tasks.
        seed: Of its random numbers.

    Raises:
        UsageError: There are no tasks.
    """
    if not tasks:
        raise UsageError("a curve needs at least one task")
    import numpy as np

    has_retries = all(task.retry for task in tasks)
    columns = [[_within(task.reflexion, k) for task in tasks] for k in range(1, n_trials + 1)]
    if has_retries:
        columns += [[_affordable(task, k) for task in tasks] for k in range(1, n_trials + 1)]
        columns += [[a - b for a, b in zip(columns[k], columns[n_trials + k], strict=True)] for k in range(n_trials)]
    data = np.asarray(columns, dtype=np.float64).T
    generator = np.random.default_rng(seed)
    even = np.full(len(tasks), 1 / len(tasks))
    sizes = [min(_AT_ONCE, n_resamples - start) for start in range(0, n_resamples, _AT_ONCE)]
    means = np.concatenate([generator.multinomial(len(tasks), even, size=n) @ data / len(tasks) for n in sizes])
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail], axis=0)
    shares = [
        Share(mean=float(mean), low=float(a), high=float(b))
        for mean, a, b in zip(data.mean(axis=0), low, high, strict=True)
    ]
    return tuple(_point(shares, k, n_trials, has_retries=has_retries) for k in range(n_trials))


def _point(shares: Sequence[Share], k: int, n_trials: int, *, has_retries: bool) -> Point:
    point = Point(n_trials=k + 1, reflexion=shares[k])
    if not has_retries:
        return point
    return point.model_copy(update={"retry": shares[n_trials + k], "difference": shares[2 * n_trials + k]})


def retry_bounds(first_trials: Sequence[bool], n_trials: int) -> tuple[float, float]:
    """Between what plain retries can lie, where only first trials were seen.

    The least is that no task that failed ever passes, as with an agent that is the same every time (temperature 0). The
    most is that all tasks are equally hard and trials independent; where some are harder, fewer pass (Jensen).

    Args:
        first_trials: Whether each task passed on its first trial.
        n_trials: Trials at each task, the first one counted; at equal cost, those that the money of the trials and
            reflections would buy.

    Raises:
        UsageError: There are no tasks.
    """
    if not first_trials:
        raise UsageError("bounds need at least one task")
    share = sum(first_trials) / len(first_trials)
    return share, 1 - (1 - share) ** n_trials


def _within(trials: Sequence[Spent], k: int) -> float:
    return float(any(trial.is_success for trial in trials[:k]))


def _affordable(task: Paired, k: int) -> float:
    limit = sum(trial.amount for trial in task.reflexion[:k])
    begun = [0.0, *accumulate(trial.amount for trial in task.retry)]
    return float(any(trial.is_success and start < limit for trial, start in zip(task.retry, begun, strict=False)))
