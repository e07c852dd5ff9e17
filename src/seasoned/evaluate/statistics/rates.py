"""Success rates of one task from its trials: how likely k further trials all succeed, or one of them does.

Both are unbiased estimates from n trials of which c succeeded, as exact fractions. Pure; raises `ValueError` for counts
that cannot be and for a k that the trials do not cover.
"""

from fractions import Fraction
from functools import lru_cache
from math import ceil, comb, floor


@lru_cache(maxsize=4096)
def pass_hat(n_trials: int, n_passed: int, k: int = 1) -> Fraction:
    """pass^k: the probability that k trials all succeed, C(c, k) / C(n, k).

    Source: Yao et al. 2024, tau-bench, arXiv:2406.12045.

    Args:
        n_trials: Trials of the task, at least `k`.
        n_passed: Those that succeeded.
        k: Trials that all have to succeed, at least 1.
    """
    _refuse(n_trials, n_passed, k)
    return Fraction(comb(n_passed, k), comb(n_trials, k))


@lru_cache(maxsize=4096)
def pass_at(n_trials: int, n_passed: int, k: int = 1) -> Fraction:
    """pass@k: the probability that at least one of k trials succeeds, 1 - C(n - c, k) / C(n, k).

    Source: Chen et al. 2021, Evaluating Large Language Models Trained on Code, arXiv:2107.03374.

    Args:
        n_trials: Trials of the task, at least `k`.
        n_passed: Those that succeeded.
        k: Trials of which one has to succeed, at least 1.
    """
    _refuse(n_trials, n_passed, k)
    return 1 - Fraction(comb(n_trials - n_passed, k), comb(n_trials, k))


def pass_at_mean(n_trials: int, n_passed: int, k: float) -> float:
    """pass@k for a mean number of trials: now the whole number below k of them, now the one above.

    Args:
        n_trials: Trials of the task, at least `k` rounded up.
        n_passed: Those that succeeded.
        k: Trials on average, at least 1.
    """
    low, high = floor(k), ceil(k)
    below = pass_at(n_trials, n_passed, low)
    return float(below) if low == high else float(below) + (k - low) * float(pass_at(n_trials, n_passed, high) - below)


def _refuse(n_trials: int, n_passed: int, k: int) -> None:
    if not 0 <= n_passed <= n_trials:
        raise ValueError(f"{n_passed} of {n_trials} trials cannot have succeeded")
    if not 1 <= k <= n_trials:
        raise ValueError(f"{n_trials} trials say nothing of {k} in a row")
