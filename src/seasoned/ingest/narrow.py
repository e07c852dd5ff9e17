"""Narrowing of JSON from outside: each function gives the wanted type or its empty value, and raises nothing."""

import json
import math

from pydantic import JsonValue

from seasoned.core.text import storable


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """The value itself where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: JsonValue) -> list[JsonValue]:
    """The value itself where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: JsonValue) -> str:
    """The value itself where it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def as_number(value: JsonValue) -> float | None:
    """A finite number; booleans count as 0 and 1, anything else is None."""
    if isinstance(value, (int, float)):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    return None


def as_count(value: JsonValue) -> int | None:
    """A whole number >= 0, else None."""
    number = as_number(value)
    return int(number) if number is not None and number >= 0 and not isinstance(value, bool) else None


def as_label(value: JsonValue) -> str:
    """A name or number as text; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return (
        str(storable(value)) if isinstance(value, str) else str(as_number(value) if isinstance(value, float) else value)
    )


def compact_json(value: JsonValue) -> str:
    """JSON text on one line, characters as they are; for values that a log holds parsed where others hold text."""
    return json.dumps(value, ensure_ascii=False)


def storable_json(value: JsonValue) -> JsonValue:
    """The value with what no database stores as text replaced, as in `Text`; JSON may hold it in its escapes."""
    if isinstance(value, str):
        return str(storable(value))
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    if isinstance(value, dict):
        return {str(storable(key)): storable_json(item) for key, item in value.items()}
    return value
