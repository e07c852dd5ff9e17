"""A store on a PostgreSQL server: driver, locks, limits, and what to say when the server refuses.

Every writer takes an advisory lock first, so that code which reads and then writes is as safe as on SQLite: the store's
lock, or that of one name with the store's lock shared. The locks end with the transaction, whatever ends it. Knows
nothing of what is stored. Raises what SQLAlchemy raises, `StoreError` where the driver is not installed; `refusal`
words the rest.
"""

import hashlib
import re
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, Executable, Table, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from seasoned.errors import StoreError

if TYPE_CHECKING:
    import psycopg

INSTALL = 'pip install "seasoned[postgres]"'
LOCK_TIMEOUT_MS = 30_000
"""How long a writer waits for another one."""
STATEMENT_TIMEOUT_MS = 120_000
"""How long one statement may take."""
IDLE_TIMEOUT_MS = 120_000
"""After so long without a word from us within a transaction the server takes its locks back: our machine is gone."""
REWRITE_LOCK_TIMEOUT_MS = 2_000
"""How long rewriting a table waits for those who use it; everybody else waits behind it."""
REWRITE_LOCKS = 2
"""How often tables that somebody uses may hold a rewriting up."""
REWRITE_PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Pauses before tables are rewritten again that somebody was in the way of: the server's own autovacuum, for one, sees
what was deleted for as long as it looks at a table."""
BEGIN_ATTEMPTS = 3
"""How often a transaction is begun in which nothing has been done yet."""

SECRET_OPTIONS = ("password", "sslpassword")
"""Options of a URL that are secret."""

_CONNECTION: dict[str, object] = {
    "connect_timeout": 10,
    "client_encoding": "utf8",
    # A network that is gone is noticed within a minute or so, also by one who waits for an answer.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # A pooler between us and the server may give each transaction another connection, so nothing is prepared.
    "prepare_threshold": None,
}
"""How to connect, where the URL does not say otherwise; times in seconds."""
# What was acknowledged is on disk, also where a role or a database is set to be faster than that.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"

_LOST = "the connection to the store's server was lost or could not be made"
_CHECK = "see that the server runs and that host, database, user and password in the URL are right, then try again"
_TRY_AGAIN = "try again: nothing of this was stored"
_REFUSALS: dict[str, tuple[str, str]] = {
    "25006": ("the store's server takes no changes", "it may be a replica: name the primary in the URL"),
    "25P03": ("the store's server ended a transaction that stood still", _TRY_AGAIN),
    "40001": ("two writers were in each other's way, and this one gave way", _TRY_AGAIN),
    "40P01": ("two writers were in each other's way, and this one gave way", _TRY_AGAIN),
    "42501": ("the store's server does not permit this", "its user must be the owner of the store's tables"),
    "53300": ("the store's server takes no more connections", "raise its max_connections, or run fewer processes"),
    "55P03": ("another writer kept the store locked", f"wait for it, then {_TRY_AGAIN}"),
    "57014": ("the store's server took too long", f"see what else it is at, then {_TRY_AGAIN}"),
    "57P01": (_LOST, _CHECK),
    "57P02": (_LOST, _CHECK),
    "57P03": (_LOST, _CHECK),
}
"""What to say by SQLSTATE, and what to do next."""
_MAY_BEGIN_AGAIN = frozenset({"40001", "40P01", "57P01", "57P02"})
_NUMBER = re.compile(r"[0-9]+")


class Postgres:
    """One database on a PostgreSQL server."""

    def __init__(self, url: URL) -> None:
        """Connect to nothing yet.

        Raises:
            StoreError: The driver is not installed.
        """
        self._secrets = _secrets(url)
        self._engine = _engine(url)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # What others committed before the lock was given must be seen, hence no snapshot from the beginning.
        self._writing = self._engine.execution_options(isolation_level="READ COMMITTED")

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one consistent state."""
        return self._reading.begin()

    @contextmanager
    def writing(self, alone: str | None) -> Generator[Connection]:
        """A transaction that holds the store's lock, or with a name that name's lock, from its start."""
        with self._begun(alone) as connection:
            yield connection
            connection.commit()

    def rewrite(self, tables: Sequence[str]) -> bool:
        """Write tables anew without what was deleted; False where another session, or a lack of rights, barred that."""
        try:
            pooled = self._engine.raw_connection()
        except SQLAlchemyError:
            # What was deleted stays deleted, and that bytes are left is all there is to say.
            return False
        driver: Any = pooled.driver_connection
        # Closed at the end rather than given back: it is in another mode.
        pooled.detach()
        with closing(driver):
            driver.autocommit = True
            _limit(driver, lock_timeout=REWRITE_LOCK_TIMEOUT_MS, statement_timeout=0)
            rewriting = _Rewriting(driver)
            left = list(tables)
            for pause_s in (0.0, *REWRITE_PAUSES_S):
                time.sleep(pause_s)
                left = [name for name in left if not rewriting.is_clean(name)]
                if not left or rewriting.is_hopeless:
                    break
        return not left

    def refusal(self, cause: SQLAlchemyError, where: str) -> StoreError:
        """What to say of an error of the database; never with a password."""
        driver = getattr(cause, "orig", None)
        state = getattr(driver, "sqlstate", None)
        is_lost = isinstance(cause, DBAPIError) and (
            cause.connection_invalidated or isinstance(cause, OperationalError)
        )
        unknown = (_LOST, _CHECK) if is_lost and state is None else ("could not read or write the store", None)
        what, hint = _REFUSALS.get(state or "", unknown)
        why = " ".join(str(driver or cause).split())
        for secret in self._secrets:
            why = why.replace(secret, "***")
        return StoreError(what, where=where, why=why, hint=hint)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def _begun(self, alone: str | None) -> Connection:
        """A connection whose transaction has begun and holds its locks; nothing is lost by beginning it again."""
        attempt = 1
        while True:
            connection = self._writing.connect()
            try:
                connection.execute(lock(alone))
            except DBAPIError as cause:
                connection.close()
                if attempt == BEGIN_ATTEMPTS or not _may_begin_again(cause):
                    raise
            except BaseException:
                connection.close()
                raise
            else:
                return connection
            attempt += 1


