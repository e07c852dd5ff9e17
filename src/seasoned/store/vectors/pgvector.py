"""A `VectorIndex` that lets PostgreSQL search, with its extension `vector` (pgvector), and the choice of an index.

The table `stored_vector` stays the truth. Beside it stands one derived table for each dimension, such as `vector_384`,
written in the same transaction and emptied by the foreign key; nothing is lost with it, so that no backup holds it.
Up to `EXACT_MAX` vectors every one is compared. Above, an HNSW graph is asked, which may miss some of the nearest; it
is made when a collection grows beyond that. The best of what the server finds are ranked anew from the bytes, so that
cosines and the order of equal ones are those of `BlobVectors`. Raises as the protocol says.

Source: Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
Small World graphs", 2016, arXiv:1603.09320; parameters as in pgvector's documentation.
"""

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, exists, func, select, text

from seasoned.errors import StoreError
from seasoned.store import schema
from seasoned.store.database import Database, batched, server_of
from seasoned.store.vectors.blobs import BlobVectors, keep, lock_name, new_rows, of
from seasoned.store.vectors.exact import DTYPE, ranked, same_dimension, unit
from seasoned.store.vectors.index import Near, Stored, Vector, VectorIndex, Vectors

if TYPE_CHECKING:
    from seasoned.store.vectors.exact import Matrix

EXACT_MAX = 20_000
"""Vectors of a collection, or keys to choose among, that are all compared."""
GRAPH_DIMENSIONS = 2000
"""pgvector has no graph of vectors with more; they are all compared."""
MAX_DIMENSIONS = 16_000
"""pgvector takes no more in one vector; such collections are searched in NumPy."""
M, EF_CONSTRUCTION, EF_SEARCH = 16, 64, 100
SPARE = 32
"""So many more than are wanted are ranked anew, since the server's float32 cosines may differ in the last bits."""

