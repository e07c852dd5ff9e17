"""`seasoned exemplars for`: the examples that an agent is shown for one task, found in the bank at once.

What the agent is shown goes to standard output, why each was chosen to standard error.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.text import Text

from seasoned.cli.exemplars import require_bank
from seasoned.cli.model_options import embedder_of
from seasoned.cli.output import emit_json, emit_text, note, safe, say
from seasoned.cli.place import Open, Place, opened
from seasoned.compile.few_shot.showing import Form, Showing
from seasoned.compile.vocabularies import tokenizer_for
from seasoned.core.text import plural
from seasoned.errors import UsageError
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.llm.providers import resolve
from seasoned.pipeline.exemplars.showing import Shown, ShowOptions, examples_for
from seasoned.retrieve.embedder import Embedder, resolve_embedder
from seasoned.retrieve.exemplars import By, Retrieval, Sought

LEFT_OUT_SHOWN = 5
"""Exemplars that were left out, said one by one; `--json` has all."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Finding:
    """Which exemplars are found."""

    n: Annotated[int, Parameter(validator=Number(gte=1))] = 4
    """At most so many."""
    by: By = "hybrid"
    """By words and meaning, by words (text), by meaning, or by agent, tools and tags (type). Meaning needs vectors."""
    tool: tuple[str, ...] = ()
    """A tool that the agent has; say it once for each."""
    tag: tuple[str, ...] = ()
    """A tag that exemplars have; say it once for each."""
    agent: str = ""
    """Name of the agent."""
    task_key: str = ""
    """Key of the task in the store; exemplars of it are not shown."""
    embedder: str | None = None
    """provider:model that made the vectors, such as wordllama:256; without it SEASONED_EMBEDDER."""

    def sought(self, task: str) -> Sought:
        """The task to find exemplars for."""
        return Sought(text=task, tools=self.tool, tags=self.tag, agent=self.agent, task_key=self.task_key)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Look:
    """How what was found is shown."""

    form: Annotated[Form, Parameter(name="--as")] = "text"
    """Text; a transcript, one short line a step; or messages of a chat, as JSON, to stand before the conversation."""
    budget_tokens: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """For all examples together; one that does not fit is left out whole."""
    max_result_chars: Annotated[int, Parameter(validator=Number(gte=0))] = 2_000
    """What a tool returned is cut in the middle to so many characters, and says so."""
    tokenizer: Path | None = None
    """A tokenizer.json that counts the tokens; without it, as --model counts, else an estimate."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Adapting:
    """What a model does with them."""

    adapt: bool = False
    """Let a model say what of each example carries over to the task."""
    plan_only: bool = False
    """With --adapt, show that in the place of the steps."""
    model: str = ""
    """Model that adapts; without --adapt it only says how tokens are counted."""
    base_url: str | None = None
    """Address of an OpenAI-compatible server, up to and including /v1."""
    budget: str | None = None
    """With --adapt, a hard stop: 2usd, 20calls, 1min, or several with commas between."""


def for_(
    task: str,
    /,
    *,
    finding: Finding | None = None,
    look: Look | None = None,
    adapting: Adapting | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Print the examples to show an agent for one task; nothing is written.

    Args:
        task: What the agent is asked.
        finding: Which exemplars are found.
        look: How they are shown.
        adapting: What a model does with them.
        json: Print one JSON document: what is shown, why each was chosen, and what was left out.
        place: Where to look.
    """
    finding, look, adapting = finding or Finding(), look or Look(), adapting or Adapting()
    if not task.strip():
        raise UsageError("a task in words is needed to find examples for it", hint="give what the agent is asked")
    with opened(place) as here:
        require_bank(here)
        options = _options(here, finding, look, adapting)
        shown = asyncio.run(examples_for(here.store, here.book, finding.sought(task), options))
    if json:
        emit_json(shown)
    elif shown.messages:
        emit_json([*shown.messages])
    elif shown.text:
        emit_text(shown.text)
    _report(shown)


def _options(here: Open, finding: Finding, look: Look, adapting: Adapting) -> ShowOptions:
    if adapting.plan_only and not adapting.adapt:
        raise UsageError("--plan-only shows what a model says carries over", hint="add --adapt")
    return ShowOptions(
        retrieval=Retrieval(by=finding.by, n=finding.n, max_tokens=look.budget_tokens),
        form=look.form,
        tokenizer=tokenizer_for(adapting.model or here.settings.model or "", look.tokenizer),
        showing=Showing(max_result_chars=look.max_result_chars, is_plan_alone=adapting.plan_only),
        embedder=_embedder(here, finding),
        model=_model(here, adapting) if adapting.adapt else None,
    )


def _embedder(here: Open, finding: Finding) -> Embedder | None:
    if finding.by not in ("meaning", "hybrid"):
        return None
    if finding.embedder is None:
        return embedder_of(here)
    return resolve_embedder(finding.embedder, base_url=here.settings.base_url)


def _model(here: Open, adapting: Adapting) -> Model:
    model_id = adapting.model or here.settings.model
    if not model_id:
        raise UsageError("--adapt needs a model", hint="give --model provider:name, or set SEASONED_MODEL")
    model = resolve(model_id, base_url=adapting.base_url or here.settings.base_url)
    return BudgetedModel(model, Account(Budget.parse(adapting.budget or here.settings.budget)))


def _report(shown: Shown) -> None:
    tokens = f", {shown.n_tokens} tokens ({shown.tokenizer})" if shown.examples else ""
    say(safe(f"{plural(len(shown.examples), 'example')}{tokens}", "bold"))
    for example in shown.examples:
        say(safe(f"  {example.rank}. {example.exemplar_id}  {example.why}"))
        if example.note:
            say(Text("     ") + safe(example.note, "yellow"))
    left_out = [(each.exemplar_id, f"{each.reason}, {each.detail}") for each in shown.skipped]
    left_out += [(each.exemplar_id, each.why) for each in shown.passed_over]
    for exemplar_id, why in left_out[:LEFT_OUT_SHOWN]:
        say(Text("  left out  ", "dim") + safe(f"{exemplar_id}: {why}"))
    if len(left_out) > LEFT_OUT_SHOWN:
        note(f"  and {len(left_out) - LEFT_OUT_SHOWN} more left out; --json has all", "dim")
    for said in shown.notes:
        note(f"  note: {said}")