class _Rewriting:
    """Tables written anew over one connection."""

    def __init__(self, driver: Any) -> None:
        """Listen to what the server says of each table."""
        self.is_hopeless = False
        """Trying again would change nothing, or keep everybody else waiting: see `is_clean`."""
        self._driver = driver
        self._n_locked = 0
        self._dead: list[int] = []
        driver.add_notice_handler(self._note)

    def is_clean(self, table: str) -> bool:
        """Write one table anew, and say whether nothing that was deleted is left in it.

        It is hopeless where the connection is gone, the user is not the table's owner, or tables stay locked.
        """
        import psycopg
        from psycopg.sql import SQL, Identifier

        if self.is_hopeless:
            return False
        self._dead.clear()
        try:
            self._driver.execute(SQL("VACUUM (FULL, VERBOSE) {}").format(Identifier(table)))
        except psycopg.errors.LockNotAvailable:
            self._n_locked += 1
            self.is_hopeless = self._n_locked >= REWRITE_LOCKS
            return False
        except psycopg.Error:
            self.is_hopeless = True
            return False
        # A user who does not own the table is told so in a warning, without a report.
        self.is_hopeless = not self._dead
        return self._dead == [0]

    def _note(self, said: "psycopg.errors.Diagnostic") -> None:
        # One report a table, whose detail begins with how many dead rows an older snapshot of somebody still needs.
        if said.severity_nonlocalized == "INFO" and (number := _NUMBER.search(said.message_detail or "")):
            self._dead.append(int(number.group()))


def _may_begin_again(cause: DBAPIError) -> bool:
    return cause.connection_invalidated or getattr(cause.orig, "sqlstate", None) in _MAY_BEGIN_AGAIN


def insert(table: Table) -> Any:
    """An INSERT that can say what happens to a row whose key is there already."""
    # Imported here: a store in a file does without.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def lock(alone: str | None) -> Executable:
    """What takes the locks of a writer."""
    if alone is None:
        return select(func.pg_advisory_xact_lock(_key("store")))
    shared = func.pg_advisory_xact_lock_shared(_key("store"))
    return select(shared, func.pg_advisory_xact_lock(_key(f"name {alone}")))


def _key(name: str) -> int:
    """The number of a lock; locks belong to one database, so that other stores of the server have others."""
    return int.from_bytes(hashlib.sha256(f"seasoned {name}".encode()).digest()[:8], signed=True)


def _limit(connection: "psycopg.Connection[Any]", **milliseconds: int) -> None:
    for name, limit_ms in milliseconds.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, str(limit_ms)))


def _secrets(url: URL) -> tuple[str, ...]:
    """What a message must not hold."""
    asked = (url.query.get(name) for name in SECRET_OPTIONS)
    return tuple(secret for secret in (url.password, *asked) if isinstance(secret, str) and secret)


def _engine(url: URL) -> Engine:
    settings = {name: value for name, value in _CONNECTION.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=settings)
    except ImportError as cause:
        raise StoreError(
            "the driver for PostgreSQL is not installed", where=shown(url), why=str(cause), hint=INSTALL
        ) from cause

    @event.listens_for(engine, "connect")
    def _configure(connection: "psycopg.Connection[Any]", _: object) -> None:
        if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
            hint = "make the database anew: createdb --encoding UTF8 --template template0 NAME"
            raise StoreError(f"the store's database keeps text as {encoding}", where=shown(url), hint=hint)
        _replace_nul(connection)
        _limit(
            connection,
            lock_timeout=LOCK_TIMEOUT_MS,
            statement_timeout=STATEMENT_TIMEOUT_MS,
            idle_in_transaction_session_timeout=IDLE_TIMEOUT_MS,
        )
        connection.execute(_DURABLE)
        connection.commit()

    return engine


def _replace_nul(connection: "psycopg.Connection[Any]") -> None:
    """Let the driver write NUL, which PostgreSQL has no text with, as `core.text.storable` does."""
    from psycopg.types.string import StrDumperUnknown

    class _Storable(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, _Storable)


def shown(url: URL) -> str:
    """The URL without any password, also where it stands among the options."""
    hidden = {name: "***" for name in SECRET_OPTIONS if name in url.query}
    plain = url.set(drivername=url.get_backend_name()).update_query_dict(hidden)
    return plain.render_as_string(hide_password=True)
