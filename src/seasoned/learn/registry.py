"""From a learner's name to a learner: entry points in the group `seasoned.learners`, our own registered like anybody's.

An entry point's name is what `--learner` takes; it loads a function from settings, as words, to a `Learner`. Raises
`UsageError` for a name or a setting that is not known, and `ConfigError` for a plugin that does not load.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar, cast

from pydantic import JsonValue, ValidationError

from seasoned.core.value import Value
from seasoned.errors import ConfigError, UsageError, boundary
from seasoned.learn.learner import Learner
from seasoned.llm.prompt_file import PromptFile

GROUP = "seasoned.learners"

Config = TypeVar("Config", bound=Value)


class MakeLearner(Protocol):
    """What an entry point loads."""

    def __call__(self, settings: Mapping[str, str]) -> Learner:
        """A learner with these settings; raises `UsageError` for one that it does not have."""
        ...


def learner_names() -> tuple[str, ...]:
    """The names of all learners that are installed, in order."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def learner_named(name: str, settings: Mapping[str, str] | None = None) -> Learner:
    """The learner of this name.

    Args:
        name: As `learner_names` has it.
        settings: What differs from the learner's own defaults, as words: `{"max_num_rules": "10"}`.

    Raises:
        UsageError: There is no such learner or setting, or a value does not fit.
        ConfigError: The plugin, or what it needs, does not load.
    """
    points: list[EntryPoint] = list(entry_points(group=GROUP, name=name))
    if not points:
        raise UsageError(f"there is no learner {name!r}", hint=f"The learners are {', '.join(learner_names())}")
    with boundary(ConfigError, "the learner does not load", where=name):
        make = cast("MakeLearner", points[0].load())
        return make(settings or {})


def identity_of(config: Value, prompts: Iterable[PromptFile]) -> dict[str, JsonValue]:
    """All that determines what a learner asks, but for the runs and the model: its configuration, and its prompts."""
    versions: list[JsonValue] = [f"{prompt.id} {prompt.version}" for prompt in prompts]
    return {"config": config.model_dump(mode="json"), "prompts": versions}


def configured(config: type[Config], settings: Mapping[str, str], learner: str) -> Config:
    """A learner's configuration from settings as words.

    Args:
        config: A frozen value class, every field of which has a default.
        settings: By the field's name.
        learner: Whose they are, for the error.

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
            f"the learner {learner!r} does not take this setting",
            where=name,
            why="it has none of this name" if first["type"] == "extra_forbidden" else first["msg"],
            hint=f"It takes {known}",
        ) from None


def _word(default: object) -> str:
    """A default as it would be typed."""
    return str(default).lower() if default is None or isinstance(default, bool) else str(default)
