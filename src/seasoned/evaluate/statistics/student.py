"""Student's t distribution, by way of the beta distribution. Pure; raises `ValueError`."""

from math import inf, sqrt

from seasoned.core.beta import distribution, quantile


def t_quantile(p: float, freedom: float) -> float:
    """The value that a t variable stays at or below with probability `p`.

    By the identity P(|T| > t) = I_x(freedom/2, 1/2) at x = freedom / (freedom + t²), DLMF 8.17.

    Args:
        p: In (0, 1).
        freedom: Degrees of freedom, above 0.
    """
    if not 0.0 < p < 1.0:
        raise ValueError(f"a quantile is asked for a probability between 0 and 1, not {p}")
    if p < 0.5:
        return -t_quantile(1.0 - p, freedom)
    x = quantile(2.0 * (1.0 - p), freedom / 2.0, 0.5)
    return sqrt(freedom * (1.0 - x) / x) if x > 0.0 else inf


def two_sided(t: float, freedom: float) -> float:
    """The probability that a t variable is at least as far from 0 as `t`; never quite 0.

    Args:
        t: Any number.
        freedom: Degrees of freedom, above 0.
    """
    return max(distribution(freedom / (freedom + t * t), freedom / 2.0, 0.5), 5e-324)
