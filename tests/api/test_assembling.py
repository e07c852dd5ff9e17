"""When spans become a run, and what happens to it when more of them come. Time is what each test says it is."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from seasoned.api.answers import JSON
from seasoned.api.assembler import Assembler
from seasoned.api.limits import Limits
from seasoned.api.receive import Receiver
from seasoned.core.outcome import Outcome
from seasoned.core.trace import Trace
from seasoned.pipeline.canary import begin
from seasoned.pipeline.promoting import Unproven, promote
from seasoned.store import schema
from seasoned.store.database import file_of
from seasoned.store.store import Store
from tests.api.served import AGENT, ANSWER, CALL_1, CALL_2, CONVERSATION, FIRST, QUESTION, TRACE_ID, call, export, said
from tests.make import add, make_evidence
from tests.prompts import RULES, compiled

LIMITS = Limits(grace_s=2, idle_s=60, keep_days=30)


class Bench:
    """A receiver and an assembler on one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.receiver, self.assembler = Receiver(store), Assembler(store, LIMITS)

    def receive(self, *spans: dict[str, Any]) -> tuple[int, str]:
        return self.receiver.take(json.dumps(export(*spans)).encode(), JSON)

    def sweep(self, *, after_s: float) -> list[Trace]:
        self.assembler.sweep(datetime.now(UTC) + timedelta(seconds=after_s))
        return list(self.store.traces.iterate())


@pytest.fixture
def bench(place: str) -> Generator[Bench]:
    with Store(place) as store:
        yield Bench(store)


def test_a_run_rests_for_the_grace_after_its_root_has_ended(bench: Bench) -> None:
    bench.receive(CALL_1, CALL_2, AGENT)
    assert bench.sweep(after_s=0) == []
    assert [said(trace) for trace in bench.sweep(after_s=3)] == [CONVERSATION]


def test_a_run_without_its_root_rests_until_it_is_idle(bench: Bench) -> None:
    bench.receive(CALL_1, CALL_2)
    assert bench.sweep(after_s=3) == []
    assert [said(trace) for trace in bench.sweep(after_s=61)] == [CONVERSATION]


def test_what_was_known_changes_nothing(bench: Bench) -> None:
    bench.receive(CALL_1, AGENT)
    (before,) = bench.sweep(after_s=3)
    assert bench.receive(CALL_1, AGENT) == (0, "")
    assert bench.store.inbox.n_waiting() == 0
    assert bench.sweep(after_s=3) == [before]


def test_late_spans_replace_a_run_that_nothing_points_to(bench: Bench) -> None:
    bench.receive(CALL_1, AGENT)
    (before,) = bench.sweep(after_s=3)
    bench.store.outcomes.attach(before.id, Outcome(success=True, source="human", feedback="good"))
    bench.receive(CALL_2)
    (after,) = bench.sweep(after_s=3)
    assert after.id != before.id
    assert said(after) == CONVERSATION
    assert after.outcome == Outcome(success=True, source="human", feedback="good")


def test_a_run_that_evidence_points_to_stays_beside_its_later_version(bench: Bench) -> None:
    bench.receive(CALL_1, AGENT)
    (before,) = bench.sweep(after_s=3)
    _cite(bench.store, before)
    bench.receive(CALL_2)
    found = bench.sweep(after_s=3)
    assert [said(trace) for trace in found] == [said(before), CONVERSATION]
    assert found[0] == before


def test_erasing_a_run_takes_its_spans_along_and_refuses_later_ones(bench: Bench, place: str) -> None:
    bench.receive(CALL_1, AGENT)
    (trace,) = bench.sweep(after_s=3)
    bench.assembler.hear(TRACE_ID, Outcome(success=False, source="human", feedback="private words"), datetime.now(UTC))
    bench.store.erasures.erase([trace.id], by="a person")
    n_refused, why = bench.receive(CALL_2)
    assert (n_refused, why) == (1, "1 spans of traces that take no more: too many spans, too old, or erased")
    assert bench.sweep(after_s=100) == []
    with bench.store.database.reading() as connection:
        written = str([connection.execute(select(table)).all() for table in schema.metadata.sorted_tables])
    assert TRACE_ID in written
    assert "Where is W1?" not in written
    assert "private words" not in written
    if (file := file_of(place)) is not None:
        on_disk = file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()
        assert b"Where is W1?" not in on_disk
        assert b"private words" not in on_disk


