"""Exemplars to be shown, reflections for the next attempt, and vectors to find them by."""

import sqlalchemy as sa
from alembic import op

from seasoned.store.column_types import INTEGER, TEXT

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "exemplar",
        _seq(),
        *map(_text, ("book", "id")),
        _of_trace(),
        *map(_text, ("task_key", "status", "body")),
        sa.UniqueConstraint("book", "id", name="uq_exemplar"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exemplar_trace", "exemplar", ["trace_id"])
    op.create_table(
        "reflection",
        _seq(),
        *map(_text, ("book", "id", "task_key")),
        _of_trace(),
        _text("body"),
        sa.UniqueConstraint("book", "id", name="uq_reflection"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reflection_task", "reflection", ["book", "task_key"])
    op.create_index("ix_reflection_trace", "reflection", ["trace_id"])
    op.create_table(
        "stored_vector",
        _seq(),
        *map(_text, ("collection", "embedder", "key", "digest")),
        sa.Column("n_dimensions", INTEGER, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("collection", "embedder", "key", name="uq_vector"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vector_key", "stored_vector", ["key"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=False)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", INTEGER, primary_key=True, autoincrement=True)


def _of_trace() -> sa.Column[str]:
    return sa.Column("trace_id", TEXT, sa.ForeignKey("trace.id"), nullable=False)
