"""Records of any shape -> runs, by a mapping that says where in them what stands.

A record is a run (a list of messages, or an input and an output), or one message of a run that its id names; runs of
the second kind may be interleaved, and what is held of them is bounded. Raises nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.ingest.chat_run import chat_run
from seasoned.ingest.each_run import each_run
from seasoned.ingest.files.tables import PARQUET_MAGIC, csv_rows, parquet_rows, table_head
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.mapping import Columns, value_at
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text, compact_json
from seasoned.ingest.record import Record
from seasoned.ingest.run import Place
from seasoned.ingest.speakers import role_of
from seasoned.ingest.times import as_time
from seasoned.ingest.transcript import transcript_messages
from seasoned.ingest.written import written_value

MAX_HELD_CHARS = 1 << 27
"""Messages of unfinished conversations that are held at once."""
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{0,15})?", re.ASCII)
_OF_MESSAGES = ("role", "content", "name", "tool_calls", "tool_call_id")
_CARRIED = ("task", "task_id", "tools", "score", "success", "feedback", "reference", "model")


class Mapped:
    """A format that a person described by a mapping; it is not detected but told.

    Args:
        columns: Where in a record what stands.
    """

    name = "mapped"

    def __init__(self, columns: Columns) -> None:
        """Nothing is read yet."""
        self._columns = columns

    def detect(self, sample: Sample) -> Detection | None:
        """Whatever has records is taken to be what the mapping describes."""
        is_table = table_head(sample.head, sample.text) is not None and sample.layout == "text"
        if not sample.records and not is_table and not sample.head.startswith(PARQUET_MAGIC):
            return None
        return Detection(format=self.name, confidence=SURE, reason="read by the mapping that was given")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """The runs, in the order in which they begin."""
        yield from mapped_runs(records_of(document), self._columns, self.name, document.path)


def records_of(document: Document) -> Iterator[Record | Problem]:
    """The records of JSON, the rows of a CSV or Parquet table."""
    if document.head.startswith(PARQUET_MAGIC):
        return parquet_rows(document)
    return csv_rows(document) if document.layout == "text" else document.records()


def mapped_runs(
    records: Iterable[Record | Problem], columns: Columns, format_name: str, path: str
) -> Iterator[Parsed | Problem]:
    """The runs that the records hold."""
    whole = _joined(records, columns) if columns.is_part else records
    yield from each_run(whole, lambda value, place: _runs(value, columns, place), format_name=format_name, path=path)


def _runs(record: JsonValue, columns: Columns, place: Place) -> list[Parsed | Problem]:
    entry = as_object(record)
    messages: list[JsonValue] = as_list(entry["joined"]) if columns.is_part else _messages(record, columns)
    if not messages:
        return [Problem(where=place.where, why="the mapping finds no messages in it")]
    messages = _answered(messages)
    if system := as_text(value_at(record, columns.system)):
        messages.insert(0, {"role": "system", "content": system})
    run: dict[str, JsonValue] = {key: value_at(record, getattr(columns, key)) for key in _CARRIED}
    for key in ("task", "feedback"):
        run[key] = as_label(run[key])
    for key in ("score", "success", "reference"):
        run[key] = None if run[key] == "" else run[key]
    run["id"] = as_label(value_at(record, columns.id or columns.conversation))
    run["tools"] = written_value(run["tools"])
    run["metadata"] = {"agent": as_label(value_at(record, columns.agent))}
    run["messages"] = messages
    return chat_run(run, place)


def _messages(record: JsonValue, columns: Columns) -> list[JsonValue]:
    if columns.messages is None:
        asked = _side(value_at(record, columns.input), "user")
        return [*asked, *_side(value_at(record, columns.output), "assistant")] if asked else []
    value = written_value(value_at(record, columns.messages))
    if isinstance(value, str):
        return transcript_messages(value)
    if isinstance(value, dict):
        value = next((item for item in value.values() if isinstance(item, list)), None)
    return [_message(item, columns) for item in as_list(value)]


def _message(value: JsonValue, columns: Columns) -> JsonValue:
    """The message with its speaker and words under the usual keys, and everything else of it kept."""
    if isinstance(value, list) and len(value) == 2:
        return {"role": role_of(as_text(value[0])), "content": value[1]}
    if columns.role is None and columns.content is None:
        return value
    role, content = value_at(value, columns.role or "role"), value_at(value, columns.content or "content")
    rest = {key: item for key, item in as_object(value).items() if key not in (columns.role, columns.content)}
    return {**rest, "role": role_of(as_label(role)), "content": content}


def _side(value: JsonValue, role: str) -> list[JsonValue]:
    """What an input or an output says: its words, or the messages that are written in it."""
    plain = written_value(value)
    messages = as_list(as_object(plain).get("messages")) or (plain if isinstance(plain, list) else [plain])
    if messages and all(isinstance(as_object(message).get("role"), str) for message in messages):
        return messages
    text = as_label(value) if not isinstance(value, (dict, list)) else compact_json(value)
    return [{"role": role, "content": text}] if text else []


def _answered(messages: list[JsonValue]) -> list[JsonValue]:
    """Where nobody but a `system` answers, as dialogue data sets name the machine, it is the assistant."""
    roles = [as_text(as_object(message).get("role")) for message in messages]
    if "user" not in roles or set(roles) != {"user", "system"}:
        return messages
    first = roles.index("user")
    rest = [
        {**as_object(message), "role": "assistant"} if role == "system" else message
        for message, role in zip(messages[first:], roles[first:], strict=True)
    ]
    return [*messages[:first], *rest]


@dataclass(slots=True)
class _Conversation:
    """What is known so far of a conversation of several records."""

    where: str
    said: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    """What its records say last beside the messages."""
    turns: list[tuple[float | None, float | None, list[JsonValue]]] = field(
        default_factory=list[tuple[float | None, float | None, list[JsonValue]]]
    )
    """Number and time of each record, and its messages."""

    def messages(self) -> list[JsonValue]:
        """In the order of their numbers, or of their times, where all have one; else as they stand."""
        turns = self.turns
        for key in (0, 1):
            if all(turn[key] is not None for turn in turns):
                turns = sorted(turns, key=lambda turn: turn[key] or 0.0)
                break
        return [message for _, _, messages in turns for message in messages]


def _joined(records: Iterable[Record | Problem], columns: Columns) -> Iterator[Record | Problem]:
    """One record for each conversation, with its messages under `joined` and else what its rows say last."""
    open_runs: dict[str, _Conversation] = {}
    n_held = 0
    for item in records:
        if isinstance(item, Problem):
            yield item
            continue
        key = as_label(value_at(item.value, columns.conversation)) if columns.conversation else ""
        run = open_runs.setdefault(key, _Conversation(item.where))
        run.said.update({k: v for k, v in as_object(item.value).items() if v not in (None, "")})
        messages = _timed_messages(item.value, columns)
        at = as_time(value_at(item.value, columns.time))
        number = _number(value_at(item.value, columns.turn))
        run.turns.append((number, None if at is None else at.timestamp(), messages))
        n_held += sum(len(as_text(as_object(message).get("content"))) for message in messages)
        if n_held > MAX_HELD_CHARS:
            yield Problem(where=item.where, why="too many conversations are open at once; those so far end here")
            yield from _closed(open_runs)
            n_held = 0
    yield from _closed(open_runs)


def _timed_messages(record: JsonValue, columns: Columns) -> list[JsonValue]:
    """The messages of one record of a conversation, each with the record's time."""
    time = value_at(record, columns.time)
    if not columns.is_one_message:
        return [{**as_object(message), "timestamp": time} for message in _messages(record, columns)]
    message = as_object(_message(record, columns))
    kept: dict[str, JsonValue] = {key: message[key] for key in _OF_MESSAGES if key in message}
    return [{**kept, "timestamp": time}]


def _number(value: JsonValue) -> float | None:
    text = as_label(value)
    return float(text) if _NUMBER.fullmatch(text) else None


def _closed(open_runs: dict[str, _Conversation]) -> Iterator[Record]:
    for run in open_runs.values():
        yield Record({**run.said, "joined": run.messages()}, run.where)
    open_runs.clear()
