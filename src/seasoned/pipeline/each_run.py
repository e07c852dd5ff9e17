"""Asking about recorded runs one by one, several at a time, until none is left or a limit ends it.

What a provider refuses about one run is noted, and the others are asked about. Knows nothing of what is asked. Raises
what asking raises otherwise, once those at work are through.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from seasoned.core.trace import Trace
from seasoned.errors import BudgetExceeded, ProviderError, SeasonedError, UsageError
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.learn.learner import Progress
from seasoned.llm.account import Account
from seasoned.llm.budget import Budget

VERDICT_TOKENS = 90
"""What one verdict of a model takes: words, step, quote and reason."""


@dataclass(frozen=True, kw_only=True)
class EachRunOptions:
    """What asking about recorded runs may cost, and who wants to know about it."""

    budget: Budget
    """What the work may spend: a hard stop."""
    concurrency: int = 8
    """Runs asked about at once."""
    policy: Policy = SECRETS
    """What is redacted before it is sent to a model, or kept."""
    on_run: Callable[[str], None] = field(default=lambda _: None)
    """Told the id of the durable run before the work begins."""
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    """Told after each recorded run."""


class EachRun:
    """Workers that take turns at recorded runs."""

    def __init__(self, account: Account, options: EachRunOptions) -> None:
        """Begin with nothing done; the account is of the models that are asked."""
        self.n_done = 0
        self.is_complete = True
        """False where a limit or a provider cut some of the work off."""
        self.notes: dict[str, None] = {}
        """Why, each reason once."""
        self._account, self._on_progress, self._concurrency = account, options.on_progress, max(1, options.concurrency)
        self._n_due = 0
        self._is_stopped = False
        self._error: SeasonedError | None = None

    async def over(self, traces: Iterator[Trace], n_traces: int, ask: Callable[[Trace], Awaitable[None]]) -> None:
        """Ask about each run, after those that were asked about before.

        Args:
            traces: The runs.
            n_traces: How many they are.
            ask: What is done about one of them.

        Raises:
            SeasonedError: What `ask` raises beside `BudgetExceeded`, `ProviderError` and `UsageError`.
        """
        self._n_due += n_traces
        self._tell()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._concurrency):
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
            done=self.n_done, total=self._n_due, unit="runs", n_calls=totals.n_calls, cost_usd=totals.cost_usd
        )
        self._on_progress(now)
