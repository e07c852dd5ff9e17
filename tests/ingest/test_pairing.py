"""Which result answers which call, on the cases that real logs hold."""

import pytest

from seasoned.ingest.pairing import Slot, pairs


def slots(text: str) -> list[Slot]:
    """`c:a:search` is a call with id a of the tool search, `r::` a result with neither."""
    parts = [part.split(":") for part in text.split()]
    return [Slot(i, kind == "c", call_id or None, name or None) for i, (kind, call_id, name) in enumerate(parts)]


CASES: list[tuple[str, str, dict[int, int]]] = [
    ("in order", "c:a: r:a: c:b: r:b:", {0: 1, 2: 3}),
    ("parallel calls, results in another order", "c:a: c:b: r:b: r:a:", {0: 3, 1: 2}),
    ("an id that repeats pairs with the nearest", "c:a: r:a: c:a: r:a:", {0: 1, 2: 3}),
    ("a repeated id whose first call was never answered", "c:a: c:b: r:b: c:a: r:a:", {1: 2, 3: 4}),
    ("no ids: by order", "c::x c::x r::x r::x", {0: 2, 1: 3}),
    ("no ids: by name within the batch", "c::x c::y r::y r::x", {0: 3, 1: 2}),
    ("no ids, no names on results", "c::x c::y r:: r::", {0: 2, 1: 3}),
    ("ids on calls only", "c:a:x c:b:y r:: r::", {0: 2, 1: 3}),
    ("a late result finds its earlier call by id", "c:a: c:b: r:a: c:d: r:d: r:b:", {0: 2, 3: 4, 1: 5}),
    ("both sides lost their partner", "c:a: r:z:", {}),
    ("a result said twice answers once", "c:a: r:a: r:a:", {0: 1}),
    ("a result before any call", "r:a: c:a:", {}),
    ("a call without an answer", "c:a: c:b: r:b:", {1: 2}),
    ("names that differ do not pair", "c::x r::y", {}),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_pairs(text: str, expected: dict[int, int]) -> None:
    assert pairs(slots(text)) == expected | {result: call for call, result in expected.items()}
