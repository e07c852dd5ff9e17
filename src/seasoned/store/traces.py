"""Traces as the store keeps them: written once, found by id or filter.

Reference answers go to their own table, which this module writes and only `store.references` reads.
Raises `StoreError`, and `UsageError` for a trace that is not there.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, func, select, update

from seasoned.core.ids import canonical_json
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.core.value import Value
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


class Added(Value):
    """What came of storing runs, by trace id."""

    new: tuple[str, ...] = ()
    labelled: tuple[str, ...] = ()
    """Known without an outcome, and given one now."""
    contradicted: tuple[str, ...] = ()
    """Known with another outcome, which stays."""


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

    def add(self, runs: Sequence[Parsed]) -> Added:
        """Store what is not there yet, in one transaction.

        A run that is known without an outcome takes one that comes now; steps never change. An outcome that contradicts
        the stored one changes nothing and is reported.
        """
        unique: dict[str, Parsed] = {}
        for run in runs:
            unique.setdefault(run.trace.id, run)
        with self._database.writing() as connection:
            query = select(schema.trace.c.id, schema.trace.c.body).where(schema.trace.c.id.in_(unique))
            known = {row.id: Trace.model_validate_json(row.body) for row in connection.execute(query)}
            fresh = {i: run for i, run in unique.items() if i not in known}
            if fresh:
                connection.execute(insert_new(schema.trace), [_row(run.trace) for run in fresh.values()])
            references = [
                {"trace_id": i, "body": canonical_json(run.reference).decode()}
                for i, run in unique.items()
                if run.reference is not None
            ]
            if references:
                connection.execute(insert_new(schema.reference), references)
            blobs = [{"sha256": h, "data": d} for run in fresh.values() for h, d in run.blobs.items()]
            if blobs:
                connection.execute(insert_new(schema.blob), blobs)
            # Equal runs within the batch count as known too, so that their outcomes are compared.
            before = {**{i: run.trace for i, run in fresh.items()}, **known}
            labelled, contradicted = _labelled(connection, before, [run.trace for run in runs])
        return Added(new=tuple(fresh), labelled=labelled, contradicted=contradicted)

    def get(self, id_prefix: str) -> Trace:
        """The one trace whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: No trace, or more than one, begins so.
        """
        hint = "`seasoned traces list` shows the ids"
        row = only_row(self._database, schema.trace, id_prefix, hint=hint)
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


def _labelled(
    connection: Connection, before: dict[str, Trace], runs: Sequence[Trace]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labelled: dict[str, None] = {}
    contradicted: dict[str, None] = {}
    for run in runs:
        stored = before[run.id]
        if run.outcome is None or run.outcome == stored.outcome:
            continue
        if stored.outcome is not None:
            contradicted[run.id] = None
            continue
        before[run.id] = changed = stored.model_copy(update={"outcome": run.outcome})
        connection.execute(update(schema.trace).where(schema.trace.c.id == run.id).values(_row(changed)))
        labelled[run.id] = None
    return tuple(labelled), tuple(contradicted)


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
