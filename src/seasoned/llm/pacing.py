"""How fast a provider is asked, and what is asked again: the one place that retries.

All models that share a provider's limits share a `Pace`. It finds out how many calls at once the provider takes, as TCP
finds out the speed of a line: additive increase, multiplicative decrease (Chiu and Jain, *Analysis of the increase and
decrease algorithms for congestion avoidance*, 1989), with a slow start that adds one for each reply until the first
refusal (Jacobson, *Congestion avoidance and control*, 1988). A refusal (status 429 or 5xx) halves the limit, but not
again for calls that were sent before that. When the provider says how long to wait (Retry-After), all its calls wait so
long. Else only the refused call waits, a random time up to a bound that doubles with each attempt: exponential backoff
with full jitter (Brooker, *Exponential backoff and jitter*, AWS architecture blog, 2015).

Knows nothing of budgets or journals. Raises the wrapped model's last `ProviderError` as it came, once the call was
tried often enough, waiting cannot help, or the wait asked for is longer than `PaceConfig.max_retry_after_s`.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import ProviderError
from seasoned.llm.model import Model, Reply, Request

DEFAULT_RETRIES = 6
"""Attempts after the first; with the default pauses they bridge half a minute."""


class PaceConfig(Value):
    """How a provider is approached."""

    first_in_flight: int = Field(default=16, ge=1)
    """Calls at once, to begin with."""
    max_in_flight: int = Field(default=64, ge=1)
    """Calls at once, at most."""
    first_pause_s: float = Field(default=0.5, ge=0)
    """Bound of the random pause before the second attempt; it doubles with each further one."""
    max_pause_s: float = Field(default=30.0, ge=0)
    """Bound that the doubling ends at."""
    max_retry_after_s: float = Field(default=120.0, ge=0)
    """A provider that asks for a longer wait is not waited for: its error is raised, and says how long."""


DEFAULT_PACE = PaceConfig()


def _unnoticed(_wait_s: float, _why: str) -> None:
    """Nobody is told."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How time passes, and who is told of waits."""

    on_wait: Callable[[float, str], None] = _unnoticed
    """Told of each wait that a refusal or a lost connection causes: seconds, and why in words."""
    clock: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = field(default=random.random)
    """A number in [0, 1), evenly distributed."""


_REAL = Waiting()


class Pace:
    """How many calls at once a provider is sent, and whether to wait. Used by one event loop at a time.

    Calls go out in the order in which they came; those that are tried again go first.
    """

    def __init__(self, config: PaceConfig = DEFAULT_PACE, *, waiting: Waiting = _REAL) -> None:
        """Nothing is known of the provider yet."""
        self.config, self.waiting = config, waiting
        self._limit = float(min(config.first_in_flight, config.max_in_flight))
        self._was_refused = False
        self._n_in_flight = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._n_decreases = 0
        self._resume_at_s = waiting.clock()

    @property
    def limit(self) -> int:
        """How many calls at once are sent now."""
        return int(self._limit)

    @property
    def n_in_flight(self) -> int:
        """Calls that hold one of `limit` places."""
        return self._n_in_flight

    @asynccontextmanager
    async def place(self, *, is_retry: bool = False) -> AsyncGenerator[int]:
        """Wait for a place among the calls in flight, and until the provider may be asked; gives it back at the end.

        Yields:
            What `slow_down` wants to know of a refused call: how often the limit had been lowered before it was sent.
        """
        await self._enter(is_retry)
        try:
            while (wait_s := self._resume_at_s - self.waiting.clock()) > 0:
                await self.waiting.sleep(wait_s)
            yield self._n_decreases
        finally:
            self._leave()

    def speed_up(self) -> None:
        """A call was answered: allow more at once, if all places are in use."""
        if self._n_in_flight >= self.limit:
            more = 1 / self._limit if self._was_refused else 1.0
            self._limit = min(self._limit + more, self.config.max_in_flight)

    def slow_down(self, n_decreases: int) -> None:
        """A call was refused: allow half as many at once, unless that was done since it was sent."""
        self._was_refused = True
        if n_decreases == self._n_decreases:
            self._n_decreases += 1
            self._limit = max(1.0, self._limit / 2)

    def pause(self, wait_s: float) -> None:
        """Send nothing for so many seconds."""
        self._resume_at_s = max(self._resume_at_s, self.waiting.clock() + wait_s)

    async def _enter(self, is_retry: bool) -> None:
        self._admit()
        if self._n_in_flight < self.limit:
            self._n_in_flight += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if is_retry:
            self._queue.appendleft(turn)
        else:
            self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the place had been given to a call that nobody waits for any more
                self._leave()
            raise

    def _leave(self) -> None:
        self._n_in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        """Give the free places to those who wait longest."""
        while self._queue and self._n_in_flight < self.limit:
            turn = self._queue.popleft()
            if not turn.done():  # else the waiting call was cancelled
                self._n_in_flight += 1
                turn.set_result(None)


class Paces:
    """One `Pace` to a provider and address, made when first asked for: the models of a run share what they share."""

    def __init__(self, config: PaceConfig = DEFAULT_PACE, *, waiting: Waiting = _REAL) -> None:
        """No provider is known yet."""
        self._config, self._waiting = config, waiting
        self._paces: dict[tuple[str, str | None], Pace] = {}

    def of(self, provider: str, base_url: str | None = None) -> Pace:
        """The pace of a provider, at its own address or at another."""
        key = provider, base_url
        if key not in self._paces:
            self._paces[key] = Pace(self._config, waiting=self._waiting)
        return self._paces[key]


@dataclass(frozen=True)
class PacedModel:
    """A model that is asked at the provider's pace, and asked again where that may help."""

    model: Model
    pace: Pace
    max_retries: int = DEFAULT_RETRIES
    """Attempts after the first."""

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self.model.model_id

    async def complete(self, request: Request) -> Reply:
        """Ask, as often as is worth it; raises the last `ProviderError` as it came."""
        for attempt in range(self.max_retries):
            try:
                return await self._attempt(request, is_retry=attempt > 0)
            except ProviderError as error:
                if not self._is_worth_retrying(error):
                    raise
                pause_s = self._pause_s(error, attempt)
            if pause_s > 0:
                await self.pace.waiting.sleep(pause_s)
        return await self._attempt(request, is_retry=self.max_retries > 0)

    async def _attempt(self, request: Request, *, is_retry: bool) -> Reply:
        async with self.pace.place(is_retry=is_retry) as n_decreases:
            try:
                reply = await self.model.complete(request)
            except ProviderError as error:
                if error.may_pass and (error.status == 429 or (error.status or 0) >= 500):
                    self.pace.slow_down(n_decreases)
                raise
            self.pace.speed_up()
            return reply

    def _is_worth_retrying(self, error: ProviderError) -> bool:
        return error.may_pass and (error.retry_after_s or 0.0) <= self.pace.config.max_retry_after_s

    def _pause_s(self, error: ProviderError, attempt: int) -> float:
        """Seconds that this call must wait by itself; 0 where the provider makes all of them wait."""
        config, waiting = self.pace.config, self.pace.waiting
        if error.retry_after_s is not None:
            self.pace.pause(error.retry_after_s)
            waiting.on_wait(error.retry_after_s, f"{self.model_id}: {error.what}, and asks to wait")
            return 0.0
        pause_s = waiting.jitter() * min(config.max_pause_s, config.first_pause_s * 2**attempt)
        waiting.on_wait(pause_s, f"{self.model_id}: {error.what}")
        return pause_s
