"""A whole store copied from one database to another, of either kind: all of it and proven equal, or nothing.

The source is read in one consistent state; at the target one transaction takes the rows as they are, builds the index
of words anew, and compares what it then holds with what was read before it commits. Memory is bounded by a batch.
Knows nothing of files. Raises `StoreError`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, Table, insert, text

from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import StoreError, boundary
from seasoned.store import audit, fulltext, schema
from seasoned.store.books.folding import refolded
from seasoned.store.database import Database
from seasoned.store.traces.derived import searchable
from seasoned.store.whole.digests import Digesting, TableDigest, n_stored_rows, stored_rows

BATCH_ROWS = 500
BATCH_CHARS = 4_000_000
"""A batch is written when it has so many rows, or so much text."""


TELL_ROWS = 100
"""After so many rows it is told how far it has come."""


class CopyProgress(Value):
    """How far a copy has come; every row is copied, then read back."""

    doing: str
    """In a word, with the table."""
    n_done: int
    n_total: int


class Copied(Value):
    """What was copied, and found equal on both sides."""

    tables: tuple[TableDigest, ...]
    n_books: int
    """Skillbooks whose log folds to its projection at the target."""

    @property
    def n_rows(self) -> int:
        """Rows of all tables."""
        return sum(each.n_rows for each in self.tables)


class NewAct(Value):
    """What goes on record of a copy, where it ends."""

    by: str
    act: str
    subject: str
    """What was copied from where, without a password."""


Tell = Callable[[CopyProgress], None]


def in_silence(_: CopyProgress) -> None:
    """Tell nobody."""


def copy(source: Database, target: Database, act: NewAct, *, tell: Tell = in_silence) -> Copied:
    """Copy everything into a store that holds nothing yet; the source stays as it is.

    Args:
        source: Where from.
        target: Where to.
        act: What the target's record says about it.
        tell: Is told how far it has come.

    Raises:
        StoreError: The target holds something, or what it then holds is not what was read; it stays as it was.
    """
    with boundary(StoreError, "could not copy the store", where=f"{source} to {target}"), target.writing() as to:
        refuse_filled(to, str(target))
        with source.reading() as connection:
            counts = n_stored_rows(connection)
            counter = _Telling(2 * sum(counts.values()), tell)
            read = tuple(_copied(connection, to, table, counter) for table in schema.metadata.sorted_tables)
            _set_counters(to, _counters(connection))
        return proven(to, read, act, counter.told)


def refuse_filled(connection: Connection, where: str) -> None:
    """Refuse a target that holds something; raises `StoreError`."""
    filled = {name: n for name, n in n_stored_rows(connection).items() if n}
    if filled:
        why = "it holds " + ", ".join(f"{n:,} rows of {name}" for name, n in list(filled.items())[:3])
        raise StoreError("the target is not empty", where=where, why=why, hint="name a new file or an empty database")


def proven(to: Connection, read: Sequence[TableDigest], act: NewAct, tell: Callable[[str], None]) -> Copied:
    """Compare what the target holds with what was read from the source, and put the act on record there.

    Args:
        to: A writing transaction at the target.
        read: What was read from the source.
        act: What goes on record.
        tell: Is told of each row that it is read back, and of what table.

    Raises:
        StoreError: Something differs, or a skillbook does not fold to its projection.
    """
    for want in read:
        found = digest(to, schema.metadata.tables[want.table], tell)
        if found != want:
            why = f"{want.n_rows:,} rows were read and {found.n_rows:,} are there, or they differ"
            raise StoreError("the copy is not what was read", where=f"table {want.table}", why=why)
    n_books = 0
    for book in refolded(to):
        if book.problem:
            hint = "`seasoned db check` says more; --repair mends what is derived from the log"
            raise StoreError(f"the skillbook {book.name!r} is damaged", why=book.problem, hint=hint)
        n_books += 1
    detail: dict[str, JsonValue] = {each.table: each.n_rows for each in read}
    audit.record(to, act.by, act.act, act.subject, {"rows": detail, "n_books": n_books})
    return Copied(tables=tuple(read), n_books=n_books)


def digest(connection: Connection, table: Table, tell: Callable[[str], None] = lambda _: None) -> TableDigest:
    """What one table holds."""
    digesting = Digesting(table)
    for row in stored_rows(connection, table):
        digesting.add(row)
        tell(f"comparing {table.name}")
    return digesting.done()


class _Telling:
    """Counts rows, and tells of some."""

    def __init__(self, n_total: int, tell: Tell) -> None:
        self._n_done, self._n_total, self._tell = 0, n_total, tell

    def told(self, doing: str) -> None:
        self._n_done += 1
        if self._n_done % TELL_ROWS == 0 or self._n_done == self._n_total:
            self._tell(CopyProgress(doing=doing, n_done=self._n_done, n_total=self._n_total))


def _copied(source: Connection, to: Connection, table: Table, counter: _Telling) -> TableDigest:
    digesting = Digesting(table)
    for batch in _batches(stored_rows(source, table)):
        to.execute(insert(table), [dict(row) for row in batch])
        if table is schema.trace:
            fulltext.index(to, [(row["seq"], searchable(Trace.model_validate_json(row["body"]))) for row in batch])
        for row in batch:
            digesting.add(row)
            counter.told(f"copying {table.name}")
    return digesting.done()


def _batches(rows: Iterable[RowMapping]) -> Iterator[list[RowMapping]]:
    batch: list[RowMapping] = []
    n_chars = 0
    for row in rows:
        batch.append(row)
        n_chars += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
        if len(batch) == BATCH_ROWS or n_chars >= BATCH_CHARS:
            yield batch
            batch, n_chars = [], 0
    if batch:
        yield batch


# What was given out stays given out: a number of a deleted row is not used again, here or there.
_GET = {
    "sqlite": text("SELECT max(seq) FROM sqlite_sequence WHERE name = :name"),
    "postgresql": text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'seq')::regclass)"),
}
_SET = {
    "sqlite": (
        text("DELETE FROM sqlite_sequence WHERE name = :name"),
        text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"),
    ),
    "postgresql": (text("SELECT setval(pg_get_serial_sequence(:name, 'seq'), :number)"),),
}


def _counters(connection: Connection) -> dict[str, int]:
    """The last number that each table that numbers its rows gave out; those that gave none out are left out."""
    query = _GET[connection.dialect.name]
    names = [table.name for table in schema.metadata.sorted_tables if "seq" in table.columns]
    found = {name: connection.execute(query, {"name": name}).scalar_one() for name in names}
    return {name: number for name, number in found.items() if number}


def _set_counters(connection: Connection, numbers: Mapping[str, int]) -> None:
    for name, number in numbers.items():
        for statement in _SET[connection.dialect.name]:
            connection.execute(statement, {"name": name, "number": number})
