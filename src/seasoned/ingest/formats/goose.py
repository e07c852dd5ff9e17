"""goose's sessions: JSON lines with a header, an exported `{working_dir, conversation}`, and what it prints as it runs.

The header of a session file says where it ran and what it used; every other line is a message (see `dialects.goose`).
What `goose run --output-format stream-json` prints wraps each message in `{type: message}` and cuts its words into
pieces of one id, which are put together. No file says whether the task was done.

Source: the session files and the message types of the open-source goose agent.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.trace import Usage
from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.dialects import goose
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_count, as_label, as_list, as_number, as_object, as_text, compact_json
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.head import head_objects
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time

_Entry = dict[str, JsonValue]
_COUNTS = frozenset({"message_count", "total_tokens", "accumulated_total_tokens"})


class Goose:
    """Sessions of goose."""

    name = "goose"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about a session's header, its export, and messages with goose's own parts."""
        for value in head_objects(sample):
            if _is_header(value) or _is_export(value):
                return Detection(
                    format=self.name, confidence=SURE, reason="a session with a working_dir and its counts"
                )
            if goose.matches(as_object(value.get("message")) or value):
                return Detection(format=self.name, confidence=0.9, reason="messages with toolRequest and toolResponse")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each session."""
        header, messages, where = _Entry(), list[JsonValue](), "file"
        for item in document.records():
            if isinstance(item, Problem):
                yield item
                continue
            value = as_object(item.value)
            if _is_header(value) or _is_export(value):
                yield from _runs(header, messages, Place(format=self.name, path=document.path, where=where))
                header, messages, where = value, list(as_list(value.get("conversation"))), item.where
            elif value.get("type") == "message" and isinstance(value.get("message"), dict):
                _take_piece(as_object(value["message"]), messages)
            elif value.get("type") == "complete":
                header = {**header, **value}
            elif value.get("type") == "error":
                messages.append({"role": "error", "content": as_text(value.get("error")) or compact_json(value)})
            elif value.get("type") != "notification":
                messages.append(item.value)
        yield from _runs(header, messages, Place(format=self.name, path=document.path, where=where))


def _is_header(value: _Entry) -> bool:
    return "working_dir" in value and "role" not in value and bool(value.keys() & _COUNTS)


def _is_export(value: _Entry) -> bool:
    return "working_dir" in value and isinstance(value.get("conversation"), list)


def _take_piece(piece: _Entry, messages: list[JsonValue]) -> None:
    """Add a message, or to the last one where this is more of its words."""
    last = as_object(messages[-1]) if messages else {}
    before, more = as_list(last.get("content")), as_list(piece.get("content"))
    if not piece.get("id") or piece.get("id") != last.get("id") or not (before and more):
        messages.append(piece)
        return
    end, first = as_object(before[-1]), as_object(more[0])
    key = as_text(end.get("type"))
    key = "thinking" if key == "thinking" else "text"
    if end.get("type") == first.get("type") and isinstance(end.get(key), str) and isinstance(first.get(key), str):
        joined: JsonValue = {**end, key: f"{end[key]}{first[key]}"}
        before, more = [*before[:-1], joined], more[1:]
    messages[-1] = {**last, "content": [*before, *more]}


def _runs(header: _Entry, messages: list[JsonValue], place: Place) -> Iterator[Parsed | Problem]:
    if not messages:
        if header:
            yield Problem(where=place.where, why="a session in which nobody says anything")
        return
    yield from attempt_all(lambda: _run(header, messages, place), place.where)


def _run(header: _Entry, messages: list[JsonValue], place: Place) -> list[Parsed | Problem]:
    steps, problems = StepList(), list[Parsed | Problem]()
    for number, message in enumerate(messages, 1):
        steps.now = as_time(as_object(message).get("created"))
        found = add_messages([message], steps, place.where)
        problems += [Problem(where=f"{place.where}, message {number}", why=problem.why) for problem in found]
    if not len(steps):
        return [*problems, Problem(where=place.where, why="a session in which nobody says anything")]
    model = as_object(header.get("model_config"))
    run = run_of(
        steps,
        place,
        run_key=as_label(header.get("id")),
        usage=_usage(header),
        agent="goose",
        model=as_text(model.get("model_name")),
        started_at=as_time(header.get("created_at")),
    )
    return [*problems, run]


def _usage(header: _Entry) -> Usage:
    """The whole session's, where the header has that, else what it says of the last call."""
    counts = {
        side: next((n for key in (f"accumulated_{side}", side) if (n := as_count(header.get(key))) is not None), None)
        for side in ("input_tokens", "output_tokens")
    }
    cost_usd = as_number(header.get("accumulated_cost"))
    return Usage(**counts, cost_usd=cost_usd if cost_usd is not None and cost_usd >= 0 else None)
