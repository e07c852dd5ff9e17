"""What the byte readers yield: a parsed record with its place, or a problem with one. Raises nothing."""

from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.core.value import Text, Value


class Problem(Value):
    """Something in a file that could not be read as it stands; data in a report, never an exception.

    It never quotes the file, which may hold secrets.
    """

    where: Text
    """`line 12`, `item 3`, `character 4096`, or `file`."""
    why: Text


@dataclass(frozen=True, slots=True)
class Record:
    """One JSON value of a file."""

    value: JsonValue
    where: str
    """`line 12`, `item 3` (both counted from 1), or `file` for the only one."""
