"""Files that are SQLite databases: made whole, read without a change to them, copied page by page.

Knows nothing of what a store holds. Raises `StoreError`, and `UsageError` where a file is in the way.
"""

import os
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from seasoned.errors import StoreError, UsageError, boundary
from seasoned.files import PRIVATE_MODE, made_whole

STEP_PAGES = 4096
"""So many pages are copied between two words about how far it has come."""
_BESIDE = ("-wal", "-shm", "-journal")
_PAGES = "-pages"
"""Ends the name of the copy of all pages, from which the file is written."""


@contextmanager
def new_file(path: Path, *, is_forced: bool = False) -> Generator[Path]:
    """A file to write a SQLite database into, closed at the end; it takes its place when the block ends well.

    Args:
        path: Its place.
        is_forced: Take the place of a file that is there.

    Raises:
        UsageError: A file is there, or it is a store that is in use.
        StoreError: The folder cannot be written to.
    """
    _refuse_present(path, is_forced=is_forced)
    with boundary(StoreError, "could not make the file", where=str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
    with boundary(StoreError, "could not make the file", where=str(path)), made_whole(path, mode=PRIVATE_MODE) as part:
        try:
            yield part
            _settle(part)
            _refuse_present(path, is_forced=is_forced)
        finally:
            _unlink_beside(part)


@contextmanager
def untouched(path: Path) -> Generator[Connection]:
    """A SQLite file, read in one consistent state and changed in nothing, whatever its schema.

    Raises:
        UsageError: There is no such file.
        StoreError: It is no database, or damaged.
    """
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), hint="name a file that `seasoned db backup` wrote")
    database = f"file:{quote(str(path.absolute()))}"
    url = URL.create("sqlite", database=database, query={"mode": "rw", "uri": "true"})
    engine = create_engine(url, module=import_module("pysqlite3"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.execute(text("SELECT count(*) FROM sqlite_master"))
            yield connection
    except SQLAlchemyError as cause:
        raise StoreError("could not read the file", where=str(path), why=str(getattr(cause, "orig", cause))) from cause
    finally:
        engine.dispose()


def snapshot(connection: Connection, part: Path, tell: Callable[[int, int], None] = lambda _, __: None) -> None:
    """Copy a SQLite database page by page, as the connection's transaction sees it, without what was deleted.

    Args:
        connection: In a transaction that has read something.
        part: An empty file, or none.
        tell: Is told pages done and pages in all.
    """
    source: Any = connection.connection.driver_connection
    pages = Path(f"{part}{_PAGES}")
    os.close(os.open(pages, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_opened(pages)) as target:

            def told(_: int, n_left: int, n_total: int) -> None:
                tell(n_total - n_left, n_total)

            source.backup(target, pages=STEP_PAGES, progress=told)
            # Pages may still hold words that were deleted on request. A plain VACUUM would do its work in memory.
            target.execute("VACUUM INTO ?", (str(part),))
    finally:
        pages.unlink(missing_ok=True)
        _unlink_beside(pages)


def _refuse_present(path: Path, *, is_forced: bool) -> None:
    if path.is_dir() or (path.exists() and not is_forced):
        raise UsageError("there is something here already", where=str(path), hint="name another file, or use --force")
    if Path(f"{path}-wal").exists():
        why = "it is a store that a process has open, or left in the middle of its work"
        raise UsageError("this file cannot be replaced", where=str(path), why=why, hint="name another file")


def _opened(part: Path) -> Any:
    # The package has no types.
    return import_module("pysqlite3").connect(str(part), isolation_level=None)


def _settle(part: Path) -> None:
    """Leave all of the database in its one file."""
    with closing(_opened(part)) as driver:
        # Without a log beside it, the file can be read also where nothing may be written.
        driver.execute("PRAGMA journal_mode=DELETE")


def _unlink_beside(file: Path) -> None:
    for ending in _BESIDE:
        Path(f"{file}{ending}").unlink(missing_ok=True)
