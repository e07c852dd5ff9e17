"""The trials of evaluations: one row for each, written as it ends, so that an interrupted evaluation goes on there.

A trial whose trace is erased is erased with it. Raises `StoreError`.
"""

import json
from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, delete, insert, select

from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.trial import TrialRecord
from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.runs import run_lock
from seasoned.store.traces.outcomes import kept_beside
from seasoned.store.traces.traces import add_runs

_TABLE = schema.trial.c
_IN_COLUMNS = ("task_key", "trial", "trace_id", "is_held_out")


class Trials:
    """The trials of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the trials of this database."""
        self._database = database

    def keep(self, run_id: str, record: TrialRecord) -> None:
        """Keep a trial; one that was kept before, because nothing came of it, is replaced."""
        with self._database.writing(alone=run_lock(run_id)) as connection:
            _write(connection, run_id, record)

    def keep_with_trace(
        self, run_id: str, record: TrialRecord, run: Parsed, besides: Iterable[Outcome] = ()
    ) -> TrialRecord:
        """Keep a trial and its trace, both or neither.

        Args:
            run_id: The evaluation.
            record: The trial.
            run: Its trace, with the verdict.
            besides: What other graders said, for the trace's history.

        Returns:
            The trial as it is kept: without a trace where that very one was erased on request.
        """
        with self._database.writing() as connection:
            is_erased = bool(add_runs(connection, [run]).erased)
            kept = record.model_copy(update={"trace_id": None if is_erased else run.trace.id})
            _write(connection, run_id, kept)
            if not is_erased:
                kept_beside(connection, run.trace.id, besides)
        return kept

    def of(self, run_id: str) -> tuple[TrialRecord, ...]:
        """The trials of one evaluation, by task and number."""
        query = select(schema.trial).where(_TABLE.run_id == run_id).order_by(_TABLE.task_key, _TABLE.trial)
        with self._database.reading() as connection:
            return tuple(map(_record, connection.execute(query).mappings()))


def _write(connection: Connection, run_id: str, record: TrialRecord) -> None:
    same = (_TABLE.run_id == run_id) & (_TABLE.task_key == record.task_key) & (_TABLE.trial == record.trial)
    row = {name: getattr(record, name) for name in _IN_COLUMNS}
    row |= {"run_id": run_id, "body": record.model_dump_json(exclude=set(_IN_COLUMNS), exclude_defaults=True)}
    connection.execute(delete(schema.trial).where(same))
    connection.execute(insert(schema.trial), row)


def _record(row: RowMapping) -> TrialRecord:
    return TrialRecord.model_validate({**json.loads(row["body"]), **{name: row[name] for name in _IN_COLUMNS}})
