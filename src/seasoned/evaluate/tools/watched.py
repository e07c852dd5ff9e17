"""The tools of one trial as its agent calls them, and the record of what it called.

Raises what the world raises of ours, and `AgentUnreachable` for what else it raises, for a result that is no text, and
for a call that comes after the trial has ended.
"""

import asyncio
from typing import cast

from pydantic import JsonValue

from seasoned.core.value import Text, Value
from seasoned.errors import AgentUnreachable, SeasonedError, boundary
from seasoned.evaluate.attempt import World
from seasoned.llm.model import ToolRequest, ToolSpec

WHERE_CHARS = 80
"""Of a tool's name in an error: the agent says it, and it may be anything."""


class MadeCall(Value):
    """One call, as the world was asked it."""

    request: ToolRequest
    result: Text | None = None
    """None: the trial ended, or the world failed, before it answered."""


class WatchedWorld:
    """A world as it is, whose calls are written down, and taken while the trial runs."""

    def __init__(self, world: World) -> None:
        """Nothing has been called yet."""
        self._world = world
        self._made: list[MadeCall] = []
        self._is_open = True
        self.failed: SeasonedError | None = None
        """What the world raised first: no fault of the agent, whatever that made of it."""

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """See `World.tools`."""
        return self._world.tools

    @property
    def is_open(self) -> bool:
        """Whether the trial runs."""
        return self._is_open

    @property
    def made(self) -> tuple[MadeCall, ...]:
        """The calls so far, in the order in which they were begun."""
        return tuple(self._made)

    async def call(self, request: ToolRequest) -> str:
        """See `World.call`."""
        if not self._is_open:
            # A function on a thread cannot be stopped, and the state that it would change is being graded.
            raise AgentUnreachable("a tool was called after the end of the run", where=request.name)
        place = len(self._made)
        self._made.append(MadeCall(request=request))
        try:
            with boundary(AgentUnreachable, "a tool of the suite failed", where=request.name[:WHERE_CHARS]):
                result = await self._asked(request)
        except SeasonedError as error:
            self.failed = self.failed or error
            raise
        if self._is_open:
            self._made[place] = MadeCall(request=request, result=result)
        return result

    async def _asked(self, request: ToolRequest) -> str:
        try:
            result = cast("object", await self._world.call(request))
        except asyncio.CancelledError as cause:
            if not self._is_open or (task := asyncio.current_task()) is None or task.cancelling():
                raise
            # Nobody has cancelled this call: the world lets out what was cancelled within it.
            raise RuntimeError("its call was cancelled from within") from cause
        if not isinstance(result, str):
            raise TypeError(f"its result is no text but {type(result).__name__}")
        return result

    def state(self) -> JsonValue:
        """See `World.state`."""
        return self._world.state()

    def ended(self) -> tuple[MadeCall, ...]:
        """Take no call any more; those that were made, in order."""
        self._is_open = False
        return self.made
