"""Traces as the store keeps them: written once, found by id, filter or words.

Reference answers go to their own table, which this module writes and only `references` beside it reads.
Raises `StoreError`, and `UsageError` for a trace that is not there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, func, select, update

from seasoned.core.ids import canonical_json
from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Exposure
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.store import fulltext, schema
from seasoned.store.database import Database, batched, insert_new
from seasoned.store.lookup import only_row
from seasoned.store.traces.derived import blobs_of, is_searched, searchable, step_rows, trace_row
from seasoned.store.traces.outcomes import Statement, imported, write
from seasoned.store.traces.trace_filter import TraceFilter, clauses

READ_BATCH = 200
"""Traces held at once while iterating."""
SNIPPET_CHARS = 160
"""Characters of a snippet."""
SNIPPET_LEAD_CHARS = 40
"""Characters of a snippet before the first hit."""


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
    started_at: datetime | None
    n_errors: int
    """Error steps and failed tool results."""


class Hit(Value):
    """One trace that a search found."""

    row: TraceRow
    step: int | None
    """Index of the step with most of the words; None where they stand in the task, or fold in another way."""
    snippet: str
    """The text around the first hit."""
    marks: tuple[tuple[int, int], ...] = ()
    """Character ranges of the hits in the snippet, in order."""


class Added(Value):
    """What came of storing runs, by trace id."""

    new: tuple[str, ...] = ()
    labelled: tuple[str, ...] = ()
    """Known without an outcome, and given one now."""
    contradicted: tuple[str, ...] = ()
    """Known with another outcome, which stays."""
    erased: tuple[str, ...] = ()
    """Erased from this store on request; they stay out."""


class Traces:
    """The traces of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the traces of this database."""
        self._database = database

    def add(self, runs: Sequence[Parsed], *, even_erased: bool = False) -> Added:
        """Store what is not there yet, in one transaction.

        A run that is known without an outcome, or with one of a lower rank, takes one that comes now; steps never
        change. An outcome that contradicts the stored one is kept in the history, changes nothing and is reported.

        Args:
            runs: What to store.
            even_erased: Store also what was erased from this store on request.
        """
        with self._database.writing() as connection:
            return add_runs(connection, runs, even_erased=even_erased)

    def link(self, parent_keys: Mapping[str, str]) -> None:
        """Say of sub-agents' traces which trace started them, where the store has it.

        A trace that has a parent keeps it. Where several traces of its format have the key, as when a session was
        imported again after it had grown, the latest is the parent.

        Args:
            parent_keys: By the sub-agent's trace id, the `source.run_key` of the run that started it.
        """
        table = schema.trace.c
        with self._database.writing() as connection:
            for trace_id, key in parent_keys.items():
                orphan = select(table.body).where(table.id == trace_id, table.parent_id.is_(None))
                if (body := connection.execute(orphan).scalar_one_or_none()) is None:
                    continue
                child = Trace.model_validate_json(body)
                started_it = (table.run_key == key, table.format == child.source.format, table.id != trace_id)
                parents = select(table.id).where(*started_it).order_by(table.seq.desc()).limit(1)
                if (parent_id := connection.execute(parents).scalar_one_or_none()) is not None:
                    linked = trace_row(child.model_copy(update={"parent_id": parent_id}))
                    connection.execute(update(schema.trace).where(table.id == trace_id).values(linked))

    def hand(self, trace_id: str, prompt_id: str, exposures: tuple[Exposure, ...]) -> None:
        """Say what a stored run was handed, as became known after it; exposures that are known stay."""
        table = schema.trace.c
        unknown = select(table.body).where(table.id == trace_id, table.exposures.is_(None))
        with self._database.writing() as connection:
            if (body := connection.execute(unknown).scalar_one_or_none()) is None:
                return
            known = Trace.model_validate_json(body)
            if exposures or known.prompt_id is None:
                told = trace_row(known.model_copy(update={"prompt_id": prompt_id, "exposures": exposures}))
                connection.execute(update(schema.trace).where(table.id == trace_id).values(told))

    def get(self, id_prefix: str) -> Trace:
        """The one trace whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: No trace, or more than one, begins so, or it was erased.
        """
        try:
            row = only_row(self._database, schema.trace, id_prefix, hint="`seasoned traces list` shows the ids")
        except UsageError:
            self._refuse_erased(id_prefix)
            raise
        return Trace.model_validate_json(row["body"])

    def find(self, name: str) -> str:
        """The id of the one trace that the user named: by the beginning of its id, or by its whole run key.

        Raises:
            UsageError: No trace, or more than one, has this name, or it was erased.
        """
        keyed = self.with_run_key(name)
        if len(keyed) != 1:
            return self.get(name).id
        try:
            begun_so = self.get(name).id
        except UsageError:
            return keyed[0]
        if begun_so == keyed[0]:
            return begun_so
        raise UsageError(
            f"no single trace {name!r} in the store",
            where=str(self._database),
            why=f"it is the run key of {keyed[0]} and the beginning of {begun_so}",
            hint="give more of the id",
        )

    def with_run_key(self, key: str) -> tuple[str, ...]:
        """Ids of the traces with this `source.run_key`, such as an external run id, in order of import."""
        query = select(schema.trace.c.id).where(schema.trace.c.run_key == key).order_by(schema.trace.c.seq)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars()) if key else ()

    def children(self, trace_id: str) -> tuple[TraceRow, ...]:
        """The sub-agents' traces that a trace started, in order of import."""
        with self._database.reading() as connection:
            return _rows(connection, [schema.trace.c.parent_id == trace_id], None)

    def search(self, text: str, chosen: TraceFilter | None = None, *, limit: int = 20) -> tuple[Hit, ...]:
        """The traces that hold all words of a text, best first by BM25 (Robertson & Zaragoza 2009).

        Raises:
            UsageError: The text holds no word.
        """
        phrases = fulltext.phrases(text)
        with self._database.reading() as connection:
            found = fulltext.ranked(connection, text).subquery()
            query = (
                select(*_row_columns(), schema.trace.c.body)
                .join(found, found.c.seq == schema.trace.c.seq)
                .where(*clauses(connection, chosen))
                .order_by(found.c.rank, schema.trace.c.seq)
                .limit(limit)
            )
            rows = connection.execute(query).mappings().all()
        return tuple(_hit({**row}, phrases) for row in rows)

    def rows(self, chosen: TraceFilter | None = None, *, limit: int | None = None) -> tuple[TraceRow, ...]:
        """What a list shows, in order of import."""
        with self._database.reading() as connection:
            return _rows(connection, clauses(connection, chosen), limit)

    def iterate(self, chosen: TraceFilter | None = None) -> Iterator[Trace]:
        """The traces in order of import, a batch in memory at a time."""
        after = 0
        while True:
            query = select(schema.trace.c.seq, schema.trace.c.body).where(schema.trace.c.seq > after)
            with self._database.reading() as connection:
                query = query.where(*clauses(connection, chosen)).order_by(schema.trace.c.seq).limit(READ_BATCH)
                batch = connection.execute(query).all()
            if not batch:
                return
            for _, body in batch:
                yield Trace.model_validate_json(body)
            after = batch[-1][0]

    def latest(self, n: int, *, agent: str = "") -> tuple[Trace, ...]:
        """The traces that were imported last, the latest first; of one agent, or with an empty name of any."""
        query = select(schema.trace.c.body).order_by(schema.trace.c.seq.desc()).limit(n)
        if agent:
            query = query.where(schema.trace.c.agent == agent)
        with self._database.reading() as connection:
            return tuple(Trace.model_validate_json(body) for body in connection.execute(query).scalars())

    def of(self, ids: Sequence[str]) -> Iterator[Trace]:
        """The traces with these ids, in the order given, a batch in memory at a time; an unknown id is passed over."""
        for start in range(0, len(ids), READ_BATCH):
            wanted = ids[start : start + READ_BATCH]
            query = select(schema.trace.c.id, schema.trace.c.body).where(schema.trace.c.id.in_(wanted))
            with self._database.reading() as connection:
                bodies = {row.id: row.body for row in connection.execute(query)}
            yield from (Trace.model_validate_json(bodies[i]) for i in wanted if i in bodies)

    def verdicts(self, ids: Sequence[str]) -> dict[str, bool | None]:
        """What somebody other than the agent said about each run; an unknown id is passed over."""
        found: dict[str, bool | None] = {}
        for part in batched(ids):
            query = select(schema.trace.c.id, schema.trace.c.verdict).where(schema.trace.c.id.in_(part))
            with self._database.reading() as connection:
                found.update({row.id: row.verdict for row in connection.execute(query)})
        return found

    def blob(self, sha256: str) -> bytes | None:
        """The bytes of a blob; None where the store does not have them."""
        query = select(schema.blob.c.data).where(schema.blob.c.sha256 == sha256)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def count(self, chosen: TraceFilter | None = None) -> int:
        """How many traces there are."""
        with self._database.reading() as connection:
            query = select(func.count()).select_from(schema.trace).where(*clauses(connection, chosen))
            return connection.execute(query).scalar_one()

    def _refuse_erased(self, id_prefix: str) -> None:
        """Say of a trace that is not there that it was erased, and when, if that is why."""
        table = schema.erasure
        typed = id_prefix.rstrip("…").lower()
        wanted = typed if typed.startswith("trace-") else f"trace-{typed}"
        query = select(table.c.trace_id, table.c.at).where(table.c.trace_id.startswith(wanted, autoescape=True))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.seq.desc())).all()
        if typed and len({row.trace_id for row in rows}) == 1:
            raise UsageError(
                f"the trace {rows[0].trace_id} was deleted",
                where=str(self._database),
                why=f"on request, at {rows[0].at[:19]} UTC; its text is gone",
            )


