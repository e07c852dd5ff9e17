"""The report of credit on a schedule: every skillbook measured again and again, by one of the processes that could.

What it does is `measure` of `pipeline.crediting`: counters, and proposals that a reviewer settles; nothing is removed.
When a book was last measured is in the store, so that a restart does not begin the wait anew. Raises `StoreError`.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from seasoned.errors import SeasonedError, StoreError, boundary
from seasoned.pipeline.crediting import Measured, measure
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store

_log = logging.getLogger(__name__)


def measured_when_due(
    store: Store, every: timedelta, now: datetime, otherwise: float = DEFAULT_PROBABILITY
) -> Iterator[Measured]:
    """Measure each skillbook whose turn it is, one at a time, as far as the caller goes on asking.

    A book that cannot be measured is logged, and tried again later (`store.schedule.AGAIN_AFTER`).

    Args:
        store: Has the books, the runs and the schedule.
        every: How long after one measurement of a book the next one is due.
        now: The time.
        otherwise: With which probability a skill is kept where neither it nor its book has a rule.
    """
    for book in store.books.names():
        try:
            # Whatever one book is broken by, the server goes on, and so do the other books.
            with boundary(StoreError, "could not measure"):
                measured = _measured(store, book, every, now, otherwise)
        except SeasonedError as error:
            _log.error("the skills of %s could not be measured: %s", book, error)
            continue
        if measured is not None:
            yield measured


def _measured(store: Store, book: str, every: timedelta, now: datetime, otherwise: float) -> Measured | None:
    """None where it is not the book's turn, or it has nothing to measure."""
    work = f"measure {book}"
    if not store.schedule.take(work, every, now):
        return None
    has_skills = store.books.read(book).with_status("approved")
    measured = measure(store, book, otherwise=otherwise) if has_skills else None
    store.schedule.done(work, now)
    return measured
