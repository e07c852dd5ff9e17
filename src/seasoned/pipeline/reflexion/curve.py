"""How often tasks pass within k trials, with reflections and with plain retries that may spend as much.

The interval is that of `evaluate.intervals`, over tasks, since trials at one task are not independent. A curve of
trials that end with the first success can only rise: it is monotone by construction, and says nothing about a task
tried once. Pure. Raises `UsageError` for no tasks.
"""

from collections.abc import Sequence
from itertools import accumulate

from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals

RATE, DIFFERENCE = (0.0, 1.0), (-1.0, 1.0)
"""What a share of tasks lies between, and the difference of two."""


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


class Point(Value):
    """What passes within so many trials."""

    n_trials: int
    reflexion: Interval
    retry: Interval | None = None
    """Plain retries that had spent no more when they began; None where none were made."""
    difference: Interval | None = None
    """Reflexion less retries, paired by task."""


def pass_curve(tasks: Sequence[Paired], n_trials: int, how: Resampling | None = None) -> tuple[Point, ...]:
    """The share of tasks that pass within 1 to `n_trials` trials.

    A retry counts towards k trials where it began before the retries had spent what those k trials with their
    reflections did: the last one may end beyond it, in favour of the retries. The interval of a single task is all that
    is possible.

    Args:
        tasks: At least one; of the retries either all have some or they are not compared.
        n_trials: Length of the curve.
        how: How tasks are drawn for the intervals; None leaves every default.

    Raises:
        UsageError: There are no tasks.
    """
    if not tasks:
        raise UsageError("a curve needs at least one task", why="none was given", hint="give the trials of each task")
    how = how or Resampling()
    shares = [[_within(task.reflexion, k) for task in tasks] for k in range(1, n_trials + 1)]
    if not all(task.retry for task in tasks):
        return tuple(Point(n_trials=k, reflexion=each) for k, each in enumerate(_intervals(shares, how, RATE), start=1))
    retries = [[_affordable(task, k) for task in tasks] for k in range(1, n_trials + 1)]
    less = [[a - b for a, b in zip(*rows, strict=True)] for rows in zip(shares, retries, strict=True)]
    found = zip(
        _intervals(shares, how, RATE), _intervals(retries, how, RATE), _intervals(less, how, DIFFERENCE), strict=True
    )
    return tuple(
        Point(n_trials=k, reflexion=share, retry=retry, difference=difference)
        for k, (share, retry, difference) in enumerate(found, start=1)
    )


def _intervals(rows: Sequence[Sequence[float]], how: Resampling, bounds: tuple[float, float]) -> tuple[Interval, ...]:
    if any(len(row) < 2 for row in rows):
        return tuple(Interval(value=row[0], low=bounds[0], high=bounds[1]) for row in rows)
    return mean_intervals(rows, how, bounds=bounds)


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
        raise UsageError("bounds need at least one task", why="none was given", hint="give the trials of each task")
    share = sum(first_trials) / len(first_trials)
    return share, 1 - (1 - share) ** n_trials


def _within(trials: Sequence[Spent], k: int) -> float:
    return float(any(trial.is_success for trial in trials[:k]))


def _affordable(task: Paired, k: int) -> float:
    limit = sum(trial.amount for trial in task.reflexion[:k])
    begun = [0.0, *accumulate(trial.amount for trial in task.retry)]
    return float(any(trial.is_success and start < limit for trial, start in zip(task.retry, begun, strict=False)))
