"""ReAct written in chat: WebVoyager's `interact_messages.json` and other chats of `Thought: … Action: …` turns.

A turn of the agent is a thought and an action, which becomes a call: `Type [5]; [shoes]` reads `Type([5]; [shoes])`.
The user's first turn is the task, up to the first `Observation:`; everything later that comes from that side is the
environment's answer, a tool result, with the screenshot behind it. A turn without an action stays what was said.

Source: WebVoyager, arXiv:2401.13919, and the examples in its repository.
"""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.ingest.bare import joined_messages
from seasoned.ingest.chat_run import chat_outcome
from seasoned.ingest.dialects import chat
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList

_ACT = re.compile(r"^[ \t]*action[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_THINK = re.compile(r"\s*thought[ \t]*:[ \t]*", re.IGNORECASE)
_CALL = re.compile(r"([A-Za-z_]\w*)[ \t]*[;:]?[ \t]*(.*)", re.DOTALL)
_ALONE = re.compile(r"[\[(]([^\[\]()]*)[\])]")
_OBSERVED = re.compile(r"observation(?: \d+)?[ \t]*:", re.IGNORECASE)
_MIN_TURNS = 2
"""A single turn in this form may be a chat about ReAct."""


class WebVoyager:
    """Chats in which the agent writes its thoughts and actions as text."""

    name = "webvoyager"

    def detect(self, sample: Sample) -> Detection | None:
        """Likely where most turns of the agent are thought and action, and what comes back is an observation."""
        entries = [as_object(message) for message in _head(sample)]
        turns = [_texts(entry) for entry in entries if entry.get("role") == "assistant"]
        if any("tool_calls" in entry or "function_call" in entry for entry in entries) or not turns:
            return None
        n_acting = sum(bool(_THINK.match(turn) and _ACT.search(turn)) for turn in turns)
        observed = any(_OBSERVED.search(_texts(entry)) for entry in entries if entry.get("role") == "user")
        if not observed or n_acting < min(_MIN_TURNS, len(turns)) or 2 * n_acting < len(turns):
            return None
        reason = f"{n_acting} of {len(turns)} assistant messages are Thought and Action, answered by an Observation"
        return Detection(format=self.name, confidence=0.85, reason=reason)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each list of messages."""
        yield from each_run(
            joined_messages(document.records(), _is_message), _run, format_name=self.name, path=document.path
        )


def _head(sample: Sample) -> list[JsonValue]:
    """The first messages, as many as the sample holds whole."""
    first = sample.records[0] if sample.records else None
    if not _is_message(first):
        return _messages(first)
    if sample.layout != "array":
        return list(sample.records)
    return max(list(sample.items), list(sample.records), key=len)


def _is_message(value: JsonValue) -> bool:
    entry = as_object(value)
    return isinstance(entry.get("role"), str) and "content" in entry


def _messages(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else as_list(as_object(value).get("messages"))


def _texts(message: dict[str, JsonValue]) -> str:
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    return "\n".join(part if isinstance(part, str) else as_text(as_object(part).get("text")) for part in parts)


def _run(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    reading, problems = _Reading(), list[Parsed | Problem]()
    for number, message in enumerate(map(as_object, _messages(value)), 1):
        if isinstance(message.get("role"), str):
            reading.add(message)
        else:
            problems.append(Problem(where=f"{place.where}, message {number}", why="it has no role; it was left out"))
    if not len(reading.steps):
        return [*problems, Problem(where=place.where, why="no messages in it")]
    outcome, doubts = chat_outcome(as_object(value), place.where)
    run_key = as_label(as_object(value).get("run_id")) or as_label(as_object(value).get("id"))
    return [*problems, *doubts, run_of(reading.steps, place, run_key=run_key, outcome=outcome)]


class _Reading:
    """The messages of one run, read in order."""

    def __init__(self) -> None:
        self.steps = StepList()
        self._asked = False
        self._called: str | None = None
        """Name of the action that waits for its answer."""

    def add(self, message: dict[str, JsonValue]) -> None:
        match message.get("role"):
            case "assistant" if (act := _ACT.search(_texts(message))) is not None:
                self._add_turn(_texts(message), act)
            case "user":
                self._add_user(message)
            case _:
                chat.add_message(message, self.steps)

    def _add_turn(self, text: str, act: re.Match[str]) -> None:
        before = text[: act.start()]
        thought = before[found.end() :] if (found := _THINK.match(before)) else before
        if thought.strip():
            self.steps.add("thought", thought.strip())
        action = text[act.end() :].strip()
        call = _CALL.fullmatch(action)
        if call is None:
            self.steps.call_as_written(action, "", None)
        else:
            rest = alone[1] if (alone := _ALONE.fullmatch(call[2])) else call[2]
            self.steps.call_as_written(f"{call[1]}({rest})", call[1], {"input": rest})
        self._called = call[1] if call else ""

    def _add_user(self, message: dict[str, JsonValue]) -> None:
        """The task, then whatever the environment says; a turn that answers no action is the user's own."""
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        texts = [part for part in parts if isinstance(part, str) or "text" in as_object(part)]
        media: list[JsonValue] = [part for part in parts if part is not None and part not in texts]
        text = _texts({"content": texts})
        if self._called is not None:
            self.steps.result(text, name=self._called)
        else:
            seen = None if self._asked else _OBSERVED.search(text)
            self.steps.add("user", text[: seen.start()] if seen else text)
            if seen:
                self.steps.result(text[seen.start() :])
        self._called, self._asked = None, True
        if media:
            chat.add_message({"role": "user", "content": media}, self.steps)
