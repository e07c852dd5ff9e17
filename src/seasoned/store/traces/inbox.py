"""Spans on their way to being traces: kept when they arrive, found when their trace is due, let go when it is old.

A span's body is text to this module; it must have been redacted. Of two reports of one span the one that says more
stays, so a sender may try again as often as it likes. Feedback is kept by the sender's id of the trace, as it may come
first. Raises `StoreError`.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from seasoned.core.ids import content_id
from seasoned.core.outcome import Outcome
from seasoned.core.value import Value
from seasoned.store import schema
from seasoned.store.database import Database, insert_into

MAX_SPANS = 50_000
"""Spans of one trace; more are refused."""
_BATCH = 500


class Arrival(Value):
    """One span as it is kept."""

    trace_id: str
    span_id: str
    weight: int
    """How much the report says; of two reports of a span the heavier one stays."""
    is_root: bool
    """It has no parent and has ended, so its trace is probably complete."""
    body: str
    """The span as JSON, redacted."""


class Kept(Value):
    """What came of keeping spans."""

    n_new: int = 0
    """New, or saying more than what was known."""
    n_known: int = 0
    n_refused: int = 0
    """Of traces that are closed or full."""


class Due(Value):
    """A trace whose runs are to be made, or made anew."""

    trace_id: str
    version: int
    """Counts the changes to its spans."""
    bodies: tuple[str, ...]
    runs: tuple[str, ...]
    """Ids of the stored traces that an earlier version gave."""
    origin: str | None = None
    """The trace that it was joined to, which its spans are now part of."""


class Inbox:
    """The spans and the feedback that one database has received."""

    def __init__(self, database: Database) -> None:
        """Look at the inbox of this database."""
        self._database = database

    def keep(self, spans: Sequence[Arrival], now: datetime) -> Kept:
        """Keep spans, all in one transaction that is on disk when this returns."""
        if not spans:
            return Kept()
        with self._database.writing() as connection:
            return _keep(connection, spans, now)

    def due(self, now: datetime, *, grace_s: float, idle_s: float, limit: int = 100) -> tuple[str, ...]:
        """Traces that changed since their runs were made and now rest, the longest resting first.

        Args:
            now: The present.
            grace_s: How long a trace rests whose root has ended.
            idle_s: How long any other one rests.
            limit: The most to name.
        """
        table = schema.inbox.c
        rested = or_(
            and_(table.has_root, table.changed_at <= _iso(now - timedelta(seconds=grace_s))),
            table.changed_at <= _iso(now - timedelta(seconds=idle_s)),
        )
        query = select(table.trace_id).where(table.settled < table.version, ~table.is_closed, rested)
        with self._database.reading() as connection:
            return tuple(connection.execute(query.order_by(table.changed_at).limit(limit)).scalars())

    def take(self, trace_id: str) -> Due:
        """A trace's spans as they are now, with those of the traces that were joined to it."""
        table = schema.inbox.c
        row = select(table.version, table.runs, table.joined_to).where(table.trace_id == trace_id)
        joined = select(table.trace_id).where(table.joined_to == trace_id)
        theirs = or_(schema.span.c.trace_id == trace_id, schema.span.c.trace_id.in_(joined))
        bodies = select(schema.span.c.body).where(theirs).order_by(schema.span.c.seq)
        with self._database.reading() as connection:
            version, runs, origin = connection.execute(row).one()
            found = tuple(connection.execute(bodies).scalars())
        return Due(trace_id=trace_id, version=version, bodies=found, runs=tuple(json.loads(runs)), origin=origin)

    def settle(self, due: Due, runs: Sequence[str], problem: str | None = None) -> None:
        """Note what became of a trace's spans; spans that came meanwhile leave it due."""
        values = {"settled": due.version, "runs": json.dumps(list(runs)), "problem": problem}
        which = schema.inbox.c.trace_id == due.trace_id
        with self._database.writing() as connection:
            connection.execute(update(schema.inbox).where(which).values(**values))

    def say(self, trace_id: str, digest: str) -> None:
        """Note what a lone model call says, so that the one that continues it finds it."""
        which = schema.inbox.c.trace_id == trace_id
        with self._database.writing() as connection:
            connection.execute(update(schema.inbox).where(which).values(said=digest))

    def join(self, due: Due, digests: Sequence[str]) -> bool:
        """Join a lone model call to the chain that it continues, whose first trace is then due.

        Args:
            due: The call's trace.
            digests: Of all beginnings of what it says, the shortest first, the last one of all of it.

        Returns:
            False where it continues none.
        """
        table = schema.inbox
        candidates = select(table.c.trace_id, table.c.joined_to, table.c.said).where(
            table.c.said.in_(digests[:-1]), ~table.c.is_closed, table.c.trace_id != due.trace_id
        )
        with self._database.writing() as connection:
            found = connection.execute(candidates.order_by(table.c.changed_at)).all()
            if not found:
                return False
            before = max(found, key=lambda row: digests.index(row.said))
            origin = before.joined_to or before.trace_id
            connection.execute(update(table).where(table.c.trace_id == before.trace_id).values(said=None))
            joined = {"joined_to": origin, "said": digests[-1], "settled": due.version}
            connection.execute(update(table).where(table.c.trace_id == due.trace_id).values(**joined))
            _make_due(connection, origin, due.trace_id)
        return True

    def pass_on(self, due: Due) -> None:
        """Let the trace that this one was joined to be due in its stead."""
        which = schema.inbox.c.trace_id == due.trace_id
        with self._database.writing() as connection:
            connection.execute(update(schema.inbox).where(which).values(settled=due.version))
            _make_due(connection, due.origin or due.trace_id, due.trace_id)

    def draw_for(self, trace_id: str, run_key: str) -> bool:
        """Note by which key the skills of a trace's run were drawn.

        Returns:
            False where another trace's were drawn by it: two runs that chance decided for at once are no two draws.
        """
        table = schema.inbox
        drawn_by = content_id("run-key", run_key)
        with self._database.writing() as connection:
            whose = select(table.c.trace_id).where(table.c.drawn_by == drawn_by)
            if (owner := connection.execute(whose).scalar_one_or_none()) is None:
                connection.execute(update(table).where(table.c.trace_id == trace_id).values(drawn_by=drawn_by))
        return owner in (None, trace_id)

    def origin(self, trace_id: str) -> str:
        """The trace that this one was joined to, else the trace itself."""
        query = select(schema.inbox.c.joined_to).where(schema.inbox.c.trace_id == trace_id)
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none() or trace_id

    def n_waiting(self) -> int:
        """Traces whose runs are still to be made."""
        table = schema.inbox.c
        query = select(func.count()).where(table.settled < table.version, ~table.is_closed)
        with self._database.reading() as connection:
            return connection.execute(query.select_from(schema.inbox)).scalar_one()

    def problems(self) -> dict[str, str]:
        """Why no run came of a trace, or what its spans say of its run and is not believed, by the trace's id."""
        query = select(schema.inbox.c.trace_id, schema.inbox.c.problem).where(schema.inbox.c.problem.is_not(None))
        query = query.order_by(schema.inbox.c.changed_at)
        with self._database.reading() as connection:
            return {row.trace_id: row.problem for row in connection.execute(query)}

    def let_go(self, before: datetime) -> int:
        """Delete the spans of traces that are settled and have not changed since a time; returns how many traces."""
        table = schema.inbox.c
        old = select(table.trace_id).where(
            table.settled == table.version,
            table.joined_to.is_(None),
            ~table.is_closed,
            table.changed_at < _iso(before),
        )
        with self._database.reading() as connection:
            if connection.execute(old.limit(1)).first() is None:
                return 0
        with self._database.writing() as connection:
            ids = list(connection.execute(old.limit(_BATCH)).scalars())
            _close(connection, ids)
        return len(ids)

    def hear(self, run_key: str, outcome: Outcome, now: datetime) -> None:
        """Keep feedback on a run, which may not be there yet; saying the same again changes nothing."""
        table, body = schema.feedback, outcome.model_dump_json(exclude_defaults=True)
        last = select(table.c.body).where(table.c.run_key == run_key).order_by(table.c.seq.desc()).limit(1)
        with self._database.writing() as connection:
            if connection.execute(last).scalar_one_or_none() != body:
                connection.execute(insert(table), {"run_key": run_key, "at": _iso(now), "body": body})

    def heard(self, run_key: str) -> tuple[tuple[datetime, Outcome], ...]:
        """The feedback on a run, oldest first, also where it named one of the traces that were joined to it."""
        table = schema.feedback.c
        joined = select(schema.inbox.c.trace_id).where(schema.inbox.c.joined_to == run_key)
        query = select(table.at, table.body).where(or_(table.run_key == run_key, table.run_key.in_(joined)))
        query = query.order_by(table.seq)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple((datetime.fromisoformat(at), Outcome.model_validate_json(body)) for at, body in rows)


