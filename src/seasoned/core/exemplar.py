"""A successful run, or a slice of one, kept to be shown as a few-shot example.

An exemplar says where its steps stand in a stored trace; a `Case` is one with these steps. Knows nothing of how cases
are chosen, found or shown. Pure; raises nothing.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from seasoned.core.ids import content_id
from seasoned.core.operation import Author
from seasoned.core.outcome import OutcomeSource
from seasoned.core.trace import Step, Trace
from seasoned.core.value import Text, Value

ExemplarKind = Literal["run", "slice"]
"""A whole run, or one sub-task or tool call of it with what led to it."""
ExemplarStatus = Literal["proposed", "approved", "rejected", "retired"]
"""As of skills: only an approved exemplar is shown to an agent."""
FAILED_NOW = "its run is judged failed now"
"""Why an approved exemplar is shown to nobody."""


class Exemplar(Value):
    """A place in a stored trace that is worth showing, and what is known of it without reading the trace."""

    id: str
    """See `exemplar_id`."""
    trace_id: str
    kind: ExemplarKind = "run"
    start: int = Field(ge=0)
    """Index of the first step of the solution."""
    end: int
    """Index behind its last step."""
    task_key: Text
    """Of the trace; an exemplar is never shown to a run of the same task."""
    problem: Text
    """What was to be done: the task, or for a slice what led to it."""
    agent: Text = ""
    tools: tuple[Text, ...] = ()
    """Names of the tools that the solution calls, in order of first use."""
    tags: tuple[Text, ...] = ()
    """A person's words for what kind of case it is."""
    score: float | None = Field(default=None, ge=0.0, le=1.0)
    source: OutcomeSource | None = None
    """Who says that it succeeded; None where a person added it without an outcome."""
    feedback: Text = ""
    n_chars: int = Field(ge=0)
    """Characters of the solution's steps."""
    status: ExemplarStatus = "proposed"
    author: Author
    """Who put it into the bank, or gave the last verdict on it."""
    at: datetime
    note: Text = ""
    """Why it was put there, or judged so."""

    @model_validator(mode="after")
    def _range_holds_steps(self) -> "Exemplar":
        if self.end <= self.start:
            raise ValueError("an exemplar needs at least one step")
        return self


class Case(Value):
    """An exemplar with the steps of its solution."""

    exemplar: Exemplar
    steps: tuple[Step, ...]


def exemplar_id(trace_id: str, start: int, end: int) -> str:
    """The id of the exemplar that stands there: the same place in the same run is the same exemplar."""
    return content_id("exemplar", [trace_id, start, end])


def case_of(exemplar: Exemplar, trace: Trace) -> Case:
    """An exemplar with its steps, whoever judged it.

    System steps and steps that we injected are no part of it. `Step.pair` counts within the case: None where the other
    half of the pair is outside.
    """
    kept = [
        index for index in range(exemplar.start, min(exemplar.end, len(trace.steps))) if is_shown(trace.steps[index])
    ]
    places = {index: place for place, index in enumerate(kept)}

    def moved(step: Step) -> Step:
        return step if step.pair is None else step.model_copy(update={"pair": places.get(step.pair)})

    return Case(exemplar=exemplar, steps=tuple(moved(trace.steps[index]) for index in kept))


def is_shown(step: Step) -> bool:
    """Whether a step may be part of a case: what the agent was told for every task, or handed by us, is none."""
    return step.kind != "system" and not step.injected
