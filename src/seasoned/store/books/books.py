"""Skillbooks: events appended and their projection updated in one transaction.

The event log is the truth; the `skill` table is the fold of it, kept so that reading a book does not replay it. A
branch is a book whose log begins with its parent's, up to the revision that it began from. Raises `StoreError`,
`StoreConflict` when another writer was first, `OperationError` for what the state forbids.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, insert, select, update

from seasoned.core.operation import Event, Operation
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook, book_name, fold
from seasoned.core.value import Value
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.books.applying import Applying, event_row, write_skills
from seasoned.store.books.log import events_of, lineage, policy_of, policy_row
from seasoned.store.database import Database, insert_new

T = TypeVar("T")
TRIES = 20
"""So often a change is decided on anew where other writers were first."""


class Appended(Value):
    """What came of appending operations."""

    revision: int
    """The skillbook's revision afterwards."""
    events: tuple[Event, ...]
    """The operations that were new, as events."""
    n_known: int
    """Operations that an earlier, equal append had already applied."""


class BookInfo(Value):
    """A skillbook, without its skills."""

    name: str
    revision: int
    parent: str | None = None
    """The book that it is a branch of."""
    parent_revision: int | None = None
    """The parent's revision that it began from."""


class MergeInfo(Value):
    """One merge of skillbooks."""

    book: str
    """The book that took the changes in."""
    revision: int
    """Its revision afterwards."""
    source: str
    source_revision: int
    """What the source did up to here is in the book."""
    at: datetime
    by: str


class Books:
    """The skillbooks of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the skillbooks of this database."""
        self._database = database

    def names(self) -> tuple[str, ...]:
        """The names of all skillbooks, sorted."""
        return tuple(info.name for info in self.infos())

    def infos(self) -> tuple[BookInfo, ...]:
        """All skillbooks and where they branch off, sorted by name."""
        table = schema.book.c
        query = select(table.name, table.revision, table.parent, table.parent_revision).order_by(table.name)
        with self._database.reading() as connection:
            return tuple(BookInfo(**row) for row in connection.execute(query).mappings())

    def read(self, name: str) -> Skillbook:
        """The skillbook as it stands; an empty one if nothing was ever appended to it."""
        with self._database.reading() as connection:
            return _read(connection, name)

    def at(self, name: str, revision: int) -> Skillbook:
        """The skillbook as it stood at a revision, folded from its events.

        Raises:
            UsageError: The book has no such revision.
        """
        with self._database.reading() as connection:
            return _at(connection, name, revision)

    def events(self, name: str, *, up_to: int | None = None, skill_id: str | None = None) -> Iterator[Event]:
        """The events of a book, oldest first, those of its parent before the branch began included.

        Args:
            name: The skillbook.
            up_to: Up to and including this revision.
            skill_id: Only events that change this skill: its own, those of skills that went into it or that it went
                into, and rollbacks of the whole book.
        """
        with self._database.reading() as connection:
            found = events_of(connection, name, up_to, skill_id=skill_id)
        yield from found

    def append(
        self,
        name: str,
        operations: Sequence[Operation],
        *,
        scope: str | None = None,
        expected_revision: int | None = None,
    ) -> Appended:
        """Apply operations in order, all or none.

        Args:
            name: The skillbook, which begins with its first event.
            operations: What to apply.
            scope: With the operation's content it makes the idempotency key: what was applied under the same scope
                before is skipped. A run passes its id, so that a resumed run applies nothing twice. None is a scope of
                its own: each act of a person counts, even one that repeats an earlier one.
            expected_revision: The revision that the operations were made for; None applies them to any.

        Raises:
            StoreConflict: The book is at another revision than expected.
            OperationError: The state of a skill forbids an operation; nothing was applied.
        """
        with self._database.writing(alone=f"book:{name}") as connection:
            batches = [(uuid.uuid4().hex if scope is None else scope, operations)]
            revision, events = _append(connection, name, batches, expected_revision)
        return Appended(revision=revision, events=events, n_known=len(operations) - len(events))

    def change(
        self, name: str, decide: Callable[[Skillbook], Sequence[Operation]], *, scope: str | None = None
    ) -> Appended:
        """Read a book, decide, and apply what was decided to just that revision; again where another writer was first.

        Args:
            name: The skillbook.
            decide: What to apply, given the book as it stands; called anew for each try, without effects of its own.
            scope: As `append` takes it.

        Raises:
            StoreConflict: Others were first `TRIES` times in a row.
            OperationError: As `append` raises it.
        """

        def once() -> Appended:
            book = self.read(name)
            return self.append(name, decide(book), scope=scope, expected_revision=book.revision)

        return retried(once)

    def restore_log(self, name: str, events: Sequence[Event]) -> Skillbook:
        """Begin a book with a log that was written elsewhere: revisions, times and authors stay as they are.

        Raises:
            UsageError: There is such a book already, or the name is none.
            OperationError: The events are no log that this release would have written; nothing is stored.
        """
        book = fold(name, events)
        # The scope that each was applied under is not known: its content, place and time stand for that.
        rows = [event_row(name, e, e.operation.key(f"{name} {e.revision} {e.at.isoformat()}")) for e in events]
        with self._database.writing(alone=f"book:{name}") as connection:
            taken = select(schema.book.c.name).where(schema.book.c.name == name)
            if connection.execute(taken).one_or_none() is not None:
                raise UsageError(f"the skillbook cannot be called {name!r}", why="the name is taken")
            row = {"name": book_name(name), "revision": book.revision, "policy": policy_row(book.policy)}
            connection.execute(insert(schema.book), row)
            if rows:
                connection.execute(insert(schema.event), rows)
            write_skills(connection, name, book.skills.values())
        return book

    def lineage(self, name: str) -> tuple[tuple[str, int], ...]:
        """The book and the books that it branches off from, each with the last revision of it that is in its log."""
        with self._database.reading() as connection:
            head = _read(connection, name).revision
            return tuple((book, head if last is None else last) for book, last in lineage(connection, name))

    def merges(self) -> tuple[MergeInfo, ...]:
        """All merges, oldest first."""
        table = schema.book_merge.c
        query = select(table.book, table.revision, table.source, table.source_revision, table.at, table.by)
        with self._database.reading() as connection:
            return tuple(MergeInfo(**row) for row in connection.execute(query.order_by(table.seq)).mappings())

    def merge(
        self, name: str, operations: Sequence[Operation], *, source: BookInfo, expected_revision: int, by: str
    ) -> Appended:
        """Apply what a merge brings in and put the merge on record, all or nothing.

        Args:
            name: The book that takes the changes in.
            operations: What to apply; equal ones count each time, as a verdict that was taken back and given again.
            source: The book that they are from, at the revision that they are up to.
            expected_revision: The revision that they were made for.
            by: Who merges.

        Raises:
            StoreConflict: The book is at another revision than expected.
            OperationError: The state of a skill forbids an operation; nothing was applied.
        """
        turns = Counter[str]()
        batches: list[tuple[str, list[Operation]]] = []
        for operation in operations:
            key = operation.key("")
            turn = turns[key]
            turns[key] += 1
            scope = f"merge-{source.name}-{source.revision}-{turn}"
            if not batches or batches[-1][0] != scope:
                batches.append((scope, []))
            batches[-1][1].append(operation)
        with self._database.writing(alone=f"book:{name}") as connection:
            revision, events = _append(connection, name, batches, expected_revision)
            row = {
                "book": name,
                "revision": revision,
                "source": source.name,
                "source_revision": source.revision,
                "at": datetime.now(UTC).isoformat(),
                "by": by,
            }
            connection.execute(insert(schema.book_merge), row)
        return Appended(revision=revision, events=events, n_known=len(operations) - len(events))

    def branch(self, name: str, new: str, *, at: int | None = None) -> BookInfo:
        """Begin a book that shares another one's history up to a revision, by default all of it.

        Raises:
            UsageError: The book or its revision is not there, or the new name is taken.
        """
        with self._database.writing(alone=f"book:{name}") as connection:
            names = set(connection.execute(select(schema.book.c.name)).scalars())
            if name not in names:
                raise unknown_book(name, sorted(names))
            if new in names:
                raise UsageError(f"the skillbook cannot be called {new!r}", why="the name is taken")
            book = _read(connection, name) if at is None else _at(connection, name, at)
            row = {
                "name": book_name(new),
                "revision": book.revision,
                "parent": name,
                "parent_revision": book.revision,
                "policy": policy_row(book.policy),
            }
            connection.execute(insert(schema.book), row)
            write_skills(connection, new, book.skills.values())
        return BookInfo(name=new, revision=book.revision, parent=name, parent_revision=book.revision)


