"""The first schema: traces, skillbooks as events, prompts, runs and the call journal."""

import sqlalchemy as sa
from alembic import op

from seasoned.store.column_types import EQUAL_ONLY, INTEGER, TEXT
from seasoned.store.migrations.append_only import keep_append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, and the triggers that keep the event log append-only."""
    _traces()
    _skillbooks()
    _runs()
    keep_append_only("event", "event log")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable)


def _traces() -> None:
    op.create_table("setting", sa.Column("name", TEXT, primary_key=True), _text("value"))
    op.create_table(
        "trace",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        sa.Column("id", TEXT, nullable=False, unique=True),
        _text("task_key"),
        _text("format"),
        _text("agent"),
        _text("model"),
        sa.Column("n_steps", INTEGER, nullable=False),
        sa.Column("verdict", sa.Boolean),
        sa.Column("score", sa.Float),
        _text("body"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_trace_task_key", "trace", ["task_key"], postgresql_using=EQUAL_ONLY)
    op.create_table(
        "reference",
        sa.Column("trace_id", TEXT, sa.ForeignKey("trace.id"), primary_key=True),
        _text("body"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", TEXT, primary_key=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def _skillbooks() -> None:
    op.create_table("book", sa.Column("name", TEXT, primary_key=True), sa.Column("revision", INTEGER, nullable=False))
    op.create_table(
        "event",
        sa.Column("book", TEXT, sa.ForeignKey("book.name"), primary_key=True),
        sa.Column("revision", INTEGER, primary_key=True),
        _text("key"),
        _text("at"),
        _text("operation"),
        sa.UniqueConstraint("book", "key", name="uq_event_key"),
    )
    op.create_table(
        "skill",
        sa.Column("book", TEXT, sa.ForeignKey("book.name"), primary_key=True),
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("born", INTEGER, nullable=False),
        _text("status"),
        _text("body"),
    )
    op.create_index("ix_skill_status", "skill", ["book", "status"])
    op.create_table(
        "prompt",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        sa.Column("id", TEXT, nullable=False, unique=True),
        _text("at"),
        _text("body"),
        sqlite_autoincrement=True,
    )


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        sa.Column("id", TEXT, nullable=False, unique=True),
        _text("kind"),
        _text("state"),
        _text("config"),
        _text("summary", nullable=True),
        _text("started_at"),
        _text("ended_at", nullable=True),
        _text("owner", nullable=True),
        _text("lease_until", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_turn",
        sa.Column("run_id", TEXT, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("episode", INTEGER, primary_key=True),
        sa.Column("turn", INTEGER, primary_key=True),
        _text("body"),
    )
    op.create_table(
        "call",
        sa.Column("seq", INTEGER, primary_key=True, autoincrement=True),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("run_id", TEXT, sa.ForeignKey("run.id"), nullable=False),
        _text("request_hash"),
        _text("state"),
        _text("request"),
        _text("reply", nullable=True),
        sa.Column("cost_usd", sa.Float),
        _text("error", nullable=True),
        _text("started_at"),
        _text("ended_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_run", "call", ["run_id", "request_hash"])
