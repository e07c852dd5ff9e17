"""Triggers that keep tables append-only, for the migrations."""

from alembic import op

_FORBID = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the table {table} is append-only'); END"
)
_NO_REWRITING = """
CREATE TRIGGER event_no_UPDATE BEFORE UPDATE ON event
WHEN NOT (
  {same}
  AND json_remove(NEW.operation, '$.evidence') IS json_remove(OLD.operation, '$.evidence')
  AND json_array_length(NEW.operation, '$.evidence') IS json_array_length(OLD.operation, '$.evidence')
  AND NOT EXISTS (
    SELECT 1 FROM json_each(OLD.operation, '$.evidence') AS was
    JOIN json_each(NEW.operation, '$.evidence') AS now ON now.key = was.key
    WHERE now.value IS NOT was.value AND NOT (
      json_extract(was.value, '$.trace_id') IN (SELECT trace_id FROM erasure)
      AND now.value IS json_set(was.value, '$.quote', '')
    )
  )
)
BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END
"""


def keep_append_only(table: str) -> None:
    """Let no row of the table be changed or deleted."""
    for verb in ("UPDATE", "DELETE"):
        op.execute(_FORBID.format(table=table, verb=verb))


def keep_quotes_erasable(*columns: str) -> None:
    """Let an event change in one way alone: the quote of a trace that is on record as erased becomes empty.

    Args:
        columns: Those that stay as they are, besides the operation.
    """
    op.execute(_NO_REWRITING.format(same=" AND ".join(f"NEW.{name} IS OLD.{name}" for name in columns)))
