"""Who said what about a trace, and when: an append-only history beside the one outcome that the trace shows.

A person outranks a verifier, a verifier a judge, a judge the agent's own report; among equals the latest wins. What an
import brings never takes a standing statement of the same rank back: it is kept as a contradiction. Raises
`StoreError`, and `UsageError` for a trace that is not there.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from seasoned.core.outcome import Outcome, OutcomeSource
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.traces.derived import in_utc, outcome_columns

RANK: dict[OutcomeSource, int] = {"human": 3, "verifier": 2, "judge": 1, "self-report": 0}
"""Whose word counts more."""


class Statement(Value):
    """One entry of a trace's history of outcomes."""

    at: datetime | None
    """None: known before the history was kept."""
    outcome: Outcome
    stands: bool = True
    """False: an import brought it, it contradicted what was known, and it changed nothing."""


class Attached(Value):
    """What came of attaching an outcome."""

    trace_id: str
    is_new: bool
    """False where the latest statement of this source said the same already."""
    winning: Outcome
    """What the trace shows now."""


class History(Value):
    """All that was said about one trace."""

    trace_id: str
    task_key: Text
    said: tuple[Statement, ...]
    """In the order in which it came in."""


class Outcomes:
    """The histories of outcomes of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the outcomes of this database."""
        self._database = database

    def attach(self, trace_id: str, outcome: Outcome, *, at: datetime | None = None) -> Attached:
        """Add a statement about a trace, as a live receiver of feedback or a person at the keyboard makes it.

        Args:
            trace_id: The trace's whole id; `Traces.find` and `Traces.with_run_key` give it.
            outcome: What is said.
            at: When it was said; None is now. A statement may come late: the one that was said last wins.

        Raises:
            UsageError: There is no such trace.
        """
        moment = datetime.now(UTC) if at is None else in_utc(at)
        with self._database.writing() as connection:
            trace = _trace(connection, trace_id)
            history = _history(connection, trace_id)
            is_new = not _is_repeated(history, outcome, at)
            if is_new:
                said = Statement(at=moment, outcome=outcome)
                write(connection, [(trace_id, said)])
                history = [*history, said]
            winning = winner(history)
            if winning != trace.outcome:
                show(connection, trace.model_copy(update={"outcome": winning}))
        return Attached(trace_id=trace_id, is_new=is_new, winning=winning)

    def graded(self, trace_id: str, outcome: Outcome) -> bool:
        """Add what a grader said of a recorded run.

        Args:
            trace_id: The run's whole id.
            outcome: What is said.

        Returns:
            Whether it is what the run shows now: nobody whose word counts as much has said anything of it.

        Raises:
            UsageError: There is no such trace.
        """
        with self._database.writing() as connection:
            trace = _trace(connection, trace_id)
            shown = trace.outcome
            if shown is not None and RANK[shown.source] >= RANK[outcome.source]:
                kept_beside(connection, trace_id, [outcome])
                return shown == outcome
            write(connection, [(trace_id, Statement(at=datetime.now(UTC), outcome=outcome))])
            show(connection, trace.model_copy(update={"outcome": outcome}))
            return True

    def graded_by(self, name: str) -> frozenset[str]:
        """The traces, by id, of which the grader of this name has said anything.

        People and agents may go by any name, also by a grader's.
        """
        table = schema.outcome.c
        query = select(table.trace_id).where(table.name == name, table.source.in_(("judge", "verifier")))
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def keep_beside(self, trace_id: str, outcomes: Iterable[Outcome]) -> None:
        """Keep what further graders said of a trace; see `kept_beside`.

        Raises:
            UsageError: There is no such trace.
        """
        with self._database.writing() as connection:
            _trace(connection, trace_id)
            kept_beside(connection, trace_id, outcomes)

    def with_source(self, source: OutcomeSource) -> tuple[History, ...]:
        """The histories of all traces of which this source said anything, in the order in which they began."""
        table, trace = schema.outcome, schema.trace
        named = select(table.c.trace_id).where(table.c.source == source)
        query = select(table, trace.c.task_key).join(trace, trace.c.id == table.c.trace_id)
        found: dict[tuple[str, str], list[Statement]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query.where(table.c.trace_id.in_(named)).order_by(table.c.seq)).mappings():
                found.setdefault((row["trace_id"], row["task_key"]), []).append(_statement(row))
        return tuple(History(trace_id=id_, task_key=key, said=tuple(said)) for (id_, key), said in found.items())

    def of(self, trace_id: str) -> tuple[Statement, ...]:
        """Everything that was said about a trace, in the order in which it came in."""
        with self._database.reading() as connection:
            return tuple(_history(connection, trace_id))


