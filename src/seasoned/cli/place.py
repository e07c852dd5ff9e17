"""Where a command works: which store, which skillbook. Raises `ConfigError` and `StoreError`."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from seasoned.config import Settings, load, store_location
from seasoned.core.skillbook import Skillbook
from seasoned.errors import StoreError
from seasoned.store.books.books import unknown_book
from seasoned.store.books.revisions import revision_of
from seasoned.store.books.tags import HEAD
from seasoned.store.database import is_there, server_of
from seasoned.store.store import Store


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class WholeStore:
    """Where a command works that concerns no single skillbook."""

    store: str | None = None
    """File or SQLAlchemy URL of the store; without it SEASONED_STORE, then the nearest .seasoned folder."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place(WholeStore):
    """Where a command works on a skillbook."""

    book: str | None = None
    """Name of the skillbook; without it SEASONED_BOOK, then "default"."""


@dataclass(frozen=True)
class Open:
    """An open store and what holds for this command."""

    store: Store
    book: str
    settings: Settings


@contextmanager
def opened(place: WholeStore | None, *, may_create: bool = False) -> Generator[Open]:
    """The store and skillbook that the options name, closed at the end.

    Args:
        place: What the user said.
        may_create: Make the store if it is not there. Without it that is an error: a command that only looks leaves no
            empty store behind, and a name that was given is most likely misspelt.
    """
    place = place or Place()
    settings = load()
    where = store_location(place.store, settings, Path.cwd())
    if not may_create and not is_there(where):
        raise StoreError(
            "there is no store here",
            where=server_of(where) or where,
            hint="`seasoned traces import PATH` or `seasoned learn PATH` makes one; --store names another place",
        )
    with Store(where) as store:
        yield Open(
            store=store, book=(place.book if isinstance(place, Place) else None) or settings.book, settings=settings
        )


def require_book(here: Open) -> None:
    """Refuse a skillbook that nothing was ever written to, if others are there: its name is most likely misspelt."""
    names = here.store.books.names()
    if names and here.book not in names:
        raise unknown_book(here.book, names)


def book_at(here: Open, typed: str) -> Skillbook:
    """The skillbook at a revision as it is typed; `BOOK:REVISION` is one of another skillbook.

    Raises:
        UsageError: It names no revision.
    """
    book, colon, revision = typed.partition(":")
    if not colon or book not in here.store.books.names():
        book, revision = here.book, typed
    if revision in ("", HEAD):
        return here.store.books.read(book)
    return here.store.books.at(book, revision_of(here.store, book, revision))
