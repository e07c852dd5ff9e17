"""However the work ends, the run says so and can be taken up again unless it is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seasoned.runs.hold import hold
from seasoned.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") as opened:
        yield opened


def test_finished_work_is_not_done_again(store: Store) -> None:
    with hold(store, "learn", {"a": 1}) as held:
        assert not held.is_done
        held.summary["n_findings"] = 3
    with hold(store, "learn", {"a": 1}) as held:
        assert held.is_done
        assert held.summary == {"n_findings": 3}


def test_failed_work_says_why_and_can_be_taken_up(store: Store) -> None:
    with pytest.raises(ValueError, match="boom"), hold(store, "learn", {}) as held:
        raise ValueError("boom")
    run = store.runs.get(held.run.id)
    assert (run.state, run.summary) == ("failed", {"error": "boom"})
    with hold(store, "learn", {}) as held:
        assert not held.is_done


def test_interrupted_work_can_be_taken_up(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), hold(store, "learn", {}) as held:
        raise KeyboardInterrupt
    run = store.runs.get(held.run.id)
    assert (run.state, run.is_alive) == ("running", False)


def test_work_that_was_cut_off_is_incomplete(store: Store) -> None:
    with hold(store, "learn", {}) as held:
        held.is_complete = False
    assert store.runs.get(held.run.id).state == "incomplete"
    with hold(store, "learn", {}) as held:
        assert not held.is_done


def test_the_lease_is_renewed_while_the_work_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seasoned.runs.hold.LEASE_S", 0.03)
    renewed: list[str] = []
    renew = store.runs.renew

    def recorded(run_id: str) -> None:
        renew(run_id)
        renewed.append(run_id)

    monkeypatch.setattr(store.runs, "renew", recorded)
    with hold(store, "learn", {}) as held:
        while len(renewed) < 2:
            pass
    assert set(renewed) == {held.run.id}
