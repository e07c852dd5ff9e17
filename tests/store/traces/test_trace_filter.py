"""Which traces: every filter works on columns beside the bodies, in new stores and in migrated ones."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysqlite3
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from seasoned.core.outcome import Outcome, scored
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace, Usage
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.store import Store
from seasoned.store.traces.statistics import statistics
from seasoned.store.traces.traces import TraceFilter
from tests.databases import Server

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEARCHED = Trace.of(
    task=Task(key="refund", text="Refund it"),
    steps=(
        Step(kind="user", text="Refund it"),
        Step(kind="tool_call", text="find({})", name="find", pair=2),
        Step(kind="tool_result", text="no such order", name="find", pair=1, is_error=True),
        Step(kind="tool_call", text="find({})", name="find", pair=4),
        Step(kind="tool_result", text="order 7", name="find", pair=3),
        Step(kind="image", text="[image]", blob="ab" * 32),
    ),
    source=Source(format="chat", path="logs/a_b.jsonl", run_key="run-77"),
    outcome=scored(0, "verifier", name="reward"),
    agent="desk",
    model="m1",
    usage=Usage(input_tokens=10, output_tokens=5, cost_usd=0.5),
    started_at=NOON,
    toolset="cd" * 32,
)
STEP_TIME = Trace.of(
    task=Task(key="book", text="Book it"),
    # An hour after noon, written in another zone.
    steps=(Step(kind="user", text="Book it", at=datetime(2026, 11, 20, 15, tzinfo=UTC) - timedelta(hours=2)),),
    source=Source(format="react", path="logs/axb.txt"),
    outcome=Outcome(source="self-report", success=True),
    parent_id=SEARCHED.id,
)
PASSED = Trace.of(
    task=Task(key="refund", text="Refund it"),
    steps=(Step(kind="assistant", text="Done"), Step(kind="error", text="timeout")),
    source=Source(format="chat"),
    outcome=scored(1, "verifier"),
    model="m1",
)
ALL = (SEARCHED, STEP_TIME, PASSED)


@pytest.fixture(scope="module", params=["new", "migrated", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The same traces, stored by this release, or by the first one, which knew SQLite alone, and migrated."""
    path = tmp_path_factory.mktemp("store") / "s.db"
    if request.param == "migrated":
        write_first_version(path)
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    with Store(path if server is None else server.store()) as opened:
        if request.param != "migrated":
            opened.traces.add([Parsed(trace=trace) for trace in ALL])
        yield opened


