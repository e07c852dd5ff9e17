"""Trials of evaluations: kept as they end, replaced where nothing came of them, erased with their traces."""

import pytest

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.core.trial import Difference, TrialRecord
from seasoned.errors import StoreError
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import HELD_OUT, LEARNABLE

CONFIG = {"suite": "desk"}
MISSED = TrialRecord(task_key="t1", trial=0, trace_id=None, ended="unreachable", error="HTTP 503", n_tries=3)


def a_run(key: str) -> Parsed:
    steps = (Step(kind="user", text="please"), Step(kind="assistant", text="done"))
    return Parsed(trace=Trace.of(task=Task(key=key, text=key), steps=steps, source=Source(format="test")))


def test_a_trial_is_replaced_by_the_next_try_and_told_in_order(place: str) -> None:
    with Store(place) as store:
        run = store.runs.take("evaluate", dict(CONFIG))
        told = a_run("t1")
        store.traces.add([told])
        done = MISSED.model_copy(
            update={
                "trace_id": told.trace.id,
                "ended": "answered",
                "error": "",
                "differences": (Difference(kind="extra write", where="refund"),),
            }
        )
        other = done.model_copy(update={"trial": 1})
        for record in (other, MISSED, done):
            store.trials.keep(run.id, record)
        assert store.trials.of(run.id) == (done, other)
        assert store.trials.of("run-none") == ()


def test_a_trial_is_erased_with_its_trace(place: str) -> None:
    with Store(place) as store:
        run = store.runs.take("evaluate", dict(CONFIG))
        told = a_run("t1")
        store.traces.add([told])
        store.trials.keep(run.id, MISSED.model_copy(update={"trace_id": told.trace.id, "ended": "answered"}))
        store.trials.keep(run.id, MISSED.model_copy(update={"trial": 1}))
        store.erasures.erase([told.trace.id], by="a person")
        assert [record.trial for record in store.trials.of(run.id)] == [1]


def test_a_trial_and_its_trace_are_kept_together_or_not_at_all(place: str) -> None:
    with Store(place) as store:
        run, told = store.runs.take("evaluate", dict(CONFIG)), a_run("t1")
        ended = MISSED.model_copy(update={"ended": "answered"})
        with pytest.raises(StoreError):
            store.trials.keep_with_trace("run-none", ended, told)
        assert list(store.traces.iterate()) == []
        assert store.trials.keep_with_trace(run.id, ended, told).trace_id == told.trace.id
        store.erasures.erase([told.trace.id], by="a person")
        assert store.trials.keep_with_trace(run.id, ended, told).trace_id is None
        assert list(store.traces.iterate()) == []


def test_what_is_measured_on_is_not_learned_from(place: str) -> None:
    with Store(place) as store:
        run = store.runs.take("evaluate", dict(CONFIG))
        held_out, trained_on, apart = (a_run(key) for key in ("test", "train", "no trial"))
        for told, is_held_out in ((held_out, True), (trained_on, False)):
            record = TrialRecord(
                task_key=told.trace.task.key,
                trial=0,
                trace_id=told.trace.id,
                is_held_out=is_held_out,
                ended="answered",
            )
            store.trials.keep_with_trace(run.id, record, told)
        store.traces.add([apart])
        assert {each.task.key for each in store.traces.iterate(LEARNABLE)} == {"train", "no trial"}
        assert store.traces.count(HELD_OUT) == 1
        assert store.traces.count() == 3
