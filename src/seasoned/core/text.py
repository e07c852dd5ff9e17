"""Making text from outside safe to store and to look at, and counts in words. Pure; raises nothing.

Ranges are spelled out rather than looked up, so the result does not depend on the Unicode version of the interpreter.
"""

import re

CHARS_PER_TOKEN = 4
"""The usual rule of thumb for English prose, for estimates."""
_JOINING = "\u0600-\u1fff\u2600-\u27bf\U0001f000-\U0001faff"
_JOINER = f"(?<=[{_JOINING}\ufe0f])[\u200c\u200d](?=[{_JOINING}])"
_EMOJI_STYLE = "(?<=[\u203c-\u3299\U0001f000-\U0001faff])\ufe0f"
_HIDDEN = re.compile(
    f"(?:{_JOINER}|{_EMOJI_STYLE})"
    "|([\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff])"
)
"""The group holds what must be written out; joiners that scripts and emoji need match outside it and stay."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: object) -> object:
    """Replace NUL and lone surrogates, which no database stores as text, by U+FFFD; leave other types alone."""
    if isinstance(text, str) and not text.isascii():
        return _UNSTORABLE.sub("\ufffd", text)
    return text.replace("\x00", "\ufffd") if isinstance(text, str) and "\x00" in text else text


def visible(text: str) -> str:
    """Write every control, bidirectional and invisible character out as `<U+202E>`, so that none can act or hide.

    Tab and line feed stay. A terminal escape sequence or a reordering mark in a trace would otherwise change what a
    reviewer sees.
    """
    return _HIDDEN.sub(_written_out, text.replace("\r\n", "\n"))


def shortened(text: str, max_chars: int) -> str:
    """The text, or its beginning and how much was left out; never longer than `max_chars` plus that note."""
    left_out = len(text) - max_chars
    return text if left_out <= 0 else f"{text[:max_chars]}… (+{left_out:,} characters)"


def plural(n: int, noun: str) -> str:
    """A count with its noun: `1 run`, `2 runs`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _written_out(match: re.Match[str]) -> str:
    hidden = match.group(1)
    return match.group() if hidden is None else f"<U+{ord(hidden):04X}>"
