"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Bring the store from the previous version to this one."""
    ${upgrades if upgrades else "op.execute('select 1')"}
