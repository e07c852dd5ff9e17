"""One run of an agent as a value: task, ordered steps, outcome, usage, exposures and source.

Evidence points into steps by index and character range, so the canonical text of a stored step never changes.
Reference answers are no part of a trace: see `core.reference`.
"""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, JsonValue

from seasoned.core.ids import content_id_of, texts_json
from seasoned.core.outcome import Outcome
from seasoned.core.prompt import Exposure
from seasoned.core.value import Text, Value

StepKind = Literal["system", "user", "assistant", "thought", "tool_call", "tool_result", "error", "image"]


class Step(Value):
    """One entry of a trace."""

    kind: StepKind
    text: Text
    """The canonical text, which evidence offsets index. A tool call reads `name(arguments as JSON)`."""
    name: Text | None = None
    """The tool's name on calls and results, the speaker's on messages of a many-agent run."""
    arguments: dict[str, JsonValue] | None = None
    """Parsed arguments of a tool call; None where they do not parse to an object (`text` still has them)."""
    call_id: Text | None = None
    """The log's own id of the call. Not unique within a run: use `pair`."""
    pair: int | None = None
    """Index of the result of this call, or of the call of this result; None for an orphan."""
    blob: str | None = None
    """SHA-256 of the bytes of an image or attachment, stored once."""
    at: datetime | None = None
    is_error: bool = False
    """On a tool result: the log or the text says that the tool failed."""
    injected: bool = False
    """The step holds what we handed the agent (a compiled prompt, exemplars, reflections): never learn from it."""


class Task(Value):
    """What was asked."""

    key: Text
    """Runs of the same task share it; only they can be compared fairly."""
    text: Text


class Usage(Value):
    """What a run cost; None where the log does not say."""

    input_tokens: int | None = Field(default=None, ge=0)
    output_tokens: int | None = Field(default=None, ge=0)
    cost_usd: float | None = Field(default=None, ge=0)
    duration_s: float | None = Field(default=None, ge=0)


class Source(Value):
    """Where a trace came from."""

    format: str
    """Name of the format that read it."""
    path: Text = ""
    """The file as the user named it."""
    where: str = ""
    """The record within the file: `line 12`, `item 3`, `offset 4096`."""
    run_key: Text = ""
    """What sets this run apart from another of equal content, such as the trial's number."""


class Trace(Value):
    """One run of an agent. Build it with `Trace.of`, which derives the id."""

    id: str
    task: Task
    steps: tuple[Step, ...]
    outcome: Outcome | None = None
    usage: Usage = Usage()
    agent: Text = ""
    """Name of the agent or the environment that it worked in."""
    model: Text = ""
    tools: tuple[Text, ...] = ()
    """Names of the tools that the agent was offered."""
    toolset: str | None = None
    """SHA-256 of the blob that holds their definitions as the log has them, stored once."""
    exposures: tuple[Exposure, ...] = ()
    prompt_id: str | None = None
    """The compiled prompt that the run was handed; None where that is not known."""
    parent_id: str | None = None
    """The trace that started this one as a sub-agent."""
    started_at: datetime | None = None
    source: Source

    @classmethod
    def of(cls, *, task: Task, steps: tuple[Step, ...], source: Source, **rest: Any) -> Self:
        """A trace with its content-hash id.

        The id covers task, steps and `source.run_key`, but not the path or the outcome: the same run found in
        another file, or labelled later, stays the same trace.
        """
        content = [
            task.key,
            task.text,
            source.run_key,
            [[s.kind, s.text, s.name, s.call_id, s.blob] for s in steps],
        ]
        return cls(id=content_id_of("trace", texts_json(content)), task=task, steps=steps, source=source, **rest)

    @property
    def verdict(self) -> bool | None:
        """True for success, False for failure, None where nobody but the agent itself has said."""
        return None if self.outcome is None else self.outcome.verdict
