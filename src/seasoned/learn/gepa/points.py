"""Decisions of successful runs: what stood there so far, and which action the run took next.

The offline metric asks for the next action and compares it with the one that was taken. It says whether a prompt brings
an agent to act as runs that succeeded did, not whether another way would have succeeded too. Pure; raises nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from seasoned.core.trace import Step, Trace
from seasoned.core.value import Text, Value

ANSWER = "answer"
"""The action of speaking to the user instead of calling a tool."""
TOOL_SHARE = 0.5
"""Of the score: the right tool alone; the rest is the share of arguments that are the same."""


class Argument(Value):
    """One argument of a call."""

    name: Text
    value: Text


class NextAction(Value):
    """What an agent does next."""

    tool: Text = ANSWER
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Point:
    """One decision of a recorded run."""

    trace: Trace
    """The run."""
    index: int
    """Of the step that the run took."""

    @property
    def task_key(self) -> str:
        """Of the run."""
        return self.trace.task.key

    @property
    def key(self) -> str:
        """Sets it apart from all others."""
        return f"{self.trace.id}:{self.index}"

    @property
    def before(self) -> Trace:
        """The run up to there, without its instructions, verdict and what the agent said right before it acted."""
        end = self.index
        while end and self.trace.steps[end - 1].kind in ("assistant", "thought"):
            end -= 1
        steps = tuple(step for step in self.trace.steps[:end] if step.kind != "system")
        return self.trace.model_copy(update={"id": self.key, "steps": steps, "outcome": None})

    @property
    def taken(self) -> Step:
        """What the run did there."""
        return self.trace.steps[self.index]


def points_of(trace: Trace, n: int) -> list[Point]:
    """At most `n` decisions of a run, spread evenly over it: calls of tools, and its last word."""
    chosen = [
        index
        for index, step in enumerate(trace.steps)
        if not step.injected and (_begins_calls(trace.steps, index) or _is_last_word(trace.steps, index))
    ]
    n_kept = min(n, len(chosen))
    kept = [chosen[k * (len(chosen) - 1) // max(1, n_kept - 1)] for k in range(n_kept)]
    return [Point(trace, index) for index in kept]


def _begins_calls(steps: Sequence[Step], index: int) -> bool:
    """Whether the step calls a tool and is the first of the calls that are made together."""
    is_call = steps[index].kind == "tool_call" and bool(steps[index].name)
    return is_call and (index == 0 or steps[index - 1].kind != "tool_call")


def _is_last_word(steps: Sequence[Step], index: int) -> bool:
    return index > 0 and index == len(steps) - 1 and steps[index].kind == "assistant"


def score(point: Point, said: NextAction) -> float:
    """Between 0 and 1: nothing for another tool; the tool alone is worth `TOOL_SHARE`, equal arguments the rest."""
    if not _is_same_tool(point.taken, said):
        return 0.0
    expected = _texts(point.taken)
    given = {each.name: _plain(each.value) for each in said.arguments}
    names = expected.keys() | given.keys()
    if point.taken.kind != "tool_call" or point.taken.arguments is None or not names:
        return 1.0
    n_same = sum(name in expected and expected[name] == given.get(name) for name in names)
    return TOOL_SHARE + (1.0 - TOOL_SHARE) * n_same / len(names)


def feedback(point: Point, said: NextAction) -> str:
    """What the run did instead, by the names of tools and arguments: values of one task are nothing to learn."""
    taken = point.taken
    did = "answered the user" if taken.kind != "tool_call" else f"called {taken.name}({', '.join(_texts(taken))})"
    if not _is_same_tool(taken, said):
        return f"The successful run {did} here; this says {said.tool}."
    expected = _texts(taken)
    given = {each.name: _plain(each.value) for each in said.arguments}
    other = sorted(name for name in expected.keys() & given.keys() if expected[name] != given[name])
    remarks = {
        "these arguments are missing": sorted(expected.keys() - given.keys()),
        "these it did not pass": sorted(given.keys() - expected.keys()),
        "these have another value": other,
    }
    wrong = [f"{what}: {', '.join(names)}" for what, names in remarks.items() if names and taken.kind == "tool_call"]
    return f"The successful run {did} here too; " + ("; ".join(wrong) if wrong else "this is the same") + "."


def _is_same_tool(taken: Step, said: NextAction) -> bool:
    return said.tool.strip() == (taken.name if taken.kind == "tool_call" else ANSWER)


def _texts(step: Step) -> dict[str, str]:
    arguments = step.arguments or {}
    return {
        name: _plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
        for name, value in arguments.items()
    }


def _plain(value: str) -> str:
    """Without what makes no difference: case, and spaces."""
    return "".join(value.split()).casefold()
