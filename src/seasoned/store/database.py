"""Opening a database, transactions, migrations: SQLite or PostgreSQL, which are told apart here and nowhere above.

Knows nothing of what is stored. Raises `StoreError`.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, Table, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from seasoned.errors import SeasonedError, StoreError, boundary
from seasoned.store import postgres, sqlite

SCHEMA_VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every schema version that this release knows, oldest first."""

T = TypeVar("T")
STATEMENT_ITEMS = 500
"""So many ids at once in one statement."""

_INSERTS = {"sqlite": sqlite.insert, "postgresql": postgres.insert}
_POSTGRES_NAMES = ("postgresql", "postgres", "postgresql+psycopg")
_MISTYPED = re.compile(r"(?:postgres(?:ql)?|sqlite)(?:\+\w+)?:(?!//)")
_MAYBE_SECRET = re.compile(r"(?<=://).*(?=@)|(?<=\?).*")


class Backend(Protocol):
    """What one kind of database does in its own way."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one consistent state."""
        ...

    def writing(self, alone: str | None) -> AbstractContextManager[Connection]:
        """A transaction that nobody else writes beside, or nobody else under the same name."""
        ...

    def rewrite(self, tables: Sequence[str]) -> bool:
        """Leave no byte of what was deleted from these tables; False where that was barred."""
        ...

    def refusal(self, cause: SQLAlchemyError, where: str) -> StoreError:
        """What to say of an error of the database."""
        ...

    def close(self) -> None:
        """Give all connections back."""
        ...


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
        with boundary(StoreError, "could not open the store", where=str(self)):
            self._backend = _backend(self.url)
            try:
                self._migrate()
            except BaseException:
                self.close()
                raise

    def __str__(self) -> str:
        """The URL without its password."""
        return postgres.shown(self.url)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection that sees one consistent state."""
        with self._refusals(), self._backend.reading() as connection:
            yield connection

    @contextmanager
    def writing(self, alone: str | None = None) -> Generator[Connection]:
        """A transaction that nobody writes beside: all of it is on disk at its end, or nothing.

        Args:
            alone: With a name, others may write at the same time under other names, where the database can do that
                (PostgreSQL); for changes that are safe beside all others but those under the same name.
        """
        with self._refusals(), self._backend.writing(alone) as connection:
            yield connection

    def rewrite(self, tables: Sequence[str]) -> bool:
        """Leave no byte of what was deleted from these tables in the database's own files.

        Returns:
            False where another process was in the way, so that deleted bytes may still be there.
        """
        with self._refusals():
            return self._backend.rewrite(tables)

    def close(self) -> None:
        """Give all connections back."""
        self._backend.close()

    def _refusals(self) -> AbstractContextManager[None]:
        return _refusals(self._backend, str(self))

    def _migrate(self) -> None:
        with self.reading() as connection:
            present = version_in(connection)
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


@contextmanager
def _refusals(backend: Backend, where: str) -> Generator[None]:
    try:
        yield
    except SeasonedError:
        raise
    except SQLAlchemyError as cause:
        raise backend.refusal(cause, where) from cause


def version_on_server(url: str | Path) -> str | None:
    """The schema version of a store on a server, which is not migrated for it; None where the database is empty.

    Raises:
        StoreError: The server cannot be reached, or the database holds something else.
    """
    parsed = _url(url)
    backend = _backend(parsed)
    try:
        with _refusals(backend, postgres.shown(parsed)), backend.reading() as connection:
            return version_in(connection)
    finally:
        backend.close()


def is_there(url: str | Path) -> bool:
    """Whether there is a store, without making one; of one in memory it is always said.

    Raises:
        StoreError: It is no URL of a supported database, or its server cannot be reached.
    """
    file = file_of(url)
    if file is not None or server_of(url) is None:
        return file is None or file.exists()
    return version_on_server(url) is not None


def server_of(url: str | Path) -> str | None:
    """The server's URL without its password; None for a file or a database in memory; raises as `file_of` does."""
    parsed = _url(url)
    return postgres.shown(parsed) if _is_postgres(parsed) else None


def file_of(url: str | Path) -> Path | None:
    """The file that a URL or a path names; None for a database in memory or on a server.

    Raises:
        StoreError: It is no URL of a supported database.
    """
    parsed = _url(url)
    return None if _is_postgres(parsed) or sqlite.is_in_memory(parsed) else Path(parsed.database or "")


def batched(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in lists short enough for one statement to name each of them."""
    rest = iter(items)
    while part := list(islice(rest, STATEMENT_ITEMS)):
        yield part


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that can say what happens to a row whose key is there already."""
    return _INSERTS[connection.dialect.name](table)


def insert_new(connection: Connection, table: Table) -> Any:
    """An INSERT that leaves a row alone whose key is there already."""
    return insert_into(connection, table).on_conflict_do_nothing()


def _url(url: str | Path) -> URL:
    hint = "write sqlite:///path/to/store.db, or postgresql://user@host/database"
    if not isinstance(url, Path) and (mistyped := _MISTYPED.match(url)):
        raise StoreError("this is no database URL", where=f"{mistyped[0]}***", why="it needs ://", hint=hint)
    if isinstance(url, Path) or "://" not in url:
        return URL.create("sqlite", database=str(url))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as cause:
        # What it says is not known, so all that could hold a password goes.
        kind = type(cause).__name__
        raise StoreError("this is no database URL", where=_MAYBE_SECRET.sub("***", url), why=kind, hint=hint) from None
    if "@" in (parsed.host or ""):
        # Whatever stands before it is not known to be the password, and would be shown.
        why = "it holds more than one @; in a password write %40 for it"
        raise StoreError("this is no database URL", where=_MAYBE_SECRET.sub("***", url), why=why, hint=hint)
    if parsed.drivername in _POSTGRES_NAMES:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        kind = parsed.drivername
        raise StoreError(f"the database {kind!r} is not supported", where=postgres.shown(parsed), hint=hint)
    return parsed


def _is_postgres(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"


def _backend(url: URL) -> Backend:
    return postgres.Postgres(url) if _is_postgres(url) else sqlite.Sqlite(url)


def version_in(connection: Connection) -> str | None:
    """The schema version of the store that is connected to; None where the database is empty.

    Raises:
        StoreError: It holds something else.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if tables:
        raise StoreError(
            "this database is not a Seasoned store",
            why=f"it holds other tables: {', '.join(tables[:3])}",
            hint="point --store at another database",
        )
    return None


def _upgrade(connection: Connection) -> None:
    # Imported here: only a new or an older store pays for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    if version_in(connection) != SCHEMA_VERSIONS[-1]:
        command.upgrade(config, "head")
