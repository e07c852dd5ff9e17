"""What is PostgreSQL's own: its driver, its locks and limits, and what is said when the server refuses."""

import builtins
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, make_url, text

from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import StoreError
from seasoned.store import postgres as module
from seasoned.store.database import Database, file_of, is_there
from seasoned.store.store import Store
from tests.databases import Server
from tests.make import add, make_trace


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.store()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def hurried(url: str, monkeypatch: pytest.MonkeyPatch, **limits: int) -> Database:
    """A database whose limits are short."""
    for name, value in limits.items():
        monkeypatch.setattr(module, name, value)
    return Database(url)


def end_others(connection: Connection) -> None:
    """Let the server end every other session of this database, as when it is stopped."""
    query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
    connection.execute(text(f"{query} AND pid <> pg_backend_pid()")).all()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_way_to_write_the_url_means_the_same_driver(url: str, scheme: str) -> None:
    with Store(url.replace("postgresql", scheme, 1)) as store:
        assert store.traces.count() == 0
        assert str(store.database).startswith("postgresql://")
        assert file_of(url) is None


def test_without_the_driver_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.delitem(sys.modules, "psycopg")
    with pytest.raises(StoreError, match="driver for PostgreSQL is not installed") as error:
        Store("postgresql://user:secret@127.0.0.1/x")
    assert error.value.hint == 'pip install "seasoned[postgres]"'
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["postgresql://ada:se%40cret@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x?password=se%40cret"]
)
def test_a_server_that_is_away_is_said_without_the_password(url: str) -> None:
    for act in (Store, is_there):
        with pytest.raises(StoreError, match="could not be made") as error:
            act(url)
        assert "127.0.0.1" in str(error.value.where)
        assert "see that the server runs" in str(error.value.hint)
        assert not [secret for secret in ("se@cret", "se%40cret") if secret in str(error.value)]


def test_a_database_that_is_not_there_is_said(url: str) -> None:
    with pytest.raises(StoreError, match='"nowhere" does not exist'):
        Store(make_url(url).set(database="nowhere").render_as_string(hide_password=False))


def test_a_database_of_other_tables_is_refused(postgres: Server) -> None:
    url = postgres.database()
    with Store(url) as store, store.database.writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(StoreError, match="not a Seasoned store"):
        Store(url)


def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Server) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreError, match="keeps text as LATIN1"):
        Store(make_url(postgres.url).set(database="latin").render_as_string(hide_password=False))


def test_a_store_is_found_without_being_made(postgres: Server) -> None:
    url = postgres.database()
    assert not is_there(url)
    Store(url).close()
    assert is_there(url)


def test_two_that_open_a_new_store_at_once_both_succeed(postgres: Server) -> None:
    url, ready = postgres.database(), threading.Barrier(4)

    def opened(_: int) -> int:
        ready.wait()
        with Store(url) as store:
            return store.traces.count()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(opened, range(4))) == [0] * 4


def test_what_is_acknowledged_is_on_disk_and_reading_sees_one_state(url: str, database: Database) -> None:
    with database.writing() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
        limits = {"lock_timeout": "30s", "statement_timeout": "2min", "idle_in_transaction_session_timeout": "2min"}
        assert {name: connection.execute(text(f"SHOW {name}")).scalar() for name in limits} == limits
    with Store(url) as store, database.reading() as connection:
        count = text("SELECT count(*) FROM trace")
        before = connection.execute(count).scalar()
        store.traces.add([Parsed(trace=make_trace(("user", "hi")))])
        assert (connection.execute(count).scalar(), store.traces.count()) == (before, 1)
        with pytest.raises(StoreError, match="read-only transaction"), database.reading() as other:
            other.execute(text("DELETE FROM trace"))


