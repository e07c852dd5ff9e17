"""Compiled prompts, each kept once under its content hash. Raises `PromptError` for one that is not there."""

from datetime import UTC, datetime

from sqlalchemy import select

from seasoned.core.prompt import Prompt
from seasoned.errors import PromptError
from seasoned.store import schema
from seasoned.store.database import Database, insert_new


class Prompts:
    """The compiled prompts of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the prompts of this database."""
        self._database = database

    def add(self, prompt: Prompt) -> None:
        """Keep a prompt; a prompt of the same bytes stays as it is."""
        row = {"id": prompt.id, "at": datetime.now(UTC).isoformat(), "body": prompt.model_dump_json()}
        with self._database.writing() as connection:
            connection.execute(insert_new(schema.prompt), row)

    def get(self, id_prefix: str) -> Prompt:
        """The one prompt whose id begins so; the part before the dash may be left out.

        Raises:
            PromptError: No prompt, or more than one, begins so.
        """
        wanted = id_prefix if id_prefix.startswith("prompt-") else f"prompt-{id_prefix}"
        query = select(schema.prompt.c.body).where(schema.prompt.c.id.startswith(wanted, autoescape=True)).limit(2)
        with self._database.reading() as connection:
            bodies = connection.execute(query).scalars().all()
        if len(bodies) != 1:
            raise PromptError(
                f"no single prompt {id_prefix!r} in the store",
                why="more than one id begins so" if bodies else "no prompt has this id",
                hint="`seasoned prompt list` shows the ids",
            )
        return Prompt.model_validate_json(bodies[0])

    def all(self) -> tuple[Prompt, ...]:
        """Every prompt, oldest first."""
        query = select(schema.prompt.c.body).order_by(schema.prompt.c.seq)
        with self._database.reading() as connection:
            return tuple(Prompt.model_validate_json(body) for body in connection.execute(query).scalars())
