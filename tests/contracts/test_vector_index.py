"""What every `VectorIndex` does, whatever is behind it, in each kind of database."""

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import mul

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seasoned.errors import UsageError
from seasoned.store.database import Database
from seasoned.store.store import Store
from seasoned.store.vectors import blobs
from seasoned.store.vectors.blobs import BlobVectors
from seasoned.store.vectors.index import Near, Stored, Vector, VectorIndex, Vectors
from seasoned.store.vectors.pgvector import PgVectors, vector_index

BOOK = Vectors(collection="exemplars of default", embedder_id="test:a")


def chosen(database: Database) -> VectorIndex:
    return vector_index(database)


def in_memory(database: Database) -> VectorIndex:
    return BlobVectors(database)


def in_parts(database: Database) -> VectorIndex:
    """Nothing fits into memory."""
    return BlobVectors(database, max_held_bytes=0)


Make = Callable[[Database], VectorIndex]


@pytest.fixture(params=[chosen, in_memory, in_parts], ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    return request.param


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as store:
        yield store


@pytest.fixture
def index(make: Make, store: Store) -> VectorIndex:
    return make(store.database)


def kept(**vectors: Vector) -> dict[str, Stored]:
    return {key: Stored(f"digest of {key}", vector) for key, vector in vectors.items()}


def keys(found: Sequence[Near]) -> list[str]:
    return [near.key for near in found]


def test_the_nearest_come_first_with_their_cosines(index: VectorIndex) -> None:
    index.put(BOOK, kept(east=[1, 0], north=[0, 1], west=[-1, 0], between=[0.6, 0.8]))
    found = index.nearest(BOOK, [1, 0], 3)
    assert found == [Near("east", 1.0), Near("between", 0.6), Near("north", 0.0)]


def test_equal_ones_come_in_the_order_of_their_keys_by_code_point(index: VectorIndex) -> None:
    index.put(BOOK, kept(**{key: [0.6, 0.8] for key in ("b", "B", "ä", "a", "10", "9")}))
    assert keys(index.nearest(BOOK, [0, 1], 4)) == ["10", "9", "B", "a"]


def test_among_is_where_it_looks(index: VectorIndex) -> None:
    index.put(BOOK, kept(a=[1, 0], b=[0.8, 0.6], c=[0, 1]))
    assert keys(index.nearest(BOOK, [1, 0], 2, frozenset({"c", "b", "nowhere"}))) == ["b", "c"]
    assert index.nearest(BOOK, [1, 0], 2, frozenset()) == []


def test_where_nothing_is_nothing_is_found(index: VectorIndex) -> None:
    assert index.nearest(BOOK, [1, 0], 3) == []
    assert index.digests(BOOK) == {}
    index.put(BOOK, {})
    index.put(BOOK, kept(a=[1, 0]))
    assert index.nearest(BOOK, [1, 0], 0) == []


def test_collections_and_embedders_are_apart(index: VectorIndex) -> None:
    other = BOOK.model_copy(update={"embedder_id": "test:b"})
    index.put(BOOK, kept(a=[1, 0]))
    index.put(other, kept(a=[0, 0, 1], b=[0, 1, 0]))
    index.put(Vectors(collection="skills", embedder_id="test:a"), kept(z=[1, 0]))
    assert keys(index.nearest(BOOK, [1, 0], 9)) == ["a"]
    assert keys(index.nearest(other, [0, 0, 1], 9)) == ["a", "b"]
    assert index.embedders(BOOK.collection) == {"test:a": 1, "test:b": 2}
    assert index.drop(other) == 2
    assert index.embedders(BOOK.collection) == {"test:a": 1}


def test_what_is_put_again_takes_the_place_of_what_was_there(index: VectorIndex) -> None:
    index.put(BOOK, kept(a=[1, 0], b=[0, 1]))
    assert index.nearest(BOOK, [1, 0], 1) == [Near("a", 1.0)]
    index.put(BOOK, {"a": Stored("another text", [0, -1])})
    assert index.nearest(BOOK, [0, -1], 1) == [Near("a", 1.0)]
    assert index.digests(BOOK) == {"a": "another text", "b": "digest of b"}


def test_what_another_process_wrote_is_seen(make: Make, place: str, index: VectorIndex) -> None:
    index.put(BOOK, kept(a=[1, 0], b=[0, 1]))
    assert keys(index.nearest(BOOK, [1, 0], 1)) == ["a"]
    with Store(place) as another:
        theirs = make(another.database)
        theirs.put(BOOK, kept(a=[0, 1], b=[1, 0]))
        assert keys(index.nearest(BOOK, [1, 0], 1)) == ["b"]
        assert theirs.drop(BOOK, ["b"]) == 1
    assert keys(index.nearest(BOOK, [1, 0], 2)) == ["a"]


def test_any_length_is_made_1(index: VectorIndex) -> None:
    index.put(BOOK, kept(a=[3e300, 4e300], b=[5e-310, 0]))
    assert index.nearest(BOOK, [0, 1e-300], 2) == [Near("a", 0.8), Near("b", 0.0)]


def test_another_dimension_is_refused_with_what_to_do(index: VectorIndex) -> None:
    index.put(BOOK, kept(a=[1, 0]))
    with pytest.raises(UsageError, match=r"3 dimensions and the others .* have 2 \(b\): .* embed again"):
        index.put(BOOK, kept(b=[1, 0, 0]))
    with pytest.raises(UsageError, match=r"3 dimensions .* \(the query\)"):
        index.nearest(BOOK, [1, 0, 0], 1)
    with pytest.raises(UsageError, match="dimensions"):
        index.put(BOOK, kept(c=[1, 0], d=[1]))
    assert index.digests(BOOK) == {"a": "digest of a"}


@pytest.mark.parametrize("vector", [[], [0.0, 0.0], [1.0, math.nan], [math.inf, 0.0]], ids=str)
def test_a_vector_that_points_nowhere_is_refused(index: VectorIndex, vector: Vector) -> None:
    with pytest.raises(UsageError, match=r"vector .* \(bad\)|vector .* \(bad\):"):
        index.put(BOOK, kept(good=[1, 0], bad=vector))
    assert index.digests(BOOK) == {}
    with pytest.raises(UsageError, match="the query"):
        index.nearest(BOOK, vector, 1)


def test_more_rows_than_one_statement_takes(index: VectorIndex) -> None:
    index.put(BOOK, kept(**{f"{n:04}": [math.cos(n / 2000), math.sin(n / 2000)] for n in range(1_100)}))
    assert keys(index.nearest(BOOK, [1, 0], 3)) == ["0000", "0001", "0002"]
    assert index.drop(BOOK, [f"{n:04}" for n in range(1_099)]) == 1_099
    assert keys(index.nearest(BOOK, [1, 0], 3)) == ["1099"]


def at_length_1(vector: list[float]) -> "array[float]":
    """As it is kept: in float32."""
    largest = max(map(abs, vector))
    scaled = [each / largest for each in vector]
    return array("f", (each / math.hypot(*scaled) for each in scaled))


def oracle(stored: dict[str, list[float]], query: list[float], n: int, among: frozenset[str] | None) -> list[Near]:
    """In plain Python."""

    def cosine(vector: list[float]) -> float:
        return math.fsum(map(mul, at_length_1(vector), at_length_1(query)))

    found = [Near(k, round(cosine(vector), 6)) for k, vector in stored.items() if among is None or k in among]
    return sorted(found, key=lambda near: (-near.cosine, near.key))[:n]


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4)
directions = st.lists(st.integers(-4, 4).map(float), min_size=3, max_size=3).filter(any)
"""Whole numbers, so that equal cosines are frequent."""


