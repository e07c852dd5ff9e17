"""Finding the one row whose id begins as the user typed it."""

from sqlalchemy import RowMapping, Table, select

from seasoned.errors import UsageError
from seasoned.store.database import Database


def only_row(database: Database, table: Table, id_prefix: str, *, hint: str) -> RowMapping:
    """The one row of a table whose id begins so; the part before the dash may be left out.

    Args:
        database: Where to look.
        table: A table with an `id` column; its name is the part before the dash.
        id_prefix: What the user typed.
        hint: What the user can do where no row, or more than one, begins so.

    Raises:
        UsageError: No row, or more than one, begins so.
    """
    kind = table.name
    id_prefix = id_prefix.rstrip("…")
    wanted = id_prefix.lower() if id_prefix.startswith(f"{kind}-") else f"{kind}-{id_prefix.lower()}"
    query = select(table).where(table.c.id.startswith(wanted, autoescape=True)).limit(2)
    with database.reading() as connection:
        rows = connection.execute(query).mappings().all()
    if len(rows) == 1 and id_prefix:
        return rows[0]
    why = f"more than one {kind} begins so" if rows else f"no {kind} has this id"
    raise UsageError(f"no single {kind} {id_prefix!r} in the store", where=str(database), why=why, hint=hint)
