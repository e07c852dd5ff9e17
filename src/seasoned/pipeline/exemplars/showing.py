"""What an agent is shown of a skillbook's bank: for one task, or in a prompt for every task.

For one task, exemplars are found, read as cases, adapted where a model is given, and fitted into a budget. Nothing is
written. Raises `UsageError`, `StoreError`, and `BudgetExceeded` where a model is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import JsonValue

from seasoned.compile.few_shot.fitting import fitting, n_tokens
from seasoned.compile.few_shot.messages import as_messages, as_openai
from seasoned.compile.few_shot.showing import DEFAULTS, Form, Showing
from seasoned.compile.few_shot.text import as_text, as_transcript
from seasoned.compile.tokens import ESTIMATE, Tokenizer
from seasoned.core.exemplar import FAILED_NOW, Case
from seasoned.core.prompt import EXAMPLES_HEADING, EXAMPLES_INTRODUCTION, SkippedExample
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.learn.exemplars.adapting import Adapted, adapt
from seasoned.llm.model import Model
from seasoned.retrieve.choosing import PassedOver, Ranked, fixed
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.exemplars import ExemplarIndex, Meaning, Retrieval, Sought
from seasoned.store.store import Store

ChosenBy = Literal["best", "diverse", "medoids", "ids"]
"""How examples for every task are chosen: the best, good ones unlike one another, those nearest to many, or by hand."""


@dataclass(frozen=True, kw_only=True)
class ShowOptions:
    """How examples for one task are found and shown."""

    retrieval: Retrieval = field(default_factory=Retrieval)
    """Its `max_tokens` is the budget for all examples together."""
    form: Form = "text"
    tokenizer: Tokenizer = ESTIMATE
    showing: Showing = DEFAULTS
    embedder: Embedder | None = None
    """Makes the vector of the task; None finds by words and type alone."""
    model: Model | None = None
    """Adapts each case to the task; None shows them as they are."""


class Example(Value):
    """One exemplar that is shown, and why."""

    exemplar_id: str
    rank: int
    """In the order in which they were chosen, from 1."""
    score: float
    why: str
    plan: Text = ""
    """What of it carries over to the task."""
    note: Text = ""
    """Why it has no plan, where one was asked for."""


class Shown(Value):
    """What an agent is shown for one task."""

    form: Form
    examples: tuple[Example, ...] = ()
    skipped: tuple[SkippedExample, ...] = ()
    """Chosen, but not shown."""
    passed_over: tuple[PassedOver, ...] = ()
    """Not chosen, though they would have been but for something."""
    notes: tuple[str, ...] = ()
    text: Text = ""
    """With a heading; empty as messages, or where nothing is shown."""
    messages: tuple[dict[str, JsonValue], ...] = ()
    """To stand before the conversation, as OpenAI's interface takes them."""
    n_tokens: int = 0
    """Of the examples; see `tokenizer`."""
    tokenizer: str


async def examples_for(store: Store, book: str, task: Sought, options: ShowOptions) -> Shown:
    """The examples for a task.

    Args:
        store: Where the bank is.
        book: The skillbook whose bank it is.
        task: What the agent is asked, and what is known of the agent.
        options: How they are found and shown.

    Raises:
        UsageError: The bank has no vectors of the embedder, or they are of another dimension.
        BudgetExceeded: The model may not be asked any more.
    """
    meaning = None if options.embedder is None else Meaning(store.vectors, options.embedder, book)
    usable = store.exemplars.usable(book, task_key=task.task_key)
    found = await ExemplarIndex(usable, meaning).search(task, options.retrieval)
    cases = store.exemplars.cases(book, [each.exemplar.id for each in found.ranked])
    adapted = {each.exemplar_id: each for each in await _adapted(cases, task, options.model)}
    showing = replace(options.showing, plans={i: each.plan for i, each in adapted.items() if each.plan})
    budget = options.retrieval.max_tokens
    if budget is None:
        budget = n_tokens(cases, options.tokenizer, form=options.form, showing=showing)
    fits = fitting(cases, budget, options.tokenizer, form=options.form, showing=showing)
    kept = {case.exemplar.id for case in fits.kept}
    ranked = (each for each in found.ranked if each.exemplar.id in kept)
    is_chat = options.form == "messages"
    return Shown(
        form=options.form,
        examples=tuple(_example(each, adapted.get(each.exemplar.id)) for each in ranked),
        skipped=fits.skipped,
        passed_over=found.passed_over,
        notes=found.notes,
        text="" if is_chat else _text(fits.kept, options.form, showing),
        messages=tuple(as_openai(as_messages(fits.kept, showing))) if is_chat else (),
        n_tokens=n_tokens(fits.kept, options.tokenizer, form=options.form, showing=showing) if fits.kept else 0,
        tokenizer=options.tokenizer.name,
    )


def fixed_cases(store: Store, book: str, *, n: int, by: ChosenBy, ids: Sequence[str] = ()) -> tuple[Case, ...]:
    """Cases that are shown whatever the task is.

    Args:
        store: Where the bank is.
        book: The skillbook whose bank it is.
        n: At most so many; by hand, all that are named.
        by: How they are chosen.
        ids: By hand: the exemplars' ids or their beginnings, in the order in which they are to stand.

    Raises:
        UsageError: There is nothing to choose from, or one that is named may not be shown.
    """
    if by == "ids":
        return tuple(_named(store, book, typed) for typed in ids)
    found = fixed(store.exemplars.usable(book), n, by)
    if not found.ranked:
        raise UsageError(f"there is no example to show in the bank of {book!r}", hint="; ".join(found.notes) or None)
    return store.exemplars.cases(book, [each.exemplar.id for each in found.ranked])


async def _adapted(cases: Sequence[Case], task: Sought, model: Model | None) -> tuple[Adapted, ...]:
    if model is None:
        return ()
    # One after the other, so that a budget that ends does so between two of them.
    return tuple([await adapt(case, task.text, model, tools=task.tools) for case in cases])


def _example(ranked: Ranked, adapted: Adapted | None) -> Example:
    return Example(
        exemplar_id=ranked.exemplar.id,
        rank=ranked.rank,
        score=ranked.score,
        why=ranked.why,
        plan="" if adapted is None else adapted.plan,
        note="" if adapted is None else adapted.note,
    )


def _text(cases: Sequence[Case], form: Form, showing: Showing) -> str:
    if not cases:
        return ""
    body = as_text(cases, showing) if form == "text" else as_transcript(cases, showing)
    return f"{EXAMPLES_HEADING}\n\n{EXAMPLES_INTRODUCTION}\n\n{body}\n"


def _named(store: Store, book: str, typed: str) -> Case:
    exemplar = store.exemplars.get(book, typed)
    if exemplar.status != "approved":
        raise UsageError(
            "only an approved exemplar is shown to an agent",
            where=exemplar.id,
            why=f"it is {exemplar.status}",
            hint="`seasoned exemplars show` shows it, `seasoned exemplars approve` lets it be shown",
        )
    cases = store.exemplars.cases(book, [exemplar.id])
    if not cases:
        raise UsageError("this exemplar is shown to nobody", where=exemplar.id, why=FAILED_NOW)
    return cases[0]
