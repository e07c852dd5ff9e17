"""Runs that were handed skills by chance, with how they ended, without loading their bodies.

Raises `StoreError`.
"""

from collections.abc import Iterator
from typing import NamedTuple, NotRequired, TypedDict, cast

from pydantic_core import from_json
from sqlalchemy import func, select

from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.traces.trace_filter import TraceFilter, clauses

_ROWS = 2_000
"""Read at once."""
_TRACE = schema.trace.c
_HANDED = (_TRACE.exposures.is_not(None), _TRACE.parent_id.is_(None))


class ExposureRow(TypedDict):
    """An exposure as the column keeps it; see `core.prompt.Exposure`."""

    skill_id: str
    revision: int
    included: bool
    probability: float
    book: NotRequired[str]
    """Absent where it was not noted."""


class ExposedRun(NamedTuple):
    """One run."""

    task_key: str
    verdict: bool | None
    """None: nobody but the agent itself has said."""
    exposures: list[ExposureRow]


def exposed_runs(database: Database, chosen: TraceFilter | None = None) -> Iterator[ExposedRun]:
    """The runs whose exposures are on record, in the order in which they came.

    Of several versions of one run, told by task and run key, the latest counts. Sub-agents' runs belong to the run that
    started them and are left out.

    Args:
        database: Has the traces.
        chosen: Only these runs; None: all.
    """
    versions = _last_versions(database)
    after = 0
    while True:
        # No transaction stays open while the caller works with a row.
        with database.reading() as connection:
            where = (_TRACE.seq > after, *_HANDED, *clauses(connection, chosen))
            columns = (_TRACE.seq, _TRACE.task_key, _TRACE.run_key, _TRACE.verdict, _TRACE.exposures)
            rows = connection.execute(select(*columns).where(*where).order_by(_TRACE.seq).limit(_ROWS)).all()
        for seq, task_key, run_key, verdict, exposures in rows:
            if versions.get((task_key, run_key), seq) == seq:
                yield ExposedRun(task_key, verdict, cast("list[ExposureRow]", from_json(exposures)))
        if len(rows) < _ROWS:
            return
        after = rows[-1].seq


def _last_versions(database: Database) -> dict[tuple[str, str], int]:
    """Number of the last version of each run that there are several of, by task and run key."""
    key = (_TRACE.task_key, _TRACE.run_key)
    query = select(*key, func.max(_TRACE.seq)).where(*_HANDED, _TRACE.run_key != "").group_by(*key)
    with database.reading() as connection:
        rows = connection.execute(query.having(func.count() > 1)).all()
    return {(task_key, run_key): seq for task_key, run_key, seq in rows}
