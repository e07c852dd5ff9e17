"""Skillbooks have branches, tags and rules of review; skills have ratings; prompts have labels; acts are on record."""

import json

import sqlalchemy as sa
from alembic import op

from seasoned.store.column_types import INTEGER, TEXT
from seasoned.store.migrations.append_only import keep_append_only, keep_quotes_erasable, let_events_change

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns and tables, and find each event's skill."""
    _books()
    _events()
    _reviews()
    _records()
    for table in ("book_merge", "tag", "label_move", "audit", "erasure"):
        keep_append_only(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", INTEGER, primary_key=True, autoincrement=True)


def _of_book() -> sa.Column[str]:
    return sa.Column("book", TEXT, sa.ForeignKey("book.name"), nullable=False)


def _books() -> None:
    op.add_column("book", _text("parent", nullable=True))
    op.add_column("book", sa.Column("parent_revision", INTEGER))
    op.add_column("book", _text("policy", nullable=True))
    op.create_table(
        "book_merge",
        _seq(),
        _of_book(),
        sa.Column("revision", INTEGER, nullable=False),
        sa.Column("source", TEXT, sa.ForeignKey("book.name"), nullable=False),
        sa.Column("source_revision", INTEGER, nullable=False),
        _text("at"),
        _text("by"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tag",
        sa.Column("book", TEXT, sa.ForeignKey("book.name"), primary_key=True),
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("revision", INTEGER, nullable=False),
        _text("at"),
        _text("by"),
        _text("reason"),
    )


def _events() -> None:
    op.add_column("event", sa.Column("skill_id", TEXT, nullable=False, server_default=""))
    op.add_column("event", _text("merged_id", nullable=True))
    let_events_change()
    connection = op.get_bind()
    write = sa.text(
        "UPDATE event SET skill_id = :skill, merged_id = :merged WHERE book = :book AND revision = :revision"
    )
    for book, number, body in connection.execute(sa.text("SELECT book, revision, operation FROM event")).all():
        operation = json.loads(body)
        found = {"skill": operation["skill_id"], "merged": operation.get("merged_id")}
        connection.execute(write, {"book": book, "revision": number, **found})
    keep_quotes_erasable("book", "revision", "key", "at", "skill_id", "merged_id")
    op.create_index("ix_event_skill", "event", ["book", "skill_id"])
    op.create_index("ix_event_merged", "event", ["book", "merged_id"])


def _reviews() -> None:
    op.create_table(
        "review_claim",
        sa.Column("book", TEXT, sa.ForeignKey("book.name"), primary_key=True),
        sa.Column("skill_id", TEXT, primary_key=True),
        _text("assignee", nullable=True),
        _text("holder", nullable=True),
        _text("held_until", nullable=True),
    )
    op.create_table(
        "rating",
        _seq(),
        _of_book(),
        _text("skill_id"),
        sa.Column("wording", INTEGER, nullable=False),
        _text("trace_id"),
        _text("source"),
        _text("by"),
        _text("verdict"),
        _text("at"),
        _text("body"),
        sa.UniqueConstraint("book", "skill_id", "trace_id", "source", "by", name="uq_rating"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_rating_trace", "rating", ["trace_id"])


def _records() -> None:
    op.create_table(
        "label_move",
        _seq(),
        _text("book"),
        _text("label"),
        _text("prompt_id", nullable=True),
        _text("at"),
        _text("by"),
        _text("reason"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_label_move", "label_move", ["book", "label"])
    op.create_table(
        "audit",
        _seq(),
        _text("at"),
        _text("by"),
        _text("act"),
        _text("subject"),
        _text("detail"),
        sqlite_autoincrement=True,
    )
