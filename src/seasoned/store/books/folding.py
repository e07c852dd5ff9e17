"""Whether the log of each skillbook folds to what is kept of it, and the projection written anew from the log.

Looks at rows as they are, whatever state they are in: a log that does not fold is an answer here, not an error. Raises
what reading the database raises.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, delete, select, update

from seasoned.core.operation import Event, Operation
from seasoned.core.policy import ReviewPolicy
from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.value import Value
from seasoned.errors import OperationError, StoreError
from seasoned.store import schema
from seasoned.store.books.applying import write_skills


class Refolded(Value):
    """What the log of one skillbook came to."""

    name: str
    fault: str = ""
    """Why the log does not fold; empty where it does."""
    book: Skillbook | None = None
    """What it folds to."""
    difference: str = ""
    """Where the projection first differs from that; empty where both are the same to the byte."""

    @property
    def problem(self) -> str:
        """What is wrong, in one sentence; empty where nothing is."""
        return self.fault or self.difference


def refolded(connection: Connection) -> Iterator[Refolded]:
    """Fold the log of each skillbook, by name, and compare."""
    books = {row["name"]: row for row in connection.execute(select(schema.book)).mappings()}
    for name in sorted(books):
        yield _refolded(connection, books, name)


def write_projection(connection: Connection, book: Skillbook) -> None:
    """Write what a log folds to in the place of what is kept of it."""
    row = {"revision": book.revision, "policy": book.policy.model_dump_json(exclude_defaults=True)}
    connection.execute(update(schema.book).where(schema.book.c.name == book.name).values(row))
    connection.execute(delete(schema.skill).where(schema.skill.c.book == book.name))
    write_skills(connection, book.name, book.skills.values())


def _refolded(connection: Connection, books: Mapping[str, RowMapping], name: str) -> Refolded:
    try:
        book = fold(name, _events(connection, books, name))
    except (OperationError, StoreError) as error:
        return Refolded(name=name, fault=str(error))
    return Refolded(name=name, book=book, difference=_difference(connection, books[name], book))


def _events(connection: Connection, books: Mapping[str, RowMapping], name: str) -> Iterator[Event]:
    table = schema.event.c
    for book, last in reversed(_lineage(books, name)):
        query = select(table.revision, table.at, table.operation).where(table.book == book).order_by(table.revision)
        for revision, at, body in connection.execute(query if last is None else query.where(table.revision <= last)):
            try:
                operation = Operation.model_validate_json(body)
                yield Event(revision=revision, at=datetime.fromisoformat(at), operation=operation)
            except (ValidationError, ValueError) as cause:
                why = str(cause).splitlines()[0]
                raise StoreError(f"event {revision} of {book!r} cannot be read", why=why) from cause


def _lineage(books: Mapping[str, RowMapping], name: str) -> list[tuple[str, int | None]]:
    """The book and its ancestors, each with the last revision of it that counts; None: all of them."""
    found: list[tuple[str, int | None]] = [(name, None)]
    last: int | None = None
    row = books[name]
    while row["parent"] is not None:
        parent, at = row["parent"], row["parent_revision"]
        if parent not in books:
            raise StoreError(f"the skillbook {parent!r}, which {row['name']!r} is a branch of, is not there")
        if at is None or at > books[parent]["revision"]:
            raise StoreError(f"{row['name']!r} branches off at revision {at}, which {parent!r} does not have")
        if parent in [each for each, _ in found]:
            raise StoreError(f"{parent!r} would be a branch of itself")
        last = at if last is None else min(last, at)
        found.append((parent, last))
        row = books[parent]
    return found


def _difference(connection: Connection, row: RowMapping, book: Skillbook) -> str:
    if row["revision"] != book.revision:
        return f"it says that it is at revision {row['revision']}, and its log ends at {book.revision}"
    try:
        policy = ReviewPolicy() if row["policy"] is None else ReviewPolicy.model_validate_json(row["policy"])
    except ValidationError:
        policy = None
    if policy != book.policy:
        return "its rules of review are not those of its log"
    table = schema.skill.c
    query = select(table.id, table.born, table.status, table.body).where(table.book == book.name)
    kept = {skill_id: tuple(rest) for skill_id, *rest in connection.execute(query)}
    for skill in book.skills.values():
        want = (skill.born.revision, skill.status, skill.model_dump_json(exclude_defaults=True))
        if skill.id not in kept:
            return f"{skill.id} is in its log and not in the projection"
        if kept.pop(skill.id) != want:
            return f"{skill.id} is not as the log has it"
    return f"{min(kept)} is in the projection and not in its log" if kept else ""
