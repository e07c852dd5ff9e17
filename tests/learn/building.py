"""Traces built by hand: a conversation reads as a list of steps."""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.outcome import scored
from seasoned.core.trace import Source, Step, Task, Trace


def user(text: str) -> Step:
    return Step(kind="user", text=text)


def says(text: str) -> Step:
    return Step(kind="assistant", text=text)


def calls(name: str, **arguments: JsonValue) -> Step:
    return Step(kind="tool_call", name=name, text=f"{name}({json.dumps(arguments)})", arguments=arguments)


def returns(text: str) -> Step:
    return Step(kind="tool_result", text=text)


def fails(text: str) -> Step:
    return Step(kind="tool_result", text=text, is_error=True)


def run(*steps: Step, task: str = "t", verdict: bool | None = None, trial: int = 0, tools: Sequence[str] = ()) -> Trace:
    """A trace whose results are paired with the call right before them."""
    paired = list(steps)
    for index, step in enumerate(steps):
        if step.kind == "tool_result" and index and steps[index - 1].kind == "tool_call":
            paired[index] = step.model_copy(update={"pair": index - 1, "name": steps[index - 1].name})
            paired[index - 1] = steps[index - 1].model_copy(update={"pair": index})
    return Trace.of(
        task=Task(key=task, text=f"Do {task}"),
        steps=tuple(paired),
        source=Source(format="by hand", run_key=str(trial)),
        outcome=None if verdict is None else scored(float(verdict), "verifier"),
        tools=tuple(tools),
    )