@given(st.dictionaries(names, directions, max_size=12), directions, st.integers(0, 14), st.data())
@settings(max_examples=60)
def test_it_finds_what_plain_python_finds(
    shared: list[VectorIndex], stored: dict[str, list[float]], query: list[float], n: int, data: st.DataObject
) -> None:
    among = data.draw(st.none() | st.frozensets(st.sampled_from(sorted(stored)) if stored else names))
    for index in shared:
        index.drop(BOOK)
        index.put(BOOK, kept(**stored))
        assert index.nearest(BOOK, query, n, among) == oracle(stored, query, n, among)


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[VectorIndex]]:
    """All of them, for many examples: on SQLite and, where a server can be had, PostgreSQL."""
    server = request.getfixturevalue("postgres")
    with Store(tmp_path_factory.mktemp("vectors") / "s.db") as local, Store(server.store()) as remote:
        databases = (local.database, remote.database)
        yield [make(database) for database in databases for make in (chosen, in_memory, in_parts)]


def test_on_a_server_that_has_it_pgvector_searches(store: Store) -> None:
    kind = PgVectors if str(store.database).startswith("postgresql") else BlobVectors
    assert type(store.vectors) is kind


def test_only_so_many_collections_stay_in_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MAX_COLLECTIONS", 2)
    index = BlobVectors(store.database)
    for number in range(5):
        here = Vectors(collection=str(number), embedder_id="test:a")
        index.put(here, kept(a=[1, 0]))
        assert keys(index.nearest(here, [1, 0], 1)) == ["a"]
    assert [vectors.collection for vectors in index.held] == ["3", "4"]
