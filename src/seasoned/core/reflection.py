"""A self-critique kept per task and shown on the next attempt (Reflexion, Shinn et al. 2023, arXiv 2303.11366).

Knows nothing of how it was written or of who is shown it. Pure; raises nothing.
"""

from datetime import datetime

from pydantic import Field

from seasoned.core.ids import content_id
from seasoned.core.operation import Author
from seasoned.core.value import Text, Value


class Reflection(Value):
    """What an agent should do otherwise on its next attempt at a task."""

    task_key: Text
    task: Text
    """What was asked."""
    text: Text = Field(min_length=1)
    """A plan for the next attempt."""
    trace_id: str
    """The failed attempt that it is about."""
    trial: int = Field(ge=1)
    """Which attempt at the task that was, counted from 1."""
    author: Author
    at: datetime

    @property
    def id(self) -> str:
        """Content hash of the attempt and the plan."""
        return content_id("reflection", [self.trace_id, self.text])
