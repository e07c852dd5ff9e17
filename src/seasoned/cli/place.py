"""Where a command works: which store, which skillbook. Raises `ConfigError` and `StoreError`."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from seasoned.config import Settings, load, store_location
from seasoned.errors import StoreError, UsageError
from seasoned.store.store import Store


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Place:
    """Options that every command shares."""

    store: str | None = None
    """File or SQLAlchemy URL of the store; without it SEASONED_STORE, then the nearest .seasoned folder."""
    book: str | None = None
    """Name of the skillbook; without it SEASONED_BOOK, then "default"."""


@dataclass(frozen=True)
class Open:
    """An open store and what holds for this command."""

    store: Store
    book: str
    settings: Settings


@contextmanager
def opened(place: Place | None, *, may_create: bool = False) -> Generator[Open]:
    """The store and skillbook that the options name, closed at the end.

    Args:
        place: What the user said.
        may_create: Make the store if it is not there. Without it a store that was named, but is not there, is an error:
            most likely its name is misspelt.
    """
    place = place or Place()
    settings = load()
    where = store_location(place.store, settings, Path.cwd())
    was_named = place.store is not None or settings.store is not None
    if was_named and not may_create and "://" not in where and not Path(where).exists():
        raise StoreError(
            "there is no store here", where=where, hint="`seasoned traces import PATH` or `learn` makes one"
        )
    with Store(where) as store:
        yield Open(store=store, book=place.book or settings.book, settings=settings)


def require_book(here: Open) -> None:
    """Refuse a skillbook that nothing was ever written to, if others are there: its name is most likely misspelt."""
    names = here.store.books.names()
    if names and here.book not in names:
        raise UsageError(
            f"there is no skillbook {here.book!r} in this store", why=f"it holds {', '.join(names)}", hint="see --book"
        )
