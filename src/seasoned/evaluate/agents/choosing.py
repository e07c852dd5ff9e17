"""From the words of a command line to an agent under test.

    nothing                     the agent that does nothing
    model                       the model that was chosen
    python:MODULE:FUNCTION      a function, found from the current folder too
    http://…, https://…         an agent behind an address
    anything else               a command; one text is split as a shell would split it, and never given to one

A program that is called like one of the first is run as `./nothing`. Raises `ConfigError` and `UsageError`.
"""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import cast

from seasoned.errors import ConfigError, UsageError, boundary
from seasoned.evaluate.agents.command import TIMEOUT_S, CommandAgent
from seasoned.evaluate.agents.http import HttpAgent
from seasoned.evaluate.agents.model import ModelAgent, ModelAgentConfig
from seasoned.evaluate.agents.nothing import NothingAgent
from seasoned.evaluate.agents.python import AgentFunction, PythonAgent
from seasoned.evaluate.attempt import EvaluatedAgent
from seasoned.llm.model import Model

_PYTHON = "python:"
_WEB = ("http://", "https://")


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """What is said of an agent besides its word; each kind takes what concerns it."""

    timeout_s: float = TIMEOUT_S
    """For one trial; a model has its own, in `asked`."""
    model: Model | None = None
    """Whom to ask where the word is `model`."""
    asked: ModelAgentConfig = field(default_factory=ModelAgentConfig)
    """How the model is asked."""
    cwd: str | None = None
    """Where a command runs; None: here."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Sent to an address, by name; values come from the environment and not from a command line."""
    allow_http: bool = False
    """Let the headers cross a network unencrypted."""


def agent_named(word: str | Sequence[str], options: AgentOptions | None = None) -> EvaluatedAgent:
    """The agent that the words mean.

    Args:
        word: One text, or the words of a command as they stood after `--`.
        options: What else is known of it.

    Raises:
        ConfigError: There is no such function, it cannot be called with a trial, or an address is none.
        UsageError: The words mean nothing, or no model was chosen.
    """
    options = options or AgentOptions()
    if not isinstance(word, str):
        return CommandAgent(tuple(word), timeout_s=options.timeout_s, cwd=options.cwd)
    if word == "nothing":
        return NothingAgent()
    if word == "model":
        if options.model is None:
            raise UsageError("no model was chosen", hint="name one with --model, such as openai:gpt-5")
        return ModelAgent(options.model, options.asked)
    if word.startswith(_PYTHON):
        return PythonAgent(function_named(word.removeprefix(_PYTHON)), timeout_s=options.timeout_s)
    if word.lower().startswith(_WEB):
        return HttpAgent(word, timeout_s=options.timeout_s, headers=options.headers, allow_http=options.allow_http)
    return CommandAgent(_split(word), timeout_s=options.timeout_s, cwd=options.cwd)


def function_named(word: str) -> AgentFunction:
    """The function that `MODULE:FUNCTION` names; importing it runs the module.

    Raises:
        ConfigError: The module cannot be imported, or has no such function.
        UsageError: The word is not of that form.
    """
    module_name, _, path = word.partition(":")
    if not module_name or not path:
        raise UsageError("this names no function", where=word, hint="write python:MODULE:FUNCTION")
    here = str(Path.cwd())
    if here not in sys.path:
        # Where Python itself looks with `python -m`; an installed command does not.
        sys.path.insert(0, here)
    with boundary(ConfigError, "the agent's module could not be imported", where=module_name):
        module = import_module(module_name)
    try:
        found = reduce(getattr, path.split("."), cast("object", module))
    except AttributeError as cause:
        where = f"{module_name}:{path}"
        raise ConfigError("there is no such function", where=where, why=str(cause), hint="check its name") from cause
    if not callable(found) or isinstance(found, type):
        kind = "class" if isinstance(found, type) else type(found).__name__
        raise ConfigError("the agent is no function", where=f"{module_name}:{path}", why=f"it is a {kind}")
    return found


def _split(text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as cause:
        raise UsageError("the command cannot be split into words", where=text, why=str(cause).lower()) from cause
    if not words:
        raise UsageError("there is no agent", hint="name one, such as `nothing`, `model`, or a command")
    return words
