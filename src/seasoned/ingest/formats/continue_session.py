"""Continue's sessions: `{sessionId, history}`, whose entries hold a message each, in the shape of chat with camel case.

What a tool gave back is a message of its own, or stands beside the call in `toolCallStates`. Context that the editor
attached, and prompts as they were sent, repeat the messages and are no steps. No file says whether the task was done.

Source: the session type of the open-source Continue extension.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.dialects.chat import kind_of
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.turn import add_answer, add_turn, chat_call
from seasoned.ingest.steps import StepList

_FAILED = frozenset({"errored", "canceled"})


class ContinueSession:
    """Sessions of Continue."""

    name = "continue_session"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where a session's history has messages within its entries."""
        for value in map(as_object, sample.records):
            entries = [as_object(entry) for entry in as_list(value.get("history"))]
            if "sessionId" in value and any(as_text(as_object(e.get("message")).get("role")) for e in entries):
                return Detection(format=self.name, confidence=SURE, reason="a session whose history holds messages")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each session."""
        yield from each_run(document.records(), _run, format_name=self.name, path=document.path)


def _run(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    session = as_object(value)
    steps, problems = StepList(), list[Parsed | Problem]()
    entries = [as_object(entry) for entry in as_list(session.get("history"))]
    answered = {as_label(as_object(entry.get("message")).get("toolCallId")) for entry in entries}
    for number, entry in enumerate(entries, 1):
        message = as_object(entry.get("message"))
        if not as_text(message.get("role")):
            where = f"{place.where}, entry {number}"
            problems.append(Problem(where=where, why="it has no message with a role; it was left out"))
            continue
        _add(message, steps)
        for state in map(as_object, as_list(entry.get("toolCallStates"))):
            if as_label(state.get("toolCallId")) not in answered:
                _add_state(state, steps)
    if not len(steps):
        return [*problems, Problem(where=place.where, why="a session in which nobody says anything")]
    model = as_text(session.get("chatModelTitle"))
    return [*problems, run_of(steps, place, run_key=as_label(session.get("sessionId")), agent="continue", model=model)]


def _add(message: dict[str, JsonValue], steps: StepList) -> None:
    role, content = as_text(message.get("role")), message.get("content")
    if role == "thinking":
        if (text := as_text(content)).strip():
            steps.add("thought", text)
    elif kind_of(role) == "tool_result":
        add_answer(steps, content, call_id=as_label(message.get("toolCallId")))
    else:
        calls = [chat_call(call) for call in as_list(message.get("toolCalls"))]
        add_turn(steps, kind_of(role), content, calls=calls)


def _add_state(state: dict[str, JsonValue], steps: StepList) -> None:
    """What a tool gave back, where the log has it beside the call only."""
    output, status = as_list(state.get("output")), as_text(state.get("status"))
    if output or status in _FAILED:
        text = "\n".join(as_text(as_object(part).get("content")) for part in output)
        failed = True if status in _FAILED else None
        steps.result(text, call_id=as_label(state.get("toolCallId")), failed=failed)
