"""opencode's sessions: an export `{info, messages}`, a list of messages, and the events that `opencode run` prints.

Messages are read by `dialects.opencode`. An event holds one part of the agent's message, or an error. A session that
another one started as a sub-agent names it. No file says whether the task was done.

Source: the open-source opencode agent, its `export` command and its `run --format json`.
"""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import JsonValue

from seasoned.core.trace import Usage
from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.dialects import opencode
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_count, as_label, as_list, as_number, as_object, as_text, compact_json
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.head import head_objects
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time
from seasoned.ingest.usage import total_usage

_Entry = dict[str, JsonValue]
_EVENTS = frozenset({"step_start", "step_finish", "text", "reasoning", "tool_use", "user"})


class OpenCode:
    """Sessions of opencode."""

    name = "opencode"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where messages have `info` and `parts`, or events have a part of a session."""
        for value in head_objects(sample):
            if opencode.matches(value) or any(
                opencode.matches(as_object(each)) for each in as_list(value.get("messages"))
            ):
                return Detection(format=self.name, confidence=SURE, reason="messages with `info` and `parts`")
            if "sessionID" in value and isinstance(value.get("part"), dict) and value.get("type") in _EVENTS:
                return Detection(format=self.name, confidence=SURE, reason="events with a part of a session's message")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each session."""
        messages, events = list[JsonValue](), list[_Entry]()
        for item in document.records():
            if isinstance(item, Problem):
                yield item
                continue
            value = as_object(item.value)
            place = Place(format=self.name, path=document.path, where=item.where)
            if isinstance(said := value.get("messages"), list):
                yield from _runs(as_object(value.get("info")), said, [], place)
            elif "sessionID" in value and isinstance(value.get("type"), str):
                events.append(value)
            else:
                messages.append(item.value)
        if messages or events:
            yield from _runs({}, messages, events, Place(format=self.name, path=document.path, where="file"))


def _runs(session: _Entry, messages: list[JsonValue], events: list[_Entry], place: Place) -> Iterator[Parsed | Problem]:
    yield from attempt_all(lambda: _run(session, messages, events, place), place.where)


def _run(session: _Entry, messages: list[JsonValue], events: list[_Entry], place: Place) -> list[Parsed | Problem]:
    steps = StepList()
    problems: list[Parsed | Problem] = [*add_messages(messages, steps, place.where)]
    for event in events:
        _add_event(event, steps)
    if not len(steps):
        return [*problems, Problem(where=place.where, why="a session in which nobody says anything")]
    infos = [as_object(as_object(message).get("info")) for message in messages]
    ends = [as_object(event.get("part")) for event in events if event.get("type") == "step_finish"]
    keys = [as_label(session.get("id")), *(as_label(entry.get("sessionID")) for entry in [*infos, *events])]
    models = (as_text(info.get("modelID")) or as_text(as_object(info.get("model")).get("modelID")) for info in infos)
    run = run_of(
        steps,
        place,
        run_key=next((key for key in keys if key), ""),
        usage=total_usage(map(_usage, [*infos, *ends])),
        agent="opencode",
        model=next((model for model in models if model), ""),
        started_at=as_time(as_object(session.get("time")).get("created")),
    )
    return [*problems, replace(run, parent_key=as_label(session.get("parentID")))]


def _add_event(event: _Entry, steps: StepList) -> None:
    at = as_time(event.get("timestamp"))
    if event.get("type") == "error":
        error = as_object(event.get("error"))
        steps.add(
            "error", as_text(as_object(error.get("data")).get("message")) or compact_json(event.get("error")), at=at
        )
    elif event.get("type") == "user":
        opencode.add_parts(as_list(event.get("parts")) or [event.get("part")], "user", steps, at)
    else:
        opencode.add_parts([event.get("part")], "assistant", steps, at)


def _usage(entry: _Entry) -> Usage:
    """Of a message or a step; what was cached and what was thought are counted apart."""
    tokens = as_object(entry.get("tokens"))
    cache = as_object(tokens.get("cache"))
    n_input, n_output = as_count(tokens.get("input")), as_count(tokens.get("output"))
    cost_usd = as_number(entry.get("cost"))
    return Usage(
        input_tokens=None if n_input is None else n_input + sum(as_count(cache.get(k)) or 0 for k in ("read", "write")),
        output_tokens=None if n_output is None else n_output + (as_count(tokens.get("reasoning")) or 0),
        cost_usd=cost_usd if cost_usd is not None and cost_usd >= 0 else None,
    )
