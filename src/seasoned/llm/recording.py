"""Recordings: the exchanges with a model, written to a file and answered from it later, offline and for free.

A recording is JSONL, plain or gzip: a header line `{"recording": 1, "model": …, "made_by": …, "at": …}`, then one
`{"request": …, "reply": …}` per line. A reply is found by the content of its request (`request_hash`). Knows nothing
of providers or of the store. Raises `ProviderError` for a recording that cannot be read or written, `ReplayMiss` for a
request that it does not hold.
"""

import gzip
import zlib
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import AwareDatetime, Field, ValidationError

from seasoned.core.ids import canonical_json
from seasoned.core.value import Text, Value
from seasoned.errors import ProviderError, ReplayMiss, boundary
from seasoned.llm.model import Model, Reply, Request, request_hash
from seasoned.llm.nearest import nearest_difference

RECORDING_VERSION = 1
"""The version of the format that this code writes and reads."""

_GZIP_MAGIC = b"\x1f\x8b"


class RecordingHeader(Value):
    """The first line of a recording."""

    recording: int = RECORDING_VERSION
    """The version of the format."""
    model: Text
    """The id of the model that answered."""
    made_by: Text
    """Who or what made the recording, for a reader: `seasoned 0.1.0`."""
    at: AwareDatetime
    """When the recording was begun."""


class Exchange(Value):
    """One request and its reply."""

    request: Request
    reply: Reply


class Recording(Value):
    """A whole recording."""

    header: RecordingHeader
    exchanges: tuple[Exchange, ...] = Field(default=())
    """In the order in which the replies came."""


def read_recording(source: Path | Traversable | bytes, *, name: str | None = None) -> Recording:
    """Read a recording, plain or gzip (told by content, not by name).

    Args:
        source: The file, a resource of a package, or the bytes themselves.
        name: What errors call it; by default the file's path.

    Raises:
        ProviderError: Naming the line that is not what it should be.
    """
    name = name or ("the given bytes" if isinstance(source, bytes) else str(source))
    with boundary(ProviderError, "could not read the recording", where=name):
        data = source if isinstance(source, bytes) else source.read_bytes()
    if data.startswith(_GZIP_MAGIC):
        data = _unpacked(data, name)
    lines = [(n, line) for n, line in enumerate(data.splitlines(), start=1) if line.strip()]
    if not lines:
        raise ProviderError("the recording is empty", where=name, hint="Record it again")
    header = _header(lines[0][1], f"{name}:{lines[0][0]}")
    return Recording(header=header, exchanges=tuple(_exchange(line, f"{name}:{n}") for n, line in lines[1:]))


def _unpacked(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as cause:
        raise ProviderError(
            "the recording is damaged", where=name, why=f"gzip: {cause}", hint="Copy or record it again"
        ) from cause


def _header(line: bytes, where: str) -> RecordingHeader:
    try:
        header = RecordingHeader.model_validate_json(line)
    except ValidationError as cause:
        raise ProviderError(
            "the first line is not the header of a recording",
            where=where,
            why=_first_reason(cause),
            hint='It starts with {"recording": 1, "model": …',
        ) from cause
    if header.recording != RECORDING_VERSION:
        raise ProviderError(
            f"the recording has version {header.recording}, and this program reads version {RECORDING_VERSION}",
            where=where,
            hint="Use the version of Seasoned that made it, or record it again",
        )
    return header


def _exchange(line: bytes, where: str) -> Exchange:
    try:
        return Exchange.model_validate_json(line)
    except ValidationError as cause:
        raise ProviderError(
            "a line of the recording is not an exchange",
            where=where,
            why=_first_reason(cause),
            hint="Remove the line, or record again",
        ) from cause


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


class Recorder:
    """Passes requests on to a model and appends each finished exchange to a recording.

    A file that exists is continued, if it is a recording of the same model. Failed calls are not recorded. Put it
    inside a `JournaledModel`, so that it sees only redacted text.

    Args:
        model: The model that answers.
        path: The recording; a name that ends in `.gz` is written as gzip.
        made_by: Who or what makes the recording.

    Raises:
        ProviderError: If the file exists and is no recording, or one of another model.
    """

    def __init__(self, model: Model, path: Path, *, made_by: str = "seasoned") -> None:
        """Write the header, or check the one that is there."""
        self._model, self._path = model, path
        if not path.exists() or path.stat().st_size == 0:
            self._append(RecordingHeader(model=model.model_id, made_by=made_by, at=datetime.now(UTC)))
            return
        recorded = read_recording(path).header.model
        if recorded != model.model_id:
            raise ProviderError(
                f"the recording is one of {recorded}, not of {model.model_id}",
                where=str(path),
                hint="Record to another file",
            )

    @property
    def model_id(self) -> str:
        """The wrapped model's id."""
        return self._model.model_id

    async def complete(self, request: Request) -> Reply:
        """Pass the request on, and append the exchange."""
        reply = await self._model.complete(request)
        self._append(Exchange(request=request, reply=reply))
        return reply

    def _append(self, value: RecordingHeader | Exchange) -> None:
        # Defaults are left out as in `request_hash`; the header, whose version is a default, is written whole.
        whole = isinstance(value, RecordingHeader)
        line = canonical_json(value.model_dump(mode="json", exclude_defaults=not whole)) + b"\n"
        with boundary(ProviderError, "could not write the recording", where=str(self._path)):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(gzip.compress(line) if self._path.suffix == ".gz" else line)


class ReplayModel:
    """Answers from a recording.

    Equal requests are answered in the order in which their replies were recorded; the last of them sticks, so that
    the same work can be replayed any number of times in one process.

    Args:
        source: The file, a resource of a package, or the bytes themselves.
        name: What `model_id` and errors call it; by default the file's path.
    """

    def __init__(self, source: Path | Traversable | bytes, *, name: str | None = None) -> None:
        """Read the whole recording; raises `ProviderError` naming the line that is wrong."""
        self._name = name or ("bytes" if isinstance(source, bytes) else str(source))
        self._recording = read_recording(source, name=name)
        self._replies: dict[str, list[Reply]] = {}
        for exchange in self._recording.exchanges:
            self._replies.setdefault(request_hash(exchange.request), []).append(exchange.reply)
        self._n_asked: dict[str, int] = {}

    @property
    def model_id(self) -> str:
        """`replay:` and the recording's name."""
        return f"replay:{self._name}"

    @property
    def header(self) -> RecordingHeader:
        """Who answered, when, and who recorded it."""
        return self._recording.header

    @property
    def description(self) -> str:
        """The header in words, to be shown wherever replayed answers are."""
        header = self.header
        return f"replies of {header.model}, recorded on {header.at:%Y-%m-%d} by {header.made_by}"

    async def complete(self, request: Request) -> Reply:
        """The recorded reply; raises `ReplayMiss`, which says what differs from the nearest recorded request."""
        key = request_hash(request)
        replies = self._replies.get(key)
        if replies is None:
            recorded = [exchange.request for exchange in self._recording.exchanges]
            raise ReplayMiss(
                "the recording has no reply to this request",
                where=self._name,
                why=nearest_difference(request, recorded),
                hint="Record it again with the model that made it, or ask what was recorded",
            )
        n_asked = self._n_asked.get(key, 0)
        self._n_asked[key] = n_asked + 1
        return replies[min(n_asked, len(replies) - 1)]
