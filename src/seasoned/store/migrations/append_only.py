"""Triggers by which PostgreSQL keeps a table append-only, whoever speaks to it. SQLite's stand in the migrations.

JSON is compared as it is written, value by value: the type `json` keeps its text, and takes what `jsonb` cannot, such
as an escaped NUL.
"""

from alembic import op

_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the {called} is append-only'; END $$
"""
_NO_CHANGE = "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} {each} EXECUTE FUNCTION {function}()"

_ONLY_ERASED_QUOTES = """
CREATE FUNCTION refuse_change_of_event_but_erased_quote() RETURNS trigger LANGUAGE plpgsql AS $$
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
    WHERE was.said::text IS DISTINCT FROM now.said::text
      AND (was.said ->> 'trace_id' IN (SELECT trace_id FROM erasure) AND NOT EXISTS (
        SELECT FROM json_each(was.said) WITH ORDINALITY AS old_one(name, said, n)
        FULL JOIN json_each(now.said) WITH ORDINALITY AS new_one(name, said, n) USING (n)
        WHERE old_one.name IS DISTINCT FROM new_one.name
          OR new_one.said::text IS DISTINCT FROM CASE old_one.name WHEN 'quote' THEN '""' ELSE old_one.said::text END
      )) IS NOT TRUE
  ) THEN RAISE EXCEPTION 'the event log is append-only'; END IF;
  RETURN NEW;
END $$
"""
"""The one change that the log allows: the quote of a trace that is on record as erased becomes empty."""


def of_postgres(table: str, called: str = "event log") -> None:
    """Let a table take new rows and nothing else."""
    op.execute(_REFUSE.format(table=table, called=called))
    function = f"refuse_change_of_{table}"
    for verb, each in (("UPDATE", "FOR EACH ROW"), ("DELETE", "FOR EACH ROW"), ("TRUNCATE", "FOR EACH STATEMENT")):
        op.execute(_NO_CHANGE.format(table=table, verb=verb, each=each, function=function))


def but_for_erased_quotes() -> None:
    """Let the quotes of erased traces in the event log be blanked."""
    op.execute("DROP TRIGGER event_no_UPDATE ON event")
    op.execute(_ONLY_ERASED_QUOTES)
    function = "refuse_change_of_event_but_erased_quote"
    op.execute(_NO_CHANGE.format(table="event", verb="UPDATE", each="FOR EACH ROW", function=function))
