"""Vectors as bytes, and the exact nearest neighbours of one among many, in NumPy.

A vector is kept as float32, little-endian, of length 1. Each cosine that is told is counted anew in float64, row by
row: the quick product that chooses the candidates gives equal vectors different last bits, by where they stand. Knows
nothing of databases. Raises `UsageError` for a vector that cannot be used.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from seasoned.errors import UsageError
from seasoned.store.vectors.index import Near, Vector, Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    """One vector a row."""

DTYPE = "<f4"
DECIMALS = 6
"""Of a cosine."""
MARGIN = 1e-4
"""More than a float32 product of two vectors of length 1 is off, up to some thousands of dimensions."""
BLOCK_ROWS = 4096
"""So many rows are counted in float64 at once."""


def unit(vector: Vector, where: str) -> "Matrix":
    """A vector at length 1.

    Args:
        vector: Of any length but 0.
        where: Whose it is, for the error.

    Raises:
        UsageError: It has no dimension, is zero, or holds a number that is not finite.
    """
    import numpy as np

    wide = np.asarray(vector, dtype=np.float64)
    largest = float(np.max(np.abs(wide), initial=0.0))
    if wide.ndim != 1 or not wide.size:
        raise UsageError("a vector has no dimension", where=where)
    if not np.isfinite(largest) or not largest:
        why = "it is zero" if largest == 0 else "it holds a number that is not finite"
        raise UsageError("a vector that points nowhere cannot be used", where=where, why=why)
    # Scaled first: the squares of very large or small numbers are out of range.
    wide = wide / largest
    return (wide / np.linalg.norm(wide)).astype(DTYPE)


def same_dimension(vectors: Vectors, want: int, found: int, where: str) -> None:
    """Refuse a vector of another dimension than the collection's; raises `UsageError`."""
    if want != found:
        raise UsageError(
            f"a vector has {found:,} dimensions and the others of {vectors.collection!r} have {want:,}",
            where=where,
            why=f"{vectors.embedder_id} is not the model any more that it was",
            hint="embed again from the beginning: `seasoned exemplars embed --anew`",
        )


def matrix_of(vectors: Sequence[Vector]) -> "Matrix":
    """Vectors as the rows of a matrix in float32, for `nearest_rows`."""
    import numpy as np

    return np.array(vectors, dtype=np.float32)


def nearest_rows(matrix: "Matrix", query: "Matrix", n: int) -> list[int]:
    """The rows that can be among the nearest `n`, ties included, in order; as a rule a few more than that."""
    import numpy as np

    if n >= len(matrix):
        return list(range(len(matrix)))
    scores = matrix @ query
    least = np.partition(scores, len(scores) - n)[len(scores) - n]
    return [int(row) for row in np.flatnonzero(scores >= least - MARGIN)]


def ranked(keys: Sequence[str], matrix: "Matrix", query: "Matrix", n: int) -> list[Near]:
    """The nearest `n`, highest cosine first, the smaller key among equals.

    Args:
        keys: One for each row.
        matrix: The candidates.
        query: Of length 1, like each row.
        n: At most so many.
    """
    found = [Near(key, cosine) for key, cosine in zip(keys, _cosines(matrix, query), strict=True)]
    return sorted(found, key=lambda near: (-near.cosine, near.key))[:n]


def _cosines(matrix: "Matrix", query: "Matrix") -> Iterator[float]:
    wide = query.astype("f8")
    for start in range(0, len(matrix), BLOCK_ROWS):
        sums = (matrix[start : start + BLOCK_ROWS].astype("f8") * wide).sum(axis=1)
        # `+ 0.0` makes no difference but to -0.0.
        yield from (max(-1.0, min(1.0, round(float(each), DECIMALS))) + 0.0 for each in sums)
