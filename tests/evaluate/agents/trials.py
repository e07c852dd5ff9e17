"""Trials for tests of agents, programs that stand for agents, and a world with one tool."""

import json
import os
import sys
import time
from pathlib import Path

from pydantic import JsonValue

from seasoned.core.trace import Task
from seasoned.evaluate.attempt import Attempt
from seasoned.llm.model import ToolRequest, ToolSpec

RUN_KEY = "t1 trial 0"


def trial(text: str = "What is 2 + 2?", *, key: str = "t1", prompt: str = "Be brief.", number: int = 0) -> Attempt:
    """A trial of a task."""
    return Attempt(task=Task(key=key, text=text), prompt=prompt, trial=number, seed=7, run_key=f"{key} trial {number}")


def program(code: str, *words: str) -> tuple[str, ...]:
    """A Python program as a command."""
    return (sys.executable, "-I", "-S", "-c", code, *words)


def is_alive(pid: int) -> bool:
    """Whether a process is there and does more than wait to be buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def ended(pid: int) -> bool:
    """Whether a process is gone, or goes within seconds; what is killed takes a moment to end."""
    for _ in range(500):
        if not is_alive(pid):
            return True
        time.sleep(0.01)
    return False


def appeared(path: Path) -> bool:
    """Whether a file is there, or comes within a minute."""
    for _ in range(6000):
        if path.exists():
            return True
        time.sleep(0.01)
    return False


class Counter:
    """A world whose one tool adds to a number."""

    def __init__(self) -> None:
        self.total = 0

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        parameters = {"type": "object", "properties": {"by": {"type": "integer"}}, "required": ["by"]}
        return (ToolSpec(name="add", description="Add to the number.", parameters=parameters),)

    async def call(self, request: ToolRequest) -> str:
        try:
            by = json.loads(request.arguments)["by"]
            self.total += int(by)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return '{"error": "by must be a number"}'
        return json.dumps({"total": self.total}) if request.name == "add" else '{"error": "no such tool"}'

    def state(self) -> JsonValue:
        return {"total": self.total}
