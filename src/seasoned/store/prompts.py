"""Compiled prompts, each kept once under its content hash.

Where the run behind an example was erased, the prompt is there without its examples, and so under another id; the old
id still leads to it, as labels and their history name it. Raises `UsageError` for one that is not there.
"""

from datetime import UTC, datetime

from sqlalchemy import delete, select

from seasoned.core.prompt import Prompt
from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.lookup import only_row


class Prompts:
    """The compiled prompts of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the prompts of this database."""
        self._database = database

    def add(self, prompt: Prompt) -> None:
        """Keep a prompt as the latest; compiled to the same bytes again, it takes its new place in the order."""
        row = {"id": prompt.id, "at": datetime.now(UTC).isoformat(), "body": prompt.model_dump_json()}
        with self._database.writing() as connection:
            connection.execute(delete(schema.prompt).where(schema.prompt.c.id == prompt.id))
            connection.execute(schema.prompt.insert(), row)

    def get(self, id_prefix: str) -> Prompt:
        """The one prompt whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: No prompt, or more than one, begins so.
        """
        hint = "`seasoned prompt list` shows the ids"
        row = only_row(self._database, schema.prompt, id_prefix, hint=hint)
        return Prompt.model_validate_json(row["body"])

    def all(self, *, before: datetime | None = None) -> tuple[Prompt, ...]:
        """Every prompt, in the order in which each was last compiled; or only those last compiled before a time."""
        query = select(schema.prompt.c.id, schema.prompt.c.body).order_by(schema.prompt.c.seq)
        if before is not None:
            query = query.where(schema.prompt.c.at < before.isoformat())
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        found = ((row.id, Prompt.model_validate_json(row.body)) for row in rows)
        return tuple(prompt for row_id, prompt in found if prompt.id == row_id)
