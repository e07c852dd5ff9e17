"""The options that say which learner learns and how, and the learner that they make.

Raises `UsageError` for a learner or a setting that is not there, and `ConfigError` for a learner that does not load.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.named_values import each_once, pair_of
from seasoned.config import SandboxName, Settings
from seasoned.errors import UsageError, boundary
from seasoned.learn.learner import Learner
from seasoned.learn.recursive.config import NAME as RECURSIVE
from seasoned.learn.registry import learner_named

PATTERNS = "patterns"
"""Not a learner: what is counted without a model, and shown before any learner begins."""

_HINT = "write --set name=value; `seasoned learners` shows the names"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class LearnerOptions:
    """Which learner, and how it works."""

    learner: str = RECURSIVE
    """Who learns: `seasoned learners` lists them; patterns counts without a model."""
    setting: Annotated[tuple[str, ...], Parameter(name="--set")] = ()
    """A setting of the learner, as max_turns=6; say it once for each."""
    base: Path | None = None
    """File with the agent's own prompt, for a learner that words a better one."""
    output: Path | None = None
    """File to write the better prompt to."""
    concurrency: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """The same as --set concurrency=N: what the learner does at once. A provider that asks for less is given less."""
    sandbox: SandboxName | None = None
    """The same as --set sandbox=NAME: where the model's code runs; else SEASONED_SANDBOX, then monty."""


def learner_of(options: LearnerOptions, settings: Settings) -> Learner | None:
    """The learner that the options name; None for patterns alone."""
    chosen = _settings(options)
    if options.learner == PATTERNS:
        if chosen:
            raise UsageError("patterns are counted, not set", hint=f"leave {', '.join(chosen)} out")
        return None
    if options.learner == RECURSIVE:
        # A setting of one's own is for whom it concerns: other learners run no code of a model's.
        chosen.setdefault("sandbox", settings.sandbox)
    return learner_named(options.learner, chosen)


def _settings(options: LearnerOptions) -> dict[str, str]:
    """All settings by name, each of which is said once."""
    said = [pair_of(each, _HINT) for each in options.setting]
    if options.base is not None:
        with boundary(UsageError, "the base prompt cannot be read", where=str(options.base)):
            said.append(("base", options.base.read_text(encoding="utf-8")))
    if options.concurrency is not None:
        said.append(("concurrency", str(options.concurrency)))
    if options.sandbox is not None:
        said.append(("sandbox", options.sandbox))
    return each_once(said)
