"""The desk's tickets, its starting database and its texts, read from the files beside this module.

The module knows nothing of models or rewards. It raises `ValueError` for an unknown split or prompt name.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, TypeAdapter

from seasoned.evaluate.suites.returns_desk.tools import Database, Desk

_HERE = Path(__file__).parent

Split = Literal["train", "test"]
PromptName = Literal["base", "policy", "procedures"]


class Action(BaseModel):
    """One tool call of the reference solution."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    arguments: dict[str, Any]


class Reference(BaseModel):
    """What a right run does and says. A learner must never see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[Action, ...]
    """Writes only; looking things up is free."""
    facts: tuple[tuple[str, ...], ...]
    """Each entry is one fact, given as the spellings that count."""


class Task(BaseModel):
    """One ticket."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: str
    split: Split
    topic: str
    """What the ticket is about, for breakdowns; no model sees it."""
    ticket: str
    reference: Reference


@cache
def _all_tasks() -> tuple[Task, ...]:
    text = (_HERE / "tasks.json").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Task, ...]).validate_json(text)


def load_tasks(split: str | None = None) -> tuple[Task, ...]:
    """All tickets in file order, or those of one split (`train` or `test`)."""
    if split is not None and split not in get_args(Split):
        raise ValueError(f"no split {split!r}; splits: {', '.join(get_args(Split))}")
    return tuple(task for task in _all_tasks() if split is None or task.split == split)


def load_database() -> Database:
    """A fresh starting database, which the caller may change."""
    return json.loads((_HERE / "database.json").read_text(encoding="utf-8"))


def load_prompt(name: str) -> str:
    """A system prompt: `base` alone, or `base` followed by the policy as prose or as procedures."""
    if name not in get_args(PromptName):
        raise ValueError(f"no prompt {name!r}; prompts: {', '.join(get_args(PromptName))}")
    base = (_HERE / "base_prompt.md").read_text(encoding="utf-8").strip()
    if name == "base":
        return base
    return base + "\n\n" + (_HERE / f"{name}.md").read_text(encoding="utf-8").strip()


def expected_database(task: Task) -> Database:
    """The end state of a right run: the reference actions applied through the same tools."""
    desk = Desk(load_database())
    for action in task.reference.actions:
        result = json.loads(desk.call(action.name, json.dumps(action.arguments)))
        if "error" in result:
            raise ValueError(f"task {task.task_id}: {action.name}: {result['error']}")
    return desk.snapshot()
