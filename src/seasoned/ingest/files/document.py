"""One input as a format sees it: its first bytes, its layout, and its lines or JSON records, as often as asked.

Layouts: `array` (one JSON array, streamed item by item), `lines` (one JSON value a line), `object` (one JSON document,
held in memory whole), `text`, `archive` (a zip), `binary`, `empty`. Stray text around a record, bad lines and truncated
files are `Problem`s among the records. Knows nothing of any format. Raises `OSError` where the file cannot be opened.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BufferedIOBase
from itertools import chain, islice
from typing import Literal

from pydantic import JsonValue

from seasoned.ingest.files.arrays import DECODER, JSON_SPACE, parse_error, split_array
from seasoned.ingest.files.stream import Line, decoded_chunks, decoded_line, plain_stream, read_chunks, read_lines
from seasoned.ingest.record import Problem, Record

Layout = Literal["array", "lines", "object", "text", "archive", "binary", "empty"]

HEAD_BYTES = 1 << 16
ZIP_MAGIC = b"PK\x03\x04"
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x08"))
_MAX_CONTROL_SHARE = 0.05
"""Random bytes hold 10 % control characters, text hardly any."""
_QUOTED = re.compile(r'"(?:\s|\\[nrt])*[{\[](?:\s|\\[nrt])*(?:\\"|[{}\[\]])')
"""How a file begins that is one JSON text with JSON in it."""
_NO_ARRAY = re.compile(r'\[[^\[\]{}"]*:|\[\s*(?!true|false|null|NaN|Infinity)[A-Za-z][^\[\]{}"]*\]')
"""How a text begins that has a time, a level or a link in brackets where JSON would have an array."""
_PROBE_LINES = 50
"""So many lines are tried before a file with a broken first record is given up as JSON lines."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on what is held in memory."""

    record_bytes: int = 256 << 20
    """The longest line, array item or single JSON document that is read."""


class Document:
    """One input.

    Args:
        path: As the user named it; it is shown, never used to detect.
        opener: Gives the raw bytes from their start, in a stream that can seek; called once for each pass.
        limits: Bounds on memory.
    """

    def __init__(self, path: str, opener: Callable[[], BufferedIOBase], limits: Limits | None = None) -> None:
        """Nothing is opened yet."""
        self.path = path
        self._opener = opener
        self._limits = limits or Limits()

    @contextmanager
    def open(self) -> Generator[BufferedIOBase]:
        """The bytes from their start, with compression undone; for formats that are not text."""
        with self._opener() as stream:
            yield plain_stream(stream)

    @cached_property
    def head(self) -> bytes:
        """Up to `HEAD_BYTES` of the start, with compression undone and as UTF-8."""
        return self._start[0][:HEAD_BYTES]

    @cached_property
    def _start(self) -> tuple[bytes, bool]:
        """The first bytes, and whether they are all there is, so that no pass need open the input again."""
        with self._opener() as stream:
            start, is_sound = b"", True
            for chunk in read_chunks(stream):
                if isinstance(chunk, Problem):
                    is_sound = False
                    continue
                start += chunk
                if len(start) >= HEAD_BYTES:
                    return start, False
        return start, is_sound

    def _chunks(self) -> Iterator[bytes | Problem]:
        start, is_all = self._start
        if is_all:
            yield start
            return
        with self._opener() as stream:
            yield from read_chunks(stream)

    def digest(self) -> str:
        """SHA-256 of the content with compression undone: what tells files apart whose records look alike."""
        whole = hashlib.sha256()
        for chunk in self._chunks():
            if isinstance(chunk, bytes):
                whole.update(chunk)
        return whole.hexdigest()

    @cached_property
    def text(self) -> str:
        """The head as text, with what is not UTF-8 replaced."""
        return self.head.decode(errors="replace")

    @cached_property
    def layout(self) -> Layout:
        """How the file is laid out, judged by its content."""
        if not self.head.strip():
            return "empty"
        if self.head.startswith(ZIP_MAGIC):
            return "archive"
        written = self.head.rstrip(b"\0")
        control = len(written) - len(written.translate(None, _CONTROL_BYTES))
        if not written or control > len(written) * _MAX_CONTROL_SHARE:
            return "binary"
        start = self.text.lstrip()
        if start.startswith("[") and not _NO_ARRAY.match(start):
            return "lines" if _first_of_several(start) else "array"
        if start.startswith("{") or _QUOTED.match(start):
            return self._object_or_lines()
        probed = [line for line in start.split("\n")[:_PROBE_LINES] if line.strip()]
        n_objects = sum(isinstance(_decoded(line[max(line.find("{"), 0) :]), dict) for line in probed)
        return "lines" if n_objects * 2 >= len(probed) else "text"

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Names in a zip archive, in its order; empty for anything else, and for a broken one."""
        if self.layout != "archive":
            return ()
        try:
            with self.open() as stream, zipfile.ZipFile(stream) as archive:
                return tuple(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return ()

    def lines(self) -> Iterator[tuple[int, str] | Problem]:
        """Line number (from 1) and text without the line's end."""
        for line in self._raw_lines():
            if isinstance(line, Problem):
                yield line
                continue
            text, problem = decoded_line(line)
            if problem is not None:
                yield problem
            yield line.number, text.removesuffix("\r")

    def records(self) -> Iterator[Record | Problem]:
        """The JSON values of an `array`, `lines` or `object` document, in order; none of any other."""
        match self.layout:
            case "array":
                yield from split_array(decoded_chunks(self._chunks()), max_chars=self._limits.record_bytes)
            case "lines":
                for line in self._raw_lines():
                    if isinstance(line, Problem):
                        yield line
                    elif line.raw and not line.raw.isspace():
                        yield from _line_records(line)
            case "object":
                yield from self._whole
            case _:
                return

    def first_values(self, n: int) -> tuple[JsonValue, ...]:
        """Up to `n` first records that could be read."""
        readable = (item.value for item in islice(self.records(), _PROBE_LINES) if isinstance(item, Record))
        return tuple(islice(readable, n))

    def _raw_lines(self) -> Iterator[Line | Problem]:
        return read_lines(self._chunks(), max_bytes=self._limits.record_bytes)

    def _object_or_lines(self) -> Layout:
        if _QUOTED.match(self.text.lstrip()):
            return "object"
        lines = (item.raw for item in self._raw_lines() if isinstance(item, Line) and item.raw.strip())
        first, second = next(lines, b""), next(lines, None)
        if second is None:
            return "object"
        if isinstance(_decoded(first.decode(errors="replace")), dict):
            return "lines"
        if not isinstance(self._whole[0], Problem):
            return "object"
        later = (_decoded(raw.decode(errors="replace")) for raw in islice(chain((second,), lines), _PROBE_LINES))
        return "lines" if any(isinstance(value, (dict, list)) for value in later) else "object"

    @cached_property
    def _whole(self) -> tuple[Record | Problem, ...]:
        """A document that is one JSON value, or several behind each other; problems stand where records would."""
        parts, problems, n_chars = list[str](), list[Problem](), 0
        for piece in decoded_chunks(self._chunks()):
            if isinstance(piece, Problem):
                problems.append(piece)
                continue
            n_chars += len(piece)
            if n_chars > self._limits.record_bytes:
                why = (
                    f"one JSON document of more than {self._limits.record_bytes} characters, which would have to "
                    "be held in memory whole; write its runs as JSON lines or as one array"
                )
                return (Problem(where="file", why=why),)
            parts.append(piece)
        return (*_values(_unquoted("".join(parts)), "file"), *problems)


