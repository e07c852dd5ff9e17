"""Standard-library functions that the sandbox borrows from the host refuse what could stop the host."""

import pytest
from pydantic import JsonValue

from seasoned.sandbox.modules import MAX_ITEMS, MAX_TEXT_CHARS, MODULES


def test_they_compute_what_their_namesakes_do() -> None:
    assert MODULES["statistics"]["mean"]([1, 2, 6]) == 3.0
    assert MODULES["statistics"]["stdev"]([1, 2, 3]) == 1.0
    assert MODULES["textwrap"]["wrap"]("one two", 4) == ["one", "two"]
    assert MODULES["textwrap"]["fill"]("one two", width=4) == "one\ntwo"
    assert MODULES["textwrap"]["dedent"]("  a\n  b") == "a\nb"
    assert MODULES["textwrap"]["shorten"]("one two three", 9, placeholder="…") == "one two…"
    assert MODULES["heapq"]["nsmallest"](2, [3, 1, 2]) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("module", "name", "arguments", "reason"),
    [
        ("statistics", "mean", [["a"]], "no number"),
        ("statistics", "mean", ["text"], "a list of at most"),
        ("statistics", "mean", [list[JsonValue]()], "at least one"),
        ("statistics", "mean", [[0] * (MAX_ITEMS + 1)], "at most 50,000 numbers"),
        ("heapq", "nlargest", ["two", [1]], "how many"),
        ("textwrap", "wrap", ["x" * (MAX_TEXT_CHARS + 1)], "at most 20,000 characters"),
        ("textwrap", "fill", ["x", 0], "width must be between"),
    ],
)
def test_what_they_do_not_take_is_said(module: str, name: str, arguments: list[JsonValue], reason: str) -> None:
    with pytest.raises((TypeError, ValueError), match=reason):
        MODULES[module][name](*arguments)
