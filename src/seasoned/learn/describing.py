"""What the installed learners are, for lists: what they do, their settings with defaults, and where they are from.

Read off the docstrings (the first line of the module that has the learner; the paragraph `Source: …`, or a paper in
brackets, of the learner, of the function that makes it, of their modules or of the values there) and off the `config`
of a learner's identity. Raises nothing for a learner that does not load: why is part of what is said.
"""

import inspect
import re
from collections.abc import Iterator

from pydantic import Field, JsonValue

from seasoned.core.value import Text, Value
from seasoned.errors import SeasonedError
from seasoned.learn.learner import Learner
from seasoned.learn.registry import GROUP, learner_named, learner_names
from seasoned.plugins import maker

_SOURCE = re.compile(r"\bSources?:\s*(?P<text>.+?)(?:\n\s*\n|\Z)", re.DOTALL)
_IN_PASSING = re.compile(r"\((?P<text>[^()]*\barXiv\b[^()]*)\)")
_COMMON = ("concurrency", "temperature", "max_tokens")
"""Settings that most learners have."""


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
        make = maker("learner", GROUP, name)
        learner = learner_named(name)
    except SeasonedError as error:
        why_not = str(error)
    docs = [*_docs(make), *_docs(None if learner is None else type(learner))]
    return LearnerInfo(
        name=name,
        description=_first_line(make if learner is None else type(learner)),
        source=_source(docs),
        settings={} if learner is None else _settings(learner),
        why_not=why_not,
    )


def _first_line(thing: object) -> str:
    """Of the module that has it: what it does, in one sentence."""
    module = None if thing is None else inspect.getmodule(thing)
    return (inspect.getdoc(module) or "").partition("\n")[0]


def _source(docs: list[str]) -> str:
    """The paragraph `Source: …`, or else a paper that is named in brackets."""
    found = (pattern.search(text) for pattern in (_SOURCE, _IN_PASSING) for text in docs)
    return next((" ".join(each["text"].split()) for each in found if each is not None), "")


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
    own = {} if not isinstance(config, dict) else {k: v for k, v in config.items() if not isinstance(v, dict)}
    # What is the learner's own comes first: it is what one looks for.
    return dict(sorted(own.items(), key=lambda item: _COMMON.index(item[0]) if item[0] in _COMMON else -1))
