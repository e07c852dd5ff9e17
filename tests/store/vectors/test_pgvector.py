"""What PostgreSQL derives from the stored vectors: made where it can be, never in the way, and never the only copy."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text

from seasoned.core.exemplar import Exemplar, exemplar_id
from seasoned.core.operation import Author
from seasoned.core.parsed import Parsed
from seasoned.store.store import Store
from seasoned.store.vectors import pgvector
from seasoned.store.vectors.blobs import BlobVectors
from seasoned.store.vectors.exact import unit
from seasoned.store.vectors.index import Stored, Vectors
from seasoned.store.vectors.pgvector import PgVectors, derived_tables
from seasoned.store.whole import backup as whole
from tests.databases import Server
from tests.make import make_trace

BOOK = Vectors(collection="exemplars of default", embedder_id="test:a")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OTHER = Vectors(collection="exemplars of another", embedder_id="test:a")


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.store()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store(url) as store:
        yield store


def searching(store: Store, exact_max: int) -> PgVectors:
    """An index that asks the graph sooner than usual."""
    assert type(store.vectors) is PgVectors
    return PgVectors(store.database, exact_max=exact_max)


def around(n: int, seed: int = 7, n_dimensions: int = 8) -> dict[str, Stored]:
    """Vectors in all directions."""
    rng = random.Random(seed)
    return {f"{i:04}": Stored(str(i), [rng.gauss(0, 1) for _ in range(n_dimensions)]) for i in range(n)}


def derived(store: Store) -> tuple[str, ...]:
    with store.database.reading() as connection:
        return derived_tables(connection)


def count(store: Store, table: str) -> int:
    with store.database.reading() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def graphs(store: Store) -> list[str]:
    query = text("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%USING hnsw%'")
    with store.database.reading() as connection:
        return list(connection.execute(query).scalars())


def test_a_database_in_which_the_extension_is_already_takes_a_store(postgres: Server) -> None:
    url = postgres.database()
    postgres.execute("CREATE EXTENSION vector", database=make_url(url).database)
    with Store(url) as store:
        store.vectors.put(BOOK, around(3))
        assert derived(store) == ("vector_8",)


def test_a_store_that_asks_for_no_vector_gets_no_extension(url: str, store: Store) -> None:
    with store.database.reading() as connection:
        assert connection.execute(text("SELECT to_regtype('vector')")).scalar() is None


def test_each_dimension_has_a_table_that_follows_the_truth(store: Store) -> None:
    index = store.vectors
    index.put(BOOK, around(5))
    index.put(BOOK, around(2, seed=8))
    index.put(BOOK.model_copy(update={"embedder_id": "test:b"}), around(3, n_dimensions=4))
    assert (derived(store), count(store, "vector_8"), count(store, "vector_4")) == (("vector_4", "vector_8"), 5, 3)
    index.drop(BOOK, ["0000"])
    assert count(store, "vector_8") == 4


def test_many_vectors_get_a_graph_which_finds_them(store: Store) -> None:
    index = searching(store, exact_max=100)
    index.put(BOOK, around(100))
    assert graphs(store) == []
    index.put(BOOK, around(400))
    (made,) = graphs(store)
    assert "vector_cosine_ops" in made
    assert "(m='16', ef_construction='64')" in made
    exact = BlobVectors(store.database)
    for query in around(20, seed=9).values():
        found, want = (each.nearest(BOOK, query.vector, 5) for each in (index, exact))
        assert len(set(found) & set(want)) >= 4
        assert found == sorted(found, key=lambda near: (-near.cosine, near.key))


def test_the_graph_is_what_is_asked(store: Store) -> None:
    index = searching(store, exact_max=100)
    index.put(BOOK, around(300))
    query = unit(around(1, seed=9)["0000"].vector, "")
    plans: list[str] = []

    with store.database.reading() as connection:

        def note(_0: object, _1: object, statement: str, values: dict[str, object], *_2: object) -> None:
            if "<=> CAST(%(query)s" in statement and not statement.startswith("EXPLAIN"):
                plans.append(str(connection.exec_driver_sql(f"EXPLAIN {statement}", values).all()))

        event.listen(connection, "before_cursor_execute", note)
        for is_many in (True, False):
            pgvector.nearest_in(connection, BOOK, query, 3, is_many, None)
    graph, exact = plans
    assert "ix_vector_8" in graph
    assert "ix_vector_8" not in exact


def test_a_small_collection_among_many_vectors_of_another_is_found_whole(store: Store) -> None:
    index = searching(store, exact_max=20)
    index.put(OTHER, around(500))
    few = around(30, seed=8)
    index.put(BOOK, few)
    exact = BlobVectors(store.database)
    assert index.nearest(BOOK, [-1.0] * 8, 30) == exact.nearest(BOOK, [-1.0] * 8, 30)
    among = frozenset(list(few)[:10])
    assert index.nearest(BOOK, [1.0] * 8, 9, among) == exact.nearest(BOOK, [1.0] * 8, 9, among)


def test_without_the_right_to_make_the_extension_numpy_searches(postgres: Server, url: str, store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute(text("CREATE ROLE reader LOGIN"))
        connection.execute(text("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reader"))
        connection.execute(text("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO reader"))
    with Store(make_url(url).set(username="reader").render_as_string(hide_password=False)) as theirs:
        assert type(theirs.vectors) is BlobVectors
        theirs.vectors.put(BOOK, around(5))
    # What they wrote is derived once somebody may.
    assert type(store.vectors) is PgVectors
    assert len(store.vectors.nearest(BOOK, [1.0] * 8, 9)) == 5
    assert count(store, "vector_8") == 5


def test_more_dimensions_than_a_graph_or_a_vector_of_the_server_takes(store: Store) -> None:
    for n_dimensions in (pgvector.GRAPH_DIMENSIONS + 1, pgvector.MAX_DIMENSIONS + 1):
        vectors = Vectors(collection="wide", embedder_id=f"test:{n_dimensions}")
        index = searching(store, exact_max=2)
        index.put(vectors, around(4, n_dimensions=n_dimensions))
        query = around(4, n_dimensions=n_dimensions)["0002"].vector
        assert index.nearest(vectors, query, 1)[0].key == "0002"
    assert (graphs(store), derived(store)) == ([], (f"vector_{pgvector.GRAPH_DIMENSIONS + 1}",))


def test_a_backup_holds_the_vectors_and_what_is_derived_is_made_again(
    postgres: Server, store: Store, tmp_path: Path
) -> None:
    store.vectors.put(BOOK, around(5))
    want = store.vectors.nearest(BOOK, [1.0] * 8, 5)
    whole.backup(store.database, tmp_path / "b.db", by="ada")
    target = postgres.database()
    whole.restore(tmp_path / "b.db", target, by="ada")
    with Store(target) as restored:
        assert restored.vectors.nearest(BOOK, [1.0] * 8, 5) == want
        assert count(restored, "vector_8") == 5
        # A store with derived tables is a store like any other to what copies.
        whole.move(restored.database, str(tmp_path / "moved.db"), by="ada")
    with Store(tmp_path / "moved.db") as moved:
        assert moved.vectors.nearest(BOOK, [1.0] * 8, 5) == want


def test_what_is_derived_is_erased_with_its_trace(store: Store) -> None:
    trace = make_trace(("user", "hi"), ("assistant", "hello"))
    store.traces.add([Parsed(trace=trace)])
    key = exemplar_id(trace.id, 0, 2)
    ada = Author(kind="person", name="ada")
    exemplar = Exemplar(
        id=key, trace_id=trace.id, start=0, end=2, task_key="t", problem="hi", n_chars=5, author=ada, at=NOW
    )
    store.exemplars.add("default", [exemplar])
    store.vectors.put(BOOK, {**around(1), key: Stored("d", [1.0] * 8)})
    assert store.erasures.erase([trace.id], by="ada").is_purged
    assert (count(store, "vector_8"), list(store.vectors.digests(BOOK))) == (1, ["0000"])


@pytest.fixture
def without_extension(postgres: Server, url: str, store: Store) -> Store:
    """A store with vectors from which an administrator has dropped the extension, and all that hangs on it."""
    store.vectors.put(BOOK, around(5))
    assert type(store.vectors) is PgVectors
    postgres.execute("DROP EXTENSION vector CASCADE", database=make_url(url).database)
    return store


def test_an_extension_that_is_dropped_while_a_store_is_open_is_done_without(without_extension: Store) -> None:
    query = [1.0] * 8
    expected = BlobVectors(without_extension.database).nearest(BOOK, query, 3)
    assert without_extension.vectors.nearest(BOOK, query, 3) == expected
    without_extension.vectors.put(BOOK, around(7))
    assert len(without_extension.vectors.nearest(BOOK, query, 9)) == 7
    assert without_extension.vectors.drop(BOOK) == 7


def test_an_extension_that_was_dropped_and_made_again_is_used_again(without_extension: Store, url: str) -> None:
    with Store(url) as again:
        assert type(again.vectors) is PgVectors
        expected = BlobVectors(again.database).nearest(BOOK, [1.0] * 8, 3)
        assert again.vectors.nearest(BOOK, [1.0] * 8, 3) == expected
        again.vectors.put(BOOK, around(7, seed=8))
        assert count(again, "vector_8") == 7
