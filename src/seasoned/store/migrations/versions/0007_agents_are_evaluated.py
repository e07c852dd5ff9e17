"""Trials of evaluations, comparisons of prompts, anchors, canaries, and how likely skills are kept."""

import sqlalchemy as sa
from alembic import op

from seasoned.store.column_types import INTEGER, TEXT
from seasoned.store.migrations.append_only import keep_append_only

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables, and the columns that say what runs were handed."""
    op.add_column("trace", sa.Column("prompt_id", TEXT))
    op.add_column("trace", sa.Column("exposures", TEXT))
    op.create_index("ix_trace_prompt_id", "trace", ["prompt_id"])
    op.add_column("inbox", sa.Column("drawn_by", TEXT))
    op.create_index("ix_inbox_drawn_by", "inbox", ["drawn_by"], unique=True)
    op.create_table(
        "canary_move",
        _seq(),
        *map(_text, ("book", "label")),
        sa.Column("prompt_id", TEXT),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("last_trace", INTEGER, nullable=False),
        *map(_text, ("at", "by", "reason")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_canary_move", "canary_move", ["book", "label"])
    op.create_table(
        "comparison",
        _seq(),
        *map(_text, ("book", "baseline_id", "candidate_id")),
        sa.Column("passes", sa.Boolean, nullable=False),
        *map(_text, ("at", "by", "body")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comparison_candidate", "comparison", ["candidate_id"])
    op.create_table("anchor", *map(_key, ("book", "task_key")), *map(_text, ("at", "by", "reason")))
    op.create_table(
        "keeping",
        *map(_key, ("book", "skill_id")),
        sa.Column("probability", sa.Float, nullable=False),
        *map(_text, ("at", "by", "reason")),
    )
    _trials()
    for table in ("canary_move", "comparison"):
        keep_append_only(table)


def _trials() -> None:
    op.create_table(
        "trial",
        sa.Column("run_id", TEXT, sa.ForeignKey("run.id"), primary_key=True),
        _key("task_key"),
        sa.Column("trial", INTEGER, primary_key=True),
        sa.Column("trace_id", TEXT, sa.ForeignKey("trace.id")),
        sa.Column("is_held_out", sa.Boolean, nullable=False),
        _text("body"),
    )
    op.create_index("ix_trial_trace", "trial", ["trace_id"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=True)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", INTEGER, primary_key=True, autoincrement=True)
