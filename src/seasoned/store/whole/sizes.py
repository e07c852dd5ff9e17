"""How much a store holds. Raises `StoreError`."""

from pathlib import Path

from sqlalchemy import LargeBinary, Text, func, select, text

from seasoned.core.value import Value
from seasoned.store import schema
from seasoned.store.database import Database, file_of

_TAKEN = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


class TableSize(Value):
    """What one table holds."""

    table: str
    n_rows: int
    n_bytes: int
    """Of its texts and blobs; what the database adds is not in it."""


def sizes(database: Database) -> tuple[TableSize, ...]:
    """What each table holds, by name; every row is looked at."""
    found: list[TableSize] = []
    with database.reading() as connection:
        for table in sorted(schema.metadata.tables.values(), key=lambda table: table.name):
            texts = [column for column in table.columns if isinstance(column.type, Text | LargeBinary)]
            lengths = [func.coalesce(func.sum(func.octet_length(column)), 0) for column in texts]
            n_rows, *n_bytes = connection.execute(select(func.count(), *lengths).select_from(table)).one()
            found.append(TableSize(table=table.name, n_rows=n_rows, n_bytes=sum(map(int, n_bytes))))
    return tuple(found)


def total_bytes(database: Database) -> int:
    """What the whole database takes, with its indexes: on disk, or on its server."""
    file = file_of(database.url.render_as_string(hide_password=False))
    if file is not None:
        parts = (Path(f"{file}{ending}") for ending in ("", "-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())
    with database.reading() as connection:
        return connection.execute(text(_TAKEN[connection.dialect.name])).scalar_one()
