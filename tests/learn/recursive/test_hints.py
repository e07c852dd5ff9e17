"""What an error says besides; the misuse of each object is in `test_inside`."""

import pytest

from seasoned.learn.recursive.hints import hinted
from seasoned.learn.recursive.inside import source
from seasoned.sandbox.sandbox import Turn


def told(error: str) -> str:
    return str(hinted(Turn(error=error, error_kind="code")).error)


@pytest.mark.parametrize(
    "turn",
    [
        Turn(value="'Trace' object has no attribute 'x'"),
        Turn(error="Stopped: 'Trace' object. State rolled back.", error_kind="limit"),
        Turn(error="ValueError: 'Tracer' object\n  at line 1: f()", error_kind="code"),
        Turn(error="NameError: name 'foo' is not defined\n  at line 1: foo", error_kind="code"),
        Turn(error="AttributeError: 'list' object has no attribute 'foo'", error_kind="code"),
    ],
)
def test_what_is_no_misuse_of_ours_is_left_as_it_is(turn: Turn) -> None:
    assert hinted(turn) == turn


def test_a_value_that_a_host_function_does_not_take_is_told_of_by_its_fields() -> None:
    assert told("TypeError: llm(): only text, numbers, lists and dicts can be passed, not Step").endswith(
        "A Step has .i, .kind, .name, .text, .arguments, .pair, .is_error, .trace_id"
    )


def test_only_places_that_stand_in_our_code_are_left_out() -> None:
    lines = source().split("\n")
    number = next(n for n, line in enumerate(lines, 1) if "a Trace is no list: write for" in line)
    ours = f"  at line {number} in __iter__: {lines[number - 1].strip()}"
    theirs = f"  at line {number} in f: return 1 / 0"
    beyond = f"  at line {len(lines) + 5} in f: x"
    assert told("\n".join(["TypeError: no", ours, theirs, beyond])) == f"TypeError: no\n{theirs}\n{beyond}"
