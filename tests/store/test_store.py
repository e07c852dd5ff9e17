"""Opening, migrating, and what the tables promise."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.errors import OperationError, StoreConflict, StoreError, UsageError
from seasoned.store import fulltext, schema
from seasoned.store.database import SCHEMA_VERSIONS, Database
from seasoned.store.store import Store
from seasoned.store.traces.references import reference_of
from seasoned.store.traces.traces import Added, TraceFilter
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

TEXT = "When the window is over, refuse."


def new(trace: Trace) -> Parsed:
    return Parsed(trace=trace)


def test_the_migrations_make_exactly_the_tables_of_the_schema(place: str) -> None:
    database = Database(place)
    with database.reading() as connection:
        found = inspect(connection)
        names = {name for name in found.get_table_names() if not name.startswith(fulltext.INDEX_TABLE)}
        assert names == {*schema.metadata.tables, "alembic_version"}
        dialect = connection.dialect
        floats = ("FLOAT", "FLOAT" if dialect.name == "sqlite" else "DOUBLE PRECISION")
        for name, table in schema.metadata.tables.items():
            have = {(c["name"], c["type"].compile(dialect), c["nullable"]) for c in found.get_columns(name)}
            types = [c.type.compile(dialect).replace(*floats) for c in table.columns]
            want = {(c.name, kind, bool(c.nullable)) for c, kind in zip(table.columns, types, strict=True)}
            assert have == want, name
            # PostgreSQL lists what keeps a constraint among the indexes.
            indexes = [i for i in found.get_indexes(name) if not i.get("duplicates_constraint")]
            assert {i["name"] for i in indexes} == {i.name for i in table.indexes}
    database.close()


def test_the_known_versions_are_the_migrations_that_exist() -> None:
    files = Path(schema.__file__).parent.glob("migrations/versions/[0-9]*.py")
    assert sorted(f.name[:4] for f in files) == list(SCHEMA_VERSIONS)


def test_durability_settings_hold_on_every_connection(tmp_path: Path) -> None:
    database = Database(tmp_path / "s.db")
    with database.writing() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        version = tuple(int(n) for n in connection.execute(text("SELECT sqlite_version()")).scalar_one().split("."))
        assert version >= (3, 51, 3), "older SQLite can lose data when the WAL is reset"
    database.close()


def test_threads_share_a_store_in_memory() -> None:
    with Store(":memory:") as store, ThreadPoolExecutor(4) as threads:
        runs = [[new(make_trace(task=f"t{n}"))] for n in range(20)]
        each = threads.map(store.traces.add, runs)
        assert [len(added.new) for added in each] == [1] * 20
        assert store.traces.count() == 20


def test_a_store_of_a_newer_version_is_refused(place: str) -> None:
    with Store(place) as store, store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"schema version 9999, newer .* upgrade seasoned"):
        Store(place)


def test_some_other_file_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as raw:
        raw.execute("CREATE TABLE song (title TEXT)")
    with pytest.raises(StoreError, match="not a Seasoned store"):
        Store(tmp_path / "s.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("dear diary, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store(tmp_path / "s.db")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("mysql://user:secret@example.org/x", "'mysql' is not supported"),
        ("postgresql+asyncpg://user:secret@example.org/x", "'postgresql\\+asyncpg' is not supported"),
        ("://user:secret@", "no database URL"),
        ("postgresql://user:secret@example.org:port/x?password=secret", "no database URL"),
        ("postgresql://user:a@secret@example.org/x", "more than one @; in a password write %40"),
        ("oracle://user:a@secret@example.org/x", "no database URL"),
        ("mysql://example.org/x?password=secret", "not supported"),
    ],
)
def test_other_databases_and_bad_urls_are_refused_without_showing_a_password(url: str, what: str) -> None:
    with pytest.raises(StoreError, match=what) as error:
        Store(url)
    assert "secret" not in str(error.value)
    assert "postgresql://user@host/database" in str(error.value)


def test_the_event_log_cannot_be_rewritten(place: str) -> None:
    with Store(place) as store:
        store.books.append("desk", [add(TEXT)], scope="a")
        changes = ("DELETE FROM event", "UPDATE event SET operation = '{}'", "UPDATE event SET key = 'k'")
        for statement in changes:
            with pytest.raises(StoreError, match="append-only"), store.database.writing() as connection:
                connection.execute(text(statement))


def test_importing_twice_changes_nothing(place: str) -> None:
    traces = [new(make_trace(("user", f"hi {i}"))) for i in range(5)]
    with Store(place) as store:
        assert len(store.traces.add([*traces, traces[0]]).new) == 5
        assert store.traces.add(traces) == Added()
        assert store.traces.count() == 5
        assert [r.id for r in store.traces.rows()] == [t.trace.id for t in traces]


def test_traces_come_back_as_they_went_in(place: str) -> None:
    traces = [make_trace(("user", "hä?\n\u2028"), score=s, run_key=str(i)) for i, s in enumerate((0, 1, None))]
    with Store(place) as store:
        store.traces.add([new(t) for t in traces])
        assert list(store.traces.iterate()) == traces
        assert store.traces.get(traces[1].id[:14]) == traces[1]
        assert list(store.traces.iterate(TraceFilter(verdict=False))) == [traces[0]]
        with pytest.raises(UsageError, match="no trace has this id"):
            store.traces.get("trace-ffff%")


def test_a_known_run_takes_an_outcome_that_comes_later_but_no_other_one(place: str) -> None:
    bare, failed, passed = (make_trace(("user", "hi"), score=score) for score in (None, 0, 1))
    with Store(place) as store:
        store.traces.add([new(bare)])
        assert store.traces.add([new(failed)]) == Added(labelled=(bare.id,))
        assert store.traces.add([new(passed), new(bare)]) == Added(contradicted=(bare.id,))
        assert store.traces.get(bare.id) == failed
        assert [row.verdict for row in store.traces.rows()] == [False]


def test_two_outcomes_of_one_run_in_one_file_contradict(place: str) -> None:
    runs = [new(make_trace(("user", "hi"), score=score)) for score in (0, 1)]
    with Store(place) as store:
        added = store.traces.add(runs)
        assert (len(added.new), added.contradicted) == (1, added.new)


def test_references_are_kept_apart_from_traces(place: str) -> None:
    trace = make_trace(("user", "hi"))
    with Store(place) as store:
        store.traces.add([Parsed(trace=trace, reference={"gold": ["cancel"]})])
        assert "gold" not in store.traces.get(trace.id).model_dump_json()
        reference = reference_of(store.database, trace.id)
        assert reference is not None
        assert reference.content == {"gold": ["cancel"]}
        assert reference_of(store.database, "trace-none") is None


def test_the_projection_is_the_fold_of_the_events(place: str) -> None:
    trace = make_trace(("assistant", "I refunded it."))
    with Store(place) as store:
        store.traces.add([new(trace)])
        proposal = add(TEXT, (make_evidence(trace, "refunded"),), LEARNER)
        store.books.append("desk", [proposal, add("When asked, say hi.")], scope="run-1")
        store.books.append("desk", [verdict("APPROVE", TEXT)], scope="sitting")
        book = store.books.read("desk")
        assert book == store.books.at("desk", 3)
        assert book.revision == 3
        assert store.books.at("desk", 2).skills[proposal.skill_id].status == "proposed"
        assert store.books.names() == ("desk",)
        with pytest.raises(UsageError, match="no revision 4"):
            store.books.at("desk", 4)


def test_a_repeated_operation_of_the_same_run_is_applied_once(place: str) -> None:
    with Store(place) as store:
        store.books.append("desk", [add(TEXT)], scope="run-1")
        again = store.books.append("desk", [add(TEXT)], scope="run-1")
        assert (again.revision, again.events, again.n_known) == (1, (), 1)


def test_a_forbidden_operation_applies_nothing(place: str) -> None:
    with Store(place) as store:
        with pytest.raises(OperationError):
            store.books.append("desk", [add(TEXT), verdict("RETIRE", TEXT)], scope="x")
        assert store.books.read("desk").revision == 0
        assert store.books.read("desk").skills == {}


def test_a_writer_that_came_second_is_told(place: str) -> None:
    with Store(place) as store:
        store.books.append("desk", [add(TEXT)], scope="x", expected_revision=0)
        with pytest.raises(StoreConflict, match="expected revision 0, found 1"):
            store.books.append("desk", [add("When b, do c.")], scope="x", expected_revision=0)


def test_the_salt_is_made_once(place: str) -> None:
    with Store(place) as store:
        salt = store.salt
    with Store(place) as store:
        assert store.salt == salt
        assert len(salt) == 32


WRITER = """
import sys
from seasoned.store.store import Store
from tests.make import add
with Store(sys.argv[1]) as store:
    for i in range(100_000):
        store.books.append("desk", [add(f"When {sys.argv[2]} {i}, do it.")], scope="w")
        print(i, flush=True)
"""


def test_kill_9_loses_no_acknowledged_event(place: str) -> None:
    Store(place).close()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, place, name],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ},
        )
        for name in ("a", "b")
    ]
    acknowledged = 0
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(10):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        acknowledged += 10 + len(writer.stdout.read().split())
        writer.stdout.close()
        writer.wait()
    with Store(place) as store:
        book = store.books.read("desk")
        assert acknowledged <= book.revision <= acknowledged + len(writers)
        assert book == store.books.at("desk", book.revision)


def test_database_errors_become_store_errors(place: str) -> None:
    database = Database(place)
    why = r"no such table: absent|\"absent\" does not exist"
    with pytest.raises(StoreError, match=why) as error, database.reading() as connection:
        connection.execute(text("SELECT * FROM absent"))
    assert isinstance(error.value.__cause__, SQLAlchemyError)
    database.close()
