"""Anchors: tasks on which a prompt of a skillbook must not do worse than the one before it.

Who set and who removed one stands on the audit trail. Raises `UsageError` for one that is not there, and `StoreError`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.store import audit, schema
from seasoned.store.database import Database, insert_new

_TABLE = schema.anchor.c


class Anchor(Value):
    """A task that must not regress."""

    book: str
    task_key: Text
    at: datetime
    by: Text
    reason: Text


class Anchors:
    """The anchors of one database; each belongs to a skillbook."""

    def __init__(self, database: Database) -> None:
        """Look at the anchors of this database."""
        self._database = database

    def add(self, book: str, task_keys: Iterable[str], *, by: str, reason: str) -> tuple[Anchor, ...]:
        """Make tasks anchors; one that is an anchor stays as it was set. Returns those that are new."""
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            known = _keys(connection, book)
            new = [
                Anchor(book=book, task_key=key, at=now, by=by, reason=reason)
                for key in dict.fromkeys(task_keys)
                if key not in known
            ]
            for each in new:
                row = {**each.model_dump(), "at": each.at.isoformat()}
                connection.execute(insert_new(connection, schema.anchor), row)
                audit.record(connection, by, "anchor", each.task_key, {"book": book, "reason": reason})
        return tuple(new)

    def remove(self, book: str, task_keys: Iterable[str], *, by: str, reason: str) -> None:
        """Let tasks be anchors no more, all or none.

        Raises:
            UsageError: One is no anchor.
        """
        keys = tuple(dict.fromkeys(task_keys))
        with self._database.writing() as connection:
            known = _keys(connection, book)
            if unknown := [key for key in keys if key not in known]:
                raise UsageError(
                    f"{unknown[0]!r} is no anchor of {book!r}", hint="`seasoned eval anchors list` shows those it has"
                )
            for key in keys:
                connection.execute(delete(schema.anchor).where(_TABLE.book == book, _TABLE.task_key == key))
                audit.record(connection, by, "remove anchor", key, {"book": book, "reason": reason})

    def of(self, book: str) -> tuple[Anchor, ...]:
        """The anchors of a skillbook, by task."""
        query = select(schema.anchor).where(_TABLE.book == book).order_by(_TABLE.task_key)
        with self._database.reading() as connection:
            return tuple(Anchor.model_validate(dict(row)) for row in connection.execute(query).mappings())


def _keys(connection: Connection, book: str) -> set[str]:
    return set(connection.execute(select(_TABLE.task_key).where(_TABLE.book == book)).scalars())
