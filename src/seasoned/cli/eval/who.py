"""Who works the tasks of an evaluation: the options that name an agent and its prompt, and what they name.

Raises `UsageError`, `ConfigError` and `ProviderError` for what cannot be had.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.eval.how import AtLeastOne, HowOptions, settings_of
from seasoned.cli.model_options import ModelOptions, model_of
from seasoned.cli.place import Open
from seasoned.core.prompt import Prompt
from seasoned.errors import UsageError, boundary
from seasoned.evaluate.agents.choosing import AgentOptions, agent_named
from seasoned.evaluate.agents.model import ModelAgentConfig
from seasoned.evaluate.attempt import BringsAgent, EvaluatedAgent, Suite
from seasoned.evaluate.suites.registry import suite_prompt, suite_prompt_names
from seasoned.llm.providers import DEFAULT_CONFIG
from seasoned.pipeline.promoting import labelled

PROMPT_IDS = "prompt-"
"""What the ids of prompts begin with."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WhoOptions:
    """Who works the tasks."""

    agent: str | None = None
    """nothing, model, python:MODULE:FUNCTION, an http(s) address, or a command in quotes; else the words after --."""
    model: str | None = None
    """provider:model to work the tasks, such as openai:gpt-5 or replay:FILE; without it SEASONED_MODEL."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and including /v1."""
    prompt: str | None = None
    """What the agent is told: a prompt's id or label, a file, or SUITE:NAME for a text of the suite's own."""
    max_steps: AtLeastOne = ModelAgentConfig.max_steps
    """Calls of the model in one trial."""
    temperature: float | None = None
    """Of the model; without it the provider's own."""
    max_tokens: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """Of one reply of the model; without it the provider's own limit."""
    calls: Literal["native", "text"] = "native"
    """text: tools are told to the model in words, for one that has no calls of its own."""
    record: Path | None = None
    """File to add every exchange with the model to; --model replay:FILE then answers without a network."""
    call_timeout: Annotated[float, Parameter(validator=Number(gt=0))] = DEFAULT_CONFIG.timeout_s
    """Seconds that one call of the model may take before it is tried again."""
    http_header: tuple[str, ...] = ()
    """NAME=VARIABLE: a header for an agent behind an address, its value from that environment variable."""


def prompt_named(here: Open, suite: Suite, word: str | None) -> Prompt | str:
    """The prompt that a word names: a label, an id, a file, or SUITE:NAME; empty without a word.

    Raises:
        UsageError: It names none.
    """
    if not word:
        return ""
    name, colon, rest = word.partition(":")
    if colon and name in (suite.name, suite.name.partition(":")[0]):
        text = suite_prompt(suite, rest)
        if text is None:
            names = ", ".join(f"{name}:{each}" for each in suite_prompt_names(suite))
            raise UsageError(f"the suite has no prompt {rest!r}", hint=f"it has {names}" if names else "it has none")
        return text
    if (found := labelled(here.store, here.book, word)) is not None:
        return found
    file = Path(word)
    with boundary(UsageError, "the prompt cannot be read", where=word):
        if file.is_file():
            return file.read_text(encoding="utf-8")
    if not word.startswith(PROMPT_IDS):
        raise UsageError(
            f"no prompt is called {word!r}",
            why=f"it is no label of the skillbook {here.book!r}, no file, and no prompt's id",
            hint="`seasoned prompt labels` and `seasoned prompt list` show those there are",
        )
    return here.store.prompts.get(word)


def agent_of(here: Open, suite: Suite, command: Sequence[str], who: WhoOptions, how: HowOptions) -> EvaluatedAgent:
    """The agent that the options name.

    Raises:
        UsageError: They name none, or two, or a header without its variable.
    """
    if command and who.agent is not None:
        raise UsageError("two agents were named", why=f"--agent {who.agent} and {command[0]}", hint="leave one out")
    word = tuple(command) or who.agent or ("model" if who.model or here.settings.model else None)
    if word is None:
        raise UsageError(
            "nobody was named to work the tasks",
            hint="give --model provider:model, --agent WORD, or a command after --; --agent nothing finds the floor",
        )
    if word == "nothing" and isinstance(suite, BringsAgent):
        return suite.agent("nothing", None)
    if word == "model" and isinstance(suite, BringsAgent):
        return suite.agent(who.model or here.settings.model or "", who.base_url or here.settings.base_url)
    model = None
    if word == "model":
        asked = ModelOptions(model=who.model, base_url=who.base_url, timeout_s=who.call_timeout, record=who.record)
        model = model_of(here, asked, is_recorded=not how.dry_run)
    config = ModelAgentConfig(
        max_steps=who.max_steps,
        temperature=who.temperature,
        max_tokens=who.max_tokens,
        calls=who.calls,
        timeout_s=how.timeout,
    )
    named = AgentOptions(timeout_s=how.timeout, model=model, asked=config, headers=_headers(who.http_header))
    return agent_named(word, named)


def _headers(said: Sequence[str]) -> dict[str, str]:
    """The headers, their values from the environment, since a command line is seen by others."""
    from os import environ

    found: dict[str, str] = {}
    for name, variable in settings_of(said).items():
        if variable not in environ:
            # What was typed may be the secret itself, so it is not repeated.
            raise UsageError(
                "the environment has no variable of the name that was given",
                where=f"--http-header {name}",
                hint="write NAME=VARIABLE, and put the value into that variable",
            )
        found[name] = environ[variable]
    return found
