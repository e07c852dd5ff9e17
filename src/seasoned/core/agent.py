"""Somebody else's agent as we call it, and whoever says how its run ended. Knows nothing of where either lives."""

from typing import Protocol

from seasoned.core.outcome import Outcome
from seasoned.core.trace import Task, Trace


class Agent(Protocol):
    """An agent that can be set to work."""

    async def __call__(self, task: Task, prompt: str) -> Trace:
        """Work one task.

        Args:
            task: What is asked.
            prompt: The instructions for this run.

        Returns:
            The run, with what it cost where that is known; an outcome is not looked at.
        """
        ...


class Evaluator(Protocol):
    """Says how a run ended."""

    async def __call__(self, trace: Trace) -> Outcome:
        """The verdict on a run of an `Agent`."""
        ...