def test_old_spans_are_let_go_and_the_run_stays(bench: Bench) -> None:
    bench.receive(CALL_1, AGENT)
    (trace,) = bench.sweep(after_s=3)
    assert bench.sweep(after_s=31 * 24 * 3600) == [trace]
    assert bench.store.inbox.take(TRACE_ID).bodies == ()
    assert bench.receive(CALL_2)[0] == 1


def lone(number: int, one: dict[str, Any]) -> dict[str, Any]:
    """A model call in a trace of its own."""
    return {**{key: value for key, value in one.items() if key != "parentSpanId"}, "traceId": f"{number:032x}"}


@pytest.mark.parametrize("at_once", [True, False])
def test_calls_in_traces_of_their_own_become_one_run(bench: Bench, *, at_once: bool) -> None:
    bench.assembler.hear(f"{2:032x}", Outcome(success=False, source="human", feedback="late"), datetime.now(UTC))
    if at_once:
        bench.receive(lone(2, CALL_2), lone(1, CALL_1))
    else:
        bench.receive(lone(1, CALL_1))
        assert len(bench.sweep(after_s=3)) == 1
        bench.receive(lone(2, CALL_2))
    bench.sweep(after_s=3)
    (trace,) = bench.sweep(after_s=6)
    assert said(trace) == CONVERSATION
    assert trace.source.run_key == f"{1:032x}"
    assert trace.verdict is False
    assert bench.store.inbox.n_waiting() == 0
    assert bench.receive(lone(2, CALL_2), lone(1, CALL_1)) == (0, "")
    bench.store.erasures.erase([trace.id], by="a person")
    assert (
        bench.receive(lone(1, {**CALL_1, "spanId": "00f067aa0ba902ff"}), lone(2, {**CALL_2, "spanId": "a" * 16}))[0]
        == 2
    )


def test_equal_questions_of_two_people_stay_two_runs(bench: Bench) -> None:
    bench.receive(lone(1, CALL_1), lone(2, CALL_1), lone(3, CALL_2), lone(4, CALL_2))
    bench.sweep(after_s=3)
    assert [said(trace) for trace in bench.sweep(after_s=6)] == [CONVERSATION, CONVERSATION]


def test_work_that_was_cut_off_is_done_again_to_the_same_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.receive(CALL_1, CALL_2, AGENT)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bench.store.inbox, "settle", killed)
        with pytest.raises(KeyboardInterrupt):
            bench.sweep(after_s=3)
    assert bench.store.inbox.n_waiting() == 1
    assert [said(trace) for trace in bench.sweep(after_s=3)] == [CONVERSATION]
    assert bench.store.inbox.n_waiting() == 0


def test_spans_that_come_while_a_run_is_made_are_not_overlooked(bench: Bench) -> None:
    bench.receive(CALL_1, AGENT)
    due = bench.store.inbox.take(TRACE_ID)
    bench.receive(CALL_2)
    bench.store.inbox.settle(due, [])
    assert [said(trace) for trace in bench.sweep(after_s=3)] == [CONVERSATION]


def test_a_run_says_which_prompt_of_a_label_or_canary_it_was_told(bench: Bench) -> None:
    first, second = compiled(bench.store, RULES[0]), compiled(bench.store, RULES[1])
    promote(bench.store, "default", "production", first, by="ada", reason=Unproven("a test"))
    begin(bench.store, "default", "production", second, 0.5, by="ada", reason="try it")
    told = call(FIRST, [{"role": "system", "content": second.text}, QUESTION], ANSWER)
    bench.receive(told, AGENT)
    assert [trace.prompt_id for trace in bench.sweep(after_s=3)] == [second.id]


def test_a_run_that_was_told_nothing_of_ours_says_nothing_of_it(bench: Bench) -> None:
    promote(bench.store, "default", "production", compiled(bench.store, RULES[0]), by="ada", reason=Unproven("a test"))
    bench.receive(CALL_1, CALL_2, AGENT)
    assert [trace.prompt_id for trace in bench.sweep(after_s=3)] == [None]


def _cite(store: Store, trace: Trace) -> None:
    """Let a skill's evidence quote the run."""
    proposal = add("When asked, look it up.", (make_evidence(trace, "Where is W1?"),))
    store.books.append("default", [proposal], scope="test")