def _rows(connection: Connection, where: Sequence[ColumnElement[bool]], limit: int | None) -> tuple[TraceRow, ...]:
    query = select(*_row_columns()).where(*where).order_by(schema.trace.c.seq).limit(limit)
    return tuple(TraceRow(**row) for row in connection.execute(query).mappings())


def _row_columns() -> list[Column[Any]]:
    return [schema.trace.c[name] for name in TraceRow.model_fields]


def _erased(connection: Connection, ids: Iterable[str]) -> tuple[str, ...]:
    """Which of these were erased and have not been stored again since."""
    table = schema.erasure.c
    query = select(table.trace_id).where(table.trace_id.in_(ids), table.trace_id.not_in(select(schema.trace.c.id)))
    return tuple(dict.fromkeys(connection.execute(query.order_by(table.seq)).scalars()))


def add_runs(connection: Connection, runs: Sequence[Parsed], *, even_erased: bool = False) -> Added:
    """What `Traces.add` does, as a part of a larger transaction."""
    unique: dict[str, Parsed] = {}
    for run in runs:
        unique.setdefault(run.trace.id, run)
    erased = () if even_erased else _erased(connection, unique)
    for trace_id in erased:
        del unique[trace_id]
    query = select(schema.trace.c.id, schema.trace.c.body).where(schema.trace.c.id.in_(unique))
    known = {row.id: Trace.model_validate_json(row.body) for row in connection.execute(query)}
    fresh = {i: run for i, run in unique.items() if i not in known}
    now = datetime.now(UTC)
    _store(connection, tuple(fresh.values()), now)
    references = [
        {"trace_id": i, "body": canonical_json(run.reference).decode()}
        for i, run in unique.items()
        if run.reference is not None
    ]
    if references:
        connection.execute(insert_new(connection, schema.reference), references)
    # Equal runs within the batch count as known too, so that their outcomes are compared.
    before = {**{i: run.trace for i, run in fresh.items()}, **known}
    kept = [run.trace for run in runs if run.trace.id in unique]
    labelled, contradicted = _labelled(connection, before, kept, now)
    return Added(new=tuple(fresh), labelled=labelled, contradicted=contradicted, erased=erased)


