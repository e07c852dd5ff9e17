"""Acts that are in no skillbook's log: imports, exports, backups, moves, assignments. Append-only by trigger.

Raises `StoreError`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, insert, select

from seasoned.core.value import Text, Value
from seasoned.store import schema
from seasoned.store.database import Database


class Act(Value):
    """One thing that somebody did."""

    at: datetime
    by: Text
    act: Text
    """Such as `import` or `backup`."""
    subject: Text
    """What it was done to: a skillbook, a file, a skill."""
    detail: dict[str, JsonValue]


class Audit:
    """The acts on record in one database."""

    def __init__(self, database: Database) -> None:
        """Look at the record of this database."""
        self._database = database

    def record(self, by: str, act: str, subject: str, detail: Mapping[str, JsonValue] | None = None) -> None:
        """Put an act on record, in a transaction of its own."""
        with self._database.writing() as connection:
            record(connection, by, act, subject, detail)

    def all(self) -> tuple[Act, ...]:
        """Every act, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(schema.audit).order_by(schema.audit.c.seq)).mappings().all()
        return tuple(map(act_of, rows))


def record(
    connection: Connection, by: str, act: str, subject: str, detail: Mapping[str, JsonValue] | None = None
) -> None:
    """Put an act on record in a transaction that holds the act itself too."""
    row = {
        "at": datetime.now(UTC).isoformat(),
        "by": by,
        "act": act,
        "subject": subject,
        "detail": json.dumps(dict(detail or {})),
    }
    connection.execute(insert(schema.audit), row)


def act_of(row: RowMapping) -> Act:
    """The act that a row of the table holds."""
    return Act(
        at=datetime.fromisoformat(row["at"]),
        by=row["by"],
        act=row["act"],
        subject=row["subject"],
        detail=json.loads(row["detail"]),
    )
