"""From a learner's name to a learner: entry points in the group `seasoned.learners`, our own registered like anybody's.

An entry point's name is what `--learner` takes; it loads a function from settings, as words, to a `Learner`. Raises
`UsageError` for a name or a setting that is not known, and `ConfigError` for a plugin that does not load.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from pydantic import JsonValue

from seasoned import plugins
from seasoned.core.value import Value
from seasoned.learn.learner import Learner
from seasoned.llm.prompt_file import PromptFile

GROUP = "seasoned.learners"


def learner_names() -> tuple[str, ...]:
    """The names of all learners that are installed, in order."""
    return plugins.names_in(GROUP)


def learner_named(name: str, settings: Mapping[str, str] | None = None) -> Learner:
    """The learner of this name.

    Args:
        name: As `learner_names` has it.
        settings: What differs from the learner's own defaults, as words: `{"max_num_rules": "10"}`.

    Raises:
        UsageError: There is no such learner or setting, or a value does not fit.
        ConfigError: The plugin, or what it needs, does not load.
    """
    return cast("Learner", plugins.made("learner", GROUP, name, settings or {}))


def identity_of(config: Value, prompts: Iterable[PromptFile]) -> dict[str, JsonValue]:
    """All that determines what a learner asks, but for the runs and the model: its configuration, and its prompts."""
    versions: list[JsonValue] = [f"{prompt.id} {prompt.version}" for prompt in prompts]
    return {"config": config.model_dump(mode="json"), "prompts": versions}


def configured(config: type[plugins.Config], settings: Mapping[str, str], learner: str) -> plugins.Config:
    """A learner's configuration from settings as words; see `plugins.configured`."""
    return plugins.configured(config, settings, f"learner {learner!r}")
