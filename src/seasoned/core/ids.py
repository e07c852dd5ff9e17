"""Content-hash ids: the same content has the same id on every machine, so doing a thing twice changes nothing.

Raises `TypeError` for what JSON cannot hold.
"""

import hashlib
import json
from typing import Any

from pydantic_core import to_json

ID_HEX_CHARS = 16
"""64 bits: a million ids of one kind collide with a probability of 3e-8."""


def canonical_json(value: Any) -> bytes:
    """One byte string for equal JSON values: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def texts_json(value: Any) -> bytes:
    """`canonical_json` of a value that is made of texts, lists and None only: the same bytes, in a third of the time.

    The texts must be free of lone surrogates, as `core.value.Text` is.
    """
    return to_json(value)


def sha256_hex(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256 of the bytes (64 characters)."""
    return hashlib.sha256(data).hexdigest()


def hash_fraction(data: bytes) -> float:
    """A number in [0, 1) that the bytes decide: the first 53 bits of their SHA-256, as many as a float holds exactly.

    Of different bytes the numbers are as good as independent and uniform, so that a share of runs can be drawn by it.
    """
    return (int.from_bytes(hashlib.sha256(data).digest()[:8]) >> 11) / (1 << 53)


def content_id(kind: str, value: Any) -> str:
    """`kind-` and the first 16 hexadecimal digits of the SHA-256 of the value's canonical JSON."""
    return content_id_of(kind, canonical_json(value))


def content_id_of(kind: str, content: bytes) -> str:
    """`content_id` of a value whose canonical JSON these bytes are."""
    return f"{kind}-{sha256_hex(content)[:ID_HEX_CHARS]}"
