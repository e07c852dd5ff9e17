"""Images and other attachments: their bytes go to a blob, a short text stands in for them in the step.

Knows nothing of formats. Raises nothing: what does not decode is said in the text.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from seasoned.core.ids import sha256_hex

_MIN_INLINE_CHARS = 256
"""Shorter base64 within running text is left where it is."""
_INLINE = re.compile(
    rf"data:([\w.+-]+/[\w.+-]+)(?:;[\w.=+-]+)*;base64,([A-Za-z0-9+/_-]{{{_MIN_INLINE_CHARS},}}={{0,2}})"
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """What stands in a step for bytes, and the bytes."""

    text: str
    """Such as `[image image/png 12345 bytes]`."""
    sha256: str | None = None
    data: bytes = b""
    """Empty where the log has only an address, or the base64 does not decode."""


def attachment(kind: str, media_type: str, encoded: str) -> Attachment:
    """Decode base64.

    Args:
        kind: `image`, `audio` or `file`.
        media_type: Such as `image/png`.
        encoded: Base64, standard or URL-safe, with or without padding.
    """
    label = f"{kind} {media_type}" if media_type else kind
    try:
        tidy = encoded.strip().rstrip("=").replace("-", "+").replace("_", "/")
        data = base64.b64decode(tidy + "=" * (-len(tidy) % 4), validate=True)
    except (binascii.Error, ValueError):
        return Attachment(f"[{label}, not readable as base64]")
    return Attachment(f"[{label} {len(data)} bytes]", sha256_hex(data), data)


def from_url(kind: str, url: str) -> Attachment:
    """An attachment from a `data:` URL, or the address of any other one."""
    head, comma, encoded = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return attachment(kind, head.removeprefix("data:").partition(";")[0], encoded)
    return Attachment(f"[{kind} {url}]")


def without_inline(text: str, keep: Callable[[Attachment], None]) -> str:
    """The text with its long `data:` URLs replaced; `keep` is given each attachment that was taken out."""
    if ";base64," not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        kind = "image" if match[1].startswith("image/") else "file"
        found = attachment(kind, match[1], match[2])
        keep(found)
        return found.text

    return _INLINE.sub(replaced, text)
