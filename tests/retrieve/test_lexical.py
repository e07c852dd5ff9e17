"""BM25 finds texts by the words that they share with a query."""

import math

from hypothesis import given
from hypothesis import strategies as st

from seasoned.retrieve.lexical import K1, B, LexicalIndex, words

TEXTS = (
    "When a customer asks for a refund, call refund_order first.",
    "When a flight is cancelled, offer another one.",
    "When a customer asks to change an address, verify the address.",
)


def test_the_text_that_shares_the_rarest_words_comes_first() -> None:
    index = LexicalIndex(TEXTS)
    assert next(hit.index for hit in index.nearest("a refund for the order", 3)) == 0
    assert next(hit.index for hit in index.nearest("cancelled flight", 3)) == 1


def test_a_query_without_a_shared_word_finds_nothing() -> None:
    assert LexicalIndex(TEXTS).nearest("zebra", 3) == []
    assert LexicalIndex([]).nearest("anything", 3) == []
    assert LexicalIndex(["", "…"]).nearest("anything", 3) == []


def test_names_of_tools_are_found_by_their_parts() -> None:
    assert words("refund_order refundOrder Refund") == ["refund", "order", "refund", "order", "refund"]


def test_the_score_is_the_formula() -> None:
    index = LexicalIndex(["red red blue", "green"])
    found = index.nearest("red", 1)[0]
    frequency = 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / 2))
    assert math.isclose(found.score, math.log(1 + (2 - 1 + 0.5) / (1 + 0.5)) * frequency)


@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=40))
def test_hits_are_in_order_and_few_enough(texts: list[str], query: str) -> None:
    hits = LexicalIndex(texts).nearest(query, 3)
    assert len(hits) <= 3
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.index))
    assert all(set(words(query)) & set(words(texts[hit.index])) for hit in hits)