def test_a_durability_that_the_database_was_robbed_of_is_put_back(postgres: Server, url: str) -> None:
    postgres.execute(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit = off")
    database = Database(url)
    with database.reading() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    database.close()


def test_writers_under_different_names_do_not_wait_for_each_other(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = hurried(url, monkeypatch, LOCK_TIMEOUT_MS=1)
    with database.writing(alone="book:a"):
        with other.writing(alone="book:b"):
            pass
        for name in ("book:a", None):
            with pytest.raises(StoreError, match="another writer kept the store locked"), other.writing(alone=name):
                pass
    with database.writing(), pytest.raises(StoreError, match="locked"), other.writing(alone="book:a"):
        pass
    with other.writing():
        pass
    other.close()


def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    def sleep() -> None:
        with database.writing() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 1"))
            connection.execute(text("SELECT pg_sleep(10)"))

    with pytest.raises(StoreError, match=r"took too long.*nothing of this was stored"):
        sleep()


def test_a_writer_that_stands_still_loses_its_locks(url: str, database: Database) -> None:
    still = Database(url)

    def stand_still() -> None:
        with still.writing() as connection:
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 1"))
            with database.writing():
                """Waits until the other one's locks are gone."""
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreError, match=r"stood still|was lost"):
        stand_still()
    still.close()


def test_a_connection_that_was_lost_meanwhile_is_made_anew(url: str, database: Database) -> None:
    with Store(url) as store:
        store.books.append("desk", [add("When a, do b.")], scope="x")
        with database.reading() as connection:
            end_others(connection)
        assert store.books.read("desk").revision == 1
        with database.reading() as connection:
            end_others(connection)
        store.books.append("desk", [add("When c, do d.")], scope="x")
        assert store.books.read("desk").revision == 2


def test_a_connection_that_is_lost_at_work_is_said_and_nothing_is_stored(url: str, database: Database) -> None:
    other = Database(url)

    def write() -> None:
        with database.writing() as connection:
            connection.execute(text("INSERT INTO setting VALUES ('a', 'b')"))
            with other.reading() as reader:
                end_others(reader)
            connection.execute(text("INSERT INTO setting VALUES ('c', 'd')"))

    with pytest.raises(StoreError, match="connection to the store's server was lost"):
        write()
    with other.reading() as reader:
        assert reader.execute(text("SELECT count(*) FROM setting")).scalar() == 0
    other.close()


def test_a_transaction_in_which_nothing_was_done_is_begun_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadlock = text("DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = 'deadlock_detected'; END $$")
    tried = list[str | None]()

    def lock(alone: str | None) -> object:
        tried.append(alone)
        return text("SELECT 1") if len(tried) == module.BEGIN_ATTEMPTS else deadlock

    monkeypatch.setattr(module, "lock", lock)
    with database.writing(alone="x") as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    assert tried == ["x"] * module.BEGIN_ATTEMPTS
    with pytest.raises(StoreError, match="in each other's way"), database.writing():
        pass
    assert len(tried) == 2 * module.BEGIN_ATTEMPTS


def test_no_append_only_table_can_be_emptied(database: Database) -> None:
    for table in ("event", "audit", "label_move", "tag", "book_merge"):
        with pytest.raises(StoreError, match="append-only"), database.writing() as connection:
            connection.execute(text(f"TRUNCATE {table}"))


def test_texts_are_sorted_as_sqlite_sorts_them(postgres: Server, database: Database) -> None:
    with database.writing() as connection:
        for name in ("b", "B", "a", "Ä", "_"):
            connection.execute(text("INSERT INTO setting VALUES (:name, '')"), {"name": name})
        names = connection.execute(text("SELECT name FROM setting ORDER BY name")).scalars().all()
    assert names == ["B", "_", "a", "b", "Ä"]


def test_hostile_texts_are_stored_and_found(url: str) -> None:
    noise = "".join(chr(0x4E00 + (i * 7919) % 20_000) for i in range(3_000))
    tool = "tool" + noise
    trace = Trace.of(
        task=Task(key=noise, text="\x00 %s %(x)s :name \\ ' \" $$"),
        steps=(Step(kind="tool_call", text=f"{tool}()", name=tool, arguments={"a": "\x00"}),),
        source=Source(format="t", path="p", run_key=noise),
        outcome=scored(1, "verifier", feedback="\x00"),
        parent_id=None,
    )
    with Store(url) as store:
        store.traces.add([Parsed(trace=trace)])
        assert store.traces.get(trace.id) == trace
        assert store.traces.with_run_key(noise) == (trace.id,)
        with store.database.writing() as connection:
            connection.execute(text("INSERT INTO setting VALUES ('x', :value)"), {"value": "a\x00b"})
            assert connection.execute(text("SELECT value FROM setting")).scalar() == "a\ufffdb"


def test_an_old_snapshot_in_the_way_of_an_erasure_is_said(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REWRITE_PAUSES_S", (0.01,))
    trace = make_trace(("user", "hi"))
    with Store(url) as store:
        store.traces.add([Parsed(trace=trace)])
        with database.reading() as connection:
            # It holds no lock on any table of ours, and yet sees what is erased.
            connection.execute(text("SELECT 1"))
            assert not store.erasures.erase([trace.id], by="ada").is_purged
        assert store.erasures.purge()


@pytest.mark.parametrize("query", ["SELECT 1", "SELECT count(*) FROM trace"], ids=["a snapshot", "a lock"])
def test_a_purge_outlasts_a_short_look_of_another_session(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(module, "REWRITE_LOCK_TIMEOUT_MS", 50)
    looking = database.reading()
    looking.__enter__().execute(text(query))
    ended: list[float] = []

    def pause(seconds: float) -> None:
        # The other one ends while the purge waits, as the server's autovacuum does.
        if seconds and not ended:
            looking.__exit__(None, None, None)
            ended.append(seconds)

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pause))
    trace = make_trace(("user", "hi"))
    with Store(url) as store:
        store.traces.add([Parsed(trace=trace)])
        assert store.erasures.erase([trace.id], by="ada").is_purged
    assert ended


def test_a_purge_does_not_keep_others_waiting_for_a_table_that_somebody_holds(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REWRITE_LOCK_TIMEOUT_MS", 1)
    pauses: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pauses.append))
    with Store(url) as store, database.reading() as connection:
        connection.execute(text("SELECT count(*) FROM trace"))
        assert not store.erasures.purge()
    assert len(pauses) == module.REWRITE_LOCKS


def test_one_who_does_not_own_the_tables_cannot_purge(postgres: Server, url: str) -> None:
    with Store(url) as store, store.database.writing() as connection:
        connection.execute(text("CREATE ROLE guest LOGIN"))
        connection.execute(text("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest"))
    with Store(make_url(url).set(username="guest").render_as_string(hide_password=False)) as store:
        assert not store.erasures.purge()


def test_one_database_holds_a_store_in_each_of_its_schemas(postgres: Server) -> None:
    url = make_url(postgres.database())
    places = [
        url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
        for name in ("team_a", "team_b")
    ]
    for name in ("team_a", "team_b"):
        postgres.execute(f"CREATE SCHEMA {name}", database=url.database)
    for number, place in enumerate(places):
        assert not is_there(place)
        with Store(place) as store:
            trace = make_trace(("user", f"hi {number}"))
            store.traces.add([Parsed(trace=trace)])
            assert [row.id for row in store.traces.rows()] == [trace.id]
            assert store.erasures.erase([trace.id], by="ada").is_purged
