"""How alike the trials of one task are: the intraclass correlation, and what it makes of a number of runs.

Pure; raises nothing.
"""

from collections.abc import Sequence


def intraclass_correlation(groups: Sequence[Sequence[float]]) -> float | None:
    """The share of the variance that lies between tasks, by one-way analysis of variance, at most 1.

    With k groups of sizes n_i, N in all: (MSB - MSW) / (MSB + (n0 - 1) MSW), n0 = (N - sum n_i² / N) / (k - 1). It is
    negative where the trials of a task differ more than those of different tasks do. Source: Donner 1986, A review of
    inference procedures for the intraclass correlation coefficient, International Statistical Review 54(1); it is
    ICC(1) of Shrout & Fleiss 1979 where all groups are of one size.

    Args:
        groups: The outcomes of each task's trials.

    Returns:
        None where it is not defined: one task, no task with two trials, or outcomes that are all the same.
    """
    groups = [group for group in groups if group]
    k, n_all = len(groups), sum(map(len, groups))
    if k < 2 or n_all <= k:
        return None
    grand = sum(map(sum, groups)) / n_all
    means = [sum(group) / len(group) for group in groups]
    between = sum(len(g) * (mean - grand) ** 2 for g, mean in zip(groups, means, strict=True)) / (k - 1)
    within = sum((y - mean) ** 2 for g, mean in zip(groups, means, strict=True) for y in g) / (n_all - k)
    usual_size = (n_all - sum(len(group) ** 2 for group in groups) / n_all) / (k - 1)
    spread = between + (usual_size - 1.0) * within
    return (between - within) / spread if spread > 0.0 else None


def design_effect(groups: Sequence[Sequence[float]]) -> float | None:
    """By how much the variance of the mean is larger than that of as many independent runs: 1 + (n - 1) ICC.

    Unequal groups count by their size-weighted mean size (Kish 1965, Survey Sampling, section 5.4). Never below 1 over
    that size; None where the correlation is not defined.
    """
    correlation = intraclass_correlation(groups)
    if correlation is None:
        return None
    n_all = sum(map(len, groups))
    return 1.0 + (sum(len(group) ** 2 for group in groups) / n_all - 1.0) * correlation
