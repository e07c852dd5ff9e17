"""Runs that were handed skills by chance, with how they ended, without loading their bodies.

Raises `StoreError`.
"""

from collections.abc import Iterator
from typing import NamedTuple, NotRequired, TypedDict, cast

from pydantic_core import from_json
from sqlalchemy import case, func, select

from seasoned.store import schema
from seasoned.store.database import Database
from seasoned.store.traces.trace_filter import TraceFilter, clauses

_ROWS = 2_000
"""Read at once."""
_TRACE = schema.trace.c


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
    with database.reading() as connection:
        where = (_TRACE.exposures.is_not(None), _TRACE.parent_id.is_(None), *clauses(connection, chosen))
        # A run without a key is no version of another one.
        alone = case((_TRACE.run_key == "", _TRACE.id), else_="")
        latest = select(func.max(_TRACE.seq)).where(*where).group_by(_TRACE.task_key, _TRACE.run_key, alone)
        query = select(_TRACE.task_key, _TRACE.verdict, _TRACE.exposures)
        query = query.where(_TRACE.seq.in_(latest)).order_by(_TRACE.seq).execution_options(yield_per=_ROWS)
        for row in connection.execute(query):
            yield ExposedRun(row.task_key, row.verdict, cast("list[ExposureRow]", from_json(row.exposures)))