def write_first_version(path: Path) -> None:
    """A store as schema version 0001 had it."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}", module=pysqlite3)
    with closing(engine.connect()) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for trace in ALL:
            row = {
                "id": trace.id,
                "task_key": trace.task.key,
                "format": trace.source.format,
                "agent": trace.agent,
                "model": trace.model,
                "n_steps": len(trace.steps),
                "verdict": trace.verdict,
                "body": trace.model_dump_json(exclude_defaults=True),
            }
            names = ", ".join(row)
            marks = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO trace ({names}) VALUES ({marks})"), row)
    engine.dispose()


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (TraceFilter(), ALL),
        (TraceFilter(task_key="refund"), (SEARCHED, PASSED)),
        (TraceFilter(format="react"), (STEP_TIME,)),
        (TraceFilter(agent="desk"), (SEARCHED,)),
        (TraceFilter(model="m1"), (SEARCHED, PASSED)),
        (TraceFilter(verdict=True), (PASSED,)),
        (TraceFilter(verdict=False), (SEARCHED,)),
        (TraceFilter(verdict="none"), (STEP_TIME,)),
        (TraceFilter(tool="find"), (SEARCHED,)),
        (TraceFilter(tool="fin"), ()),
        (TraceFilter(has_error=True), (SEARCHED, PASSED)),
        (TraceFilter(has_error=False), (STEP_TIME,)),
        (TraceFilter(text="order refund"), (SEARCHED,)),
        (TraceFilter(since=NOON), (SEARCHED, STEP_TIME)),
        (TraceFilter(since=NOON + timedelta(seconds=1)), (STEP_TIME,)),
        (TraceFilter(until=NOON), ()),
        (TraceFilter(until=NOON.replace(tzinfo=None) + timedelta(seconds=1)), (SEARCHED,)),
        (TraceFilter(path="a_b"), (SEARCHED,)),
        (TraceFilter(path="LOGS/A"), (SEARCHED, STEP_TIME)),
        (TraceFilter(model="m1", has_error=True, text="done"), (PASSED,)),
    ],
    ids=lambda value: value.model_dump_json(exclude_none=True) if isinstance(value, TraceFilter) else "",
)
def test_every_set_field_must_match(store: Store, chosen: TraceFilter, expected: tuple[Trace, ...]) -> None:
    assert tuple(row.id for row in store.traces.rows(chosen)) == tuple(trace.id for trace in expected)
    assert tuple(store.traces.iterate(chosen)) == expected
    assert store.traces.count(chosen) == len(expected)


def test_runs_are_found_by_the_logs_own_key_and_by_their_parent(store: Store) -> None:
    assert store.traces.with_run_key("run-77") == (SEARCHED.id,)
    assert store.traces.with_run_key("") == ()
    assert [row.id for row in store.traces.children(SEARCHED.id)] == [STEP_TIME.id]
    assert store.traces.find("run-77") == store.traces.find(SEARCHED.id[:12]) == SEARCHED.id
    assert store.traces.find(SEARCHED.id[6:16].upper()) == SEARCHED.id


def test_the_history_begins_with_what_the_trace_said(store: Store) -> None:
    assert [statement.outcome for statement in store.outcomes.of(SEARCHED.id)] == [SEARCHED.outcome]
    assert [statement.outcome for statement in store.outcomes.of(STEP_TIME.id)] == [STEP_TIME.outcome]


def test_statistics_count_without_guessing(store: Store) -> None:
    found = statistics(store.database)
    assert (found.all.n_runs, found.all.n_judged, found.all.success_rate) == (3, 2, 0.5)
    assert (found.n_tasks, found.n_steps, found.n_errors, found.n_with_errors) == (2, 9, 2, 2)
    assert [(g.name, g.n_runs) for g in found.models] == [("m1", 2), ("", 1)]
    assert [(g.name, g.success_rate) for g in found.formats] == [("chat", 0.5), ("react", None)]
    (tool,) = found.tools
    assert (tool.name, tool.n_calls, tool.n_failed, tool.n_runs) == ("find", 2, 1, 1)
    assert {kind.kind: kind.n for kind in found.steps}["tool_result"] == 2
    assert (found.cost_usd.total, found.cost_usd.n_known) == (0.5, 1)


def test_statistics_of_nothing_are_unknown_not_zero(store: Store) -> None:
    nothing = statistics(store.database, TraceFilter(task_key="none"))
    assert (nothing.all.success_rate, nothing.cost_usd.total, nothing.tools) == (None, None, ())


def test_a_name_that_means_two_runs_is_refused(place: str) -> None:
    first = Trace.of(task=Task(key="t", text="t"), steps=(), source=Source(format="x"))
    shadow = first.id.removeprefix("trace-")[:6]
    second = Trace.of(task=Task(key="u", text="u"), steps=(), source=Source(format="x", run_key=shadow))
    with Store(place) as store:
        store.traces.add([Parsed(trace=first), Parsed(trace=second)])
        with pytest.raises(UsageError, match="give more of the id"):
            store.traces.find(shadow)


def test_a_migration_keeps_the_traces_as_they_were(tmp_path: Path) -> None:
    write_first_version(tmp_path / "old.db")
    shutil.copy(tmp_path / "old.db", tmp_path / "new.db")
    with Store(tmp_path / "new.db") as store:
        assert tuple(store.traces.iterate()) == ALL
        erased = store.erasures.erase([SEARCHED.id], by="ada")
    assert erased.children == (STEP_TIME.id,)
