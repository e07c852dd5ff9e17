"""Prompts that tests put labels on."""

from pathlib import Path

from seasoned.compile.compiler import compile_prompt
from seasoned.core.prompt import Prompt
from seasoned.store.store import Store
from tests.make import add, verdict

RULES = ("When late, refuse.", "When early, accept.", "When in doubt, ask.")


def bare_prompt(text: str, *, book: str = "default", revision: int = 1) -> Prompt:
    """A prompt of this text, without skills."""
    return Prompt(
        text=text, base=text, book=book, revision=revision, budget_tokens=100, n_tokens=len(text), tokenizer="chars"
    )


def approved(store: Store, text: str, *, book: str = "default") -> None:
    """A skill that a person wrote and approved."""
    store.books.append(book, [add(text), verdict("APPROVE", text)], scope=f"test-{text}")


def compiled(store: Store, *rules: str, book: str = "default", base: str = "Be kind.\n") -> Prompt:
    """The book's prompt with these skills added to it, kept in the store."""
    for text in rules:
        approved(store, text, book=book)
    prompt = compile_prompt(store.books.read(book), base, budget_tokens=4000)
    store.prompts.add(prompt)
    return prompt


def store_in(folder: Path) -> Path:
    """Where commands look for a store in a folder without being told."""
    return folder / ".seasoned" / "store.db"
