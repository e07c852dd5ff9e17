"""A store in a SQLite file, or in memory: driver, pragmas, transactions.

SQLite runs on `pysqlite3`, whose bundled library is free of the WAL-reset bug that many system builds carry. Knows
nothing of what is stored. Raises what SQLAlchemy raises; `refusal` words it.
"""

import threading
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from seasoned.errors import StoreError

BEGIN_MODES = ("DEFERRED", "IMMEDIATE")
"""Whether a transaction takes the write lock when it first writes, or from its start."""
BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another one."""


class Sqlite:
    """One SQLite database."""

    def __init__(self, url: URL) -> None:
        """Connect to nothing yet; the file's folder is made."""
        if not is_in_memory(url):
            Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
        # A database in memory has one connection, which its threads use in turns.
        self._turn: AbstractContextManager[object] = threading.RLock() if is_in_memory(url) else nullcontext()
        self._engine = _engine(url)
        # An engine with an option is another engine: one for each way to begin, not one for each transaction.
        self._beginning = {mode: self._engine.execution_options(sqlite_begin=mode) for mode in BEGIN_MODES}

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one consistent state."""
        return self._transaction("DEFERRED")

    def writing(self, alone: str | None) -> AbstractContextManager[Connection]:  # noqa: ARG002 - one lock for all
        """A transaction that holds the file's write lock from its start; there is no lock on less than the file."""
        return self._transaction("IMMEDIATE")

    def rewrite(self, tables: Sequence[str]) -> bool:  # noqa: ARG002 - they are all in one file
        """Write the file anew without what was deleted, and empty the write-ahead log; False where that was barred."""
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

    def refusal(self, cause: SQLAlchemyError, where: str) -> StoreError:
        """What to say of an error of the database."""
        why = str(getattr(cause, "orig", cause))
        return StoreError("could not read or write the store", where=where, why=why)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, mode: str) -> Generator[Connection]:
        with self._turn, self._beginning[mode].begin() as connection:
            yield connection


def insert(table: Table) -> Any:
    """An INSERT that can say what happens to a row whose key is there already."""
    return sqlite.insert(table)


def is_in_memory(url: URL) -> bool:
    """Whether the database is gone when it is closed."""
    return url.database in (None, "", ":memory:")


def _engine(url: URL) -> Engine:
    import pysqlite3

    shared: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, module=pysqlite3, **(shared if is_in_memory(url) else {}))

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
