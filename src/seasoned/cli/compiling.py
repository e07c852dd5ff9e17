"""The options of `seasoned prompt compile`, and what the compiler makes of them.

Raises `UsageError`, `ConfigError`, `PromptError` and `ProviderError`.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.output import note
from seasoned.cli.place import Open
from seasoned.compile.config import CompileConfig
from seasoned.compile.renderings import RENDERINGS, rendering_for
from seasoned.compile.template import Template
from seasoned.compile.vocabularies import INSTALL, encoding_of, tokenizer_for
from seasoned.config import Settings
from seasoned.core.exemplar import Case
from seasoned.core.prompt import Prompt, RenderingName, Selection
from seasoned.core.scope import Situation
from seasoned.core.skillbook import Skillbook
from seasoned.errors import PromptError, ProviderError, UsageError, boundary
from seasoned.pipeline.exemplars.showing import ChosenBy, fixed_cases
from seasoned.retrieve.embedder import resolve_embedder
from seasoned.retrieve.skill_index import SkillIndex

RELEVANT = 20
"""Skills for a task, where --top does not say."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class CompileOptions:
    """What the prompt is for, which skills come into question, and how it looks."""

    agent: str = ""
    """Name of the agent or sub-agent that the prompt is for."""
    tool: tuple[str, ...] = ()
    """A tool that the agent has; say it once for each. Without it the tools are not known."""
    tenant: str = ""
    """Customer or tenant that the prompt is for; skills of one tenant go to no other prompt."""
    model: str = ""
    """Model that will read the prompt; it says which skills apply, how tokens are counted and how the prompt looks."""
    tag: tuple[str, ...] = ()
    """A tag; skills that have others and not this one are left out. Say it once for each."""
    on: date | None = None
    """Day for which skills must be valid; without it today."""
    top: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """Only so many skills: the most valuable, or with --task the nearest."""
    task: str = ""
    """Only the skills that are nearest to this task, 20 without --top."""
    format: RenderingName | None = None
    """Without it xml for Claude and markdown for all others."""
    template: Path | None = None
    """File with {{skills}} where the skills go, and {{base}} where the base prompt goes."""
    tokenizer: Path | None = None
    """A tokenizer.json that counts the tokens."""
    placebo: bool = False
    """Put neutral text of the same length in the place of the skills, to measure against."""
    seed: int = 0
    """Which neutral text."""
    strict: bool = False
    """Make it an error if two of the skills contradict each other."""
    examples: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """So many approved exemplars of the bank behind the skills, as far as the budget holds them."""
    examples_by: ChosenBy | None = None
    """The best; or diverse: good ones unlike one another, as without it; or medoids: those nearest to many others; or
    ids: those that --example names."""
    example: tuple[str, ...] = ()
    """An exemplar's id, or enough of its beginning; say it once for each, in the order in which they are to stand."""


def config_of(options: CompileOptions, rates: Mapping[str, float], cases: tuple[Case, ...] = ()) -> CompileConfig:
    """What the compiler is told, with the rates of the skills that have ratings, and the examples."""
    if options.seed and not options.placebo:
        raise UsageError("--seed chooses the text of a placebo", hint="add --placebo, or leave --seed out")
    tokenizer = tokenizer_for(options.model, options.tokenizer)
    encoding = encoding_of(options.model)
    if encoding and options.tokenizer is None and tokenizer.name != encoding:
        note(f"Tokens are estimated. {options.model} uses {encoding}; to count by it: {INSTALL}")
    return CompileConfig(
        situation=Situation(
            agent=options.agent,
            tools=options.tool or None,
            tenant=options.tenant,
            model=options.model,
            tags=options.tag,
            on=options.on or datetime.now().astimezone().date(),
        ),
        selection=_selection(options),
        rates=rates,
        tokenizer=tokenizer,
        rendering=RENDERINGS[options.format or rendering_for(options.model)],
        template=None if options.template is None else _template(options.template),
        placebo_seed=options.seed if options.placebo else None,
        cases=cases,
    )


def cases_of(options: CompileOptions, here: Open) -> tuple[Case, ...]:
    """The examples that the options choose of the skillbook's bank; none where they ask for none."""
    if options.example:
        if options.examples is not None or options.examples_by not in (None, "ids"):
            raise UsageError("--example names the examples itself", hint="leave --examples and --examples-by out")
        return fixed_cases(here.store, here.book, n=len(options.example), by="ids", ids=options.example)
    if options.examples_by == "ids":
        raise UsageError("--examples-by ids needs the ids", hint="give --example ID once for each")
    if options.examples is None:
        if options.examples_by is not None:
            raise UsageError("--examples-by says how examples are chosen", hint="add --examples N")
        return ()
    return fixed_cases(here.store, here.book, n=options.examples, by=options.examples_by or "diverse")


def index_of(options: CompileOptions, book: Skillbook, settings: Settings) -> SkillIndex | None:
    """An index to find the skills for a task, by meaning too where an embedder is set and answers."""
    if not options.task:
        return None
    index = SkillIndex(book)
    if settings.embedder is not None:
        embedder = resolve_embedder(settings.embedder, base_url=settings.base_url)
        try:
            asyncio.run(index.embed([options.task], embedder))
        except ProviderError as error:
            note(f"Skills are found by their words alone: {error}")
    return index


def contradiction_error(prompt: Prompt) -> PromptError:
    """Why a prompt with contradictions is refused under --strict."""
    pairs = [f"{pair.skill_id} and {pair.other_id}" for pair in prompt.conflicts]
    return PromptError(
        f"{len(pairs)} pairs of skills contradict each other" if len(pairs) > 1 else "two skills contradict each other",
        where="; ".join(pairs[:3]) + ("; …" if len(pairs) > 3 else ""),
        why=prompt.conflicts[0].reason or None,
        hint="`seasoned skills retire` takes one of them out; without --strict the prompt is compiled with a warning",
    )


def _selection(options: CompileOptions) -> Selection:
    if options.task:
        return Selection(kind="relevant", n=options.top or RELEVANT, task=options.task)
    return Selection() if options.top is None else Selection(kind="top", n=options.top)


def _template(path: Path) -> Template:
    with boundary(UsageError, "the template cannot be read", where=str(path)):
        text = path.read_text(encoding="utf-8")
    return Template(text, where=str(path))
