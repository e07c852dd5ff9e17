"""Choosing a few of many so that they are good and unlike one another.

Pure and deterministic: the earlier one wins among equals. Knows numbers only, and nothing of what is chosen.
Raises nothing.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]

MMR_LAMBDA = 0.7
"""How much relevance counts against novelty; the authors use 0.3 to look around and 0.7 to look closely, as here."""
_LEAST_GAIN = 1e-9
"""A swap of medoids must gain more than the sums of floating-point numbers can be wrong."""


def mmr(
    relevance: Sequence[float],
    likeness: Callable[[int, int], float],
    n: int,
    mmr_lambda: float = MMR_LAMBDA,
    admits: Callable[[int], bool] = lambda _: True,
) -> list[int]:
    """Choose by maximal marginal relevance: each next one is relevant and unlike all that were chosen before it.

    The next is the argmax of `mmr_lambda * relevance - (1 - mmr_lambda) * max(likeness to a chosen one)`; the first is
    the most relevant one.

    Source: J. Carbonell, J. Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and
    Producing Summaries", SIGIR 1998, 335-336.

    Args:
        relevance: Of each item, in [0, 1].
        likeness: Of two items, by index, in [0, 1].
        n: At most so many.
        mmr_lambda: In [0, 1]; 1 is plain relevance.
        admits: Asked once of each item whose turn it is; False passes it over.

    Returns:
        Indices in the order chosen.
    """
    chosen: list[int] = []
    left = list(range(len(relevance)))
    nearest = [0.0] * len(relevance)
    while left and len(chosen) < n:
        best = max(left, key=lambda i: (mmr_lambda * relevance[i] - (1 - mmr_lambda) * nearest[i], -i))
        left.remove(best)
        if not admits(best):
            continue
        chosen.append(best)
        for i in left:
            nearest[i] = max(nearest[i], likeness(best, i))
    return chosen


def k_medoids(likeness: Callable[[int, int], float], n_items: int, k: int) -> list[int]:
    """Choose the items that stand best for all: the sum of distances to the nearest chosen one is a local minimum.

    PAM: BUILD takes greedily what lowers the sum most, SWAP exchanges a chosen and another one as long as that helps;
    the distance is 1 - likeness. Memory is that of `n_items` squared numbers.

    Source: L. Kaufman, P. Rousseeuw, "Finding Groups in Data", 1990, chapter 2; the swap of all candidates at once is
    from E. Schubert, P. Rousseeuw, "Faster k-Medoids Clustering", SISAP 2019.

    Args:
        likeness: Of two different items, by index, in [0, 1], the same both ways.
        n_items: How many there are.
        k: How many to choose; all where there are no more.

    Returns:
        Indices of the medoids, ascending.
    """
    if k >= n_items:
        return list(range(n_items))
    distances = _distances(likeness, n_items)
    return sorted(_swapped(distances, _built(distances, k)))


def _distances(likeness: Callable[[int, int], float], n_items: int) -> "Matrix":
    import numpy as np

    found = np.zeros((n_items, n_items), dtype=np.float64)
    for row in range(n_items):
        for column in range(row):
            found[row, column] = found[column, row] = 1 - likeness(column, row)
    return found


def _built(distances: "Matrix", k: int) -> list[int]:
    """The medoids of PAM's BUILD."""
    import numpy as np

    medoids = [int(distances.sum(axis=1).argmin())]
    while len(medoids) < k:
        nearest = distances[medoids].min(axis=0)
        sums = np.minimum(distances, nearest).sum(axis=1)
        sums[medoids] = np.inf
        medoids.append(int(sums.argmin()))
    return medoids


def _swapped(distances: "Matrix", medoids: list[int]) -> list[int]:
    """The medoids once no swap of one of them for another item helps."""
    import numpy as np

    while True:
        present = float(distances[medoids].min(axis=0).sum())
        best: tuple[float, int, int] | None = None
        for place in range(len(medoids)):
            others = medoids[:place] + medoids[place + 1 :]
            kept = distances[others].min(axis=0) if others else np.full(len(distances), np.inf)
            sums = np.minimum(distances, kept).sum(axis=1)
            candidate = int(sums.argmin())
            if float(sums[candidate]) < (present if best is None else best[0]) - _LEAST_GAIN:
                best = float(sums[candidate]), place, candidate
        if best is None:
            return medoids
        medoids = [*medoids[: best[1]], best[2], *medoids[best[1] + 1 :]]
