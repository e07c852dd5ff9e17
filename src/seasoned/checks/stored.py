"""Whether a store is what it should be, check by check, and the repair of what is only derived.

Every check reads one consistent state and changes nothing. The log and the traces are the truth and are never repaired:
what is read off them is. Raises what reading the database raises.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, inspect, select, text

from seasoned.checks.check import Check
from seasoned.checks.stored_texts import columns, evidence, labels, prompts, rewritten, runs, traces
from seasoned.core.trace import Trace
from seasoned.store import audit, fulltext, schema
from seasoned.store.books.folding import refolded, write_projection
from seasoned.store.database import SCHEMA_VERSIONS, Database
from seasoned.store.traces.derived import searchable

REPAIR = "`seasoned db check --repair` writes it anew"
RESTORE = "restore a backup: `seasoned db restore FILE --store NEW`"

APPEND_ONLY = ("event", "book_merge", "tag", "label_move", "audit", "erasure")
"""Tables whose rows stay as they are."""

_TRIGGERS = {
    "sqlite": ("SELECT name FROM sqlite_master WHERE type = 'trigger'", ("update", "delete")),
    "postgresql": (
        """SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND tgenabled <> 'D' AND relnamespace = current_schema()::regnamespace""",
        ("update", "delete", "truncate"),
    ),
}
"""By kind of database: where its triggers are named, and what they must forbid."""
_INDEXED = {
    "sqlite": f"SELECT id FROM {fulltext.INDEX_TABLE}_docsize",
    "postgresql": f"SELECT DISTINCT seq FROM {fulltext.INDEX_TABLE}",
}
"""By kind of database: the numbers of the traces that the index of words has."""


def stored(database: Database) -> Iterator[Check]:
    """Check an open store, one thing after another."""
    with database.reading() as connection:
        for check in (_schema, _append_only, _soundness, _skillbooks, traces, columns, evidence):
            yield check(connection)
        for check in (prompts, labels, _index, runs):
            yield check(connection)


def repair(database: Database, *, by: str) -> tuple[str, ...]:
    """Write anew what is derived and wrong: projections, columns read off traces, the index of words.

    Returns:
        What was done, a sentence each; it is on the store's record too.
    """
    with database.writing() as connection:
        done = [*_repaired_books(connection), *rewritten(connection), *_repaired_index(connection)]
        for each in done:
            audit.record(connection, by, "repair", each)
    return tuple(done)


def _schema(connection: Connection) -> Check:
    found = inspect(connection)
    names = set(found.get_table_names())
    absent = [name for name in schema.metadata.tables if name not in names]
    for name, table in schema.metadata.tables.items():
        if name in names:
            have = {column["name"] for column in found.get_columns(name)}
            absent += [f"{name}.{column.name}" for column in table.columns if column.name not in have]
            indexes = {index["name"] for index in found.get_indexes(name)}
            absent += [str(index.name) for index in table.indexes if index.name not in indexes]
    if absent:
        return _failed("schema", f"not there: {', '.join(absent[:5])}", RESTORE)
    return Check(name="schema", said=f"version {SCHEMA_VERSIONS[-1]}, {len(schema.metadata.tables)} tables")


def _append_only(connection: Connection) -> Check:
    query, verbs = _TRIGGERS[connection.dialect.name]
    have = {name.casefold() for name in connection.execute(text(query)).scalars()}
    absent = [f"{table} ({verb})" for table in APPEND_ONLY for verb in verbs if f"{table}_no_{verb}" not in have]
    if absent:
        said = f"nothing keeps these as they are: {', '.join(absent)}"
        hint = (
            f"somebody took triggers away, so that the log may have been changed; compare with a backup, or {RESTORE}"
        )
        return _failed("append-only", said, hint)
    return Check(name="append-only", said=f"{len(APPEND_ONLY)} tables cannot be changed or emptied")


def _soundness(connection: Connection) -> Check:
    if connection.dialect.name != "sqlite":
        return Check(name="database", said="its server keeps it sound")
    said = connection.execute(text("PRAGMA integrity_check(5)")).scalars().all()
    dangling = connection.execute(text("PRAGMA foreign_key_check")).all()
    problems = [line for line in said if line != "ok"] + [f"a row of {r[0]} refers to no {r[2]}" for r in dangling[:3]]
    if problems:
        return _failed("database", "; ".join(problems), RESTORE)
    return Check(name="database", said="the file is sound, every reference leads somewhere")


def _skillbooks(connection: Connection) -> Check:
    n_events, problems, may_repair = 0, list[str](), True
    for each in refolded(connection):
        n_events += 0 if each.book is None else each.book.revision
        if each.problem:
            problems.append(f"{each.name}: {each.problem}")
            may_repair = may_repair and not each.fault
    if problems:
        return _failed("skillbooks", "; ".join(problems[:5]), REPAIR if may_repair else RESTORE)
    return Check(
        name="skillbooks", said=f"every log is without gaps and folds to its skillbook, {n_events:,} revisions"
    )


def _index(connection: Connection) -> Check:
    absent, foreign = _unindexed(connection)
    if absent or foreign:
        said = f"{len(absent):,} traces are not in it, {len(foreign):,} entries are of no trace"
        return _failed("full text", said, REPAIR)
    return Check(name="full text", said="has every trace")


def _unindexed(connection: Connection) -> tuple[set[int], set[int]]:
    """Numbers of traces that the index lacks, and numbers in it of no trace."""
    have = set(connection.execute(text(_INDEXED[connection.dialect.name])).scalars())
    want = set(connection.execute(select(schema.trace.c.seq)).scalars())
    return want - have, have - want


def _repaired_books(connection: Connection) -> Iterator[str]:
    for each in refolded(connection):
        if each.book is not None and each.difference:
            write_projection(connection, each.book)
            yield f"the skillbook {each.name!r} was written anew from its log ({each.difference})"


def _repaired_index(connection: Connection) -> Sequence[str]:
    absent, foreign = _unindexed(connection)
    fulltext.remove(connection, sorted(foreign))
    for seq in sorted(absent):
        body = connection.execute(select(schema.trace.c.body).where(schema.trace.c.seq == seq)).scalar_one()
        fulltext.index(connection, [(seq, searchable(Trace.model_validate_json(body)))])
    if not absent and not foreign:
        return ()
    return (f"{len(absent):,} traces were taken into the index of words, {len(foreign):,} entries of none out of it",)


def _failed(name: str, said: str, hint: str) -> Check:
    return Check(name=name, state="failed", said=said, hint=hint)
