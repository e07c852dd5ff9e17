"""The steps that a format collected, and what it knows about the run -> the run as it goes into the store.

Knows nothing of formats. Raises what pydantic raises for values out of their range.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from pydantic import JsonValue

from seasoned.core.ids import content_id
from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.text import storable
from seasoned.core.trace import Source, Task, Trace, Usage
from seasoned.ingest.steps import StepList


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands."""

    format: str
    path: str
    where: str


class RunDetails(TypedDict, total=False):
    """What many logs know about a run besides its steps; see `Trace`."""

    outcome: Outcome | None
    usage: Usage
    agent: str
    model: str
    parent_id: str | None
    started_at: datetime | None
    """None, or left out, for the earliest time of a step."""


def run_of(
    steps: StepList,
    place: Place,
    *,
    task: Task | None = None,
    run_key: str = "",
    reference: JsonValue = None,
    **details: Unpack[RunDetails],
) -> Parsed:
    """The run.

    Args:
        steps: Everything that happened, with the tools that were offered.
        place: Where it was read.
        task: What was asked; None for what the first user step says, known by its wording, or, where nobody asks
            anything, by all that was said, so that runs without a question do not pass for tries at one task.
        run_key: The log's own id of the run; what tells it from another of equal content.
        reference: Answers that the log carries along, to be sealed; None where it has none.
        details: The rest.
    """
    known = details.get("started_at") or min((at for at in steps.times if at is not None), default=None)
    trace = Trace.of(
        task=task or _asked(steps),
        steps=steps.done(),
        source=Source(format=place.format, path=place.path, where=place.where, run_key=run_key),
        tools=steps.tools,
        toolset=steps.toolset,
        **{**details, "started_at": known},
    )
    return Parsed(trace=trace, reference=reference, blobs=steps.blobs)


def _asked(steps: StepList) -> Task:
    asked, said = steps.asked(), steps.keys()
    if asked:
        return Task(key=text_key(asked), text=asked)
    return Task(key=content_id("task", [[storable(part) for part in key] for key in said]), text="")


def text_key(text: str) -> str:
    """Key of a task that is known by its wording only: equal but for spacing is the same task."""
    return content_id("task", str(storable(" ".join(text.split()))))
