"""The audit trail: what people and policies did, read from every table that keeps such acts, in order of time.

It only reads; the logs that it reads are append-only by their own triggers. What learners proposed is in the
skillbooks' logs and not here. Raises `StoreError`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select

from seasoned.core.canary import BY_POLICY
from seasoned.core.operation import Operation
from seasoned.core.value import Text, Value
from seasoned.store import schema
from seasoned.store.audit import act_of
from seasoned.store.database import Database

DECIDING = ("person", "policy")
"""Kinds of authors whose operations are on the trail."""


class Entry(Value):
    """One thing that somebody did."""

    at: datetime
    by: Text
    kind: str
    """`person` or `policy`."""
    act: Text
    """Such as `approve`, `label` or `erase`."""
    book: str = ""
    """The skillbook that it was done to, if it was one."""
    subject: Text
    """What it was done to: a skill, a label, a trace, a file."""
    reason: Text = ""
    detail: dict[str, JsonValue]
    """The rest, by the kind of act."""


class Trail:
    """The acts of people and policies in one database."""

    def __init__(self, database: Database) -> None:
        """Look at the acts of this database."""
        self._database = database

    def all(self, *, since: datetime | None = None, book: str | None = None) -> tuple[Entry, ...]:
        """Every act, oldest first.

        Args:
            since: Only acts at this time or later.
            book: Only acts on this skillbook.
        """
        # The record is compared as text, so the time is written as it writes its own.
        earliest = None if since is None else since.astimezone(UTC).isoformat()
        with self._database.reading() as connection:
            found = [
                *_events(connection, earliest, book),
                *_label_moves(connection, earliest, book),
                *_canary_moves(connection, earliest, book),
                *_tags(connection, earliest, book),
                *_merges(connection, earliest, book),
                *_acts(connection, earliest, book),
                *(_erasures(connection, earliest) if book is None else ()),
            ]
        return tuple(sorted(found, key=lambda entry: entry.at))


def _rows(table: Table, earliest: str | None, book: str | None, *order: ColumnElement[int]) -> Select[tuple[object]]:
    query: Select[tuple[object]] = select(table).order_by(*order)
    if earliest is not None:
        query = query.where(table.c.at >= earliest)
    return query if book is None else query.where(table.c.book == book)


def _events(connection: Connection, earliest: str | None, book: str | None) -> Iterator[Entry]:
    event = schema.event
    # The database leaves out most of what learners did; what it lets through is looked at below.
    of_deciding = or_(*(event.c.operation.contains(f'"{kind}"') for kind in DECIDING))
    query = _rows(event, earliest, book, event.c.revision).where(of_deciding)
    for row in connection.execute(query).mappings():
        operation = Operation.model_validate_json(row["operation"])
        if operation.author.kind in DECIDING:
            yield Entry(
                at=row["at"],
                by=operation.author.name,
                kind=operation.author.kind,
                act=operation.kind.lower(),
                book=row["book"],
                subject=operation.skill_id or row["book"],
                reason=operation.reason,
                detail={"revision": row["revision"], **_told(operation)},
            )


def _told(operation: Operation) -> dict[str, JsonValue]:
    """What the operation says beside its author, skill and reason; evidence stays with the skill."""
    left_out = {"kind", "skill_id", "author", "reason", "evidence"}
    return operation.model_dump(mode="json", exclude=left_out, exclude_defaults=True)


def _label_moves(connection: Connection, earliest: str | None, book: str | None) -> Iterator[Entry]:
    table = schema.label_move
    for row in connection.execute(_rows(table, earliest, book, table.c.seq)).mappings():
        yield Entry(
            at=row["at"],
            by=row["by"],
            kind="person",
            act="unlabel" if row["prompt_id"] is None else "label",
            book=row["book"],
            subject=row["label"],
            reason=row["reason"],
            detail={"prompt_id": row["prompt_id"]},
        )


def _canary_moves(connection: Connection, earliest: str | None, book: str | None) -> Iterator[Entry]:
    table = schema.canary_move
    for row in connection.execute(_rows(table, earliest, book, table.c.seq)).mappings():
        ends = row["prompt_id"] is None
        yield Entry(
            at=row["at"],
            by=row["by"],
            kind="policy" if row["by"] == BY_POLICY else "person",
            act="end canary" if ends else "canary",
            book=row["book"],
            subject=row["label"],
            reason=row["reason"],
            detail={} if ends else {"prompt_id": row["prompt_id"], "share": row["share"]},
        )


def _tags(connection: Connection, earliest: str | None, book: str | None) -> Iterator[Entry]:
    table = schema.tag
    for row in connection.execute(_rows(table, earliest, book, table.c.revision)).mappings():
        yield Entry(
            at=row["at"],
            by=row["by"],
            kind="person",
            act="tag",
            book=row["book"],
            subject=row["name"],
            reason=row["reason"],
            detail={"revision": row["revision"]},
        )


def _merges(connection: Connection, earliest: str | None, book: str | None) -> Iterator[Entry]:
    table = schema.book_merge
    for row in connection.execute(_rows(table, earliest, book, table.c.seq)).mappings():
        yield Entry(
            at=row["at"],
            by=row["by"],
            kind="person",
            act="merge book",
            book=row["book"],
            subject=row["source"],
            detail={"revision": row["revision"], "source_revision": row["source_revision"]},
        )


def _erasures(connection: Connection, earliest: str | None) -> Iterator[Entry]:
    table = schema.erasure
    for row in connection.execute(_rows(table, earliest, None, table.c.seq)).mappings():
        yield Entry(
            at=row["at"],
            by=row["by"],
            kind="person",
            act="erase",
            subject=row["trace_id"],
            reason=row["why"],
            detail={},
        )


def _acts(connection: Connection, earliest: str | None, book: str | None) -> Iterator[Entry]:
    table = schema.audit
    for row in connection.execute(_rows(table, earliest, None, table.c.seq)).mappings():
        act = act_of(row)
        detail = dict(act.detail)
        named = detail.get("book")
        of_book = named if isinstance(named, str) else ""
        if book is not None and book not in (of_book, act.subject):
            continue
        reason, kind = detail.pop("reason", ""), detail.pop("author", "")
        yield Entry(
            at=act.at,
            by=act.by,
            kind="policy" if kind == "policy" else "person",
            act=act.act,
            book=of_book,
            subject=act.subject,
            reason=reason if isinstance(reason, str) else "",
            detail=detail,
        )
