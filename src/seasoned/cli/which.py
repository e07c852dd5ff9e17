"""Options that choose traces, shared by every command that looks at several. Raises `UsageError`."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Literal

from cyclopts import Parameter

from seasoned.core.duration import duration
from seasoned.errors import UsageError
from seasoned.store.traces.trace_filter import TraceFilter

_VERDICTS: dict[str, bool | Literal["none"]] = {"pass": True, "fail": False, "none": "none"}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Which traces; every option that is given must match."""

    verdict: Literal["pass", "fail", "none"] | None = None
    """Only runs that passed, that failed, or that nobody but the agent itself has judged."""
    task: str | None = None
    """Only runs of the task with this key."""
    format: str | None = None
    """Only runs read by this format."""
    agent: str | None = None
    """Only runs of this agent or environment."""
    model: str | None = None
    """Only runs with this model."""
    tool: str | None = None
    """Only runs that called this tool."""
    error: bool = False
    """Only runs with an error step or a failed tool result."""
    text: str | None = None
    """Only runs whose task or steps, but for system prompts, hold all these words; "quoted words" stand together, a
    star at the end matches any ending."""
    since: str | None = None
    """Only runs begun at this time or later: 2026-11-20, 2026-11-20T09:30, or 30m, 12h, 7d, 2w ago. UTC unless an
    offset is given. Runs whose log has no time never match."""
    until: str | None = None
    """Only runs begun before this time."""
    path: str | None = None
    """Only runs from files whose path holds this."""

    def chosen(self) -> TraceFilter:
        """The filter that the options mean; raises `UsageError` for a time that is none."""
        return TraceFilter(
            verdict=None if self.verdict is None else _VERDICTS[self.verdict],
            task_key=self.task,
            format=self.format,
            agent=self.agent,
            model=self.model,
            tool=self.tool,
            has_error=True if self.error else None,
            text=self.text,
            since=moment("--since", self.since),
            until=moment("--until", self.until),
            path=self.path,
        )

    @property
    def is_empty(self) -> bool:
        """Whether no option was given."""
        return all(getattr(self, field.name) == field.default for field in fields(self))


def moment(option: str, typed: str | None) -> datetime | None:
    """The time that an option names; raises `UsageError` where it names none."""
    if typed is None:
        return None
    try:
        if (ago := duration(typed)) is not None:
            return datetime.now(UTC) - ago
        at = datetime.fromisoformat(typed.strip())
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as cause:
        raise UsageError(
            f"{option} is no time", where=typed, why=str(cause), hint="write 2026-11-20, 2026-11-20T09:30 or 7d"
        ) from cause
