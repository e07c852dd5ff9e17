"""The estimate: simple, additive over lines, and rather too high than too low."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.tokens import ESTIMATE


@pytest.mark.parametrize(
    ("text", "n_tokens"),
    [
        ("", 0),
        ("\n", 1),
        ("a", 1),
        ("one two three", 4),
        ("one\ntwo", 3),
        ("a b c d e f g h", 8),
        ("1234567", 3),
        (" " * 40, 10),
        ("日本語", 5),
        ("\U0001f600", 2),
        ("Größe", 4),
    ],
)
def test_counts(text: str, n_tokens: int) -> None:
    assert ESTIMATE.count(text) == n_tokens


def test_text_beyond_ascii_counts_more_than_as_much_ascii() -> None:
    assert ESTIMATE.count("привет как дела") > 2 * ESTIMATE.count("privet kak dela")


def test_the_name_says_that_it_is_an_estimate() -> None:
    assert ESTIMATE.name == "estimate-4c"


@given(st.text())
def test_never_fewer_than_a_quarter_of_the_characters(text: str) -> None:
    assert ESTIMATE.count(text) >= len(text) / 4


@given(st.text(), st.text())
def test_whole_lines_add_up(first: str, second: str) -> None:
    assert ESTIMATE.count(f"{first}\n{second}") == ESTIMATE.count(first) + ESTIMATE.count(f"\n{second}")
    assert ESTIMATE.count(f"{first}\n{second}") == ESTIMATE.count(f"{first}\n") + ESTIMATE.count(second)
