"""The beta distribution, as far as intervals need it: distribution function and its inverse, in plain Python.

The distribution function is the regularised incomplete beta function by its continued fraction, evaluated by the
modified Lentz method (Lentz 1976; Thompson and Barnett 1986; the fraction is DLMF 8.17.22). The inverse is Newton's
method kept within a bracket that a bisection narrows. Pure; raises `ValueError` for parameters out of range.
"""

from functools import lru_cache
from math import exp, lgamma, log, log1p

_TINY = 1e-300
_CLOSE = 1e-16
_MAX_TERMS = 20_000
_MAX_STEPS = 200
_ENOUGH = 1e-14
"""How near to the wanted probability the inverse comes, where rounding allows it."""


def distribution(x: float, a: float, b: float) -> float:
    """The probability that a Beta(a, b) variable is at most `x`.

    Args:
        x: Any number; below 0 the probability is 0, above 1 it is 1.
        a: First shape, above 0.
        b: Second shape, above 0.
    """
    _refuse_shapes(a, b)
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    front = exp(_log_density(x, a, b) + log(x) + log1p(-x))
    # The fraction converges fast on this side of the mean, and the function is symmetric.
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1.0 - x, b, a) / b


@lru_cache(maxsize=4096)
def quantile(p: float, a: float, b: float) -> float:
    """The value that a Beta(a, b) variable stays at or below with probability `p`.

    Args:
        p: In [0, 1].
        a: First shape, above 0.
        b: Second shape, above 0.
    """
    _refuse_shapes(a, b)
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"a probability is between 0 and 1, not {p}")
    if p in (0.0, 1.0):
        return p
    low, high, x = 0.0, 1.0, a / (a + b)
    for _ in range(_MAX_STEPS):
        over = distribution(x, a, b) - p
        low, high = (low, x) if over > 0.0 else (x, high)
        middle = (low + high) / 2.0
        if abs(over) <= _ENOUGH or middle in (low, high):
            break
        density = exp(min(700.0, _log_density(x, a, b)))
        newton = x - over / density if density > _TINY else low
        x = newton if low < newton < high else middle
    return x


def _refuse_shapes(a: float, b: float) -> None:
    if a <= 0.0 or b <= 0.0:
        raise ValueError(f"the shapes of a beta distribution are above 0, not {a} and {b}")


def _log_density(x: float, a: float, b: float) -> float:
    return lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1.0) * log(x) + (b - 1.0) * log1p(-x)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, DLMF 8.17.22 without its front factor."""
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            c, d = _not_zero(1.0 + term / c), 1.0 / _not_zero(1.0 + term * d)
            value *= c * d
        if abs(c * d - 1.0) <= _CLOSE:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) >= _TINY else _TINY
