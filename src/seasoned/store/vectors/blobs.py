"""A `VectorIndex` over the table `stored_vector`, with exact search in NumPy, in either database.

The bytes in the table are the truth. The matrix of a collection that was asked for is held in memory, of at most
`MAX_COLLECTIONS` collections and `MAX_HELD_BYTES` together, the least recently used going first; a larger collection is
read again for each query, in parts. Before each query the table is asked whether the collection is still the one that
is held: every write gives its rows new numbers, so that their count and the highest one say so. Raises as the protocol
says.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from seasoned.store import schema
from seasoned.store.database import Database, batched
from seasoned.store.vectors.exact import DTYPE, nearest_rows, ranked, same_dimension, unit
from seasoned.store.vectors.index import Near, Stored, Vector, Vectors

if TYPE_CHECKING:
    from seasoned.store.vectors.exact import Matrix

MAX_HELD_BYTES = 256 * 1024 * 1024
"""Of matrices in memory: 262,144 vectors of 256 dimensions."""
MAX_COLLECTIONS = 8
PART_BYTES = 16 * 1024 * 1024
"""A collection that is too large to be held is read in parts of this size."""
FETCH_ROWS = 2000
"""So many rows come from the database at once."""

_table = schema.stored_vector


class State(NamedTuple):
    """What tells one state of a collection from every other one."""

    n: int
    last_seq: int
    n_dimensions: int


@dataclass(frozen=True)
class _Held:
    """A collection, or a part of one, in memory."""

    state: State
    keys: list[str]
    matrix: "Matrix"

    @cached_property
    def rows(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.keys)}

    def nearest(self, query: "Matrix", n: int, among: frozenset[str] | None) -> list[Near]:
        keys, matrix = self.keys, self.matrix
        if among is not None:
            rows = sorted(self.rows[key] for key in among if key in self.rows)
            keys, matrix = [keys[row] for row in rows], matrix[rows]
        best = nearest_rows(matrix, query, n)
        return ranked([keys[row] for row in best], matrix[best], query, n)


class BlobVectors:
    """The vectors of one database; may be used from several threads.

    Args:
        database: Where they are.
        max_held_bytes: Of matrices that stay in memory between two queries.
    """

    def __init__(self, database: Database, *, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        """Nothing is read yet."""
        self._database, self._max_held_bytes = database, max_held_bytes
        self._held: OrderedDict[Vectors, _Held] = OrderedDict()
        self._turn = threading.Lock()

    def put(self, vectors: Vectors, stored: Mapping[str, Stored]) -> None:
        """See `VectorIndex.put`."""
        if rows := new_rows(vectors, stored):
            with self._database.writing(alone=lock_name(vectors)) as connection:
                keep(connection, vectors, rows)

    def digests(self, vectors: Vectors) -> Mapping[str, str]:
        """See `VectorIndex.digests`."""
        query = select(_table.c.key, _table.c.digest).where(of(vectors)).order_by(_table.c.key)
        with self._database.reading() as connection:
            return {row.key: row.digest for row in connection.execute(query)}

    def embedders(self, collection: str) -> Mapping[str, int]:
        """See `VectorIndex.embedders`."""
        count = select(_table.c.embedder, func.count()).where(_table.c.collection == collection)
        with self._database.reading() as connection:
            rows = connection.execute(count.group_by(_table.c.embedder).order_by(_table.c.embedder)).all()
        return {str(embedder): n for embedder, n in rows}

    def drop(self, vectors: Vectors, keys: Collection[str] | None = None) -> int:
        """See `VectorIndex.drop`."""
        with self._database.writing(alone=lock_name(vectors)) as connection:
            if keys is None:
                return connection.execute(delete(_table).where(of(vectors))).rowcount
            return forget(connection, vectors, keys)

    def nearest(self, vectors: Vectors, query: Vector, n: int, among: frozenset[str] | None = None) -> list[Near]:
        """See `VectorIndex.nearest`."""
        sought = unit(query, "the query")
        if n < 1:
            return []
        with self._database.reading() as connection:
            state = state_of(connection, vectors)
            if not state.n:
                return []
            same_dimension(vectors, state.n_dimensions, len(sought), "the query")
            if state.n * state.n_dimensions * 4 > self._max_held_bytes:
                return _merged(_parts(connection, vectors, state), sought, n, among)
            held = self._fresh(connection, vectors, state)
        return held.nearest(sought, n, among)

    @property
    def held(self) -> tuple[Vectors, ...]:
        """The collections that are in memory, the one that was used last at the end."""
        return tuple(self._held)

    def _fresh(self, connection: Connection, vectors: Vectors, state: State) -> _Held:
        with self._turn:
            held = self._held.get(vectors)
            if held is not None and held.state == state:
                self._held.move_to_end(vectors)
                return held
        held = _whole(connection, vectors, state)
        with self._turn:
            self._held[vectors] = held
            self._held.move_to_end(vectors)
            while len(self._held) > MAX_COLLECTIONS or self._n_bytes() > self._max_held_bytes:
                self._held.popitem(last=False)
        return held

    def _n_bytes(self) -> int:
        return sum(each.matrix.nbytes for each in self._held.values())


def lock_name(vectors: Vectors) -> str:
    """Of the lock that the writers of one collection take, so that the numbers of its rows only grow."""
    return f"vectors {vectors.embedder_id} {vectors.collection}"


def of(vectors: Vectors) -> ColumnElement[bool]:
    """The rows of one collection."""
    return (_table.c.collection == vectors.collection) & (_table.c.embedder == vectors.embedder_id)


def new_rows(vectors: Vectors, stored: Mapping[str, Stored]) -> list[dict[str, object]]:
    """The rows to be written, in order of their keys.

    Raises:
        UsageError: A vector cannot be used, or is of another dimension than the first one.
    """
    rows: list[dict[str, object]] = []
    n_dimensions = 0
    for key, each in sorted(stored.items()):
        vector = unit(each.vector, key)
        n_dimensions = n_dimensions or len(vector)
        same_dimension(vectors, n_dimensions, len(vector), key)
        names = {"collection": vectors.collection, "embedder": vectors.embedder_id, "key": key}
        rows.append({**names, "digest": each.digest, "n_dimensions": n_dimensions, "data": vector.tobytes()})
    return rows


def keep(connection: Connection, vectors: Vectors, rows: list[dict[str, object]]) -> None:
    """Write rows in the place of those that were there; raises `UsageError` for another dimension."""
    keys = [str(row["key"]) for row in rows]
    forget(connection, vectors, keys)
    query = select(_table.c.n_dimensions).where(of(vectors)).limit(1)
    if (want := connection.execute(query).scalar()) is not None:
        same_dimension(vectors, want, int(str(rows[0]["n_dimensions"])), keys[0])
    connection.execute(insert(_table), rows)


def forget(connection: Connection, vectors: Vectors, keys: Collection[str]) -> int:
    """Delete the vectors of these keys; returns how many went."""
    parts = batched(keys)
    return sum(connection.execute(delete(_table).where(of(vectors), _table.c.key.in_(part))).rowcount for part in parts)


def state_of(connection: Connection, vectors: Vectors) -> State:
    """The state of a collection; all zero where nothing is in it."""
    count = select(func.count(), func.max(_table.c.seq)).where(of(vectors))
    n, last_seq = connection.execute(count).one()
    if not n:
        return State(0, 0, 0)
    query = select(_table.c.n_dimensions).where(_table.c.seq == last_seq)
    return State(n, last_seq, connection.execute(query).scalar_one())


def _whole(connection: Connection, vectors: Vectors, state: State) -> _Held:
    import numpy as np

    keys, matrix = list[str](), np.empty((state.n, state.n_dimensions), dtype=np.float32)
    for row, (key, data) in enumerate(_rows(connection, vectors)):
        keys.append(key)
        matrix[row] = np.frombuffer(data, dtype=DTYPE)
    return _Held(state, keys, matrix)


def _parts(connection: Connection, vectors: Vectors, state: State) -> Iterator[_Held]:
    import numpy as np

    n_rows = max(1, PART_BYTES // (4 * state.n_dimensions))
    keys, data = list[str](), bytearray()
    for key, each in _rows(connection, vectors):
        keys.append(key)
        data += each
        if len(keys) == n_rows:
            yield _Held(state, keys, np.frombuffer(data, dtype=DTYPE).reshape(len(keys), -1))
            keys, data = [], bytearray()
    if keys:
        yield _Held(state, keys, np.frombuffer(data, dtype=DTYPE).reshape(len(keys), -1))


def _rows(connection: Connection, vectors: Vectors) -> Iterator[tuple[str, bytes]]:
    query = select(_table.c.key, _table.c.data).where(of(vectors))
    for key, data in connection.execute(query, execution_options={"yield_per": FETCH_ROWS}):
        yield str(key), data


def _merged(parts: Iterator[_Held], sought: "Matrix", n: int, among: frozenset[str] | None) -> list[Near]:
    best: list[Near] = []
    for part in parts:
        found = part.nearest(sought, n, among)
        best = sorted([*best, *found], key=lambda near: (-near.cosine, near.key))[:n]
    return best
