"""From a stored skillbook to a prompt that is kept: for a task, as of today, by what the ratings say.

Raises what `compile_prompt` raises, and `StoreError`.
"""

from dataclasses import replace
from datetime import datetime

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import DEFAULTS, CompileConfig
from seasoned.core.prompt import Prompt, Selection
from seasoned.core.skillbook import Skillbook
from seasoned.curate.rates import rates_of
from seasoned.store.store import Store

RELEVANT = 20
"""Skills for a task: of more than these, those that come nearest to it by their words."""


def selection_for(book: Skillbook, task: str, n: int = RELEVANT) -> Selection:
    """Which approved skills come into question for a task.

    Few all do: one that shares no word with the task may matter all the same.
    """
    return Selection() if len(book.with_status("approved")) <= n else Selection(kind="relevant", n=n, task=task)


def compile_and_keep(
    store: Store, book: str, base: str, *, budget_tokens: int, task: str = "", config: CompileConfig = DEFAULTS
) -> Prompt:
    """Compile the approved skills of a book, and keep the prompt.

    Args:
        store: Where the book is and the prompt goes.
        book: The skillbook's name.
        base: The agent's own prompt.
        budget_tokens: Upper bound on the tokens of the whole.
        task: What the agent will be asked: see `selection_for`; empty: what `config` selects.
        config: What else is to be said; without rates, those of the book's ratings hold, without a day today.
    """
    now = store.books.read(book)
    if task:
        config = replace(config, selection=selection_for(now, task))
    if config.situation.on is None:
        today = datetime.now().astimezone().date()
        config = replace(config, situation=config.situation.model_copy(update={"on": today}))
    if not config.rates:
        config = replace(config, rates={i: rate.mean for i, rate in rates_of(store, now).items() if rate.n})
    return keep(store, compile_prompt(now, base, budget_tokens=budget_tokens, config=config))


def keep(store: Store, prompt: Prompt) -> Prompt:
    """Keep a prompt, and return it as it is kept: without the task that its skills were chosen for.

    The task may hold what is redacted in the run's trace, and would stay when that is erased.
    """
    kept = prompt.model_copy(update={"selection": prompt.selection.model_copy(update={"task": ""})})
    store.prompts.add(kept)
    return kept
