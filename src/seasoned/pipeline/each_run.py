"""Asking about recorded runs one by one, several at a time, until none is left or a limit ends it.

What a provider refuses about one run is noted, and the others are asked about. Knows nothing of what is asked. Raises
what asking raises otherwise, once those at work are through.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from seasoned.core.trace import Trace
from seasoned.errors import BudgetExceeded, ProviderError, SeasonedError, UsageError
from seasoned.learn.learner import Progress
from seasoned.llm.account import Account


class EachRun:
    """Workers that take turns at recorded runs."""

    def __init__(self, account: Account, total: int, on_progress: Callable[[Progress], None]) -> None:
        """Begin with nothing done.

        Args:
            account: Of the models that are asked.
            total: How many runs there are to ask about.
            on_progress: Told after each of them.
        """
        self.n_done = 0
        self.is_complete = True
        """False where a limit or a provider cut some of the work off."""
        self.notes: dict[str, None] = {}
        """Why, each reason once."""
        self._account, self._total, self._on_progress = account, total, on_progress
        self._is_stopped = False
        self._error: SeasonedError | None = None

    async def over(self, traces: Iterator[Trace], ask: Callable[[Trace], Awaitable[None]], concurrency: int) -> None:
        """Ask about each run.

        Args:
            traces: The runs.
            ask: What is done about one of them.
            concurrency: How many are asked about at once.

        Raises:
            SeasonedError: What `ask` raises beside `BudgetExceeded`, `ProviderError` and `UsageError`.
        """
        self._tell()
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(self._worker(traces, ask))
        if self._error is not None:
            raise self._error

    async def _worker(self, traces: Iterator[Trace], ask: Callable[[Trace], Awaitable[None]]) -> None:
        # The workers take turns at one iterator; nothing waits between one's look at it and the next one's.
        while not self._is_stopped and (trace := next(traces, None)) is not None:
            try:
                await ask(trace)
            except BudgetExceeded as error:
                self._is_stopped = True
                self._cut_off(error)
            except (ProviderError, UsageError) as error:
                self._cut_off(error)
            except SeasonedError as error:
                self._error = self._error or error
                self._is_stopped = True
            else:
                self.n_done += 1
                self._tell()

    def _cut_off(self, error: SeasonedError) -> None:
        self.is_complete = False
        self.notes[str(error)] = None

    def _tell(self) -> None:
        totals = self._account.totals
        now = Progress(
            done=self.n_done, total=self._total, unit="runs", n_calls=totals.n_calls, cost_usd=totals.cost_usd
        )
        self._on_progress(now)