_table = schema.stored_vector
_INSTALLED = text(
    "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector') AND to_regtype('vector') IS NOT NULL"
)
_AVAILABLE = text("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
_DERIVED = text(
    "SELECT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
    " WHERE k.contype = 'f' AND k.confrelid = to_regclass('stored_vector') AND c.relname LIKE 'vector\\_%' ORDER BY 1"
)
_IS_DERIVED = text(
    "SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attname = 'embedding'"
    " AND NOT attisdropped)"
)
_SET = text("SELECT set_config(:name, :value, true)")
_HAS_SCAN = text("SELECT current_setting('hnsw.iterative_scan', true)")


def vector_index(database: Database) -> VectorIndex:
    """The best index that the database has: pgvector's where it is there or can be made, else NumPy's.

    Raises:
        StoreError: The database cannot be read.
    """
    return PgVectors(database) if _has_pgvector(database) else BlobVectors(database)


def derived_tables(connection: Connection) -> tuple[str, ...]:
    """The names of the derived tables, which hold vectors and no other table's only copy of anything."""
    return tuple(connection.execute(_DERIVED).scalars()) if connection.dialect.name == "postgresql" else ()


class PgVectors:
    """The vectors of one PostgreSQL database; may be used from several threads.

    Args:
        database: Where they are; the extension is there.
        exact_max: Above so many vectors of a collection the graph is asked.
    """

    def __init__(self, database: Database, *, exact_max: int = EXACT_MAX) -> None:
        """Nothing is read yet."""
        self._database, self._exact_max = database, exact_max
        self._blobs = BlobVectors(database)
        self._whole: set[Vectors] = set()
        """Collections of which all is known to be in the derived table."""
        self._turn = threading.Lock()

    def put(self, vectors: Vectors, stored: Mapping[str, Stored]) -> None:
        """See `VectorIndex.put`."""
        if not (rows := new_rows(vectors, stored)):
            return
        with self._database.writing(alone=lock_name(vectors)) as connection:
            keep(connection, vectors, rows)
            self._derive(connection, vectors, [str(row["key"]) for row in rows])

    def digests(self, vectors: Vectors) -> Mapping[str, str]:
        """See `VectorIndex.digests`."""
        return self._blobs.digests(vectors)

    def embedders(self, collection: str) -> Mapping[str, int]:
        """See `VectorIndex.embedders`."""
        return self._blobs.embedders(collection)

    def drop(self, vectors: Vectors, keys: Collection[str] | None = None) -> int:
        """See `VectorIndex.drop`."""
        return self._blobs.drop(vectors, keys)

    def nearest(self, vectors: Vectors, query: Vector, n: int, among: frozenset[str] | None = None) -> list[Near]:
        """See `VectorIndex.nearest`; above `exact_max` vectors some of the nearest may be missing."""
        sought = unit(query, "the query")
        if n < 1:
            return []
        with self._database.reading() as connection:
            n_dimensions = _n_dimensions(connection, vectors)
            is_derived = n_dimensions is not None and _is_derived(connection, _derived_name(n_dimensions))
        if n_dimensions is None:
            return []
        same_dimension(vectors, n_dimensions, len(sought), "the query")
        if n_dimensions > MAX_DIMENSIONS or not self._make_whole(vectors, is_derived):
            return self._blobs.nearest(vectors, query, n, among)
        with self._database.reading() as connection:
            return nearest_in(connection, vectors, sought, n, self._many(connection, vectors, among), among)

    def _many(self, connection: Connection, vectors: Vectors, among: frozenset[str] | None) -> bool:
        is_few = among is not None and len(among) <= self._exact_max
        return not is_few and _exceeds(connection, vectors, self._exact_max)

    def _make_whole(self, vectors: Vectors, is_derived: bool) -> bool:
        """Derive what a restored backup, or a writer without the extension, has left to be derived.

        Returns:
            False where the extension is gone by now, and nothing can be.
        """
        with self._turn:
            if is_derived and vectors in self._whole:
                return True
        with self._database.writing(alone=lock_name(vectors)) as connection:
            is_whole = self._derive(connection, vectors)
        with self._turn:
            (self._whole.add if is_whole else self._whole.discard)(vectors)
        return is_whole

    def _derive(self, connection: Connection, vectors: Vectors, keys: Sequence[str] | None = None) -> bool:
        """Derive what is not yet, of these keys where all else is known to be; False where the extension is gone."""
        n_dimensions = _n_dimensions(connection, vectors)
        if n_dimensions is None or n_dimensions > MAX_DIMENSIONS:
            return True
        if not connection.execute(_INSTALLED).scalar():
            return False
        name = _derived_name(n_dimensions)
        if not _is_derived(connection, name):
            _make_table(connection, n_dimensions)
            keys = None
        for seqs in batched(_missing(connection, vectors, name, keys if vectors in self._whole else None)):
            _copy(connection, name, seqs)
        if n_dimensions <= GRAPH_DIMENSIONS and _exceeds(connection, vectors, self._exact_max):
            _make_graph(connection, name)
        return True


def _has_pgvector(database: Database) -> bool:
    if server_of(str(database)) is None:
        return False
    with database.reading() as connection:
        if connection.execute(_INSTALLED).scalar():
            return True
        if not connection.execute(_AVAILABLE).scalar_one():
            return False
    try:
        with database.writing(alone="pgvector") as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
            return bool(connection.execute(_INSTALLED).scalar())
    except StoreError:
        # The role may not; an administrator who wants it runs that statement.
        return False


def _derived_name(n_dimensions: int) -> str:
    """The name goes into statements as it is; it is `vector_` and a number."""
    return f"vector_{n_dimensions:d}"


def _n_dimensions(connection: Connection, vectors: Vectors) -> int | None:
    return connection.execute(select(_table.c.n_dimensions).where(of(vectors)).limit(1)).scalar()


def _exceeds(connection: Connection, vectors: Vectors, limit: int) -> bool:
    some = select(_table.c.seq).where(of(vectors)).limit(limit + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() > limit


def _is_derived(connection: Connection, name: str) -> bool:
    """Whether the table is there and holds vectors: dropping the extension leaves one without that column."""
    return bool(connection.execute(_IS_DERIVED, {"name": name}).scalar())


def _make_table(connection: Connection, n_dimensions: int) -> None:
    # Two collections of one dimension may come here at once, each holding its own lock.
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("seasoned derived vectors", 0))))
    if not _is_derived(connection, _derived_name(n_dimensions)):
        connection.execute(text(f"DROP TABLE IF EXISTS {_derived_name(n_dimensions)}"))
    statement = (
        f"CREATE TABLE IF NOT EXISTS {_derived_name(n_dimensions)} (seq bigint PRIMARY KEY REFERENCES stored_vector"
        f" (seq) ON DELETE CASCADE, embedding vector({n_dimensions:d}) NOT NULL)"
    )
    connection.execute(text(statement))


