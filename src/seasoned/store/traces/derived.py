"""What is read off a trace and kept beside its body, so that filters, search and sums need not load bodies.

Pure: rows for the tables of `schema`, text for `fulltext`. Raises nothing.
"""

from collections import Counter
from datetime import UTC, datetime

from pydantic_core import to_json

from seasoned.core.trace import StepKind, Trace

MAX_TOOL_CHARS = 500
"""A tool is counted and found by so much of its name: a key of PostgreSQL's indexes takes some 2,700 bytes."""


def blobs_of(trace: Trace) -> frozenset[str]:
    """SHA-256 of every blob that the trace refers to."""
    return frozenset(sha256 for sha256 in (trace.toolset, *(step.blob for step in trace.steps)) if sha256 is not None)


def began(trace: Trace) -> datetime | None:
    """When the run began, in UTC: as the log says, else the time of its first step that has one, else None.

    A time without a zone is taken for UTC.
    """
    found = [trace.started_at, *(step.at for step in trace.steps)]
    first = next((at for at in found if at is not None), None)
    return None if first is None else in_utc(first)


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC; a time without a zone is taken for UTC."""
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)


def n_errors(trace: Trace) -> int:
    """Error steps and tool results that say that the tool failed."""
    return sum(step.kind == "error" or step.is_error for step in trace.steps)


def searchable(trace: Trace) -> str:
    """What full-text search looks at: the task and every step but the agent's instructions.

    System steps read the same in every run of an agent, so that every run would be a hit; steps that we injected are
    our own words.
    """
    texts = [step.text for step in trace.steps if is_searched(step.kind, injected=step.injected)]
    return "\n".join([trace.task.text, *texts])


def is_searched(kind: StepKind, *, injected: bool) -> bool:
    """Whether full-text search looks at a step."""
    return kind != "system" and not injected


def trace_row(trace: Trace) -> dict[str, object]:
    """The row of the table `trace`, without its number."""
    at = began(trace)
    return {
        "id": trace.id,
        "task_key": trace.task.key,
        "format": trace.source.format,
        "agent": trace.agent,
        "model": trace.model,
        "n_steps": len(trace.steps),
        **outcome_columns(trace),
        "started_at": None if at is None else at.isoformat(),
        "n_errors": n_errors(trace),
        "path": trace.source.path,
        "run_key": trace.source.run_key,
        "parent_id": trace.parent_id,
        "input_tokens": trace.usage.input_tokens,
        "output_tokens": trace.usage.output_tokens,
        "cost_usd": trace.usage.cost_usd,
        "prompt_id": trace.prompt_id,
        "exposures": exposures_json(trace),
    }


def exposures_json(trace: Trace) -> str | None:
    """Which skills the run was, or was deliberately not, handed; None where nothing is known of that."""
    if not trace.exposures:
        return None
    return to_json([exposure.model_dump(exclude_defaults=True) for exposure in trace.exposures]).decode()


def outcome_columns(trace: Trace) -> dict[str, object]:
    """The columns of `trace` that change with the trace's outcome."""
    return {
        "verdict": trace.verdict,
        "score": trace.outcome.score if trace.outcome else None,
        "body": trace.model_dump_json(exclude_defaults=True),
    }


def step_rows(trace: Trace, seq: int) -> list[dict[str, object]]:
    """The rows of `trace_step`: how many steps of each kind, and how many calls of each tool."""
    counts, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for step in trace.steps:
        is_call = step.kind == "tool_call"
        key = step.kind, (step.name or "")[:MAX_TOOL_CHARS] if is_call else ""
        counts[key] += 1
        if is_call and step.pair is not None and trace.steps[step.pair].is_error:
            failed[key] += 1
    return [
        {"trace_seq": seq, "kind": kind, "name": name, "n": n, "n_failed": failed[kind, name]}
        for (kind, name), n in counts.items()
    ]
