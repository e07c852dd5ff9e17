"""`seasoned.open`: a store, its traces and its skillbooks.

    with seasoned.open("desk.db") as workspace:
        book = workspace.skillbook("desk")

Raises `StoreError` where the store cannot be opened, `ConfigError` for settings that do not parse.
"""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from seasoned.config import load, store_location
from seasoned.core.operation import Author
from seasoned.core.skillbook import book_name
from seasoned.core.trace import Trace
from seasoned.curate.review.person import this_person
from seasoned.pipeline.importing import Imported, ImportOptions, import_traces
from seasoned.pipeline.recording import add_traces
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import TraceFilter
from seasoned.store.traces.traces import TraceRow
from seasoned.workspace.book import Book
from seasoned.workspace.given import Paths, as_paths


class StoredTraces:
    """The traces of a workspace."""

    def __init__(self, store: Store) -> None:
        """Look at the traces of this store."""
        self._store = store

    def import_(self, paths: Paths, options: ImportOptions | None = None) -> Imported:
        """Read files in any known format, and projects at services, into the store; see `import_traces`.

        Args:
            paths: A file or a folder, or several, or `SERVICE:PROJECT`.
            options: How; by default secrets are redacted.
        """
        return import_traces(self._store, as_paths(paths), options)

    def add(self, traces: Iterable[Trace]) -> tuple[str, ...]:
        """Store traces that a program made, redacted; returns the ids that they have in the store, in order."""
        return add_traces(self._store, traces)

    def list(self, chosen: TraceFilter | None = None, *, limit: int | None = None) -> tuple[TraceRow, ...]:
        """What is known of the traces without reading them, in order of import."""
        return self._store.traces.rows(chosen, limit=limit)

    def get(self, name: str) -> Trace:
        """The trace with this id, the beginning of one, or a run key.

        Raises:
            UsageError: No trace, or more than one, has this name, or it was erased.
        """
        return self._store.traces.get(self._store.traces.find(name))


class Workspace:
    """An open store; use it as a context manager or call `close`.

    Args:
        store: What is open; it is closed with the workspace.
        author: In whose name decisions are made.
    """

    def __init__(self, store: Store, author: Author) -> None:
        """Look at this store."""
        self.store, self.author = store, author
        self.traces = StoredTraces(store)

    def skillbook(self, name: str = "default") -> Book:
        """The skillbook of this name; it begins with the first thing that is written to it.

        Raises:
            UsageError: No skillbook can be called so.
        """
        return Book(self.store, book_name(name), self.author)

    def skillbooks(self) -> tuple[str, ...]:
        """The names of all skillbooks, sorted."""
        return self.store.books.names()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        """The workspace itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()


def open(place: str | Path | None = None, *, author: str = "") -> Workspace:  # noqa: A001, as `seasoned.open`
    """Open a workspace, made if it is not there.

    Args:
        place: A SQLAlchemy URL or the path of a SQLite file; None: where the commands work in this folder, by
            SEASONED_STORE, a settings file or the nearest `.seasoned` folder.
        author: Who decides, by name; empty: the name of this account.

    Raises:
        StoreError: The store cannot be opened.
        ConfigError: Without a place, settings do not parse.
    """
    where = store_location(None, load(), Path.cwd()) if place is None else place
    person = Author(kind="person", name=author) if author else this_person()
    return Workspace(Store(where), person)
