"""What alembic runs: the caller hands in an open connection and owns the transaction."""

from alembic import context

from seasoned.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
