"""Which wordings read alike, so that they are decided on together.

Knows nothing of skills or models. Raises what the search raises.
"""

from collections.abc import Awaitable, Callable, Sequence

from seasoned.curate.wording import is_other_case, likeness
from seasoned.retrieve.lexical import Hit, LexicalIndex

Nearest = Callable[[Sequence[str], Sequence[str], int], Awaitable[Sequence[Sequence[Hit]]]]
"""For each query the nearest of the texts, best first, at most so many."""

NEAR = 0.45
"""Likeness from which two wordings may be one rule, or opposite ones. Of the pairs in tests/curate/pairs.py, wordings
of one rule by different hands have 0.42 to 1, rules about other matters at most 0.33."""
NEAR_BOTH = 0.35
"""The same where each is the other's nearest."""
N_HITS = 6


async def by_words(queries: Sequence[str], texts: Sequence[str], n_hits: int) -> Sequence[Sequence[Hit]]:
    """Nearest by words alone."""
    index = LexicalIndex(texts)
    return [index.nearest(query, n_hits) for query in queries]


async def clusters(
    texts: Sequence[str], n_known: int, nearest: Nearest, max_size: int, near_both: float = NEAR_BOTH
) -> list[list[int]]:
    """The texts that read alike, as sorted groups of at least two, each with a new one among them.

    The likest are joined first, and a group never grows beyond its size, so that the rest stands apart.

    Args:
        texts: The known ones first, then the new ones.
        n_known: How many are known; two known ones are never joined by themselves.
        nearest: The search.
        max_size: Texts in a group, at least 2.
        near_both: In the place of `NEAR_BOTH`, in [0, 1].
    """
    new = range(n_known, len(texts))
    found = await nearest([texts[i] for i in new], texts, N_HITS + 1)
    hits = {i: [hit.index for hit in row if hit.index != i] for i, row in zip(new, found, strict=True)}
    pairs: dict[tuple[int, int], float] = {}
    for i, row in hits.items():
        for j in row:
            both = row[0] == j and (j not in hits or hits[j][:1] == [i])
            alike = likeness(texts[i], texts[j])
            if alike >= (near_both if both else NEAR) and not is_other_case(texts[i], texts[j]):
                pairs[min(i, j), max(i, j)] = alike
    return _joined(pairs, n_known, max_size)


def _joined(pairs: dict[tuple[int, int], float], n_known: int, max_size: int) -> list[list[int]]:
    group: dict[int, list[int]] = {}
    for i, j in sorted(pairs, key=lambda pair: (-pairs[pair], pair)):
        one, other = group.setdefault(i, [i]), group.setdefault(j, [j])
        if one is not other and len(one) + len(other) <= max_size:
            one += other
            for member in other:
                group[member] = one
    unique = {min(members): sorted(members) for members in group.values() if len(members) > 1}
    return [unique[first] for first in sorted(unique) if unique[first][-1] >= n_known]
