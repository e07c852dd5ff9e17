"""The tools of one trial as its agent calls them, and the record of what it called.

Raises what the world raises, and `AgentUnreachable` for a call that comes after the trial has ended.
"""

from pydantic import JsonValue

from seasoned.core.value import Text, Value
from seasoned.errors import AgentUnreachable
from seasoned.evaluate.attempt import World
from seasoned.llm.model import ToolRequest, ToolSpec


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
        made = MadeCall(request=request, result=await self._world.call(request))
        if self._is_open:
            self._made[place] = made
        return made.result or ""

    def state(self) -> JsonValue:
        """See `World.state`."""
        return self._world.state()

    def ended(self) -> tuple[MadeCall, ...]:
        """Take no call any more; those that were made, in order."""
        self._is_open = False
        return self.made
