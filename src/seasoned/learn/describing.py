"""What the installed learners are, for lists: what they do, their settings with defaults, and where they are from.

Read off the docstrings (the first line of the module that has the learner; the paragraph `Source: …` of the learner,
of the function that makes it or of their modules) and off the `config` of a learner's identity. Raises nothing for a
learner that does not load: why is part of what is said.
"""

import inspect
import re
from collections.abc import Iterator
from importlib.metadata import entry_points

from pydantic import Field, JsonValue

from seasoned.core.value import Text, Value
from seasoned.errors import ConfigError, SeasonedError, boundary
from seasoned.learn.learner import Learner
from seasoned.learn.registry import GROUP, learner_named, learner_names

_SOURCE = re.compile(r"^\s*Sources?:\s*(?P<text>.+?)(?:\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)


class LearnerInfo(Value):
    """One learner that is installed."""

    name: str
    description: Text = ""
    source: Text = ""
    """Paper or specification; empty where it names none."""
    settings: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    """Defaults by name: what `--set name=value` can change, but for settings that hold others."""
    why_not: Text = ""
    """Why it cannot be used here without more; empty if it can."""


def described_learners() -> tuple[LearnerInfo, ...]:
    """All learners, by name."""
    return tuple(described(name) for name in learner_names())


def described(name: str) -> LearnerInfo:
    """The learner of this name."""
    make, learner, why_not = None, None, ""
    try:
        with boundary(ConfigError, "the learner does not load", where=name):
            make = next(iter(entry_points(group=GROUP, name=name))).load()
        learner = learner_named(name)
    except SeasonedError as error:
        why_not = str(error)
    docs = [*_docs(make), *_docs(None if learner is None else type(learner))]
    return LearnerInfo(
        name=name,
        description=_first_line(make if learner is None else type(learner)),
        source=next((" ".join(m["text"].split()) for text in docs if (m := _SOURCE.search(text))), ""),
        settings={} if learner is None else _settings(learner),
        why_not=why_not,
    )


def _first_line(thing: object) -> str:
    """Of the module that has it: what it does, in one sentence."""
    module = None if thing is None else inspect.getmodule(thing)
    return (inspect.getdoc(module) or "").partition("\n")[0]


def _docs(thing: object) -> Iterator[str]:
    """What is said of a function or class, then of its module and of the values of that module."""
    module = None if thing is None else inspect.getmodule(thing)
    if module is None:
        return
    yield inspect.getdoc(thing) or ""
    yield inspect.getdoc(module) or ""
    yield from (
        each.__doc__ or "" for each in vars(module).values() if isinstance(each, type) and issubclass(each, Value)
    )


def _settings(learner: Learner) -> dict[str, JsonValue]:
    config = learner.identity.get("config")
    return {} if not isinstance(config, dict) else {k: v for k, v in config.items() if not isinstance(v, dict)}
