"""Triggers that keep tables append-only, for the migrations, whoever speaks to the database.

PostgreSQL compares JSON as it is written, value by value: its type `json` keeps the text, and takes what `jsonb`
cannot, such as an escaped NUL.
"""

from alembic import op

_FORBID = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the {called} is append-only'); END"
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


_FORBID_POSTGRES = """
CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the {called} is append-only'; END $$
"""
_TRIGGER_POSTGRES = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} FOR EACH {each} EXECUTE FUNCTION {table}_{rule}()
"""
_NO_REWRITING_POSTGRES = """
CREATE OR REPLACE FUNCTION event_loses_quotes_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept event := NEW;
BEGIN
  kept.operation := OLD.operation;
  IF kept IS DISTINCT FROM OLD OR EXISTS (
    SELECT FROM json_each(OLD.operation::json) WITH ORDINALITY AS was(name, said, n)
    FULL JOIN json_each(NEW.operation::json) WITH ORDINALITY AS now(name, said, n) USING (n)
    WHERE was.name IS DISTINCT FROM now.name
      OR (was.name <> 'evidence' AND was.said::text IS DISTINCT FROM now.said::text)
  ) OR EXISTS (
    SELECT FROM json_array_elements(OLD.operation::json -> 'evidence') WITH ORDINALITY AS was(said, n)
    FULL JOIN json_array_elements(NEW.operation::json -> 'evidence') WITH ORDINALITY AS now(said, n) USING (n)
    WHERE was.said::text IS DISTINCT FROM now.said::text AND (
      was.said ->> 'trace_id' IN (SELECT trace_id FROM erasure)
      AND NOT EXISTS (
        SELECT FROM json_each(was.said) WITH ORDINALITY AS old_part(name, said, n)
        FULL JOIN json_each(now.said) WITH ORDINALITY AS new_part(name, said, n) USING (n)
        WHERE old_part.name IS DISTINCT FROM new_part.name OR new_part.said::text IS DISTINCT FROM
          CASE old_part.name WHEN 'quote' THEN '""' ELSE old_part.said::text END
      )
    ) IS NOT TRUE
  ) THEN RAISE EXCEPTION 'the event log is append-only'; END IF;
  RETURN NEW;
END $$
"""


def keep_append_only(table: str, called: str | None = None) -> None:
    """Let no row of the table be changed or deleted.

    Args:
        table: Its name.
        called: What the refusal calls it.
    """
    called = called or f"table {table}"
    if not _is_postgres():
        for verb in ("UPDATE", "DELETE"):
            op.execute(_FORBID.format(table=table, called=called, verb=verb))
        return
    op.execute(_FORBID_POSTGRES.format(table=table, called=called))
    for verb, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(_TRIGGER_POSTGRES.format(table=table, verb=verb, each=each, rule="is_append_only"))


def keep_quotes_erasable(*columns: str) -> None:
    """Let an event change in one way alone: the quote of a trace that is on record as erased becomes empty.

    Args:
        columns: Those that stay as they are, besides the operation; on PostgreSQL all do.
    """
    if not _is_postgres():
        op.execute(_NO_REWRITING.format(same=" AND ".join(f"NEW.{name} IS OLD.{name}" for name in columns)))
        return
    op.execute(_NO_REWRITING_POSTGRES)
    op.execute(_TRIGGER_POSTGRES.format(table="event", verb="UPDATE", each="ROW", rule="loses_quotes_only"))


def let_events_change() -> None:
    """Take away what keeps events as they are, within a migration that puts it back."""
    op.execute("DROP TRIGGER event_no_UPDATE" + (" ON event" if _is_postgres() else ""))


def _is_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"
