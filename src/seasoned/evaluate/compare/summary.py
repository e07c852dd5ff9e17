"""What one arm reached: success rate, pass^k and pass@k with their intervals, and what it cost.

From one task nothing follows about others, so that all of its intervals reach from 0 to 1. Pure and seeded; raises
nothing for an arm with a task.
"""

from collections.abc import Sequence

from seasoned.core.value import Text, Value
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.costs import ArmCost, arm_costs, counts
from seasoned.evaluate.compare.paired import MAX_K
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals
from seasoned.evaluate.statistics.rates import pass_at, pass_hat


class AtK(Value):
    """How likely k trials all succeed, and how likely one of them does."""

    k: int
    pass_hat: Interval
    pass_at: Interval


class ArmSummary(Value):
    """What one arm reached on the compared tasks."""

    name: Text
    n_tasks: int
    n_trials: int
    """Runs with a verdict."""
    least_trials: int
    """Of the task that was tried least."""
    most_trials: int
    n_unjudged: int
    n_repeated: int
    n_children: int
    n_verdicts_only: int = 0
    """Of the runs, those of which hardly more than the verdict is known."""
    n_unreachable: int = 0
    rate: Interval
    """Success rate: the mean over tasks, which is pass^1."""
    by_k: tuple[AtK, ...]
    """From k = 1 to as many trials as every task has."""
    costs: tuple[ArmCost, ...]


def summarise(arm: Arm, tasks: Sequence[str], how: Resampling) -> ArmSummary:
    """What an arm reached on these tasks.

    Args:
        arm: With a trial of each of the tasks.
        tasks: At least one, by key.
        how: How tasks are drawn.
    """
    tried = [counts(arm.by_task[key]) for key in tasks]
    least = min(n for n, _ in tried)
    ks = range(1, min(MAX_K, least) + 1)
    rows = [[float(rate(*each, k)) for each in tried] for k in ks for rate in (pass_hat, pass_at)]
    found = rate_intervals(rows, how)
    by_k = [AtK(k=k, pass_hat=found[2 * i], pass_at=found[2 * i + 1]) for i, k in enumerate(ks)]
    return ArmSummary(
        name=arm.name,
        n_tasks=len(tasks),
        n_trials=sum(n for n, _ in tried),
        least_trials=least,
        most_trials=max(n for n, _ in tried),
        n_unjudged=arm.n_unjudged,
        n_repeated=arm.n_repeated,
        n_children=arm.n_children,
        n_verdicts_only=arm.n_verdicts_only,
        n_unreachable=arm.n_unreachable,
        rate=by_k[0].pass_hat,
        by_k=tuple(by_k),
        costs=arm_costs(arm, tasks),
    )


def rate_intervals(rates: Sequence[Sequence[float]], how: Resampling) -> tuple[Interval, ...]:
    """Mean rates over tasks with their intervals; of one task anything between 0 and 1.

    Args:
        rates: Rates by tasks, of at least one task.
        how: How tasks are drawn.
    """
    if rates and len(rates[0]) == 1:
        return tuple(Interval(value=row[0], low=0.0, high=1.0) for row in rates)
    return mean_intervals(rates, how, bounds=(0.0, 1.0))
