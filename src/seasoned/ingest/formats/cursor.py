"""Cursor's transcripts of agent sessions: a line for each message, `{role, message: {content}}`.

The parts of a message are texts and tool calls; results are not recorded, nor times, models or usage. A `turn_ended`
with an error is an error step. One file is one run.

Source: transcripts and conformance cases that others publish; there is no published specification.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.dialects import anthropic
from seasoned.ingest.format import Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_list, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.head import head_objects
from seasoned.ingest.steps import StepList

_ROLES = frozenset({"user", "assistant", "system"})
_PARTS = frozenset({"text", "image", "thinking", "redacted_thinking", "tool_use", "tool_result"})
_OF_OTHERS = frozenset({"uuid", "sessionId", "parentUuid", "payload"})


class Cursor:
    """Sessions of Cursor's agent."""

    name = "cursor"

    def detect(self, sample: Sample) -> Detection | None:
        """Confident where a line has a role beside its message, whose content is a list of parts."""
        for value in head_objects(sample):
            if _is_message(value) and not value.keys() & _OF_OTHERS:
                return Detection(format=self.name, confidence=0.9, reason="lines with a role beside a message of parts")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run."""
        steps, n_messages = StepList(), 0
        for item in document.records():
            if isinstance(item, Problem):
                yield item
                continue
            value = as_object(item.value)
            n_messages += _is_message(value)
            yield from attempt_all(lambda value=value, where=item.where: _add(value, steps, where), item.where)
        if n_messages:
            yield run_of(steps, Place(format=self.name, path=document.path, where="file"), agent="cursor")


def _is_message(value: dict[str, JsonValue]) -> bool:
    content = as_object(value.get("message")).get("content")
    return as_text(value.get("role")) in _ROLES and isinstance(content, (list, str))


def _add(value: dict[str, JsonValue], steps: StepList, where: str) -> list[Problem]:
    role = as_text(value.get("role"))
    if not _is_message(value):
        if value.get("type") == "turn_ended" and value.get("error"):
            steps.add("error", as_text(value["error"]) or as_text(value.get("status")))
            return []
        return [Problem(where=where, why="it is no message of the user or the agent; it was left out")]
    content = as_object(value["message"]).get("content")
    if isinstance(content, str):
        anthropic.add_message({"role": role, "content": content}, steps)
        return []
    parts = [part for part in as_list(content) if _is_known(part, role)]
    anthropic.add_message({"role": role, "content": parts}, steps)
    left_out = len(as_list(content)) - len(parts)
    return [Problem(where=where, why=f"{left_out} parts of an unknown kind were left out")] if left_out else []


def _is_known(part: JsonValue, role: str) -> bool:
    """A user calls no tools."""
    kind = as_text(as_object(part).get("type"))
    return kind in _PARTS and not (role == "user" and kind == "tool_use")
