"""What a comparison of this size can find, and how many tasks a question would take.

Both are the paired t test's, with the spread between tasks as it was seen: a test of size `ALPHA` finds a true
difference of (t_{1-ALPHA/2} + t_POWER) standard errors with probability `POWER`. Pure; raises nothing.
"""

from math import ceil, sqrt
from statistics import NormalDist

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


def runs_needed(rate: float, effect: float, probability: float) -> int | None:
    """How many runs, each handed a skill at random, find its effect with probability `POWER` at a planned look.

    The test of two proportions at unequal group sizes, with the pooled variance where there is no effect (Fleiss, Levin
    & Paik 2003, Statistical Methods for Rates and Proportions, section 4.2). Tasks that differ in difficulty cost
    nothing beyond what the rate says; adjusting for them saves some.

    Args:
        rate: Success rate without the skill, in [0, 1].
        effect: Difference of the rates to be found, not 0; what would leave [0, 1] is None.
        probability: With which the skill is kept, in (0, 1).
    """
    other = rate + effect
    if not 0.0 <= other <= 1.0 or not 0.0 < probability < 1.0:
        return None
    pooled = probability * other + (1.0 - probability) * rate
    alike = pooled * (1.0 - pooled) * (1.0 / probability + 1.0 / (1.0 - probability))
    differing = other * (1.0 - other) / probability + rate * (1.0 - rate) / (1.0 - probability)
    z = NormalDist()
    spread = z.inv_cdf(1.0 - ALPHA / 2.0) * sqrt(alike) + z.inv_cdf(POWER) * sqrt(differing)
    return ceil((spread / effect) ** 2)


def _standard_errors(n_tasks: int) -> float:
    return t_quantile(1.0 - ALPHA / 2.0, n_tasks - 1) + t_quantile(POWER, n_tasks - 1)
