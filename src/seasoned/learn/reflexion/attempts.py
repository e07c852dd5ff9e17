"""The attempts at a task: in which order they came, what of one is shown, and whether it only repeated itself.

Pure; raises nothing.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seasoned.core.text import CHARS_PER_TOKEN, shortened
from seasoned.core.trace import Step, Trace
from seasoned.learn.injected import HandedOut
from seasoned.learn.transcript import run_lines

TASK_CHARS = 4_000
FEEDBACK_CHARS = 2_000
ACTION_CHARS = 300
"""Of an action that was repeated."""

_TRIAL = re.compile(r"\btrial (\d{1,6})\b")


@dataclass(frozen=True)
class Attempt:
    """One run among those of its task."""

    trace: Trace
    trial: int
    """Counted from 1."""


def attempts_by_task(traces: Iterable[Trace]) -> dict[str, tuple[Attempt, ...]]:
    """The attempts at each task, by its key, the first one first.

    The order is that of the trials' numbers where the log has them, else of their beginnings, else the one given. A
    log that counts from 0 is counted from 1.
    """
    found: dict[str, list[Trace]] = {}
    for trace in traces:
        found.setdefault(trace.task.key, []).append(trace)
    numbers = [number for runs in found.values() for run in runs if (number := _number(run)) is not None]
    first = min(numbers, default=1)
    return {key: _in_order(runs, shift=int(first == 0)) for key, runs in found.items()}


def _in_order(runs: list[Trace], *, shift: int) -> tuple[Attempt, ...]:
    numbers = [_number(run) for run in runs]
    known = [number + shift for number in numbers if number is not None]
    if len(known) == len(runs) == len(set(known)):
        pairs = sorted(zip(known, runs, strict=True), key=lambda pair: pair[0])
        return tuple(Attempt(run, number) for number, run in pairs)
    begun = [run.started_at for run in runs if run.started_at is not None]
    if len(begun) == len(runs):
        runs = [run for _, run in sorted(zip(begun, runs, strict=True), key=lambda pair: pair[0])]
    return tuple(Attempt(run, place) for place, run in enumerate(runs, start=1))


def _number(trace: Trace) -> int | None:
    found = _TRIAL.search(trace.source.run_key)
    return None if found is None else int(found[1])


def attempt_text(trace: Trace, ours: HandedOut, max_tokens: int) -> str:
    """The attempt as lines of JSON: the task, each step that the agent or its environment made, and its status.

    What tools returned is shortened first, the longest of it most. The agent's instructions are left out, and so is
    what we handed it.

    Args:
        trace: The run.
        ours: What agents were handed.
        max_tokens: Of the steps, at `CHARS_PER_TOKEN`; the task and the status come on top.
    """
    steps = tuple(step for step in trace.steps if step.kind != "system" and not step.injected)
    # Another id than the whole run's: what is ours in a run is remembered by its id.
    acted = Trace.of(task=trace.task, steps=steps, source=trace.source)
    head = {"task": shortened(ours.without(trace.task.text), TASK_CHARS)}
    lines = run_lines(acted, max_tokens * CHARS_PER_TOKEN, ours)
    return "\n".join([json.dumps(head, ensure_ascii=False), *lines, status_line(trace)])


def instructions(trace: Trace, ours: HandedOut, max_tokens: int) -> str:
    """What the agent was told before it began, without what we handed it; its beginning, where it is long."""
    told = (ours.shown(trace, place) for place, step in enumerate(trace.steps) if step.kind == "system")
    return shortened("\n\n".join(told).strip(), max_tokens * CHARS_PER_TOKEN)


def status_line(trace: Trace) -> str:
    """How the attempt ended, as one line of JSON: the verdict, and the score and the words of whoever judged it."""
    words = {True: "passed", False: "failed", None: "not judged"}
    status: dict[str, object] = {"status": words[None if trace.outcome is None else trace.outcome.success]}
    if trace.outcome is not None and trace.outcome.score is not None:
        status["score"] = trace.outcome.score
    if trace.outcome is not None and trace.outcome.feedback:
        status["feedback"] = shortened(trace.outcome.feedback, FEEDBACK_CHARS)
    if again := repeated_action(trace.steps):
        status["did the same twice in a row"] = again
    return json.dumps(status, ensure_ascii=False)


def repeated_action(steps: Sequence[Step]) -> str:
    """The first action that an agent took twice in a row, word for word; empty if there is none.

    The published environments end an attempt there, as exhausted. A live agent may ask this of its steps so far.
    """
    last = ""
    for step in steps:
        if step.kind == "user" and not step.injected:
            last = ""
        elif step.kind == "tool_call":
            if step.text == last:
                return shortened(step.text, ACTION_CHARS)
            last = step.text
    return ""