def close(connection: Connection, run_ids: Iterable[str]) -> None:
    """Delete the spans and the feedback behind stored traces that are erased, and refuse what comes later."""
    for run_id in run_ids:
        query = select(schema.inbox.c.trace_id).where(schema.inbox.c.runs.contains(f'"{run_id}"', autoescape=True))
        ids = list(connection.execute(query).scalars())
        _close(connection, ids, with_feedback=True)


def is_cited(connection: Connection, trace_id: str) -> bool:
    """Whether evidence, an exemplar or a reflection points to a stored trace, or a run of ours was made on it."""
    quoted = f'"{trace_id}"'
    places = (
        select(schema.event.c.revision).where(schema.event.c.operation.contains(quoted, autoescape=True)),
        select(schema.run.c.seq).where(schema.run.c.config.contains(quoted, autoescape=True)),
        select(schema.exemplar.c.seq).where(schema.exemplar.c.trace_id == trace_id),
        select(schema.reflection.c.seq).where(schema.reflection.c.trace_id == trace_id),
    )
    return any(connection.execute(place.limit(1)).first() is not None for place in places)


def _close(connection: Connection, origins: Sequence[str], *, with_feedback: bool = False) -> None:
    """Delete the spans of these traces and of those that were joined to them, and take no more."""
    table = schema.inbox.c
    joined = select(table.trace_id).where(table.joined_to.in_(origins))
    ids = [*origins, *connection.execute(joined).scalars()]
    connection.execute(delete(schema.span).where(schema.span.c.trace_id.in_(ids)))
    if with_feedback:
        connection.execute(delete(schema.feedback).where(schema.feedback.c.run_key.in_(ids)))
    connection.execute(update(schema.inbox).where(table.trace_id.in_(ids)).values(is_closed=True, said=None))


