"""Where a command works: which store, which skillbook. Raises `ConfigError` and `StoreError`."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from seasoned.config import Settings, load, store_location
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
def opened(place: Place | None) -> Generator[Open]:
    """The store and skillbook that the options name, closed at the end."""
    place = place or Place()
    settings = load()
    with Store(store_location(place.store, settings, Path.cwd())) as store:
        yield Open(store=store, book=place.book or settings.book, settings=settings)
