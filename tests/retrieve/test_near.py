"""Similar texts by words alone, and by words and meaning together."""

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.errors import ProviderError
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.lexical import Hit, LexicalIndex
from seasoned.retrieve.near import CHUNK, K, cosine, fused, nearest
from tests.retrieve.hashing import HashingEmbedder

TEXTS = (
    "When a customer asks for a refund, look the order up.",
    "When a flight is cancelled, offer another one.",
    "When somebody wants money back, check the date.",
)
MEANINGS = {"reimburse": "refund", "money": "refund", "back": "refund", "purchase": "order"}

some_texts = st.lists(st.text("ab c", max_size=6), max_size=8)


def near(query: str, n_hits: int = 3, embedder: Embedder | None = None) -> list[int]:
    (hits,) = asyncio.run(nearest([query], TEXTS, n_hits, embedder))
    return [hit.index for hit in hits]


def test_without_an_embedder_it_is_bm25() -> None:
    index = LexicalIndex(TEXTS)
    found = asyncio.run(nearest(["a refund", "cancelled flight", "zebra"], TEXTS, 2))
    assert found == [index.nearest("a refund", 2), index.nearest("cancelled flight", 2), []]


def test_with_an_embedder_a_text_that_shares_no_word_is_found_by_its_meaning() -> None:
    assert near("reimburse purchase") == []
    assert near("reimburse purchase", embedder=HashingEmbedder(MEANINGS))[0] in (0, 2)


def test_what_both_rankings_have_high_up_comes_first() -> None:
    assert fused([[7, 8], [8, 9]], 3) == [
        Hit(index=8, score=1 / (K + 2) + 1 / (K + 1)),
        Hit(index=7, score=1 / (K + 1)),
        Hit(index=9, score=1 / (K + 2)),
    ]


def test_each_different_text_is_embedded_once() -> None:
    embedder = HashingEmbedder()
    texts = [f"text {n % (CHUNK + 5)}" for n in range(2 * CHUNK)]
    asyncio.run(nearest([*texts[:20], "text 3"], texts, 5, embedder))
    assert sorted(embedder.embedded) == sorted(set(texts))


def test_an_embedder_that_fails_is_told_and_done_without() -> None:
    told: list[ProviderError] = []
    found = asyncio.run(nearest(["a refund"], TEXTS, 3, HashingEmbedder(n_failing=1), told.append))
    assert found == [LexicalIndex(TEXTS).nearest("a refund", 3)]
    assert "the embedder is down" in str(told[0])


def test_unless_somebody_wants_to_be_told_a_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert near("a refund", embedder=HashingEmbedder(n_failing=1)) == near("a refund")
    assert "by their words alone: the embedder is down" in caplog.text


@pytest.mark.parametrize("embedder", [None, HashingEmbedder()])
def test_nothing_is_found_among_nothing(embedder: Embedder | None) -> None:
    assert asyncio.run(nearest([], TEXTS, 3, embedder)) == []
    assert asyncio.run(nearest(["a refund"], [], 3, embedder)) == [[]]


@given(some_texts, some_texts, st.integers(1, 4))
def test_hits_are_in_order_different_and_the_same_every_time(queries: list[str], texts: list[str], n_hits: int) -> None:
    found = asyncio.run(nearest(queries, texts, n_hits, HashingEmbedder()))
    assert found == asyncio.run(nearest(queries, texts, n_hits, HashingEmbedder()))
    assert len(found) == len(queries)
    for hits in found:
        assert len({hit.index for hit in hits}) == len(hits) <= n_hits
        assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.index))


@given(st.lists(st.text("abc ", min_size=1, max_size=6), min_size=1, max_size=8))
def test_a_text_is_among_what_is_near_to_it(texts: list[str]) -> None:
    (hits,) = asyncio.run(nearest([texts[0]], texts, len(texts), HashingEmbedder()))
    assert 0 in [hit.index for hit in hits]


def test_of_many_texts_the_order_is_that_of_their_cosines_and_the_earlier_one_comes_first_among_equals() -> None:
    texts = [f"w{number % 900} v{number % 7}" for number in range(1_500)]
    embedder = HashingEmbedder(n_dimensions=24)
    sought, *vectors = asyncio.run(embedder.embed(["zebra", *texts]))
    scores = [cosine(sought, vector) for vector in vectors]
    want = [place for place in sorted(range(len(texts)), key=lambda place: -scores[place]) if scores[place] > 0]
    assert len(want) > 200
    (hits,) = asyncio.run(nearest(["zebra"], texts, 200, embedder))
    assert [hit.index for hit in hits] == want[:200]