def _store(connection: Connection, runs: Sequence[Parsed], now: datetime) -> None:
    """Write new traces with all that is read off them."""
    if not runs:
        return
    traces = [run.trace for run in runs]
    connection.execute(insert_new(connection, schema.trace), [trace_row(trace) for trace in traces])
    query = select(schema.trace.c.id, schema.trace.c.seq).where(schema.trace.c.id.in_([t.id for t in traces]))
    seqs = {row.id: row.seq for row in connection.execute(query)}
    rows: dict[Table, list[dict[str, object]]] = {
        schema.trace_step: [row for trace in traces for row in step_rows(trace, seqs[trace.id])],
        schema.blob: [{"sha256": sha256, "data": data} for run in runs for sha256, data in run.blobs.items()],
        schema.trace_blob: [
            {"trace_seq": seqs[run.trace.id], "sha256": sha256}
            for run in runs
            for sha256 in blobs_of(run.trace) | set(run.blobs)
        ],
    }
    for table, new in rows.items():
        if new:
            connection.execute(insert_new(connection, table), new)
    fulltext.index(connection, [(seqs[trace.id], searchable(trace)) for trace in traces])
    write(connection, [(t.id, Statement(at=now, outcome=t.outcome)) for t in traces if t.outcome is not None])


def _labelled(
    connection: Connection, before: dict[str, Trace], runs: Sequence[Trace], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    labelled: dict[str, None] = {}
    contradicted: dict[str, None] = {}
    for run in runs:
        stored = before[run.id]
        if run.outcome is None or run.outcome == stored.outcome:
            continue
        before[run.id], contradicts = imported(connection, stored, run.outcome, now)
        if contradicts:
            contradicted[run.id] = None
        elif before[run.id] is not stored:
            labelled[run.id] = None
    return tuple(labelled), tuple(contradicted)


def _word_start(text: str, hit: int) -> int:
    """Where a snippet begins: at a word a little before the hit."""
    earliest = max(0, hit - SNIPPET_LEAD_CHARS)
    space = text.find(" ", earliest, hit) if earliest else -1
    return earliest if space < 0 else space + 1


def _hit(row: dict[str, Any], phrases: Sequence[fulltext.Phrase]) -> Hit:
    trace = Trace.model_validate_json(row.pop("body"))
    places: list[tuple[int | None, str]] = [(None, trace.task.text)]
    places += [(i, s.text) for i, s in enumerate(trace.steps) if is_searched(s.kind, injected=s.injected)]
    n_met = [sum(bool(fulltext.hits([phrase], text)) for phrase in phrases) for _, text in places]
    # The task is often the first step's text as well: a step can be shown, so it is preferred.
    best = max(range(len(places)), key=lambda i: (n_met[i], places[i][0] is not None, -i))
    step, text = places[best] if n_met[best] else places[0]
    ranges = fulltext.hits(phrases, text)
    start = _word_start(text, ranges[0][0]) if ranges else 0
    snippet = text[start : start + SNIPPET_CHARS]
    marks = tuple((a - start, min(b - start, len(snippet))) for a, b in ranges if a - start < len(snippet))
    return Hit(row=TraceRow(**row), step=step, snippet=snippet, marks=marks)
