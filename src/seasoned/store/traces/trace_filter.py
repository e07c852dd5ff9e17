"""Which traces: a filter as a value, and as SQL over the columns and tables beside the bodies.

Raises `UsageError` for a text that holds no word.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, exists

from seasoned.core.value import Value
from seasoned.store import fulltext, schema
from seasoned.store.traces.derived import MAX_TOOL_CHARS, in_utc


class TraceFilter(Value):
    """Which traces; every field that is set must match."""

    task_key: str | None = None
    format: str | None = None
    agent: str | None = None
    model: str | None = None
    verdict: bool | Literal["none"] | None = None
    """`none`: nobody but the agent itself has said."""
    tool: str | None = None
    """A tool that the run called."""
    has_error: bool | None = None
    """Whether the run holds an error step or a failed tool result."""
    text: str | None = None
    """Words that the task or a step holds; see `fulltext`."""
    since: datetime | None = None
    """Begun at this moment or later. A run whose log has no time never matches a bound on time."""
    until: datetime | None = None
    """Begun before this moment."""
    path: str | None = None
    """Part of the path of the file that the run came from; upper or lower case of a to z does not matter."""
    has_parent: bool | None = None
    """Whether it is a sub-agent's, which another run started."""
    is_held_out: bool | None = None
    """Whether it is a trial of an evaluation that nothing is learned from."""


LEARNABLE = TraceFilter(is_held_out=False)
"""What is learned from where nobody says which traces."""
HELD_OUT = TraceFilter(is_held_out=True)


def clauses(connection: Connection, chosen: TraceFilter | None) -> list[ColumnElement[bool]]:
    """What a row of the table `trace` must fulfil."""
    if chosen is None:
        return []
    trace = schema.trace.c
    equal = ("task_key", "format", "agent", "model")
    found = [trace[name] == wanted for name in equal if (wanted := getattr(chosen, name)) is not None]
    if chosen.verdict is not None:
        found.append(trace.verdict.is_(None) if chosen.verdict == "none" else trace.verdict == chosen.verdict)
    if chosen.has_error is not None:
        found.append(trace.n_errors > 0 if chosen.has_error else trace.n_errors == 0)
    if chosen.has_parent is not None:
        found.append(trace.parent_id.is_not(None) if chosen.has_parent else trace.parent_id.is_(None))
    if chosen.tool is not None:
        step = schema.trace_step.c
        name = chosen.tool[:MAX_TOOL_CHARS]
        called = (step.trace_seq == trace.seq) & (step.kind == "tool_call") & (step.name == name)
        found.append(exists().where(called))
    if chosen.text is not None:
        found.append(trace.seq.in_(fulltext.matching(connection, chosen.text)))
    if chosen.since is not None:
        found.append(trace.started_at >= in_utc(chosen.since).isoformat())
    if chosen.until is not None:
        found.append(trace.started_at < in_utc(chosen.until).isoformat())
    if chosen.is_held_out is not None:
        trial = schema.trial.c
        held_out = exists().where(trial.trace_id == trace.id, trial.is_held_out)
        found.append(held_out if chosen.is_held_out else ~held_out)
    if chosen.path is not None:
        found.append(trace.path.icontains(chosen.path, autoescape=True))
    return found
