"""Making text from outside safe to look at. Pure; raises nothing."""

import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
"""Control characters but tab and line feed, and the characters that hide or reorder text around them."""


def visible(text: str) -> str:
    """Show every control, bidirectional and zero-width character as its code, so that none can act or hide.

    A terminal escape sequence or a reordering mark in a trace would otherwise change what a reviewer sees.
    """
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text.replace("\r\n", "\n"))


def shortened(text: str, max_chars: int) -> str:
    """The text, or its beginning and how much was left out; never longer than `max_chars` plus that note."""
    left_out = len(text) - max_chars
    return text if left_out <= 0 else f"{text[:max_chars]}… (+{left_out:,} characters)"
