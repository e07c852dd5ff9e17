"""Which wordings read alike, so that they are decided on together.

Knows nothing of skills or models. Raises nothing: an embedder that fails is done without.
"""

from collections.abc import Sequence

from seasoned.curate.wording import is_other_case, likeness
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.near import nearest

NEAR = 0.45
"""Likeness from which two wordings may be one rule, or opposite ones. Of the pairs in tests/curate/pairs.py, wordings
of one rule by different hands have 0.42 to 1, rules about other matters at most 0.33."""
NEAR_BOTH = 0.35
"""The same where each is the other's nearest."""
NEAR_IN_MEANING = 0.0
"""The same where meaning was searched too: one rule in other words shares none, so the model is asked."""
N_HITS = 6


async def clusters(
    texts: Sequence[str], n_known: int, max_size: int, embedder: Embedder | None = None
) -> list[list[int]]:
    """The texts that read alike, as sorted groups of at least two, each with a new one among them.

    The likest are joined first, and a group never grows beyond its size, so that the rest stands apart.

    Args:
        texts: The known ones first, then the new ones.
        n_known: How many are known; two known ones are never joined by themselves.
        max_size: Texts in a group, at least 2.
        embedder: Searches by meaning as well; without it words alone count.
    """
    near_both = NEAR_BOTH if embedder is None else NEAR_IN_MEANING
    new = range(n_known, len(texts))
    found = await nearest([texts[i] for i in new], texts, N_HITS + 1, embedder)
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
