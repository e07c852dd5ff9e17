"""Files of conversations and of model calls -> runs; for formats that differ only in what their messages look like.

Read as runs: an object with `messages`, `conversations` or `input` (one, one a line, or an array of them); a bare list
of messages (one, one a line, or an array of lists); one message a line (the file is one run); and records of model
calls (see `call_record`), of which those that continue each other are one run (see `call_chain`). A file that is itself
the text of a stream is one response; events of streams one after another make a response each. Messages may be of any
dialect. Knows no format by name. Raises nothing.
"""

from collections.abc import Callable, Iterable, Iterator

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt
from seasoned.ingest.calls.api_call import call_of
from seasoned.ingest.calls.chain import Call, Calls
from seasoned.ingest.calls.record import Exchange, exchange_of
from seasoned.ingest.calls.sent import MESSAGES
from seasoned.ingest.chat_run import chat_run, told_run
from seasoned.ingest.dialects import responses, sharegpt
from seasoned.ingest.files.document import Document
from seasoned.ingest.format import Detection, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_object
from seasoned.ingest.record import Record
from seasoned.ingest.run import Place, RunDetails
from seasoned.ingest.streamed.events import event_api, goes_on, joined_events, looks_streamed, stream_events

MAX_BARE_MESSAGES = 100_000
"""A run written as bare messages is held in memory until it ends; one longer than this is read in parts."""
_SAID = ("content", "tool_calls", "function_call")
_STREAM_STARTS = ("event:", "data:", ":")


def is_bare_message(value: JsonValue) -> bool:
    """Whether a record is one message of a run, whatever its role is, as any name may be a speaker's."""
    entry = as_object(value)
    if isinstance(entry.get("role"), str) and any(key in entry for key in _SAID):
        return entry.get("type") != "message" or "stop_reason" not in entry
    return any(dialect.matches(entry) for dialect in (responses, sharegpt))


def is_stream(head: str) -> bool:
    """Whether a file is itself a stream of events, by how it begins."""
    return head.lstrip().startswith(_STREAM_STARTS) and looks_streamed(head)


def head_values(sample: Sample) -> Iterator[JsonValue]:
    """What the first records were cut from: as many of them as the sample's text holds whole."""
    yield from sample.records
    yield from sample.items
    yield from (value for _, value in sample.line_values)


Claim = tuple[float, str]
"""How sure a format is, and why."""


def detected(
    sample: Sample,
    format_name: str,
    *,
    of_stream: Callable[[str], Claim | None],
    of_record: Callable[[JsonValue], Claim | None],
    of_bare: Callable[[Sample], Claim | None],
) -> Detection | None:
    """What a format of one provider's API says of a sample.

    Args:
        sample: Of the file.
        format_name: Who says so.
        of_stream: Its claim on the text of a stream of events; nothing else is asked there.
        of_record: On one record; the first claim counts.
        of_bare: On the whole, where no record is claimed: messages or items without a call around them.
    """
    if is_stream(sample.text):
        claim = of_stream(sample.text)
    else:
        claims = map(of_record, sample.records)
        claim = next((claim for claim in claims if claim is not None), None) or of_bare(sample)
    return None if claim is None else Detection(format=format_name, confidence=claim[0], reason=claim[1])


def read_conversations(document: Document, format_name: str) -> Iterator[Parsed | Problem]:
    """Every run in the document; those of calls come once no later call can continue them."""
    reader = _Reader(format_name, document.path)
    if is_stream(document.text):
        yield from reader.stream(document.lines())
        return
    for item in document.records():
        if isinstance(item, Problem):
            yield item
        else:
            yield from _each(lambda item=item: list(reader.record(item)), item.where)
    yield from reader.rest()


class _Reader:
    """What was read of one document so far."""

    def __init__(self, format_name: str, path: str) -> None:
        self._format, self._path = format_name, path
        self._bare: list[JsonValue] = []
        self._events: list[JsonValue] = []
        """Of one stream."""
        self._stream_where = ""
        self._calls = Calls()

    def record(self, record: Record) -> Iterator[Parsed | Problem]:
        """The runs that are whole with this record, and what is wrong with it."""
        entry = as_object(record.value)
        if goes_on(entry, self._events):
            self._events.append(entry)
            return
        yield from self._streamed()
        if event_api(entry):
            self._events.append(entry)
            self._stream_where = record.where
        elif is_bare_message(entry):
            self._bare.append(entry)
            if len(self._bare) == MAX_BARE_MESSAGES:
                why = f"a run of over {MAX_BARE_MESSAGES} messages was read in parts"
                yield Problem(where=record.where, why=why)
                yield from self._bare_run(f"up to {record.where}")
        elif (exchange := exchange_of(entry)) is not None:
            yield from self._call(exchange, record.where)
        elif isinstance(record.value, list):
            yield from self._run({"messages": record.value}, record.where)
        elif any(isinstance(entry.get(key), list) for key in MESSAGES):
            yield from self._run(entry, record.where)
        else:
            yield Problem(where=record.where, why="no chat messages in it")

    def stream(self, lines: Iterable[tuple[int, str] | Problem]) -> Iterator[Parsed | Problem]:
        """The run of a document that is a stream."""
        texts = list[str]()
        for line in lines:
            if isinstance(line, Problem):
                yield line
            else:
                texts.append(line[1])
        events, n_broken = stream_events(texts)
        self._events.extend(events)
        self._stream_where = "file"
        yield from self._streamed(n_broken)
        yield from self.rest()

    def rest(self) -> Iterator[Parsed | Problem]:
        """What was held back, at the end of the document."""
        yield from self._streamed()
        for call in self._calls.rest():
            yield from self._call_run(call)
        if self._bare:
            yield from self._bare_run("file")

    def _streamed(self, n_broken: int = 0) -> Iterator[Parsed | Problem]:
        """The call whose stream has ended, if there was one."""
        events: list[JsonValue] = [*self._events]
        self._events.clear()
        if events or n_broken:
            response = joined_events(events)
            exchange = Exchange(request={}, response=response, beside={}, n_broken=n_broken, is_streamed=True)
            yield from self._call(exchange, self._stream_where)

    def _bare_run(self, where: str) -> Iterator[Parsed | Problem]:
        bare, self._bare = self._bare, []
        yield from self._run({"messages": bare}, where)

    def _call(self, exchange: Exchange, where: str) -> Iterator[Parsed | Problem]:
        found = attempt(lambda: call_of(exchange, where), where)
        if isinstance(found, Problem):
            yield found
            return
        call, problems = found
        yield from problems
        if exchange.request and call.is_cut and not self._calls.knows(call):
            why = "it goes on with a conversation of which the provider keeps the beginning, and the log does not"
            yield Problem(where=where, why=why)
        for ended in self._calls.add(call):
            yield from self._call_run(ended)

    def _call_run(self, call: Call) -> Iterator[Parsed | Problem]:
        details: RunDetails = {"usage": call.usage, "model": call.model, "started_at": call.at}
        place = Place(format=self._format, path=self._path, where=call.where)
        yield from _each(lambda: told_run(call.entry, call.steps, place, **details), call.where)

    def _run(self, run: dict[str, JsonValue], where: str) -> Iterator[Parsed | Problem]:
        place = Place(format=self._format, path=self._path, where=where)
        yield from _each(lambda: chat_run(run, place), where)


def _each(read: Callable[[], list[Parsed | Problem]], where: str) -> list[Parsed | Problem]:
    found = attempt(read, where)
    return [found] if isinstance(found, Problem) else found