def retried(attempt: Callable[[], T]) -> T:
    """What an attempt gives, made anew where another writer was first; raises `StoreConflict` after `TRIES` times."""
    for _ in range(TRIES - 1):
        with suppress(StoreConflict):
            return attempt()
    return attempt()


def unknown_book(name: str, names: Sequence[str]) -> UsageError:
    """The error for a skillbook that a store does not hold, with those that it does."""
    return UsageError(
        f"there is no skillbook {name!r} in this store",
        why=f"it holds {', '.join(names) or 'none'}",
        hint="`seasoned skills branches` lists them; --book names one",
    )


def _append(
    connection: Connection,
    name: str,
    batches: Sequence[tuple[str, Sequence[Operation]]],
    expected_revision: int | None,
) -> tuple[int, tuple[Event, ...]]:
    """Apply operations, each batch under a scope of its own; returns the book's revision afterwards and the events."""
    connection.execute(insert_new(connection, schema.book), {"name": book_name(name), "revision": 0})
    query = select(schema.book.c.revision, schema.book.c.policy).where(schema.book.c.name == name)
    revision, policy = connection.execute(query).one()
    if expected_revision is not None and revision != expected_revision:
        raise StoreConflict(
            f"the skillbook {name!r} has moved on",
            why=f"expected revision {expected_revision}, found {revision}",
            hint="read it again and repeat the change",
        )
    found: list[Event] = []
    for scope, operations in batches:
        applying = Applying(
            connection,
            Skillbook(name=name, revision=revision, policy=policy_of(policy)),
            everything=lambda: _read(connection, name).skills,
            history=lambda earlier: _at(connection, name, earlier).skills,
        )
        events = applying.apply(operations, scope, datetime.now(UTC))
        found += events
        revision += len(events)
        connection.execute(update(schema.book).where(schema.book.c.name == name).values(revision=revision))
        policy = connection.execute(query).one().policy
    return revision, tuple(found)


def _read(connection: Connection, name: str) -> Skillbook:
    info = select(schema.book.c.revision, schema.book.c.policy).where(schema.book.c.name == name)
    row = connection.execute(info).one_or_none()
    if row is None:
        return Skillbook(name=name)
    query = select(schema.skill.c.body).where(schema.skill.c.book == name).order_by(schema.skill.c.born)
    found = [Skill.model_validate_json(body) for body in connection.execute(query).scalars()]
    return Skillbook(name=name, revision=row.revision, skills={s.id: s for s in found}, policy=policy_of(row.policy))


def _at(connection: Connection, name: str, revision: int) -> Skillbook:
    events = events_of(connection, name, revision)
    if len(events) != revision:
        raise UsageError(f"the skillbook {name!r} has no revision {revision}", why=f"its last is {len(events)}")
    return fold(name, events)
