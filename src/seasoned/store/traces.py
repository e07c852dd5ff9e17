"""Traces as the store keeps them: written once, found by id or filter.

Reference answers go to their own table, which this module writes and only `store.references` reads.
Raises `StoreError`, and `TraceError` for a trace that is not there.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, select

from seasoned.core.ids import canonical_json
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import TraceError
from seasoned.store import schema
from seasoned.store.database import Database, insert_new
from seasoned.store.lookup import only_row

READ_BATCH = 200
"""Traces held at once while iterating."""


class TraceRow(Value):
    """What a list of traces shows."""

    id: str
    task_key: str
    format: str
    agent: str
    model: str
    n_steps: int
    verdict: bool | None
    score: float | None


class TraceFilter(Value):
    """Which traces; every field that is set must match."""

    task_key: str | None = None
    format: str | None = None
    agent: str | None = None
    verdict: bool | None = None


class Traces:
    """The traces of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the traces of this database."""
        self._database = database

    def add(self, new: Sequence[Parsed]) -> tuple[str, ...]:
        """Store what is not there yet, in one transaction; returns the ids that were new, in order."""
        with self._database.writing() as connection:
            ids = [n.trace.id for n in new]
            known = set(connection.execute(select(schema.trace.c.id).where(schema.trace.c.id.in_(ids))).scalars())
            fresh = {n.trace.id: n for n in new if n.trace.id not in known}
            if fresh:
                connection.execute(insert_new(schema.trace), [_row(n.trace) for n in fresh.values()])
            references = [
                {"trace_id": i, "body": canonical_json(n.reference).decode()}
                for i, n in fresh.items()
                if n.reference is not None
            ]
            if references:
                connection.execute(insert_new(schema.reference), references)
            blobs = [{"sha256": h, "data": d} for n in fresh.values() for h, d in n.blobs.items()]
            if blobs:
                connection.execute(insert_new(schema.blob), blobs)
        return tuple(fresh)

    def get(self, id_prefix: str) -> Trace:
        """The one trace whose id begins so; the part before the dash may be left out.

        Raises:
            TraceError: No trace, or more than one, begins so.
        """
        hint = "`seasoned traces list` shows the ids"
        row = only_row(self._database, schema.trace, id_prefix, error=TraceError, hint=hint)
        return Trace.model_validate_json(row["body"])

    def rows(self, chosen: TraceFilter | None = None, *, limit: int | None = None) -> tuple[TraceRow, ...]:
        """What a list shows, in order of import."""
        columns = [schema.trace.c[name] for name in TraceRow.model_fields]
        query = select(*columns).where(*_where(chosen)).order_by(schema.trace.c.seq).limit(limit)
        with self._database.reading() as connection:
            return tuple(TraceRow(**row) for row in connection.execute(query).mappings())

    def iterate(self, chosen: TraceFilter | None = None) -> Iterator[Trace]:
        """The traces in order of import, a batch in memory at a time."""
        after = 0
        while True:
            query = (
                select(schema.trace.c.seq, schema.trace.c.body)
                .where(schema.trace.c.seq > after, *_where(chosen))
                .order_by(schema.trace.c.seq)
                .limit(READ_BATCH)
            )
            with self._database.reading() as connection:
                batch = connection.execute(query).all()
            if not batch:
                return
            for _, body in batch:
                yield Trace.model_validate_json(body)
            after = batch[-1][0]

    def of(self, ids: Sequence[str]) -> Iterator[Trace]:
        """The traces with these ids, in the order given, a batch in memory at a time; an unknown id is passed over."""
        for start in range(0, len(ids), READ_BATCH):
            wanted = ids[start : start + READ_BATCH]
            query = select(schema.trace.c.id, schema.trace.c.body).where(schema.trace.c.id.in_(wanted))
            with self._database.reading() as connection:
                bodies = {row.id: row.body for row in connection.execute(query)}
            yield from (Trace.model_validate_json(bodies[i]) for i in wanted if i in bodies)

    def count(self) -> int:
        """How many traces there are."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(schema.trace)).scalar_one()


def _row(trace: Trace) -> dict[str, object]:
    return {
        "id": trace.id,
        "task_key": trace.task.key,
        "format": trace.source.format,
        "agent": trace.agent,
        "model": trace.model,
        "n_steps": len(trace.steps),
        "verdict": trace.verdict,
        "score": trace.outcome.score if trace.outcome else None,
        "body": trace.model_dump_json(exclude_defaults=True),
    }


def _where(chosen: TraceFilter | None) -> list[ColumnElement[bool]]:
    if chosen is None:
        return []
    clauses: list[ColumnElement[bool]] = []
    for name in ("task_key", "format", "agent", "verdict"):
        wanted = getattr(chosen, name)
        if wanted is not None:
            clauses.append(schema.trace.c[name] == wanted)
    return clauses
