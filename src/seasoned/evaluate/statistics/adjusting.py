"""p values of several comparisons that are looked at together. Pure; raises `ValueError` for what is no p value."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted so that the chance of even one false finding stays below the level (Holm 1979), in the order given."""
    order = _ascending(p_values)
    adjusted, least = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p_values[place]))
        adjusted[place] = least
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted so that of the findings the expected share of false ones stays below the level, in the order given.

    Source: Benjamini & Hochberg 1995. It holds for tests that are independent or positively dependent, as those of
    several arms against one baseline are.
    """
    order = _ascending(p_values)
    adjusted, most = [0.0] * len(order), 1.0
    for rank, place in reversed(list(enumerate(order, 1))):
        most = min(most, p_values[place] * len(order) / rank)
        adjusted[place] = most
    return tuple(adjusted)


def _ascending(p_values: Sequence[float]) -> list[int]:
    if not all(0.0 <= p <= 1.0 for p in p_values):
        raise ValueError("a p value is between 0 and 1")
    return sorted(range(len(p_values)), key=lambda place: p_values[place])
