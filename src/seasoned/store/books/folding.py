"""Whether the log of each skillbook folds to what is kept of it, and the projection written anew from the log.

Looks at rows as they are, whatever state they are in: a log that does not fold is an answer here, not an error. Raises
what reading the database raises.
"""

from collections.abc import Iterator

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, delete, select, update

from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.value import Value
from seasoned.errors import OperationError, StoreError
from seasoned.store import schema
from seasoned.store.books.applying import write_skills
from seasoned.store.books.log import events_of, policy_of, policy_row


class Refolded(Value):
    """What the log of one skillbook came to."""

    name: str
    fault: str = ""
    """Why the log does not fold; empty where it does."""
    book: Skillbook | None = None
    """What it folds to."""
    difference: str = ""
    """Where the projection first differs from that; empty where both are the same to the byte."""

    @property
    def problem(self) -> str:
        """What is wrong, in one sentence; empty where nothing is."""
        return self.fault or self.difference


def refolded(connection: Connection) -> Iterator[Refolded]:
    """Fold the log of each skillbook, by name, and compare."""
    rows = connection.execute(select(schema.book)).mappings().all()
    for row in sorted(rows, key=lambda row: row["name"]):
        yield _refolded(connection, row)


def write_projection(connection: Connection, book: Skillbook) -> None:
    """Write what a log folds to in the place of what is kept of it."""
    row = {"revision": book.revision, "policy": policy_row(book.policy)}
    connection.execute(update(schema.book).where(schema.book.c.name == book.name).values(row))
    connection.execute(delete(schema.skill).where(schema.skill.c.book == book.name))
    write_skills(connection, book.name, book.skills.values())


def _refolded(connection: Connection, row: RowMapping) -> Refolded:
    name = row["name"]
    try:
        book = fold(name, events_of(connection, name))
    except (OperationError, StoreError) as error:
        return Refolded(name=name, fault=str(error))
    return Refolded(name=name, book=book, difference=_difference(connection, row, book))


def _difference(connection: Connection, row: RowMapping, book: Skillbook) -> str:
    if row["revision"] != book.revision:
        return f"it says that it is at revision {row['revision']}, and its log ends at {book.revision}"
    try:
        policy = policy_of(row["policy"])
    except ValidationError:
        policy = None
    if policy != book.policy:
        return "its rules of review are not those of its log"
    table = schema.skill.c
    query = select(table.id, table.born, table.status, table.body).where(table.book == book.name)
    kept = {skill_id: tuple(rest) for skill_id, *rest in connection.execute(query)}
    for skill in book.skills.values():
        want = (skill.born.revision, skill.status, skill.model_dump_json(exclude_defaults=True))
        if skill.id not in kept:
            return f"{skill.id} is in its log and not in the projection"
        if kept.pop(skill.id) != want:
            return f"{skill.id} is not as the log has it"
    return f"{min(kept)} is in the projection and not in its log" if kept else ""
