"""What an agent gave back, read with suspicion: chat messages or an answer, and what may stand beside them.

One JSON object with `messages` (as a model's API has them) or `answer` (text, or any JSON), or both; and, as far as the
agent says so, `usage` {input_tokens, output_tokens, cost_usd}, `model`, `state` (how the world stands after it) and
`error` (it failed, and says so itself). A list of messages alone will do, and so will JSON Lines with one message to
a line. Other keys are passed over: no agent grades itself. NaN and Infinity, which JSON lacks, are read as text.

Knows nothing of where it came from. Raises `Unreadable`.
"""

import json
import math
from dataclasses import dataclass, field

from pydantic import JsonValue

from seasoned.core.text import storable
from seasoned.core.trace import Usage
from seasoned.ingest.files.arrays import DECODER, parse_error
from seasoned.ingest.narrow import as_count, as_number, as_object, as_text, compact_json

MAX_BYTES = 16 << 20
"""The longest answer that is read."""
MAX_DEPTH = 100
"""Levels of an answer's JSON; what stores it stops at a few hundred."""
_LARGEST_COUNT = 1 << 53
_MAX_INT = 1 << 63


class Unreadable(Exception):
    """What an agent gave is no answer; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What an agent gave back."""

    messages: tuple[JsonValue, ...] = ()
    """The conversation, as far as the agent tells it; what is no message among them is found when they are read."""
    answer: str | None = None
    """None: whatever it said last."""
    state: JsonValue = None
    error: str = ""
    """What the agent says went wrong with it."""
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    tools: tuple[JsonValue, ...] = ()
    """What it was offered, in a provider's form."""


def given_bytes(body: bytes) -> Given:
    """What an agent printed or sent.

    Raises:
        Unreadable: It is no text, no JSON, or says nothing.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 (byte {error.start:,})") from error
    if not text.strip():
        raise Unreadable("it is empty")
    try:
        value: JsonValue = DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        lines = _message_lines(text)
        if lines is None:
            raise Unreadable(f"{parse_error(error)}; print one JSON object, and anything else to stderr") from error
        value = lines
    return given_value(value)


def given_value(value: JsonValue) -> Given:
    """What an agent gave as JSON.

    Raises:
        Unreadable: It says nothing, or is nested too deeply.
    """
    try:
        plain = _plain(value, MAX_DEPTH)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if isinstance(plain, list):
        return _given({"messages": plain})
    if not isinstance(plain, dict):
        raise Unreadable("it is no JSON object with `messages` or `answer`")
    is_message = "role" in plain and "messages" not in plain
    return _given({"messages": [plain]} if is_message else plain)


def _given(entry: dict[str, JsonValue]) -> Given:
    messages, answer, error = entry.get("messages"), entry.get("answer"), entry.get("error")
    if messages is not None and not isinstance(messages, list):
        raise Unreadable("its `messages` are no list")
    if not messages and answer is None and not error:
        raise Unreadable("it has neither `messages` nor an `answer`")
    return Given(
        messages=tuple(messages or ()),
        answer=None if answer is None else as_text(answer) if isinstance(answer, str) else compact_json(answer),
        state=entry.get("state"),
        error="" if not error else as_text(error) or compact_json(error),
        usage=_usage(entry.get("usage")),
        model=as_text(entry.get("model")),
    )


def _usage(value: JsonValue) -> Usage:
    """What is stated and can be true; a database holds no count of 300 digits."""
    entry = as_object(value)
    counts = {
        key: count
        for key in ("input_tokens", "output_tokens")
        if (count := as_count(entry.get(key))) is not None and count <= _LARGEST_COUNT
    }
    cost_usd = as_number(entry.get("cost_usd"))
    return Usage(**counts, cost_usd=cost_usd if cost_usd is not None and cost_usd >= 0 else None)


def _message_lines(text: str) -> list[JsonValue] | None:
    """The messages of JSON Lines; None where a line is anything else."""
    found: list[JsonValue] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            value: JsonValue = DECODER.decode(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict) or "role" not in value:
            return None
        found.append(value)
    return found


def _plain(value: JsonValue, levels: int) -> JsonValue:
    """The value as any database stores it; raises `ValueError` for what none does."""
    if levels < 0:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        return str(storable(value))
    if isinstance(value, list):
        return [_plain(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {str(storable(key)): _plain(item, levels - 1) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, int) and abs(value) > _MAX_INT:
        raise ValueError("it holds an integer beyond 64 bits")
    return value
