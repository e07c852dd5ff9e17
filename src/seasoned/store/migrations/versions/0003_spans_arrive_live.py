"""Spans that arrive one by one, what became of them, and feedback on runs that may not be there yet."""

import sqlalchemy as sa
from alembic import op

from seasoned.store.column_types import INTEGER, TEXT

revision = "0003"
down_revision = "0002"


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, INTEGER, nullable=False)


def upgrade() -> None:
    """Add three tables."""
    op.create_table(
        "span",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        _text("trace_id"),
        _text("span_id"),
        _number("weight"),
        _text("body"),
        sa.UniqueConstraint("trace_id", "span_id", name="uq_span_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("trace_id", TEXT, primary_key=True),
        _text("changed_at"),
        sa.Column("has_root", sa.Boolean, nullable=False),
        _number("version"),
        _number("settled"),
        _text("runs"),
        sa.Column("is_closed", sa.Boolean, nullable=False),
        _text("problem", nullable=True),
        _text("said", nullable=True),
        _text("joined_to", nullable=True),
    )
    for name in ("changed_at", "said", "joined_to"):
        op.create_index(f"ix_inbox_{name}", "inbox", [name])
    op.create_table(
        "feedback",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        _text("run_key"),
        _text("at"),
        _text("body"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_run_key", "feedback", ["run_key"])
