"""Runs that a program tells itself, message by message or as traces: redacted and stored as any trace is.

Raises `UsageError` for what is no message or no score, and `StoreError`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from seasoned.core.outcome import SUCCESS_SCORE, Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Exposure
from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.ingest.attempt import attempt
from seasoned.ingest.chat_run import chat_run
from seasoned.ingest.record import Problem
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.redaction.run import redact_run
from seasoned.ingest.run import Place
from seasoned.store.store import Store

FORMAT = "messages"
"""What `Trace.source.format` says of a run that was told as messages."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a program tells of one run of its agent."""

    run_key: str
    """What sets the run apart from another of equal content."""
    task: str
    task_key: str = ""
    """Runs of the same task share it; empty: the task's wording."""
    agent: str = ""
    messages: Sequence[object] = ()
    """Messages of a model API, as dictionaries or as its client's own objects, in order."""
    score: float | None = None
    """In [0, 1], higher is better."""
    success: bool | None = None
    """None: a score of 1.0 is a success, a lower one is none."""
    feedback: str = ""
    error: str = ""
    """What ended the run before its time."""
    exposures: tuple[Exposure, ...] = ()
    """Which skills the agent was handed, and which were left out by chance."""
    prompt_id: str | None = None
    """The compiled prompt that they are of; None where there was none."""
    started_at: datetime | None = None
    """When the run began, for a trace that does not say so itself."""


class Recorded(Value):
    """What came of a run that was told."""

    trace_id: str
    problems: tuple[Problem, ...] = ()
    """Messages that could not be read; the others are in the trace."""


def record_run(store: Store, told: Told, policy: Policy = SECRETS) -> Recorded:
    """Store a run from its messages.

    Raises:
        UsageError: There is no message, one is nothing that JSON can say, or the score is outside [0, 1].
        StoreError: The store cannot be written.
    """
    _refuse_score(told.score)
    place = Place(format=FORMAT, path="", where=told.run_key)
    record = _record(told)
    read = attempt(lambda: chat_run(record, place), told.run_key)
    items = [read] if isinstance(read, Problem) else read
    problems = tuple(item for item in items if isinstance(item, Problem))
    runs = [item for item in items if isinstance(item, Parsed)]
    if not runs:
        raise UsageError(
            "the run cannot be stored",
            why="; ".join(problem.why for problem in problems),
            hint="give the messages as they were sent to and answered by the model, each with its role",
        )
    return Recorded(trace_id=_kept(store, runs[0], told, policy), problems=problems)


def record_trace(store: Store, trace: Trace, told: Told, policy: Policy = SECRETS) -> Recorded:
    """Store a run that is a trace already; of what is told, the outcome and the exposures are put to it.

    A trace without a run key of its own gets the one told, so that equal runs stay apart.

    Raises:
        UsageError: The score is outside [0, 1].
        StoreError: The store cannot be written.
    """
    _refuse_score(told.score)
    known = {name: getattr(trace, name) for name in Trace.model_fields if name not in ("id", "task", "steps", "source")}
    source = trace.source.model_copy(update={"run_key": trace.source.run_key or told.run_key})
    rest = {**known, "outcome": _outcome(told) or trace.outcome}
    parsed = Parsed(trace=Trace.of(task=trace.task, steps=trace.steps, source=source, **rest))
    return Recorded(trace_id=_kept(store, parsed, told, policy))


def add_traces(store: Store, traces: Iterable[Trace], policy: Policy = SECRETS) -> tuple[str, ...]:
    """Store traces that a program made, redacted; returns their ids as they are stored, in order.

    One that is in the store stays as it is there.

    Raises:
        StoreError: The store cannot be written.
    """
    runs = [redact_run(Parsed(trace=trace), store.salt, policy)[0] for trace in traces]
    store.traces.add(runs)
    return tuple(dict.fromkeys(run.trace.id for run in runs))


def _kept(store: Store, parsed: Parsed, told: Told, policy: Policy) -> str:
    clean, _ = redact_run(parsed, store.salt, policy)
    # What a run of ours was handed we know, also where that is nothing: a trace of the agent's making may claim more.
    said = {
        "exposures": clean.trace.exposures if told.prompt_id is None else told.exposures,
        "prompt_id": told.prompt_id or clean.trace.prompt_id,
        "started_at": clean.trace.started_at or told.started_at,
    }
    trace = clean.trace.model_copy(update=said)
    store.traces.add([replace(clean, trace=trace)])
    return trace.id


def _record(told: Told) -> dict[str, JsonValue]:
    """The run as formats of chats have it."""
    record: dict[str, JsonValue] = {
        "messages": [_plain(message, number) for number, message in enumerate(told.messages, 1)],
        "task": told.task,
        "task_id": told.task_key or None,
        "run_id": told.run_key,
        "score": told.score,
        "success": told.success,
        "feedback": told.feedback,
        "error": told.error,
        "metadata": {"agent": told.agent},
    }
    return record


def _plain(message: object, number: int) -> JsonValue:
    """A message as JSON; clients' objects are pydantic models or dataclasses, their content may be more of these."""
    try:
        return to_jsonable_python(message, exclude_none=True)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "a message cannot be stored",
            where=f"message {number}, a {type(message).__name__}",
            why=shortened(str(error), 200),
            hint="give dictionaries as JSON has them, or the objects of the model's client",
        ) from error


def _refuse_score(score: float | None) -> None:
    if score is not None and not 0.0 <= score <= 1.0:
        raise UsageError(f"{score} is no score", why="a score is in [0, 1]", hint="divide by what can be reached")


def _outcome(told: Told) -> Outcome | None:
    reached = None if told.score is None else told.score >= SUCCESS_SCORE
    success = told.success if told.success is not None else reached
    if success is None:
        return None
    return Outcome(score=told.score, success=success, feedback=told.feedback, source="verifier", name="score")
