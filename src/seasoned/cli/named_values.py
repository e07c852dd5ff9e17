"""Words such as `NAME=VALUE`, each name said once. Raises `UsageError`."""

from collections.abc import Iterable

from seasoned.errors import UsageError


def pair_of(word: str, hint: str = "write NAME=VALUE") -> tuple[str, str]:
    """The name and the value of one word; raises `UsageError`, with the hint, where it is no such word."""
    name, equals, value = word.partition("=")
    if not equals or not name.strip():
        raise UsageError(f"{word!r} is no setting", hint=hint)
    return name.strip(), value.strip()


def each_once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The values by name; raises `UsageError` for a name that is there twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"the setting {name!r} is given twice", hint="give it once")
        found[name] = value
    return found
