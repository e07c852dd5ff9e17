"""`seasoned eval run`: tasks of a suite worked by an agent, graded, and told with intervals."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.eval.evaluated import document, print_evaluated, print_plan
from seasoned.cli.model_options import ModelOptions, model_of
from seasoned.cli.named_values import each_once, pair_of
from seasoned.cli.output import emit_json, note
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.progress import learning
from seasoned.config import load, store_location
from seasoned.core.prompt import Prompt
from seasoned.errors import UsageError, boundary
from seasoned.evaluate.agents.choosing import AgentOptions, agent_named
from seasoned.evaluate.agents.model import ModelAgentConfig
from seasoned.evaluate.attempt import AsksOurModel, BringsAgent, EvaluatedAgent, Grader, Suite
from seasoned.evaluate.graders.registry import grader_named
from seasoned.evaluate.suites.registry import chosen, suite_named, suite_prompt, suite_prompt_names
from seasoned.ingest.redaction.policy import Policy
from seasoned.llm.budget import Budget
from seasoned.llm.providers import DEFAULT_CONFIG
from seasoned.pipeline.evaluating import evaluate_sync
from seasoned.pipeline.evaluation.floor import doing_nothing
from seasoned.pipeline.evaluation.measuring import measuring
from seasoned.pipeline.evaluation.options import (
    CONCURRENCY,
    GRACE_S,
    N_RETRIES,
    NO_CAP,
    TIMEOUT_S,
    Evaluated,
    EvaluateOptions,
)
from seasoned.pipeline.evaluation.refusing import refuse_what_cannot_be_run
from seasoned.pipeline.promoting import labelled
from seasoned.store.database import is_there

AtLeastOne = Annotated[int, Parameter(validator=Number(gte=1))]


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


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class HowOptions:
    """How much is run, and how it is graded."""

    split: str = ""
    """Tasks of this split alone."""
    first: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """So many tasks at most."""
    trials: AtLeastOne = 1
    """Of each task; pass^k takes k of them."""
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """Equal seeds give the trials of every agent and prompt the same seeds."""
    concurrency: AtLeastOne = CONCURRENCY
    """Trials worked at once."""
    timeout: Annotated[float, Parameter(validator=Number(gt=0))] = TIMEOUT_S - GRACE_S
    """Seconds for one trial; one that takes longer has failed."""
    retries: Annotated[int, Parameter(validator=Number(gte=0))] = N_RETRIES
    """How often a trial is begun again where something outside of the agent failed."""
    budget: str | None = None
    """A hard stop: 2usd, 200calls, 500000tokens, 10min, or several; without it SEASONED_BUDGET, else none."""
    grader: tuple[str, ...] = ()
    """A grader in the place of the suite's own; may be given more than once, and all have to pass."""
    grader_set: tuple[str, ...] = ()
    """NAME=VALUE, or GRADER.NAME=VALUE where several are given: a setting of the grader."""
    suite_set: tuple[str, ...] = ()
    """NAME=VALUE: a setting of the suite."""
    floor: Annotated[bool, Parameter(negative="--no-floor")] = True
    """Let an agent that does nothing work the same tasks too, where that costs nothing."""
    measure_skills: bool = False
    """Keep each skill of a compiled prompt by chance in each trial, for `seasoned eval uplift` to tell its effect."""
    changed_tasks: bool = False
    """Go on where a task reads otherwise than in an earlier evaluation."""
    redact: str | None = None
    """What is replaced before a trial is stored; see `seasoned learn --help`."""


