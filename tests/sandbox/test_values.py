"""Values leave a sandbox as JSON or as text, whatever their size and shape."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.sandbox.values import MAX_CHARS, MAX_NODES, as_json, cut, shown

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30)


@given(values)
def test_json_passes_unchanged(value: JsonValue) -> None:
    assert as_json(value) == value
    json.dumps(as_json(value))


@given(values)
def test_what_fits_is_shown_as_repr_shows_it(value: JsonValue) -> None:
    assert shown(value, 1_000_000) == repr(value)


@given(values, st.integers(10, 300))
def test_what_does_not_fit_is_shown_in_part(value: JsonValue, max_chars: int) -> None:
    assert len(shown(value, max_chars)) <= 7 * max_chars + 100


@pytest.mark.parametrize("value", [(), (1,), (1, 2), {1}, set[int](), b"x", float("inf"), [(1, {2: "a"})]])
def test_other_values_are_shown_as_repr_shows_them(value: object) -> None:
    assert shown(value, 1_000) == repr(value)


def test_tuples_become_lists_and_lone_surrogates_the_replacement_character() -> None:
    assert as_json(("a\ud800", (1,))) == ["a\ufffd", [1]]


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        ({1, 2}, TypeError, "not set"),
        ({1: "a"}, TypeError, "dict keys must be text, not int"),
        (b"x", TypeError, "not bytes"),
        (float("nan"), ValueError, "nan"),
        (1 << 70, ValueError, "64 bits"),
        (["x" * (MAX_CHARS + 1)], ValueError, "2,000,000 characters"),
        ([0] * (MAX_NODES + 1), ValueError, "100,000 elements"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: object, error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        as_json(value)


def doubled(levels: int) -> object:
    value: object = [1]
    for _ in range(levels):
        value = [value, value]
    return value


def test_a_list_that_holds_itself_many_times_is_walked_only_so_far() -> None:
    assert len(shown(doubled(60), 500)) < 5_000
    with pytest.raises(ValueError, match="elements"):
        as_json(doubled(30))
    with pytest.raises(ValueError, match="40 levels deep"):
        as_json(doubled(60))


def test_an_integer_too_long_for_python_to_write_is_named() -> None:
    assert shown(1 << 20_000, 100) == "<an integer of over 3,000 digits>"


@dataclass
class Proxy:
    """An instance of a class made in a sandbox, as it arrives."""

    name: str
    attributes: dict[str, object]


def test_an_instance_is_shown_by_its_attributes_or_by_the_text_that_it_carries_for_that() -> None:
    assert shown([Proxy("Point", {"x": 1})], 100) == "[Point('x': 1)]"
    assert shown([Proxy("Point", {"x": 1, "_repr": "<Point 1>"})], 100) == "[<Point 1>]"
    assert shown(Proxy("Point", {"_repr": "x" * 1_000}), 100) == "x" * 101 + "…"
    assert shown(Proxy("Point", {"_repr": 7}), 100) == "Point('_repr': 7)"


def test_a_cut_keeps_head_and_tail_and_says_what_is_missing() -> None:
    text, was_cut = cut("a" * 75 + "b" * 1_000 + "c" * 25, 100, "of output")
    assert was_cut
    assert text == "a" * 75 + "\n[… 1,000 of 1,100 characters of output cut here: print slices …]\n" + "c" * 25
    assert cut("short", 100, "of output") == ("short", False)
