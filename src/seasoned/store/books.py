"""Skillbooks: events appended and their projection updated in one transaction.

The event log is the truth; the `skill` table is the fold of it, kept so that reading a book does not replay it.
Raises `StoreError`, `StoreConflict` when another writer was first, `OperationError` for what the state forbids.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, RowMapping, select, update

from seasoned.core.operation import Event, Operation
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook, changed, fold
from seasoned.core.value import Value
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.database import Database, insert_new


class Appended(Value):
    """What came of appending operations."""

    revision: int
    """The skillbook's revision afterwards."""
    events: tuple[Event, ...]
    """The operations that were new, as events."""
    n_known: int
    """Operations that an earlier, equal append had already applied."""


class Books:
    """The skillbooks of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the skillbooks of this database."""
        self._database = database

    def names(self) -> tuple[str, ...]:
        """The names of all skillbooks, sorted."""
        with self._database.reading() as connection:
            return tuple(connection.execute(select(schema.book.c.name).order_by(schema.book.c.name)).scalars())

    def read(self, name: str) -> Skillbook:
        """The skillbook as it stands; an empty one if nothing was ever appended to it."""
        skills = select(schema.skill.c.body).where(schema.skill.c.book == name).order_by(schema.skill.c.born)
        with self._database.reading() as connection:
            revision = _revision(connection, name)
            bodies = connection.execute(skills).scalars().all()
        found = [Skill.model_validate_json(body) for body in bodies]
        return Skillbook(name=name, revision=revision, skills={s.id: s for s in found})

    def at(self, name: str, revision: int) -> Skillbook:
        """The skillbook as it stood at a revision, folded from its events.

        Raises:
            UsageError: The book has no such revision.
        """
        events = tuple(self.events(name, up_to=revision))
        if len(events) != revision:
            raise UsageError(f"the skillbook {name!r} has no revision {revision}", why=f"its last is {len(events)}")
        return fold(name, events)

    def events(self, name: str, *, up_to: int | None = None) -> Iterator[Event]:
        """The events of a book, oldest first, up to and including a revision."""
        query = select(schema.event).where(schema.event.c.book == name).order_by(schema.event.c.revision)
        if up_to is not None:
            query = query.where(schema.event.c.revision <= up_to)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        yield from (_event(row) for row in rows)

    def append(
        self, name: str, operations: Sequence[Operation], *, scope: str, expected_revision: int | None = None
    ) -> Appended:
        """Apply operations in order, all or none.

        Args:
            name: The skillbook, which begins with its first event.
            operations: What to apply.
            scope: With the operation's content it makes the idempotency key: what was applied under the same scope
                before is skipped. A run passes its id, so that a resumed run applies nothing twice.
            expected_revision: The revision that the operations were made for; None applies them to any.

        Raises:
            StoreConflict: The book is at another revision than expected.
            OperationError: The state of a skill forbids an operation; nothing was applied.
        """
        with self._database.writing() as connection:
            connection.execute(insert_new(connection, schema.book), {"name": name, "revision": 0})
            revision = _revision(connection, name)
            if expected_revision is not None and revision != expected_revision:
                raise StoreConflict(
                    f"the skillbook {name!r} has moved on",
                    why=f"expected revision {expected_revision}, found {revision}",
                    hint="read it again and repeat the change",
                )
            events = _applied(connection, name, revision, operations, scope)
            revision += len(events)
            connection.execute(update(schema.book).where(schema.book.c.name == name).values(revision=revision))
        return Appended(revision=revision, events=tuple(events), n_known=len(operations) - len(events))


def _applied(
    connection: Connection, name: str, revision: int, operations: Sequence[Operation], scope: str
) -> list[Event]:
    events: list[Event] = []
    seen: set[str] = set()
    now = datetime.now(UTC)
    for operation in operations:
        key = operation.key(scope)
        if key in seen or _has_key(connection, name, key):
            continue
        seen.add(key)
        event = Event(revision=revision + len(events) + 1, at=now, operation=operation)
        skills = changed(partial(_skill, connection, name), operation, event.revision, now)
        row = {
            "book": name,
            "revision": event.revision,
            "key": key,
            "at": now.isoformat(),
            "operation": operation.model_dump_json(exclude_defaults=True),
        }
        connection.execute(schema.event.insert(), row)
        for skill in skills:
            _project(connection, name, skill)
        events.append(event)
    return events


def _project(connection: Connection, name: str, skill: Skill) -> None:
    table = schema.skill
    row = {"status": skill.status, "body": skill.model_dump_json(exclude_defaults=True)}
    done = connection.execute(update(table).where(table.c.book == name, table.c.id == skill.id).values(row))
    if done.rowcount == 0:
        connection.execute(table.insert(), {"book": name, "id": skill.id, "born": skill.born.revision, **row})


def _revision(connection: Connection, name: str) -> int:
    query = select(schema.book.c.revision).where(schema.book.c.name == name)
    return connection.execute(query).scalar_one_or_none() or 0


def _has_key(connection: Connection, name: str, key: str) -> bool:
    query = select(schema.event.c.revision).where(schema.event.c.book == name, schema.event.c.key == key)
    return connection.execute(query).first() is not None


def _skill(connection: Connection, name: str, skill_id: str) -> Skill | None:
    query = select(schema.skill.c.body).where(schema.skill.c.book == name, schema.skill.c.id == skill_id)
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else Skill.model_validate_json(body)


def _event(row: RowMapping) -> Event:
    return Event(
        revision=row["revision"],
        at=datetime.fromisoformat(row["at"]),
        operation=Operation.model_validate_json(row["operation"]),
    )
