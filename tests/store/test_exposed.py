"""Runs that were handed skills by chance, read without their bodies."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Exposure
from seasoned.core.trace import Trace
from seasoned.store.exposed import exposed_runs
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import TraceFilter
from tests.make import make_trace


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


def handed(key: str, said: str = "Done.", *, score: float | None = 1.0, **more: object) -> Trace:
    """A run that was handed one skill by chance."""
    exposure = Exposure(skill_id="skill-a", revision=3, included=True, probability=0.5, book="desk")
    trace = make_trace(("assistant", said), score=score, run_key=key)
    return trace.model_copy(update={"exposures": (exposure,), **more})


def seen(store: Store, chosen: TraceFilter | None = None) -> list[tuple[str, bool | None]]:
    return [(run.task_key, run.verdict) for run in exposed_runs(store.database, chosen)]


def test_only_runs_with_exposures_in_the_order_in_which_they_came(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seasoned.store.exposed._ROWS", 2)
    scores = [1.0, 0.0, None, 0.0, 1.0]
    store.traces.add([Parsed(trace=make_trace(("assistant", "Hello.")))])
    for number, score in enumerate(scores):
        store.traces.add([Parsed(trace=handed(f"run {number}", score=score))])
    assert [verdict for _, verdict in seen(store)] == [True, False, None, False, True]
    (first, *_) = exposed_runs(store.database)
    assert first.exposures == [
        {"skill_id": "skill-a", "revision": 3, "included": True, "probability": 0.5, "book": "desk"}
    ]


def test_of_several_versions_of_a_run_the_latest_counts(store: Store) -> None:
    for said, score in (("Half", 0.0), ("Done.", 1.0)):
        store.traces.add([Parsed(trace=handed("run 1", said, score=score))])
    for said in ("Without a key.", "Nor this one."):
        store.traces.add([Parsed(trace=handed("", said, score=0.0))])
    assert [verdict for _, verdict in seen(store)] == [True, False, False]


def test_runs_of_sub_agents_belong_to_the_run_that_started_them(store: Store) -> None:
    store.traces.add([Parsed(trace=handed("run 1", parent_id="trace-0"))])
    assert seen(store) == []


def test_only_runs_since_a_time(store: Store) -> None:
    times = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 3)]
    for at in times:
        store.traces.add([Parsed(trace=handed(f"run {at.day}", started_at=at))])
    assert len(seen(store, TraceFilter(since=datetime(2026, 1, 2, tzinfo=UTC)))) == 1


def test_the_store_may_be_read_while_the_runs_are(store: Store) -> None:
    for number in range(3):
        store.traces.add([Parsed(trace=handed(f"run {number}"))])
    assert [store.traces.count() for _ in exposed_runs(store.database)] == [3, 3, 3]
