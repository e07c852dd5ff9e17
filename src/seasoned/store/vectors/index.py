"""Vectors by key in collections: who searches them sees a `VectorSearch`, who keeps them the whole `VectorIndex`.

Vectors of two embedders never meet: a collection is of one embedder. Knows nothing of what was embedded.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from seasoned.core.value import Value

Vector = Sequence[float]
"""Of length 1, so that the cosine of two is the sum of their products."""


class Vectors(Value):
    """Names one collection."""

    collection: str
    """What is embedded, such as `exemplars of default`."""
    embedder_id: str
    """By which embedder, `provider:model`."""


class Stored(NamedTuple):
    """One vector to be kept."""

    digest: str
    """Of the text that was embedded; another text asks for another vector."""
    vector: Vector


class Near(NamedTuple):
    """One vector that was found."""

    key: str
    cosine: float
    """In [-1, 1], to six decimals: float32 knows no more, and equal ones are equal wherever they are counted."""


class VectorSearch(Protocol):
    """Finds vectors; raises `StoreError`, and `UsageError` for a query that cannot be used.

    A vector that cannot be used is of another dimension than the collection's, of no dimension, zero, or with a number
    that is not finite. Any other length than 1 is made 1.
    """

    def digests(self, vectors: Vectors) -> Mapping[str, str]:
        """What the collection has: by key the digest of the text that was embedded."""
        ...

    def nearest(self, vectors: Vectors, query: Vector, n: int, among: frozenset[str] | None = None) -> list[Near]:
        """The nearest to a query, highest cosine first, the smaller key among equals.

        Args:
            vectors: Where to look; where nothing is, nothing is found.
            query: Of the collection's dimension.
            n: At most so many.
            among: Only these keys; None: all.
        """
        ...


class VectorIndex(VectorSearch, Protocol):
    """Keeps vectors as well; raises `StoreError`, and `UsageError` for vectors that cannot be used."""

    def put(self, vectors: Vectors, stored: Mapping[str, Stored]) -> None:
        """Keep these by key, in the place of those that were there: all, or none and `UsageError`."""
        ...

    def embedders(self, collection: str) -> Mapping[str, int]:
        """By which embedders there are vectors of this, and how many."""
        ...

    def drop(self, vectors: Vectors, keys: Collection[str] | None = None) -> int:
        """Forget these keys, or with None the whole collection; returns how many vectors went."""
        ...
