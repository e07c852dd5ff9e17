"""Runs are held by one process at a time; their calls are on record before they are sent."""

import os
import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from seasoned.core.journal import Replayed, Started
from seasoned.core.run import RunTurn
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.store import Store

DEAD_PID = 2**22 + 1
"""Above the largest process id that Linux gives out."""


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


def held_by(store: Store, run_id: str, owner: str, lease_until: str = "2999-01-01T00:00:00+00:00") -> None:
    with store.database.writing() as connection:
        row = {"owner": owner, "lease_until": lease_until}
        connection.execute(update(schema.run).where(schema.run.c.id == run_id).values(row))


def test_equal_work_is_one_run(store: Store) -> None:
    first = store.runs.take("learn", {"model": "m"})
    store.runs.release(first.id)
    assert store.runs.take("learn", {"model": "m"}).id == first.id
    assert store.runs.take("learn", {"model": "n"}).id != first.id
    assert first.state == "running"
    assert first.is_alive


def test_a_finished_run_is_not_begun_again(store: Store) -> None:
    run = store.runs.take("learn", {})
    store.runs.end(run.id, "done", {"n_findings": 2})
    again = store.runs.take("learn", {})
    assert (again.state, again.summary) == ("done", {"n_findings": 2})


def test_a_failed_run_is_taken_up_again(store: Store) -> None:
    run = store.runs.take("learn", {})
    store.runs.end(run.id, "failed", {"error": "no network"})
    again = store.runs.take("learn", {})
    assert (again.state, again.summary, again.ended_at) == ("running", None, None)


def test_a_run_that_a_living_process_holds_is_refused(store: Store) -> None:
    run = store.runs.take("learn", {})
    held_by(store, run.id, f"{socket.gethostname()}:{os.getppid()}:token")
    with pytest.raises(UsageError, match="at work already"):
        store.runs.take("learn", {})


@pytest.mark.parametrize(
    ("owner", "lease_until"),
    [
        (f"{socket.gethostname()}:{DEAD_PID}:token", "2999-01-01T00:00:00+00:00"),
        ("elsewhere:1:token", "2001-01-01T00:00:00+00:00"),
    ],
    ids=["process died here", "lease expired elsewhere"],
)
def test_a_run_whose_holder_is_gone_is_taken_over(store: Store, owner: str, lease_until: str) -> None:
    run = store.runs.take("learn", {})
    held_by(store, run.id, owner, lease_until)
    assert not store.runs.get(run.id).is_alive
    assert store.runs.take("learn", {}).is_alive


def test_a_run_elsewhere_within_its_lease_is_alive(store: Store) -> None:
    run = store.runs.take("learn", {})
    held_by(store, run.id, "elsewhere:1:token")
    with pytest.raises(UsageError, match="held by elsewhere:1"):
        store.runs.take("learn", {})


def test_an_interrupted_run_can_be_resumed_and_renewed(store: Store) -> None:
    run = store.runs.take("learn", {})
    store.runs.release(run.id)
    assert not store.runs.get(run.id).is_alive
    store.runs.take("learn", {})
    store.runs.renew(run.id)
    assert store.runs.get(run.id).is_alive


def test_a_resumed_run_replays_its_finished_calls_in_order(store: Store) -> None:
    run = store.runs.take("learn", {})
    first = store.new_journal()
    for reply in ("one", "two"):
        started = first.begin(run.id, "hash", {"q": 1})
        assert isinstance(started, Started)
        first.finish(started.call_id, reply, 0.5)
    later = store.new_journal()
    assert later.begin(run.id, "hash", {"q": 1}) == Replayed(reply="one")
    assert later.begin(run.id, "hash", {"q": 1}) == Replayed(reply="two")
    assert isinstance(later.begin(run.id, "hash", {"q": 1}), Started)
    assert isinstance(later.begin(run.id, "other", {"q": 2}), Started)


def test_calls_in_flight_at_a_crash_are_unknown_not_forgotten(store: Store) -> None:
    run = store.runs.take("learn", {})
    journal = store.new_journal()
    for i in range(4):
        journal.begin(run.id, f"hash {i}", {})
    with store.database.reading() as connection:
        ids = connection.execute(select(schema.call.c.id).order_by(schema.call.c.seq)).scalars().all()
    journal.finish(ids[0], "a", 0.25)
    journal.finish(ids[1], "b", None)
    journal.fail(ids[2], "HTTP 500")
    store.runs.release(run.id)
    store.runs.take("learn", {})
    spending = store.runs.spending(run.id)
    assert (spending.n_calls, spending.n_failed, spending.n_unknown) == (2, 1, 1)
    assert (spending.cost_usd, spending.n_unpriced) == (0.25, 1)


def test_a_run_without_calls_has_spent_nothing_known(store: Store) -> None:
    run = store.runs.take("learn", {})
    assert store.runs.spending(run.id).cost_usd is None


def test_the_story_of_a_run_is_kept_once(store: Store) -> None:
    run = store.runs.take("learn", {})
    turns = [RunTurn(episode=e, turn=t, reply=f"{e}.{t}", output="") for e, t in ((1, 0), (0, 1), (0, 0))]
    for turn in (*turns, *turns):
        store.runs.add_turn(run.id, turn)
    assert [t.reply for t in store.runs.turns(run.id)] == ["0.0", "0.1", "1.0"]


def test_a_turn_that_goes_another_way_when_the_run_is_resumed_replaces_what_followed(store: Store) -> None:
    run = store.runs.take("learn", {})
    turns = [RunTurn(episode=e, turn=t, reply=f"{e}.{t}", output="") for e in (0, 1) for t in range(3)]
    for turn in (*turns, turns[0], turns[1].model_copy(update={"reply": "another way"})):
        store.runs.add_turn(run.id, turn)
    assert [t.reply for t in store.runs.turns(run.id)] == ["0.0", "another way", "1.0", "1.1", "1.2"]


def test_runs_are_listed_and_found_by_prefix(store: Store) -> None:
    run = store.runs.take("learn", {})
    assert store.runs.all() == (run,)
    assert store.runs.get(run.id[:10]).id == run.id
    with pytest.raises(UsageError, match="no run has this id"):
        store.runs.get("zzz")


def test_a_holder_that_lost_its_lease_cannot_end_the_run(store: Store, place: str) -> None:
    run = store.runs.take("learn", {})
    held_by(store, run.id, f"{socket.gethostname()}:{DEAD_PID}:old")
    with Store(place) as other:
        other.runs.take("learn", {})
        for act in (lambda: store.runs.end(run.id, "failed", {}), lambda: store.runs.renew(run.id)):
            with pytest.raises(StoreConflict, match="taken this run over"):
                act()
        assert other.runs.get(run.id).is_alive


def test_two_threads_cannot_hold_the_same_run(store: Store) -> None:
    store.runs.take("learn", {})
    with pytest.raises(UsageError, match="at work already"):
        store.runs.take("learn", {})