def _missing(connection: Connection, vectors: Vectors, name: str, keys: Sequence[str] | None) -> Sequence[int]:
    derived = text(f"SELECT seq FROM {name}").columns(column("seq")).subquery()
    is_missing = ~exists().where(derived.c.seq == _table.c.seq)
    query = select(_table.c.seq).where(of(vectors), is_missing).order_by(_table.c.seq)
    if keys is None:
        return connection.execute(query).scalars().all()
    parts = (connection.execute(query.where(_table.c.key.in_(part))).scalars() for part in batched(keys))
    return [seq for part in parts for seq in part]


def _copy(connection: Connection, name: str, seqs: Sequence[int]) -> None:
    import numpy as np

    rows = connection.execute(select(_table.c.seq, _table.c.data).where(_table.c.seq.in_(seqs))).all()
    values = [{"seq": seq, "embedding": _literal(np.frombuffer(data, dtype=DTYPE))} for seq, data in rows]
    statement = f"INSERT INTO {name} (seq, embedding) VALUES (:seq, CAST(:embedding AS vector))"
    connection.execute(text(statement), values)


def _make_graph(connection: Connection, name: str) -> None:
    found = text("SELECT to_regclass(:name) IS NOT NULL")
    if connection.execute(found, {"name": f"ix_{name}"}).scalar_one():
        return
    # It takes some minutes for a million vectors.
    connection.execute(_SET, {"name": "statement_timeout", "value": "0"})
    options = f"m = {M}, ef_construction = {EF_CONSTRUCTION}"
    statement = f"CREATE INDEX IF NOT EXISTS ix_{name} ON {name} USING hnsw (embedding vector_cosine_ops)"
    connection.execute(text(f"{statement} WITH ({options})"))


def nearest_in(
    connection: Connection, vectors: Vectors, sought: "Matrix", n: int, is_many: bool, among: frozenset[str] | None
) -> list[Near]:
    """The nearest within a reading transaction, by the graph where there are many; see `VectorIndex.nearest`."""
    is_approximate = is_many and len(sought) <= GRAPH_DIMENSIONS
    if is_approximate:
        _prefer_graph(connection, n + SPARE)
    found = _found(connection, vectors, sought, n + SPARE, is_approximate, among)
    if is_approximate and len(found) < n:
        # Without an iterative scan the graph's answers may all be of other collections.
        found = _found(connection, vectors, sought, n + SPARE, False, among)
    return _ranked_anew(found, sought, n)


def _prefer_graph(connection: Connection, n: int) -> None:
    """Let what follows in this transaction use the graph, and look at no fewer than `n` of its nodes."""
    settings = {"hnsw.ef_search": str(min(1000, max(EF_SEARCH, n))), "enable_sort": "off", "enable_hashjoin": "off"}
    # An older server has no iterative scan, and one on which nothing of the extension has run yet does not say.
    connection.execute(text("SELECT CAST('[1]' AS vector) <=> CAST('[1]' AS vector)"))
    if connection.execute(_HAS_SCAN).scalar() is not None:
        settings["hnsw.iterative_scan"] = "strict_order"
    for name, value in settings.items():
        connection.execute(_SET, {"name": name, "value": value})


def _found(
    connection: Connection,
    vectors: Vectors,
    sought: "Matrix",
    n: int,
    is_approximate: bool,
    among: frozenset[str] | None,
) -> list[tuple[str, bytes]]:
    name = _derived_name(len(sought))
    distance = "d.embedding <=> CAST(:query AS vector)"
    # A sum is no distance that an index knows, so that every row is compared.
    order = distance if is_approximate else f"({distance}) + 0, v.key"
    chosen = "" if among is None else " AND v.key = ANY(:among)"
    statement = text(
        f"SELECT v.key, v.data FROM {name} d JOIN stored_vector v ON v.seq = d.seq"
        f" WHERE v.collection = :collection AND v.embedder = :embedder{chosen} ORDER BY {order} LIMIT :n"
    )
    values: dict[str, object] = {"collection": vectors.collection, "embedder": vectors.embedder_id, "n": n}
    values["query"] = _literal(sought)
    if among is not None:
        values["among"] = sorted(among)
    return [(key, bytes(data)) for key, data in connection.execute(statement, values)]


def _ranked_anew(found: list[tuple[str, bytes]], sought: "Matrix", n: int) -> list[Near]:
    import numpy as np

    matrix = np.frombuffer(b"".join(data for _, data in found), dtype=DTYPE).reshape(-1, len(sought))
    return ranked([key for key, _ in found], matrix, sought, n)


def _literal(vector: "Matrix") -> str:
    """As pgvector reads it; nine digits tell every float32 apart."""
    return "[" + ",".join(f"{value:.9g}" for value in vector.tolist()) + "]"
