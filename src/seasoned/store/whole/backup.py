"""Backup, restore, move and upgrade of a whole store: each is done and proven, or nothing has changed.

A backup is a store in one SQLite file, whichever database the store is in. Raises `StoreError`, and `UsageError` where
a file is in the way or not there.
"""

import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from seasoned.errors import StoreError
from seasoned.store import audit, schema
from seasoned.store.database import SCHEMA_VERSIONS, Database, file_of, server_of, version_in, version_on_server
from seasoned.store.whole.copying import Copied, CopyProgress, NewAct, Tell, copy, digest, in_silence, proven
from seasoned.store.whole.digests import TableDigest
from seasoned.store.whole.files import new_file, snapshot, untouched


def backup(source: Database, file: Path, *, by: str, is_forced: bool = False, tell: Tell = in_silence) -> Copied:
    """Write the store into a file, and put that on the store's record.

    Args:
        source: What to back up; others may go on writing to it.
        file: Where to.
        by: Who does it.
        is_forced: Take the place of a file that is there.
        tell: Is told how far it has come.

    Raises:
        UsageError: The file is there already.
        StoreError: It could not be written, or is not what was read.
    """
    act = NewAct(by=by, act="backup", subject=str(source))
    copied = _write_file(source, file, act, is_forced=is_forced, tell=tell)
    audit.Audit(source).record(by, "backup", str(file), {"n_rows": copied.n_rows, "n_books": copied.n_books})
    return copied


def restore(file: Path, to: str, *, by: str, tell: Tell = in_silence) -> Copied:
    """Bring a backup back, into a store that is not there or holds nothing; the file stays as it is.

    Raises:
        UsageError: There is no such file.
        StoreError: It is no store, or one of a newer release; or the target holds something.
    """
    act = NewAct(by=by, act="restore", subject=str(file))
    with tempfile.TemporaryDirectory(prefix="seasoned-") as folder:
        # The file may be of an earlier release: its copy is migrated, not the backup.
        part = Path(folder) / "store.db"
        with untouched(file) as connection:
            snapshot(connection, part, lambda n, total: tell(CopyProgress(doing="reading", n_done=n, n_total=total)))
            read = _digests(connection) if version_in(connection) == SCHEMA_VERSIONS[-1] else None
        with closing(Database(part)) as source:
            with source.reading() as again:
                if read is not None and _digests(again) != read:
                    raise StoreError("the file could not be read whole", where=str(file), hint="try again")
            return _write(source, to, act, tell)


def move(source: Database, to: str, *, by: str, tell: Tell = in_silence) -> Copied:
    """Copy the store into another database that is not there or holds nothing; the source stays as it is.

    Raises:
        StoreError: The target holds something, cannot be written, or is not what was read.
    """
    return _write(source, to, NewAct(by=by, act="move", subject=str(source)), tell)


def schema_version(where: str) -> str | None:
    """The schema version of a store, which is not opened for it and so not migrated; None where there is no store.

    Raises:
        StoreError: The database cannot be read.
    """
    if server_of(where) is not None:
        return version_on_server(where)
    file = file_of(where)
    if file is None or not file.exists():
        return None
    with untouched(file) as connection:
        return version_in(connection)


def shown(where: str) -> str:
    """Where a store is, without a password."""
    return server_of(where) or where


def keep(file: Path, at: Path) -> None:
    """Copy a store's file, of whatever version, before it is migrated; raises as `backup` does."""
    with untouched(file) as connection, new_file(at) as part:
        snapshot(connection, part)


def _write(source: Database, to: str, act: NewAct, tell: Tell) -> Copied:
    file = file_of(to)
    if file is not None and not file.exists():
        return _write_file(source, file, act, is_forced=False, tell=tell)
    with closing(Database(to)) as target:
        return copy(source, target, act, tell=tell)


def _write_file(source: Database, file: Path, act: NewAct, *, is_forced: bool, tell: Tell) -> Copied:
    with new_file(file, is_forced=is_forced) as part:
        read: tuple[TableDigest, ...] | None = None
        with source.reading() as connection:
            if connection.dialect.name == "sqlite":
                read = _digests(connection)
                snapshot(connection, part, lambda n, total: tell(CopyProgress(doing="pages", n_done=n, n_total=total)))
        with closing(Database(part)) as target:
            if read is None:
                return copy(source, target, act, tell=tell)
            with target.writing() as to:
                return proven(to, read, act, lambda _: None)


def _digests(connection: Connection) -> tuple[TableDigest, ...]:
    return tuple(digest(connection, table) for table in schema.metadata.sorted_tables)
