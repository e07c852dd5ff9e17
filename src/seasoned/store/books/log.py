"""The log of a skillbook as its tables hold it: which rows are part of it, and what each of them says.

A branch has its parent's events up to the revision that it began from. Raises `StoreError` for a row that cannot be
read, and for a branch whose parent is not there, does not have that revision, or is itself a branch of it.
"""

from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, or_, select

from seasoned.core.operation import Event, Operation
from seasoned.core.policy import ReviewPolicy
from seasoned.errors import StoreError
from seasoned.store import schema

_BOOK = schema.book.c


def events_of(
    connection: Connection, name: str, up_to: int | None = None, *, skill_id: str | None = None
) -> list[Event]:
    """The events of a book, oldest first, its ancestors' included.

    Args:
        connection: Of a transaction.
        name: The skillbook.
        up_to: Up to and including this revision; None: all.
        skill_id: Only events that change this skill; rollbacks of the whole book are among them.
    """
    table = schema.event.c
    found: list[Event] = []
    for book, last in reversed(lineage(connection, name, up_to)):
        query = select(table.book, table.revision, table.at, table.operation).where(table.book == book)
        if last is not None:
            query = query.where(table.revision <= last)
        if skill_id is not None:
            is_whole_rollback = (table.skill_id == "") & table.operation.contains('"kind":"ROLLBACK"')
            query = query.where(or_(table.skill_id == skill_id, table.merged_id == skill_id, is_whole_rollback))
        found += map(_event, connection.execute(query.order_by(table.revision)).mappings())
    return found


def lineage(connection: Connection, name: str, up_to: int | None = None) -> list[tuple[str, int | None]]:
    """The book and its ancestors, each with the last revision of it that counts; None: all of them."""
    query = select(_BOOK.name, _BOOK.revision, _BOOK.parent, _BOOK.parent_revision)
    books = {row["name"]: row for row in connection.execute(query).mappings()}
    found = [(name, up_to)]
    row = books.get(name)
    while row is not None and row["parent"] is not None:
        parent, last = row["parent"], row["parent_revision"]
        if parent not in books:
            raise StoreError(f"the skillbook {parent!r}, which {row['name']!r} is a branch of, is not there")
        if last is None or last > books[parent]["revision"]:
            raise StoreError(f"{row['name']!r} branches off at revision {last}, which {parent!r} does not have")
        if parent in [each for each, _ in found]:
            raise StoreError(f"{parent!r} would be a branch of itself")
        up_to = last if up_to is None else min(last, up_to)
        found.append((parent, up_to))
        row = books[parent]
    return found


def policy_of(body: str | None) -> ReviewPolicy:
    """The rules of review as the row of a book holds them; what it cannot hold raises pydantic's error."""
    return ReviewPolicy() if body is None else ReviewPolicy.model_validate_json(body)


def policy_row(policy: ReviewPolicy) -> str | None:
    """What `policy_of` reads back."""
    return None if policy == ReviewPolicy() else policy.model_dump_json(exclude_defaults=True)


def _event(row: RowMapping) -> Event:
    try:
        operation = Operation.model_validate_json(row["operation"])
        return Event(revision=row["revision"], at=datetime.fromisoformat(row["at"]), operation=operation)
    except (ValidationError, ValueError) as cause:
        why = str(cause).splitlines()[0]
        raise StoreError(f"event {row['revision']} of {row['book']!r} cannot be read", why=why) from cause
