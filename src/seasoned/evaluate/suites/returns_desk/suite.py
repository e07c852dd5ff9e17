"""The returns desk as a suite: its tickets as graded tasks, a desk of its own for every trial, and its reward.

A task's key is its ticket's id, as in recordings of the desk. Knows nothing of agents. Raises `UsageError` for a rest
or a setting, of which it has none, and `ValueError` for a prompt that it does not have.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import get_args

from seasoned.core.trace import Task
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import GradedTask, Grader
from seasoned.evaluate.suites.registry import refuse_settings
from seasoned.evaluate.suites.returns_desk.grader import DeskReward
from seasoned.evaluate.suites.returns_desk.tasks import PromptName, load_database, load_prompt, load_tasks
from seasoned.evaluate.suites.returns_desk.tools import Database, Desk, tool_specs
from seasoned.llm.model import ToolRequest, ToolSpec

NAME = "returns_desk"


class DeskWorld:
    """A desk of one trial."""

    def __init__(self) -> None:
        """A desk with its starting database."""
        self._desk = Desk(load_database())

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The desk's tools."""
        return tool_specs()

    async def call(self, request: ToolRequest) -> str:
        """Run one tool; a mistake is a JSON object with the one key `error`."""
        return self._desk.call(request.name, request.arguments)

    def state(self) -> Database:
        """The database as it stands now."""
        return self._desk.snapshot()


class ReturnsDesk:
    """The suite."""

    name = NAME
    prompt_names: tuple[str, ...] = get_args(PromptName)

    @cached_property
    def tasks(self) -> tuple[GradedTask, ...]:
        """All tickets, in the order of their file."""
        return tuple(
            GradedTask(
                task=Task(key=ticket.task_id, text=ticket.ticket),
                split=ticket.split,
                reference=ticket.reference.model_dump(mode="json"),
                labels={"topic": ticket.topic},
            )
            for ticket in load_tasks()
        )

    @property
    def graders(self) -> tuple[Grader, ...]:
        """The desk's reward alone."""
        return (DeskReward(),)

    def world(self, task: GradedTask) -> DeskWorld:
        """A fresh desk, the same for every ticket."""
        del task
        return DeskWorld()

    def prompt_text(self, name: str) -> str:
        """The instructions `base`, or those with the policy as prose (`policy`) or as procedures (`procedures`)."""
        return load_prompt(name)


def make(rest: str, settings: Mapping[str, str]) -> ReturnsDesk:
    """The returns desk."""
    if rest:
        raise UsageError(f"the suite {NAME} has no part {rest!r}", hint=f"Write `{NAME}` alone")
    refuse_settings(NAME, settings)
    return ReturnsDesk()
