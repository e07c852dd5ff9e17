"""What skills do, measured on a schedule while the server runs, beside all requests.

A thread of its own measures, so that neither requests nor the making of runs wait for it. Raises nothing to the server:
what cannot be measured is logged, and tried again.
"""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from seasoned.api.limits import Limits
from seasoned.core.text import plural
from seasoned.errors import SeasonedError
from seasoned.pipeline.crediting import Measured
from seasoned.pipeline.measuring_due import measured_when_due
from seasoned.store.store import Store

_log = logging.getLogger(__name__)


class Measuring:
    """Measures the skillbooks of one store when their turn comes.

    Args:
        store: Has the books and when each was last measured.
        limits: How often books are measured, if at all, and how often it is looked.
        keep_probability: With which a skill is kept in a run where neither it nor its book has a rule.
    """

    def __init__(self, store: Store, limits: Limits, keep_probability: float) -> None:
        """Nothing is measured yet."""
        self._store, self._limits, self._keep_probability = store, limits, keep_probability

    async def until(self, stopping: asyncio.Event) -> None:
        """Measure until the server stops; a book that is being measured then is finished, no other one is begun."""
        if (every := self._limits.measure_every) is None:
            return
        with ThreadPoolExecutor(1, "seasoned-measurer") as thread:
            while not stopping.is_set():
                try:
                    await self._look(every, stopping, thread)
                except SeasonedError as error:
                    _log.error("what skills do could not be measured: %s", error)
                try:
                    await asyncio.wait_for(stopping.wait(), self._limits.measure_look_s)
                except TimeoutError:
                    continue

    async def _look(self, every: timedelta, stopping: asyncio.Event, thread: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        due = measured_when_due(self._store, every, datetime.now(UTC), self._keep_probability)
        while not stopping.is_set() and (found := await loop.run_in_executor(thread, next, due, None)) is not None:
            _tell(found)


def _tell(found: Measured) -> None:
    counted = plural(len(found.counts), "skill")
    _log.info("%s: measured %s of %s", found.run_id, counted, found.uplift.book)
    for each in found.proposed:
        _log.warning("%s of %s is proposed for removal: %s", each.skill_id, found.uplift.book, each.reason)
