"""Reflections, each kept once in its skillbook's memory of tasks; erased with the trace that they are about.

Raises `StoreError`, and `UsageError` for a reflection or a trace that is not there.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from seasoned.core.reflection import Reflection
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.database import Database, batched, insert_new

_TABLE = schema.reflection.c


class Reflections:
    """The reflections of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the reflections of this database."""
        self._database = database

    def add(self, book: str, reflections: Sequence[Reflection]) -> int:
        """Keep reflections, all or none; one that is there already is left as it is.

        Returns:
            How many are new.

        Raises:
            UsageError: The store has no such trace.
        """
        n_new = 0
        with self._database.writing() as connection:
            _refuse_unknown_traces(connection, reflections)
            for reflection in reflections:
                row = {
                    "book": book,
                    "id": reflection.id,
                    "task_key": reflection.task_key,
                    "trace_id": reflection.trace_id,
                    "body": reflection.model_dump_json(),
                }
                # PostgreSQL's driver does not count the rows of such an insert; what it returns tells as well.
                added = insert_new(connection, schema.reflection).returning(_TABLE.seq)
                n_new += connection.execute(added, row).first() is not None
        return n_new

    def books(self) -> tuple[str, ...]:
        """The skillbooks that have reflections, in order."""
        query = select(_TABLE.book).distinct().order_by(_TABLE.book)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def of(self, book: str, task_key: str) -> tuple[Reflection, ...]:
        """The reflections on attempts at one task, in the order of the attempts."""
        found = self._read(_TABLE.book == book, _TABLE.task_key == task_key)
        return tuple(sorted(found, key=lambda reflection: reflection.trial))

    def all(self, book: str, *, before: datetime | None = None) -> tuple[Reflection, ...]:
        """All reflections of a book, oldest first; or only those that were written before a time."""
        found = self._read(_TABLE.book == book)
        return tuple(each for each in found if before is None or each.at < before)

    def get(self, book: str, id_prefix: str) -> Reflection:
        """The one reflection of a book whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: No reflection, or more than one, begins so.
        """
        typed = id_prefix.rstrip("…").lower()
        wanted = typed if typed.startswith("reflection-") else f"reflection-{typed}"
        found = self._read(_TABLE.book == book, _TABLE.id.startswith(wanted, autoescape=True))
        if len(found) == 1 and typed:
            return found[0]
        raise UsageError(
            f"no single reflection {id_prefix!r} in the skillbook {book!r}",
            where=str(self._database),
            why="more than one reflection begins so" if found else "no reflection has this id",
            hint="`seasoned reflections list` shows the ids",
        )

    def _read(self, *where: ColumnElement[bool]) -> tuple[Reflection, ...]:
        query = select(_TABLE.body).where(*where).order_by(_TABLE.seq)
        with self._database.reading() as connection:
            return tuple(Reflection.model_validate_json(body) for body in connection.execute(query).scalars())


def _refuse_unknown_traces(connection: Connection, reflections: Sequence[Reflection]) -> None:
    wanted = sorted({reflection.trace_id for reflection in reflections})
    known: set[str] = set()
    for part in batched(wanted):
        known |= set(connection.execute(select(schema.trace.c.id).where(schema.trace.c.id.in_(part))).scalars())
    if absent := [trace_id for trace_id in wanted if trace_id not in known]:
        raise UsageError(
            f"there is no trace {absent[0]!r} in the store",
            why="a reflection is kept with the attempt that it is about",
            hint="import the runs first; `seasoned traces list` shows the ids",
        )
