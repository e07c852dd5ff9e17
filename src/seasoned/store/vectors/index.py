"""The `VectorIndex` protocol: vectors by key in collections, and which of them are nearest to another one.

Vectors of two embedders never meet: a collection is of one embedder. Knows nothing of what was embedded.
"""

from collections.abc import Mapping, Sequence
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
    """In [-1, 1]."""


class VectorIndex(Protocol):
    """Keeps vectors and finds the nearest; raises `StoreError`, and `UsageError` for another dimension."""

    def put(self, vectors: Vectors, stored: Mapping[str, Stored]) -> None:
        """Keep these by key, in the place of those that were there; all of one dimension, that of the collection."""
        ...

    def digests(self, vectors: Vectors) -> Mapping[str, str]:
        """What the collection has: by key the digest of the text that was embedded."""
        ...

    def nearest(self, vectors: Vectors, query: Vector, n: int, among: frozenset[str] | None = None) -> list[Near]:
        """The nearest to a query, highest cosine first, the smaller key among equals.

        Args:
            vectors: Where to look.
            query: Of the collection's dimension.
            n: At most so many.
            among: Only these keys; None: all.
        """
        ...
