"""The tools of one trial while an agent in another process works with them.

Calls run one after another, in the order in which they came, and only while the trial runs: what comes later changes
nothing, and a call that is running when the trial ends is cancelled. What is wrong with a call, the world says, in the
text that comes back. Knows nothing of HTTP. Raises what the world raises, once the agent's work is cut short for it.
"""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

from seasoned.errors import AgentUnreachable, SeasonedError
from seasoned.evaluate.attempt import World
from seasoned.evaluate.tools.watched import WHERE_CHARS, MadeCall, WatchedWorld
from seasoned.llm.model import ToolRequest, ToolSpec

T = TypeVar("T")

MAX_CALLS = 1000
"""Of one trial."""
MAX_CHARS = 16 << 20
"""All names and arguments of one trial together."""
_STOPPING_S = 2.0
"""How long a cancelled call may take to put its things away."""
_ENDED = "this run has ended"
_TOO_MANY = '{"error": "this run has used up its calls; answer now"}'


class NotNow(Exception):
    """The call was not run, or nothing came of it."""


class HandedTools:
    """A world's tools in the hands of an agent; made in the task that works the trial.

    Args:
        world: It has tools.
    """

    def __init__(self, world: World) -> None:
        """Calls are taken from now on."""
        self._world = WatchedWorld(world)
        # A world that asks a model does so on the trial's account, and not on that of whoever carries the request.
        self._context = contextvars.copy_context()
        self._turn = asyncio.Lock()
        self._failed: asyncio.Future[SeasonedError] = asyncio.get_running_loop().create_future()
        self._running: set[asyncio.Task[str | None]] = set()
        self._n_chars = 0

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools, as the world tells them."""
        return self._world.tools

    @property
    def made(self) -> tuple[MadeCall, ...]:
        """The calls so far, in the order in which they were run."""
        return self._world.made

    async def call(self, name: str, arguments: str) -> str:
        """Run one tool when its turn comes.

        Args:
            name: As the agent says it.
            arguments: JSON text, as the agent wrote it.

        Raises:
            NotNow: The trial is over, or the world has failed.
        """
        if not self._world.is_open:
            raise NotNow(_ENDED)
        loop = asyncio.get_running_loop()
        calling = loop.create_task(self._in_turn(name, arguments), context=self._context.copy())
        self._running.add(calling)
        calling.add_done_callback(self._running.discard)
        # Whoever asked may go away; the call goes on, as it would in a world that is elsewhere.
        await asyncio.wait([calling])
        result = None if calling.cancelled() else calling.result()
        if result is None:
            raise NotNow("the tools cannot be reached now" if self._world.is_open else _ENDED)
        return result

    async def until_failed(self, work: Coroutine[Any, Any, T]) -> T:
        """What comes of the agent's work; it is cut short where the world fails. The tools are withdrawn then.

        Raises:
            ProviderError: A model that the world asks did not answer.
            AgentUnreachable: The world failed, or a call did not end when it was cancelled.
            SeasonedError: What else the world raises of ours, such as `BudgetExceeded`.
        """
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait([working, self._failed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not working.done():
                working.cancel()
                await asyncio.wait([working])
            is_still = await self._withdrawn()
        if not is_still and not self._failed.done():
            where = self.made[-1].request.name[:WHERE_CHARS]
            why = "it cannot be cancelled"
            self._failed.set_result(AgentUnreachable("a tool goes on after the end of the run", where=where, why=why))
        if not self._failed.done():
            return working.result()
        if not working.cancelled():
            # It counts for nothing, and asyncio prints an error that nobody has asked for.
            working.exception()
        raise self._failed.result()

    async def _in_turn(self, name: str, arguments: str) -> str | None:
        async with self._turn:
            if not self._world.is_open or self._failed.done():
                return None
            n_chars = self._n_chars + len(name) + len(arguments)
            if len(self.made) >= MAX_CALLS or n_chars > MAX_CHARS:
                return _TOO_MANY
            self._n_chars = n_chars
            request = ToolRequest(call_id=f"call_{len(self.made) + 1}", name=name, arguments=arguments)
            try:
                return await self._world.call(request)
            except SeasonedError as error:
                if not self._failed.done():
                    self._failed.set_result(error)
                return None

    async def _withdrawn(self) -> bool:
        """Take no call any more; whether none is running after a while."""
        self._world.ended()
        running = [*self._running]
        for each in running:
            each.cancel()
        return not running or not (await asyncio.wait(running, timeout=_STOPPING_S))[1]