def _unquoted(text: str) -> str:
    """The JSON in a document that some programs wrote as one JSON text; any other as it is."""
    inner = _decoded(text.strip()) if _QUOTED.match(text.lstrip()) else None
    return inner if isinstance(inner, str) else text


def _decoded(text: str) -> JsonValue:
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _first_of_several(start: str) -> bool:
    """Whether the first line is a whole JSON value and another one follows."""
    line, _, rest = start.partition("\n")
    return rest.lstrip()[:1] in ("[", "{") and isinstance(_decoded(line), list)


def _line_records(line: Line) -> Iterator[Record | Problem]:
    where = f"line {line.number}"
    text, problem = decoded_line(line)
    if problem is not None:
        yield problem
    try:
        yield Record(DECODER.decode(text), where)
    except RecursionError as error:
        yield Problem(where=where, why=parse_error(error))
    except ValueError:
        yield from _values(text, where)


def _values(text: str, where: str) -> Iterator[Record | Problem]:
    """The JSON values in a text with something wrong about it: stray text before one is skipped and reported."""
    at, n_values = 0, 0
    while rest := text[at : at + 1]:
        if rest in JSON_SPACE:
            at += 1
            continue
        try:
            value: JsonValue
            value, at = DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            start = text.find("{", at + (rest == "{"))
            if rest == "{" or start < 0 or _decoded_at(text, start) is None:
                yield Problem(where=where, why=_not_json(text[at:], error, n_values))
                return
            yield Problem(where=where, why=f"{start - at} stray characters before a record were skipped")
            at = start
            continue
        n_values += 1
        yield Record(value, where)


def _decoded_at(text: str, at: int) -> JsonValue:
    try:
        return DECODER.raw_decode(text, at)[0]
    except (ValueError, RecursionError):
        return None


def _not_json(text: str, error: Exception, n_values: int) -> str:
    if not text.strip("\0 \r\n"):
        return f"{text.count(chr(0))} NUL bytes, as a crash while writing leaves them"
    if isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc.rstrip()):
        return f"the JSON ends early, at character {error.pos}"
    return parse_error(error) if n_values == 0 else f"text behind the record that is {parse_error(error)}"
