"""Reflections in the store, in each kind of database."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from seasoned.core.operation import Author
from seasoned.core.parsed import Parsed
from seasoned.core.reflection import Reflection
from seasoned.errors import UsageError
from seasoned.store.store import Store
from tests.make import make_trace

TRACES = [make_trace(("assistant", f"attempt {n}"), score=0.0, run_key=f"trial {n}") for n in (1, 2)]


def reflection(trial: int, text: str = "Next time I will look first.", day: int = 1) -> Reflection:
    trace = TRACES[trial - 1]
    return Reflection(
        task_key=trace.task.key,
        task=trace.task.text,
        text=text,
        trace_id=trace.id,
        trial=trial,
        author=Author(kind="learner", name="reflexion", run_id="run-1"),
        at=datetime(2026, 1, day, tzinfo=UTC),
    )


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=trace) for trace in TRACES])
        yield opened


def test_a_reflection_is_kept_once(store: Store) -> None:
    assert store.reflections.add("desk", [reflection(1)]) == 1
    assert store.reflections.add("desk", [reflection(1), reflection(2)]) == 1
    assert store.reflections.all("desk") == (reflection(1), reflection(2))


def test_each_skillbook_has_its_own(store: Store) -> None:
    store.reflections.add("desk", [reflection(1)])
    assert store.reflections.add("workshop", [reflection(1)]) == 1
    assert store.reflections.of("elsewhere", "refund") == ()


def test_those_of_a_task_are_in_the_order_of_its_attempts(store: Store) -> None:
    store.reflections.add("desk", [reflection(2), reflection(1)])
    assert [each.trial for each in store.reflections.of("desk", "refund")] == [1, 2]
    assert store.reflections.of("desk", "voucher") == ()


def test_those_of_before_a_time_can_be_asked_for(store: Store) -> None:
    store.reflections.add("desk", [reflection(1, day=1), reflection(2, day=3)])
    found = store.reflections.all("desk", before=datetime(2026, 1, 2, tzinfo=UTC))
    assert [each.trial for each in found] == [1]


def test_one_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    store.reflections.add("desk", [reflection(1)])
    identity = reflection(1).id
    assert store.reflections.get("desk", identity) == reflection(1)
    assert store.reflections.get("desk", identity.removeprefix("reflection-")[:6]) == reflection(1)
    for typed in ("", "reflection-", "zzz"):
        with pytest.raises(UsageError, match="no single reflection"):
            store.reflections.get("desk" if typed == "zzz" else "workshop", typed)


def test_a_reflection_on_a_run_that_is_not_there_is_refused_with_all_others(store: Store) -> None:
    stranger = reflection(1).model_copy(update={"trace_id": "trace-0000"})
    with pytest.raises(UsageError, match="there is no trace 'trace-0000'"):
        store.reflections.add("desk", [reflection(1), stranger])
    assert store.reflections.all("desk") == ()


def test_a_reflection_goes_with_its_attempt(store: Store) -> None:
    store.reflections.add("desk", [reflection(1), reflection(2)])
    store.erasures.erase([TRACES[0].id], by="ada")
    assert [each.trial for each in store.reflections.all("desk")] == [2]