def _make_due(connection: Connection, trace_id: str, by: str) -> None:
    """Count a change to a trace that another one made, which has rested already."""
    table = schema.inbox
    changed_at = select(table.c.changed_at).where(table.c.trace_id == by).scalar_subquery()
    values = {"version": table.c.version + 1, "has_root": True, "changed_at": changed_at}
    connection.execute(update(table).where(table.c.trace_id == trace_id).values(**values))


def _keep(connection: Connection, spans: Sequence[Arrival], now: datetime) -> Kept:
    closed = _closed(connection, {span.trace_id for span in spans})
    open_spans = [span for span in spans if span.trace_id not in closed]
    changed: dict[str, bool] = {}
    """Traces that said something new, and whether a root was among it."""
    n_new = 0
    upsert = insert_into(connection, schema.span)
    upsert = upsert.on_conflict_do_update(
        index_elements=["trace_id", "span_id"],
        set_={"weight": upsert.excluded.weight, "body": upsert.excluded.body},
        where=upsert.excluded.weight > schema.span.c.weight,
    ).returning(schema.span.c.seq)
    for span in open_spans:
        row = span.model_dump(include={"trace_id", "span_id", "weight", "body"})
        if connection.execute(upsert, row).first() is not None:
            n_new += 1
            changed[span.trace_id] = changed.get(span.trace_id, False) or span.is_root
    for trace_id, has_root in changed.items():
        _note_change(connection, trace_id, has_root=has_root, now=now)
    return Kept(n_new=n_new, n_known=len(open_spans) - n_new, n_refused=len(spans) - len(open_spans))


def _closed(connection: Connection, trace_ids: Iterable[str]) -> set[str]:
    """Which traces take no more spans."""
    found = set[str]()
    for trace_id in trace_ids:
        is_closed = select(schema.inbox.c.is_closed).where(schema.inbox.c.trace_id == trace_id)
        n_spans = select(func.count()).select_from(schema.span).where(schema.span.c.trace_id == trace_id)
        if connection.execute(is_closed).scalar_one_or_none() or connection.execute(n_spans).scalar_one() >= MAX_SPANS:
            found.add(trace_id)
    return found


def _note_change(connection: Connection, trace_id: str, *, has_root: bool, now: datetime) -> None:
    table = schema.inbox
    row = {"trace_id": trace_id, "changed_at": _iso(now), "has_root": has_root, "version": 1, "settled": 0,
           "runs": "[]", "is_closed": False}  # fmt: skip
    upsert = insert_into(connection, table).values(row)
    upsert = upsert.on_conflict_do_update(
        index_elements=["trace_id"],
        set_={
            "changed_at": upsert.excluded.changed_at,
            "has_root": or_(table.c.has_root, upsert.excluded.has_root),
            "version": table.c.version + 1,
        },
    )
    connection.execute(upsert)


def _iso(moment: datetime) -> str:
    """UTC with a fixed number of digits, so that text sorts as time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
