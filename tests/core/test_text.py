"""What a reviewer sees is all there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.text import shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("a\u202eb", "a<U+202E>b"),
        ("pay\u200bpal", "pay<U+200B>pal"),
        ("one\u2028two\x85three", "one<U+2028>two<U+0085>three"),
        ("tab\tand\r\nline\n", "tab\tand\nline\n"),
        ("\U0001f468\u200d\U0001f469 \u2764\ufe0f", "\U0001f468\u200d\U0001f469 \u2764\ufe0f"),
    ],
)
def test_characters_that_act_or_hide_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_writing_out_twice_changes_nothing(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_shortening_says_how_much_is_missing() -> None:
    assert shortened("abc", 3) == "abc"
    assert shortened("a" * 1500, 100) == "a" * 100 + "… (+1,400 characters)"
