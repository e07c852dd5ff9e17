"""Things that are found by name: entry points, each of which loads a function from settings, as words, to the thing.

Our own are registered like anybody's. Knows nothing of what is made. Raises `UsageError` for a name or a setting that
is not known, and `ConfigError` for a plugin that does not load.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar, cast

from pydantic import ValidationError

from seasoned.core.value import Value
from seasoned.errors import ConfigError, UsageError, boundary

Config = TypeVar("Config", bound=Value)


def names_in(group: str) -> tuple[str, ...]:
    """The names of all that is installed in a group of entry points, in order."""
    return tuple(sorted({point.name for point in entry_points(group=group)}))


def made(kind: str, group: str, name: str, settings: Mapping[str, str], rest: str | None = None) -> object:
    """What the entry point of this name makes.

    Args:
        kind: What it is, for errors, such as `learner`.
        group: The group of entry points.
        name: As `names_in` has it.
        settings: What differs from its own defaults, as words: `{"max_num_rules": "10"}`.
        rest: What stands behind the name and a colon, for kinds that take it; None for those that do not.

    Raises:
        UsageError: There is none of this name or setting, or a value does not fit.
        ConfigError: The plugin, or what it needs, does not load.
    """
    make = maker(kind, group, name)
    if make is None:
        raise UsageError(f"there is no {kind} {name!r}", hint=f"The {kind}s are {', '.join(names_in(group))}")
    with boundary(ConfigError, f"the {kind} does not load", where=name):
        return make(settings) if rest is None else make(rest, settings)


def maker(kind: str, group: str, name: str) -> Callable[..., object] | None:
    """The function that the entry point of this name loads; None where there is none.

    Raises:
        ConfigError: It does not load.
    """
    points: list[EntryPoint] = list(entry_points(group=group, name=name))
    if not points:
        return None
    with boundary(ConfigError, f"the {kind} does not load", where=name):
        return cast("Callable[..., object]", points[0].load())


def configured(config: type[Config], settings: Mapping[str, str], whose: str) -> Config:
    """A configuration from settings as words.

    Args:
        config: A frozen value class, every field of which has a default.
        settings: By the field's name.
        whose: Whose they are, for the error, such as `learner 'expel'`.

    Raises:
        UsageError: A setting is not known, or its value does not fit.
    """
    try:
        return config.model_validate_strings(dict(settings))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        known = ", ".join(
            f"{key}={_word(field.get_default(call_default_factory=True))}" for key, field in config.model_fields.items()
        )
        raise UsageError(
            f"the {whose} does not take this setting",
            where=name,
            why="it has none of this name" if first["type"] == "extra_forbidden" else first["msg"],
            hint=f"It takes {known}" if known else "It takes none",
        ) from None


def _word(default: object) -> str:
    """A default as it would be typed."""
    return str(default).lower() if default is None or isinstance(default, bool) else str(default)
