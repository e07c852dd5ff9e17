"""What a comparison of this size can find, and how many tasks a question would take.

Both are the paired t test's, with the spread between tasks as it was seen: a test of size `ALPHA` finds a true
difference of (t_{1-ALPHA/2} + t_POWER) standard errors with probability `POWER`. Pure; raises nothing.
"""

from math import sqrt

from seasoned.evaluate.statistics.student import t_quantile

ALPHA = 0.05
"""Two-sided size of a test."""
POWER = 0.8
"""Chance to find what is there."""
MAX_TASKS = 1_000_000


def least_effect(deviation: float, n_tasks: int) -> float:
    """The minimum detectable effect: the smallest true mean difference that is found with probability `POWER`.

    Args:
        deviation: Standard deviation of the differences between tasks.
        n_tasks: Pairs, at least 2.
    """
    return _standard_errors(n_tasks) * deviation / sqrt(n_tasks)


def tasks_needed(deviation: float, effect: float) -> int | None:
    """The least number of tasks at which `effect` is the minimum detectable one; None above `MAX_TASKS`.

    With a margin for `effect` this is also how many tasks show, with probability `POWER`, that arms which are alike do
    not differ by the margin.

    Args:
        deviation: Standard deviation of the differences between tasks.
        effect: A mean difference, above 0.
    """
    if least_effect(deviation, MAX_TASKS) > effect:
        return None
    too_few, enough = 1, MAX_TASKS
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if least_effect(deviation, middle) > effect:
            too_few = middle
        else:
            enough = middle
    return enough


def _standard_errors(n_tasks: int) -> float:
    return t_quantile(1.0 - ALPHA / 2.0, n_tasks - 1) + t_quantile(POWER, n_tasks - 1)
