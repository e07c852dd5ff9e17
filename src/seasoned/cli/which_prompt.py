"""Which prompt a command is about: a label, an id or its beginning, or the latest.

Raises `UsageError` and `PromptError`.
"""

from seasoned.cli.place import Open
from seasoned.core.prompt import Prompt
from seasoned.errors import PromptError
from seasoned.pipeline.promoting import labelled


def named_prompt(here: Open, name: str) -> Prompt:
    """The prompt that a label of the skillbook points at, or else the one whose id begins so.

    Raises:
        UsageError: It is neither.
    """
    return labelled(here.store, here.book, name) or here.store.prompts.get(name)


def latest_prompt(here: Open) -> Prompt:
    """The prompt of the skillbook that was compiled last; a placebo only where it is named.

    Raises:
        PromptError: There is none yet.
    """
    prompts = [p for p in here.store.prompts.all() if p.book == here.book and not p.is_placebo]
    if not prompts:
        raise PromptError(f"there is no prompt of {here.book!r} yet", hint="`seasoned prompt compile` makes one")
    return prompts[-1]


def label_names(here: Open) -> dict[str, list[str]]:
    """The labels of each prompt by its id, those of other skillbooks with the book's name before them."""
    found: dict[str, list[str]] = {}
    for move in here.store.labels.everywhere():
        name = move.label if move.book == here.book else f"{move.book}:{move.label}"
        found.setdefault(move.prompt_id or "", []).append(name)
    return found