def run(
    suite: str,
    /,
    *command: str,
    who: WhoOptions | None = None,
    how: HowOptions | None = None,
    dry_run: bool = False,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Let an agent work the tasks of a suite, and grade every trial.

    Every trial is stored as a trace, with the skills that its prompt held. What the agent itself does wrong is a
    failure; what lies outside of it is tried again, counted and never scored. Asked for again, an interrupted
    evaluation goes on where it was, and a finished one is told again.

    Args:
        suite: A name that `seasoned eval suites` lists, or a .jsonl file of tasks.
        command: After --, the command that is the agent: it reads one JSON document and prints one.
        who: Who works the tasks.
        how: How much is run, and how it is graded.
        dry_run: Say what would be run; store and send nothing.
        json: Print one JSON document.
        place: Where to work.
    """
    who, how = who or WhoOptions(), how or HowOptions()
    worked = suite_named(suite, _settings(how.suite_set))
    with opened(_place(place, dry_run=dry_run), may_create=True) as here:
        options = _options(here, worked, command, who, how, dry_run=dry_run)
        if how.measure_skills:
            options = measuring(here.store, options, here.settings.keep_probability)
        if dry_run:
            refuse_what_cannot_be_run(options)
            print_plan(options, who.max_steps if isinstance(options.agent, AsksOurModel) else None, json=json)
            return
        evaluated, floored = _evaluated(here, options, how)
        _show(here, evaluated, floored, json=json)
    if not evaluated.is_complete:
        sys.exit(1)


def _show(here: Open, evaluated: Evaluated, floored: Evaluated | None, *, json: bool) -> None:
    if json:
        emit_json(document(here.store, evaluated, floored))
    else:
        print_evaluated(here.store, evaluated, floored)


def _place(place: Place | None, *, dry_run: bool) -> Place | None:
    """Where to work; a dry run makes no store."""
    named = None if place is None else place.store
    if dry_run and not is_there(store_location(named, load(), Path.cwd())):
        return Place(store=":memory:", book=place.book if place else None)
    return place


def _evaluated(here: Open, options: EvaluateOptions, how: HowOptions) -> tuple[Evaluated, Evaluated | None]:
    with learning("evaluating", "trials") as tell:
        evaluated = evaluate_sync(here.store, replace(options, on_progress=tell))
    if evaluated.was_done:
        note(f"This evaluation was done before ({evaluated.run_id}); nothing was run.")
    floor = doing_nothing(options) if how.floor else None
    return evaluated, None if floor is None else evaluate_sync(here.store, floor)


def _options(
    here: Open, suite: Suite, command: tuple[str, ...], who: WhoOptions, how: HowOptions, *, dry_run: bool
) -> EvaluateOptions:
    tasks = chosen(suite, how.split, how.first)
    prompt = _prompt(here, suite, who.prompt)
    return EvaluateOptions(
        suite=suite,
        tasks=tasks,
        split=how.split,
        agent=_agent(here, suite, command, who, how, is_recorded=not dry_run),
        graders=_graders(how.grader, how.grader_set),
        prompt=prompt,
        trials=how.trials,
        seed=how.seed,
        concurrency=how.concurrency,
        timeout_s=how.timeout + GRACE_S,
        n_retries=how.retries,
        budget=_budget(here, how.budget),
        policy=Policy.parse(how.redact or here.settings.redact),
        book=prompt.book if isinstance(prompt, Prompt) else "",
        may_differ=how.changed_tasks,
    )


def _budget(here: Open, said: str | None) -> Budget:
    """What may be spent; the default of the settings is for learning, and no cap for an evaluation."""
    if said is None and "budget" not in here.settings.model_fields_set:
        return NO_CAP
    return Budget.parse(said or here.settings.budget)


def _prompt(here: Open, suite: Suite, word: str | None) -> Prompt | str:
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
    return here.store.prompts.get(word)


def _agent(
    here: Open, suite: Suite, command: Sequence[str], who: WhoOptions, how: HowOptions, *, is_recorded: bool
) -> EvaluatedAgent:
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
        model = model_of(here, asked, is_recorded=is_recorded)
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
    for name, variable in _settings(said).items():
        if variable not in environ:
            # What was typed may be the secret itself, so it is not repeated.
            raise UsageError(
                "the environment has no variable of the name that was given",
                where=f"--http-header {name}",
                hint="write NAME=VARIABLE, and put the value into that variable",
            )
        found[name] = environ[variable]
    return found


def _graders(names: Sequence[str], said: Sequence[str]) -> tuple[Grader, ...]:
    settings = _settings(said)
    if settings and not names:
        raise UsageError("--grader-set is of a grader that --grader names", hint="name it")
    taken = {f"{name}.": name for name in names}
    for key in settings:
        if len(names) > 1 and not key.startswith(tuple(taken)):
            raise UsageError(f"whose setting {key!r} is, is not said", hint=f"write {names[0]}.{key}=…")
    return tuple(grader_named(name, _of(name, settings, is_alone=len(names) == 1)) for name in names)


def _of(name: str, settings: Mapping[str, str], *, is_alone: bool) -> dict[str, str]:
    own = {key.removeprefix(f"{name}."): value for key, value in settings.items() if key.startswith(f"{name}.")}
    return {**({key: v for key, v in settings.items() if not key.startswith(f"{name}.")} if is_alone else {}), **own}


def _settings(said: Sequence[str]) -> dict[str, str]:
    return each_once(map(pair_of, said))
