"""Canaries of labels: every beginning and ending of one, and the runs that tell how it does.

Moves are only ever added, which the table's triggers see to. A canary holds only while its label points where it did
when the canary began. Raises `UsageError`, `StoreConflict` and `StoreError`.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, func, insert, select

from seasoned.core.canary import CanaryMove
from seasoned.core.value import Value
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.database import Database

_TABLE = schema.canary_move.c
_EVALUATION = "evaluation"
"""Format of the runs of evaluations, which no user saw."""


class WatchedRun(Value):
    """A run of a label while a canary ran."""

    trace_id: str
    prompt_id: str
    verdict: bool | None
    """None: nobody has said yet."""


class Canaries:
    """The canaries of one database; a label has one at most."""

    def __init__(self, database: Database) -> None:
        """Look at the canaries of this database."""
        self._database = database

    def begin(self, book: str, label: str, prompt_id: str, share: float, *, by: str, reason: str) -> CanaryMove:
        """Let a share of the label's runs be handed a prompt.

        Raises:
            UsageError: There is no such label, it points at that prompt, or it has a canary.
        """
        with self._database.writing() as connection:
            points_at = _label(connection, book, label)
            if points_at is None:
                raise UsageError(
                    f"the skillbook {book!r} has no label {label!r}",
                    why="a canary takes a share of the runs that a label's prompt has",
                    hint="`seasoned prompt labels` shows those it has",
                )
            if points_at["prompt_id"] == prompt_id:
                raise UsageError(f"the label {label!r} points at {prompt_id} already", hint="name another prompt")
            if (last := _running(connection, book, label)) is not None:
                raise UsageError(
                    f"the label {label!r} has a canary: {last.prompt_id}, {last.share:.0%} of the runs",
                    hint=f"`seasoned prompt canary --label {label} --end` ends it",
                )
            return _write(connection, book, label, prompt_id, share=share, by=by, reason=reason)

    def end(self, book: str, label: str, *, by: str, reason: str, expected: str | None = None) -> CanaryMove:
        """End the canary of a label.

        Args:
            book: The skillbook.
            label: One of its labels.
            by: Who does it.
            reason: Why.
            expected: The prompt that the canary is thought to be; None ends any.

        Raises:
            UsageError: The label has none.
            StoreConflict: It is another one than expected.
        """
        with self._database.writing() as connection:
            last = _running(connection, book, label)
            if last is None:
                raise UsageError(
                    f"the label {label!r} of {book!r} has no canary", hint="`seasoned prompt promote --canary 10%`"
                )
            if expected is not None and last.prompt_id != expected:
                raise StoreConflict(
                    f"the label {label!r} of {book!r} has another canary",
                    why=f"expected {expected}, found {last.prompt_id}",
                    hint="`seasoned prompt canary` shows it",
                )
            return _write(connection, book, label, None, share=0.0, by=by, reason=reason)

    def at(self, book: str, label: str) -> CanaryMove | None:
        """The canary that the label has now; None where it has none."""
        with self._database.reading() as connection:
            return _running(connection, book, label)

    def everywhere(self) -> tuple[CanaryMove, ...]:
        """The canaries that there are now, by skillbook and label."""
        query = select(_TABLE.book, _TABLE.label).distinct().order_by(_TABLE.book, _TABLE.label)
        with self._database.reading() as connection:
            labels = connection.execute(query).all()
            found = (_running(connection, row.book, row.label) for row in labels)
            return tuple(each for each in found if each is not None)

    def history(self, book: str, label: str | None = None) -> tuple[CanaryMove, ...]:
        """All moves of a skillbook's canaries, or of those of one label, oldest first."""
        query = select(schema.canary_move).where(_TABLE.book == book).order_by(_TABLE.seq)
        if label is not None:
            query = query.where(_TABLE.label == label)
        with self._database.reading() as connection:
            return tuple(map(_move, connection.execute(query).mappings()))

    def last_verdict(self) -> int:
        """Number of the verdict that came in last, on any run; 0 before the first."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(schema.outcome.c.seq))).scalar_one() or 0

    def runs(self, canary: CanaryMove, baseline_id: str) -> tuple[WatchedRun, ...]:
        """The runs since a canary began that were handed it or the label's own prompt, evaluations left out.

        Those that somebody has judged come first, in the order in which the first verdict on each came in: a verdict
        that comes later never changes what was seen before it. A run that is there in several versions, told by task
        and run key, counts once, as its prompt was drawn once.
        """
        trace, said = schema.trace.c, schema.outcome.c
        first = func.min(said.seq)
        query = (
            select(trace.id, trace.prompt_id, trace.verdict, trace.task_key, trace.run_key, first.label("first"))
            .join(schema.outcome, said.trace_id == trace.id, isouter=True)
            .where(trace.prompt_id.in_((canary.prompt_id, baseline_id)), trace.format != _EVALUATION)
            .where(trace.parent_id.is_(None), trace.seq > canary.last_trace)
            .group_by(trace.seq, trace.id, trace.prompt_id, trace.verdict, trace.task_key, trace.run_key)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(first.is_(None), first, trace.seq)).all()
        once: dict[tuple[str, ...], WatchedRun] = {}
        for row in rows:
            run = WatchedRun(trace_id=row.id, prompt_id=row.prompt_id, verdict=row.verdict)
            once.setdefault((row.prompt_id, row.task_key, row.run_key or row.id), run)
        return tuple(once.values())


def _label(connection: Connection, book: str, label: str) -> RowMapping | None:
    """The move that brought the label where it points; None where there is no such label."""
    table = schema.label_move.c
    query = select(schema.label_move).where(table.book == book, table.label == label)
    last = connection.execute(query.order_by(table.seq.desc()).limit(1)).mappings().one_or_none()
    return None if last is None or last["prompt_id"] is None else last


def _running(connection: Connection, book: str, label: str) -> CanaryMove | None:
    query = select(schema.canary_move).where(_TABLE.book == book, _TABLE.label == label)
    last = connection.execute(query.order_by(_TABLE.seq.desc()).limit(1)).mappings().one_or_none()
    if last is None or last["prompt_id"] is None:
        return None
    points_at, canary = _label(connection, book, label), _move(last)
    holds = points_at is not None and datetime.fromisoformat(points_at["at"]) <= canary.at
    return canary if holds else None


def _write(connection: Connection, book: str, label: str, prompt_id: str | None, **rest: float | str) -> CanaryMove:
    last_trace = connection.execute(select(func.max(schema.trace.c.seq))).scalar_one() or 0
    row = {"book": book, "label": label, "prompt_id": prompt_id, "at": datetime.now(UTC), "last_trace": last_trace}
    moved = CanaryMove.model_validate({**row, **rest})
    connection.execute(insert(schema.canary_move), {**moved.model_dump(), "at": moved.at.isoformat()})
    return moved


def _move(row: RowMapping) -> CanaryMove:
    return CanaryMove.model_validate({name: row[name] for name in CanaryMove.model_fields})
