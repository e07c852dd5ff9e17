"""A run knows the revision of the skillbook that it started from, to ask the same when it is taken up again."""

import sqlalchemy as sa
from alembic import op

from seasoned.store.column_types import INTEGER

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a column."""
    op.add_column("run", sa.Column("book_revision", INTEGER, nullable=True))