def winner(history: Sequence[Statement]) -> Outcome:
    """The outcome that a trace shows: of the highest rank, said last, come in last."""
    earliest = datetime.min.replace(tzinfo=UTC)
    standing = ((RANK[s.outcome.source], s.at or earliest, i) for i, s in enumerate(history) if s.stands)
    return history[max(standing)[2]].outcome


def write(connection: Connection, statements: Iterable[tuple[str, Statement]]) -> None:
    """Add statements, each with its trace's id, to the history; what the traces show is left as it is."""
    rows = [
        {
            "trace_id": trace_id,
            "at": None if said.at is None else said.at.isoformat(),
            "source": said.outcome.source,
            "name": said.outcome.name,
            "stands": said.stands,
            "body": said.outcome.model_dump_json(exclude_defaults=True),
        }
        for trace_id, said in statements
    ]
    if rows:
        connection.execute(insert(schema.outcome), rows)


def kept_beside(connection: Connection, trace_id: str, outcomes: Iterable[Outcome]) -> None:
    """Add what further graders said to a trace's history; it changes nothing, and is not kept twice."""
    known, now = [said.outcome for said in _history(connection, trace_id)], datetime.now(UTC)
    new = [outcome for outcome in dict.fromkeys(outcomes) if outcome not in known]
    write(connection, [(trace_id, Statement(at=now, outcome=each, stands=False)) for each in new])


def show(connection: Connection, trace: Trace) -> None:
    """Store a trace whose outcome has changed; its steps never do."""
    connection.execute(update(schema.trace).where(schema.trace.c.id == trace.id).values(outcome_columns(trace)))


def imported(connection: Connection, stored: Trace, outcome: Outcome, at: datetime) -> tuple[Trace, bool]:
    """Take an outcome that an import brought for a known trace.

    Returns:
        The trace as it is now, and whether the outcome contradicts what the trace shows.
    """
    if outcome == stored.outcome:
        return stored, False
    history = _history(connection, stored.id)
    for said in history:
        if said.outcome == outcome:
            return stored, not said.stands
    stands = stored.outcome is None or RANK[outcome.source] > RANK[stored.outcome.source]
    write(connection, [(stored.id, Statement(at=at, outcome=outcome, stands=stands))])
    if not stands:
        return stored, True
    changed = stored.model_copy(update={"outcome": outcome})
    show(connection, changed)
    return changed, False


def _is_repeated(history: Sequence[Statement], outcome: Outcome, at: datetime | None) -> bool:
    """Whether this was said already: by a sender that tries again, or by a person who repeats themselves."""
    same_source = [said for said in history if said.stands and said.outcome.source == outcome.source]
    if at is not None:
        return any(said.at == in_utc(at) and said.outcome == outcome for said in same_source)
    return bool(same_source) and winner(same_source) == outcome


def _history(connection: Connection, trace_id: str) -> list[Statement]:
    table = schema.outcome
    query = select(table).where(table.c.trace_id == trace_id).order_by(table.c.seq)
    return [_statement(row) for row in connection.execute(query).mappings()]


def _statement(row: RowMapping) -> Statement:
    return Statement(at=row["at"], outcome=Outcome.model_validate_json(row["body"]), stands=row["stands"])


def _trace(connection: Connection, trace_id: str) -> Trace:
    query = select(schema.trace.c.body).where(schema.trace.c.id == trace_id)
    body = connection.execute(query).scalar_one_or_none()
    if body is None:
        raise UsageError(f"there is no trace {trace_id!r} in the store", hint="`seasoned traces list` shows the ids")
    return Trace.model_validate_json(body)
