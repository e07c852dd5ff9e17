"""How alike the trials of one task are, and how many independent runs they are worth. Pure; raises nothing."""

from collections.abc import Sequence

import numpy as np


def icc(by_task: Sequence[Sequence[float]]) -> float | None:
    """The intraclass correlation ICC(1): the share of the spread that lies between tasks rather than within them.

    1: all trials of a task end alike; 0: the task says nothing. It is the one-way random effects estimate, so it may
    fall a little below 0 by chance. With unequal numbers of trials, n0 = (N - sum(n²) / N) / (T - 1) stands for the
    trials of a task (Donner & Koval 1980; Shrout & Fleiss 1979 for equal ones).

    Args:
        by_task: The results of each task's trials, such as 0 and 1.

    Returns:
        None where it is not defined: fewer than two tasks, no task that was tried twice, or results that are all equal.
    """
    tasks = [np.asarray(each, dtype=np.float64) for each in by_task if len(each)]
    sizes = np.array([len(each) for each in tasks], dtype=np.float64)
    n_tasks, n_trials = len(tasks), float(sizes.sum())
    if n_tasks < 2 or n_trials == n_tasks:
        return None
    means = np.array([float(each.mean()) for each in tasks])
    overall = float((sizes * means).sum()) / n_trials
    between = float((sizes * (means - overall) ** 2).sum()) / (n_tasks - 1)
    within = sum(float(((each - mean) ** 2).sum()) for each, mean in zip(tasks, means, strict=True))
    within /= n_trials - n_tasks
    n0 = (n_trials - float((sizes**2).sum()) / n_trials) / (n_tasks - 1)
    spread = between + (n0 - 1.0) * within
    return (between - within) / spread if spread > 0.0 else None


def design_effect(n_trials: Sequence[int], correlation: float) -> float:
    """By how much trials of the same tasks widen the variance of a mean, against as many trials of other tasks each.

    1 + (m - 1) · ICC with m = sum(n²) / sum(n) trials of a task (Kish 1965); an ICC below 0 counts as 0.

    Args:
        n_trials: Of each task, at least 1.
        correlation: The trials' ICC.
    """
    m = sum(n * n for n in n_trials) / sum(n_trials)
    return 1.0 + (m - 1.0) * max(0.0, correlation)
