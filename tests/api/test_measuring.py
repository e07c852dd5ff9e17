"""Measuring what skills do while the server runs, and stopping with it."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from seasoned.api import measuring
from seasoned.api.limits import Limits
from seasoned.api.measuring import Measuring
from seasoned.api.serve import ServeOptions, serve
from seasoned.errors import StoreError, UsageError
from seasoned.pipeline.crediting import KIND, Measured, ProposedRemoval, Uplift
from seasoned.store.store import Store
from tests.api.served import AGENT, CALL_1, QUICK, WAIT_S, export, served, wait_until
from tests.prompts import RULES, approved

DAY = timedelta(days=1)


def test_it_measures_beside_the_requests(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        approved(store, RULES[0])
    limits = QUICK.model_copy(update={"measure_every": DAY})
    with served(tmp_path, limits=limits) as running:
        wait_until(lambda: running.store.schedule.turn("measure default").done_at is not None)
        assert [run.state for run in running.store.runs.all() if run.kind == KIND] == ["done"]
        assert running.post("/v1/traces", export(AGENT)).status == 200


def test_it_does_not_measure_unless_it_is_told_to(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        approved(store, RULES[0])
        asyncio.run(Measuring(store, Limits(), 0.8).until(asyncio.Event()))
        assert store.schedule.turn("measure default").done_at is None


def told(removed: str = "") -> Measured:
    proposed = (ProposedRemoval(skill_id=removed, reason="harms"),) if removed else ()
    uplift = Uplift(book="desk", revision=1, n_runs=0, skills=(), n_unjudged=0)
    return Measured(run_id="run-1", uplift=uplift, counts={}, proposed=proposed)


def test_what_fails_is_logged_and_what_is_proposed_is_told_and_it_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[datetime] = []

    async def until_told() -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()

        def due(_: Store, __: timedelta, now: datetime, ___: float) -> Iterator[Measured]:
            looks.append(now)
            if len(looks) == 1:
                raise StoreError("the disk is full")
            loop.call_soon_threadsafe(stopping.set)
            yield told("skill-1a")

        monkeypatch.setattr(measuring, "measured_when_due", due)
        with Store(tmp_path / "store.db") as store:
            await Measuring(store, Limits(measure_every=DAY, measure_look_s=0.01), 0.8).until(stopping)

    with caplog.at_level(logging.INFO):
        asyncio.run(until_told())
    assert len(looks) == 2
    assert "what skills do could not be measured: the disk is full" in caplog.text
    assert "skill-1a of desk is proposed for removal: harms" in caplog.text


class Slow:
    """In the place of measuring: two books, the first of which takes until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.measured: list[str] = []

    def due(self, *_: object) -> Iterator[Measured]:
        self.begun.set()
        assert self.go_on.wait(WAIT_S)
        self.measured.append("first")
        yield told()
        self.measured.append("second")
        yield told()


def test_requests_do_not_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(measuring, "measured_when_due", slow.due)
    with served(tmp_path, limits=QUICK.model_copy(update={"measure_every": DAY})) as running:
        assert slow.begun.wait(WAIT_S)
        assert running.post("/v1/traces", export(AGENT, CALL_1)).status == 200
        assert len(running.traces(1)) == 1
        assert slow.measured == []
        slow.go_on.set()


def test_told_to_stop_it_finishes_the_book_at_hand_and_begins_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(measuring, "measured_when_due", slow.due)

    async def stopped_under_way() -> None:
        stopping = asyncio.Event()
        with Store(tmp_path / "store.db") as store:
            at_work = asyncio.create_task(Measuring(store, Limits(measure_every=DAY), 0.8).until(stopping))
            await asyncio.to_thread(slow.begun.wait, WAIT_S)
            stopping.set()
            slow.go_on.set()
            await at_work

    asyncio.run(stopped_under_way())
    assert slow.measured == ["first"]


@pytest.mark.parametrize("typed", ["daily", "24", "0h", "-1h"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where = str(tmp_path / "store.db")
    with pytest.raises(UsageError, match="no time between two measurements"):
        serve(ServeOptions(store=where, measure_every=typed))
    monkeypatch.setenv("SEASONED_MEASURE_EVERY", typed)
    with pytest.raises(UsageError, match="no time between two measurements"):
        serve(ServeOptions(store=where))
    assert not Path(where).exists()
