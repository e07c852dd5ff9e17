"""Opening a database: driver, pragmas, transactions, migrations.

SQLite runs on `pysqlite3`, whose bundled library is free of the WAL-reset bug that many system builds carry. Knows
nothing of what is stored. Raises `StoreError`.
"""

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from seasoned.errors import SeasonedError, StoreError, boundary

SCHEMA_VERSIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every schema version that this release knows, oldest first."""

T = TypeVar("T")
STATEMENT_ITEMS = 500
"""So many ids at once in one statement."""

BEGIN_MODES = ("DEFERRED", "IMMEDIATE")
"""Whether a transaction takes the write lock when it first writes, or from its start."""
BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another one."""


class Database:
    """One open database.

    Args:
        url: A SQLAlchemy URL, or the path of a SQLite file, which is created if it is not there.

    Raises:
        StoreError: The database cannot be opened, or a newer release wrote it.
    """

    def __init__(self, url: str | Path) -> None:
        """Open, and migrate if the schema is older than this release."""
        self.url = _url(url)
        self._alone = _alone(self.url)
        with boundary(StoreError, "could not open the store", where=str(self)):
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._engine = _engine(self.url)
            # An engine with an option is another engine: one for each way to begin, not one for each transaction.
            self._beginning = {mode: self._engine.execution_options(sqlite_begin=mode) for mode in BEGIN_MODES}
            self._migrate()

    def __str__(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection that sees one consistent state."""
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction that holds the write lock from its start: all of it is on disk at its end, or nothing."""
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    def rewrite(self) -> bool:
        """Write the file anew without what was deleted, and empty the write-ahead log.

        Returns:
            False where another process was in the way, so that deleted bytes may still be in either of them.
        """
        pooled = self._engine.raw_connection()
        driver: Any = pooled.driver_connection
        try:
            driver.execute("VACUUM")
            row: tuple[int, int, int] = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except driver.OperationalError:
            return False
        finally:
            pooled.close()
        was_busy = row[0]
        return not was_busy

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, mode: str) -> Generator[Connection]:
        try:
            with self._alone, self._beginning[mode].begin() as connection:
                yield connection
        except SeasonedError:
            raise
        except SQLAlchemyError as cause:
            raise StoreError(
                "could not read or write the store", where=str(self), why=str(getattr(cause, "orig", cause))
            ) from cause

    def _migrate(self) -> None:
        with self.reading() as connection:
            present = _version(connection)
        if present == SCHEMA_VERSIONS[-1]:
            return
        if present is not None and present not in SCHEMA_VERSIONS:
            raise StoreError(
                f"the store has schema version {present}, newer than this release knows",
                where=str(self),
                why=f"this release knows versions up to {SCHEMA_VERSIONS[-1]}",
                hint="upgrade seasoned, or point --store at another store",
            )
        with self.writing() as connection:
            _upgrade(connection)


def file_of(url: str) -> Path | None:
    """The file that a URL or a path names; None for a database that is in no file.

    Raises:
        StoreError: It is no URL of a supported database.
    """
    database = _url(url).database
    return Path(database) if database and database != ":memory:" else None


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists short enough for one statement to name each of them."""
    rest = iter(items)
    while part := list(islice(rest, STATEMENT_ITEMS)):
        yield part


def insert_new(table: Table) -> Any:
    """An INSERT that leaves a row alone whose key is there already."""
    return sqlite.insert(table).on_conflict_do_nothing()


def _url(url: str | Path) -> URL:
    if isinstance(url, Path) or "://" not in url:
        return URL.create("sqlite", database=str(url))
    try:
        parsed = make_url(url)
    except ArgumentError as cause:
        raise StoreError("this is no database URL", where=str(url), hint="write sqlite:///path/to/store.db") from cause
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(
            f"the database {parsed.get_backend_name()!r} is not supported",
            where=parsed.render_as_string(hide_password=True),
            hint="use a SQLite file: sqlite:///path/to/store.db",
        )
    return parsed


def _is_in_memory(url: URL) -> bool:
    return url.database in (None, "", ":memory:")


def _alone(url: URL) -> AbstractContextManager[object]:
    """What a transaction holds: a database in memory has one connection, which its threads use in turns."""
    return threading.RLock() if _is_in_memory(url) else nullcontext()


def _engine(url: URL) -> Engine:
    import pysqlite3

    shared: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, module=pysqlite3, **(shared if _is_in_memory(url) else {}))

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:
        # The driver would otherwise begin transactions by itself, and always deferred ones.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _version(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if tables:
        raise StoreError(
            "this database is not a Seasoned store",
            why=f"it holds other tables: {', '.join(tables[:3])}",
            hint="point --store at another file",
        )
    return None


def _upgrade(connection: Connection) -> None:
    # Imported here: only a new or an older store pays for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    if _version(connection) != SCHEMA_VERSIONS[-1]:
        command.upgrade(config, "head")
