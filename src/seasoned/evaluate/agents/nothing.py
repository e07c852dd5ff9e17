"""The agent that does nothing and says nothing: what it passes is passed by any agent, so it is the floor of a suite.

It asks no model. Raises nothing.
"""

from pydantic import JsonValue

from seasoned.core.trace import Source, Step, Trace
from seasoned.evaluate.agents.working import FORMAT, Working
from seasoned.evaluate.attempt import NOTHING, Attempt, Attempted, World


class NothingAgent:
    """Leaves the world as it is, and answers with an empty message."""

    @property
    def name(self) -> str:
        """`nothing`."""
        return NOTHING

    @property
    def identity(self) -> dict[str, JsonValue]:
        """There is only one."""
        return {"agent": "nothing"}

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Hear the task and keep silent."""
        steps = Step(kind="user", text=attempt.task.text), Step(kind="assistant", text="")
        silent = Trace.of(task=attempt.task, steps=steps, source=Source(format=FORMAT))
        return Working(self.name, attempt, world).worked(silent)
