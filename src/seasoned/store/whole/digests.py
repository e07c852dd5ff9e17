"""What a table holds as one number, the same in every kind of database, and its rows one by one in bounded memory.

Raises what reading the database raises.
"""

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, LargeBinary, RowMapping, Table, func, select

from seasoned.core.value import Value
from seasoned.store import schema

FETCH_ROWS = 20
"""So many rows come from the database at once; the largest hold some megabytes."""
FETCH_BLOBS = 2
"""Of a table of images and attachments."""

_MODULUS = 1 << 256


class TableDigest(Value):
    """What one table holds."""

    table: str
    n_rows: int
    digest: str
    """Sum of the rows' SHA-256 modulo 2 to the 256, hexadecimal: it does not depend on their order."""


class Digesting:
    """The digest of a table whose rows come one by one."""

    def __init__(self, table: Table) -> None:
        """Begin with no row."""
        self._table, self._n_rows, self._sum = table, 0, 0
        self._names = [column.name for column in table.columns]

    def add(self, row: RowMapping) -> None:
        """Take a row in."""
        parts = hashlib.sha256()
        for name in self._names:
            part = _part(row[name])
            parts.update(b"%d:" % len(part) + part)
        self._sum = (self._sum + int.from_bytes(parts.digest())) % _MODULUS
        self._n_rows += 1

    def done(self) -> TableDigest:
        """The digest of the rows so far."""
        return TableDigest(table=self._table.name, n_rows=self._n_rows, digest=f"{self._sum:064x}")


def stored_rows(connection: Connection, table: Table) -> Iterator[RowMapping]:
    """All rows of a table in the order of its key."""
    query = select(table).order_by(*table.primary_key.columns)
    is_heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)
    options = {"yield_per": FETCH_BLOBS if is_heavy else FETCH_ROWS}
    yield from connection.execute(query, execution_options=options).mappings()


def n_stored_rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = schema.metadata.sorted_tables
    return {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}


def _part(value: object) -> bytes:
    match value:
        case None:
            return b""
        case bool():
            return b"t" if value else b"f"
        case int():
            return b"i%d" % value
        case float():
            return b"r" + value.hex().encode()
        case str():
            return b"s" + value.encode(errors="surrogatepass")
        case bytes():
            return b"b" + value
        case _:
            raise TypeError(f"a {type(value).__name__} is in no table of a store")
