"""Where the parts of a run stand that could be shown: the whole of it, its sub-tasks, its tool calls.

System steps and steps that we injected are no part of a solution. Pure; knows nothing of outcomes or of the bank.
Raises nothing.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from seasoned.core.exemplar import is_shown
from seasoned.core.marks import example_spans
from seasoned.core.trace import Step, StepKind, Trace
from seasoned.ingest.redaction.policy import Policy
from seasoned.ingest.redaction.redact import redact
from seasoned.learn.exemplars.policy import Part
from seasoned.learn.injected import NOTHING, HandedOut

_AGENT: frozenset[StepKind] = frozenset({"assistant", "thought", "tool_call"})
_NO_SALT = bytes(32)
"""What is found is counted here and never kept, so that its placeholders need no secret."""


class Place(NamedTuple):
    """A part of a run."""

    part: Part
    start: int
    """Index of the first step."""
    end: int
    """Index behind the last one."""
    problem: str


def places(trace: Trace, parts: tuple[Part, ...]) -> Iterator[Place]:
    """The parts of these kinds, in the order of the run; none where the agent did nothing."""
    if "run" in parts and (whole := whole_run(trace)) is not None:
        yield whole
    for turn, end in _turns(trace):
        within = [index for index in range(turn + 1, end) if is_shown(trace.steps[index])]
        if "subtask" in parts and (subtask := _subtask(trace, turn, within)) is not None:
            yield subtask
        if "call" in parts:
            for behind in _behind_calls(trace, within):
                yield Place("call", turn + 1, behind, problem_at(trace, turn + 1))


def whole_run(trace: Trace) -> Place | None:
    """All that the agent did: from behind the request, where that is the task's own text, to its last step."""
    shown = [index for index, step in enumerate(trace.steps) if is_shown(step)]
    if shown and _is_request(trace.steps[shown[0]], trace.task.text):
        del shown[0]
    while shown and trace.steps[shown[-1]].kind == "user":
        del shown[-1]
    if not any(trace.steps[index].kind in _AGENT for index in shown):
        return None
    return Place("run", shown[0], shown[-1] + 1, trace.task.text)


def problem_at(trace: Trace, start: int) -> str:
    """What led to a step: the task, and the last turn of the user before it, where that says more."""
    said = (step.text for step in reversed(trace.steps[:start]) if step.kind == "user" and is_shown(step))
    turn = next(said, "").strip()
    task = trace.task.text.strip()
    return task if not turn or turn in task else f"{task}\n\n{turn}" if task else turn


def tools_of(trace: Trace, place: Place) -> tuple[str, ...]:
    """Names of the tools that are called there, in order of first use."""
    calls = (s for s in _steps(trace, place) if s.kind == "tool_call" and s.name)
    return tuple(dict.fromkeys(step.name for step in calls if step.name))


def n_chars_of(trace: Trace, place: Place) -> int:
    """Characters of the steps there."""
    return sum(len(step.text) for step in _steps(trace, place))


def obstacle(trace: Trace, place: Place, ours: HandedOut = NOTHING, stricter: Policy | None = None) -> str | None:
    """Why nobody should be shown what stands there, whoever asks for it; None where nothing is in the way."""
    if holds_exemplars(trace):
        return "exemplars were shown to the agent in this run"
    steps = tuple(_steps(trace, place))
    if (why := _lack(place, steps)) is not None:
        return why
    found = ours.ranges(trace)
    given = any(i in found and trace.steps[i].kind == "user" for i in range(place.start, place.end))
    if given or ours.without(place.problem) != place.problem:
        return "our own words stand in it"
    texts = [place.problem, *(step.text for step in steps)]
    if stricter is not None and any(redact(text, _NO_SALT, stricter).counts for text in texts):
        return f"it holds what {stricter.name} redacts"
    return None


def _lack(place: Place, steps: tuple[Step, ...]) -> str | None:
    if not place.problem.strip():
        return "it does not say what was to be done"
    if not any(step.kind in _AGENT for step in steps):
        return "the agent did nothing in it"
    is_failed = place.part == "call" and steps[-1].is_error
    return "the tool failed in it" if is_failed else None


def holds_exemplars(trace: Trace) -> bool:
    """Whether exemplars were shown to the agent in this run, of whichever bank."""
    return bool(example_spans([(step.kind, step.text) for step in trace.steps]))


def _steps(trace: Trace, place: Place) -> Iterator[Step]:
    return (step for step in trace.steps[place.start : place.end] if is_shown(step))


def _turns(trace: Trace) -> Iterator[tuple[int, int]]:
    """Where each turn of the user stands, and where the next one does."""
    turns = [index for index, step in enumerate(trace.steps) if step.kind == "user" and is_shown(step)]
    yield from pairwise([*turns, len(trace.steps)])


def _subtask(trace: Trace, turn: int, within: list[int]) -> Place | None:
    """What the agent did between a turn of the user and its answer; None where it called no tool or gave none."""
    done = [index for index in within if trace.steps[index].kind != "thought"]
    is_answered = bool(done) and trace.steps[done[-1]].kind == "assistant"
    if not is_answered or not any(trace.steps[index].kind == "tool_call" for index in done):
        return None
    return Place("subtask", turn + 1, done[-1] + 1, problem_at(trace, turn + 1))


def _behind_calls(trace: Trace, within: list[int]) -> Iterator[int]:
    """Indices behind the results of calls, where no call before them still waits for its own."""
    waiting = set[int]()
    for index in within:
        step = trace.steps[index]
        if step.kind == "tool_call":
            waiting.add(index)
        elif step.kind == "tool_result" and step.pair in waiting:
            waiting.discard(step.pair)
            if not waiting:
                yield index + 1


def _is_request(step: Step, task: str) -> bool:
    return step.kind == "user" and step.text.strip() == task.strip()
