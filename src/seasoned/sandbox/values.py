"""Values on their way out of a sandbox, as JSON or as text, with a bound on the work done for each.

A value from a sandbox is hostile: forty lines of `a = [a, a]` share one list 2^40 times, so nothing here walks further
than its budget. It runs on both sides of the border, so it needs the standard library alone. Raises `TypeError` and
`ValueError` with a message for the code's author.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from seasoned.core.text import storable

if TYPE_CHECKING:
    from pydantic import JsonValue

MAX_NODES = 100_000
"""Elements that one value may have in all."""
MAX_DEPTH = 40
MAX_CHARS = 2_000_000
"""Characters of all texts of one value together."""
MAX_INT = 1 << 63

_LARGE_INT = 1 << 10_000
"""Python refuses to write integers of over 4,300 digits."""
_DEEP = "…"
_BUILT_IN = frozenset({list, tuple, set, frozenset, dict, str, bytes, bool, int, float, type(None)})


def as_json(value: object) -> JsonValue:
    """The value as JSON: tuples become lists; bounded in elements, depth and characters.

    Raises:
        TypeError: Something in it is no text, number, bool, None, list or dict with text keys.
        ValueError: It is too large, too deep, or a number that JSON cannot hold.
    """
    return _Reader().read(value, 0)


class _Reader:
    def __init__(self) -> None:
        self._nodes = self._chars = 0

    def read(self, value: object, depth: int) -> JsonValue:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ValueError(f"the value has more than {MAX_NODES:,} elements; pass less")
        if depth > MAX_DEPTH:
            raise ValueError(f"the value is nested more than {MAX_DEPTH} levels deep")
        match value:
            case None | bool():
                return value
            case str():
                return self._text(value)
            case int():
                if abs(value) > MAX_INT:
                    raise ValueError("the value holds an integer beyond 64 bits")
                return value
            case float():
                if not math.isfinite(value):
                    raise ValueError(f"the value holds {value}, which JSON cannot")
                return value
            case list() | tuple():
                return [self.read(item, depth + 1) for item in cast("list[object] | tuple[object, ...]", value)]
            case dict():
                pairs = cast("dict[object, object]", value).items()
                return {self._key(key): self.read(item, depth + 1) for key, item in pairs}
            case _:
                raise TypeError(f"only text, numbers, lists and dicts can be passed, not {_kind(value)}")

    def _key(self, key: object) -> str:
        if not isinstance(key, str):
            raise TypeError(f"dict keys must be text, not {_kind(key)}")
        return self._text(key)

    def _text(self, text: str) -> str:
        self._chars += len(text)
        if self._chars > MAX_CHARS:
            raise ValueError(f"the value holds more than {MAX_CHARS:,} characters; pass less")
        return str(storable(text))


def shown(value: object, max_chars: int, *, own: Callable[[object], str] | None = None) -> str:
    """The value as `repr` would show it, at most about `max_chars` long; whatever is left out is an ellipsis.

    Args:
        value: Anything.
        max_chars: What may be written.
        own: Shows what is not of a built-in type; None means that such values are proxies with a name and attributes.
    """
    return _Writer(max_chars, own).write(value, 0)


class _Writer:
    def __init__(self, max_chars: int, own: Callable[[object], str] | None) -> None:
        self._left, self._own = max_chars, own

    def write(self, value: object, depth: int) -> str:
        if self._left <= 0 or depth > MAX_DEPTH:
            self._left -= 1
            return _DEEP
        if self._own is not None and type(value) not in _BUILT_IN:
            return self._spent(self._own(value)[: self._left + 1])
        match value:
            case list() | tuple() | set() | frozenset():
                return self._items(cast("list[object] | tuple[object, ...] | set[object]", value), depth)
            case dict():
                return "{" + self._pairs(cast("dict[object, object]", value), depth) + "}"
            case _:
                return self._spent(self._single(value))

    def _single(self, value: object) -> str:
        match value:
            case str() | bytes():
                n = self._left + 1
                return repr(value[:n]) + (_DEEP if len(value) > n else "")
            case int() if abs(value) >= _LARGE_INT:
                return "<an integer of over 3,000 digits>"
            case bool() | None | float() | int():
                return repr(value)
            case _:
                return self._other(value)

    def _items(self, items: list[object] | tuple[object, ...] | set[object], depth: int) -> str:
        parts: list[str] = []
        for item in items:
            if self._left <= 0:
                parts.append(f"{_DEEP} {len(items) - len(parts)} more")
                break
            self._left -= 2
            parts.append(self.write(item, depth + 1))
        inner = ", ".join(parts)
        match items:
            case list():
                return f"[{inner}]"
            case tuple():
                return f"({inner},)" if len(items) == 1 else f"({inner})"
            case _:
                return f"{{{inner}}}" if items else "set()"

    def _pairs(self, items: dict[object, object], depth: int) -> str:
        parts: list[str] = []
        for key, item in items.items():
            if self._left <= 0:
                parts.append(f"{_DEEP} {len(items) - len(parts)} more")
                break
            self._left -= 4
            parts.append(f"{self.write(key, depth + 1)}: {self.write(item, depth + 1)}")
        return ", ".join(parts)

    def _other(self, value: object) -> str:
        # An instance of a class made in the sandbox arrives as a proxy with a name and a dict of attributes.
        name, attributes = getattr(value, "name", None), getattr(value, "attributes", None)
        if isinstance(name, str) and isinstance(attributes, dict):
            # Its __repr__ stays behind in the sandbox, so a class that has one can leave its text here.
            own = cast("dict[object, object]", attributes).get("_repr")
            if isinstance(own, str):
                return own[: self._left + 1] + (_DEEP if len(own) > self._left + 1 else "")
            return f"{name[:100]}({self._pairs(cast('dict[object, object]', attributes), 1)})"
        return f"<{name[:100] if isinstance(name, str) else type(value).__name__}>"

    def _spent(self, text: str) -> str:
        self._left -= len(text)
        return text


def cut(text: str, max_chars: int, what: str) -> tuple[str, bool]:
    """The text, or its head and tail with a note between them that tells how to see the rest; and whether it was cut.

    Args:
        text: Any text.
        max_chars: How much of it to keep.
        what: What it is, as in "of output".
    """
    if len(text) <= max_chars:
        return text, False
    head, tail = max_chars * 3 // 4, max_chars // 4
    note = f"\n[… {len(text) - head - tail:,} of {len(text):,} characters {what} cut here: print slices …]\n"
    return text[:head] + note + text[len(text) - tail :], True


def _kind(value: object) -> str:
    name = getattr(value, "name", None)
    return name[:100] if isinstance(name, str) else type(value).__name__
