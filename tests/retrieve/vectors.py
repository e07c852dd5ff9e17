"""A `VectorIndex` in a dictionary, for tests of what is built on one."""

from collections.abc import Mapping

from seasoned.errors import UsageError
from seasoned.retrieve.near import cosine
from seasoned.store.vectors.index import Near, Stored, Vector, Vectors


class DictIndex:
    """Keeps vectors in memory; refuses another dimension as the protocol asks."""

    def __init__(self) -> None:
        self._kept: dict[Vectors, dict[str, Stored]] = {}

    def put(self, vectors: Vectors, stored: Mapping[str, Stored]) -> None:
        self._kept.setdefault(vectors, {}).update(stored)

    def digests(self, vectors: Vectors) -> Mapping[str, str]:
        return {key: stored.digest for key, stored in self._kept.get(vectors, {}).items()}

    def nearest(self, vectors: Vectors, query: Vector, n: int, among: frozenset[str] | None = None) -> list[Near]:
        kept = self._kept.get(vectors, {})
        if any(len(stored.vector) != len(query) for stored in kept.values()):
            raise UsageError("the collection has another dimension")
        found = [Near(key, cosine(query, s.vector)) for key, s in kept.items() if among is None or key in among]
        return sorted(found, key=lambda near: (-near.cosine, near.key))[:n]
