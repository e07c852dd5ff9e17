"""The store: one database and the nouns it keeps.

Raises `StoreError` when it cannot be opened, and what its parts raise.
"""

import secrets
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import select

from seasoned.store import schema
from seasoned.store.anchors import Anchors
from seasoned.store.audit import Audit
from seasoned.store.books.books import Books
from seasoned.store.books.claims import Claims
from seasoned.store.books.ratings import Ratings
from seasoned.store.books.tags import Tags
from seasoned.store.canaries import Canaries
from seasoned.store.comparisons import Comparisons
from seasoned.store.database import Database, insert_new
from seasoned.store.exemplars import Exemplars
from seasoned.store.journal import Journal
from seasoned.store.keeping import Keepings
from seasoned.store.labels import Labels
from seasoned.store.prompts import Prompts
from seasoned.store.reflections import Reflections
from seasoned.store.runs import Runs
from seasoned.store.schedule import Schedule
from seasoned.store.traces.cursors import Cursors
from seasoned.store.traces.erasure import Erasures
from seasoned.store.traces.inbox import Inbox
from seasoned.store.traces.outcomes import Outcomes
from seasoned.store.traces.traces import Traces
from seasoned.store.trail import Trail
from seasoned.store.trials import Trials
from seasoned.store.vectors.index import VectorIndex
from seasoned.store.vectors.pgvector import vector_index


class Store:
    """One open store; use it as a context manager or call `close`.

    Args:
        url: A SQLAlchemy URL or the path of a SQLite file, made if it is not there.
    """

    def __init__(self, url: str | Path) -> None:
        """Open the store, migrating an older one."""
        self.database = Database(url)
        self.traces = Traces(self.database)
        self.outcomes = Outcomes(self.database)
        self.erasures = Erasures(self.database)
        self.inbox = Inbox(self.database)
        self.books = Books(self.database)
        self.tags = Tags(self.database)
        self.claims = Claims(self.database)
        self.prompts = Prompts(self.database)
        self.labels = Labels(self.database)
        self.canaries = Canaries(self.database)
        self.comparisons = Comparisons(self.database)
        self.anchors = Anchors(self.database)
        self.ratings = Ratings(self.database)
        self.keeping = Keepings(self.database)
        self.reflections = Reflections(self.database)
        self.exemplars = Exemplars(self.database)
        self.audit = Audit(self.database)
        self.trail = Trail(self.database)
        self.runs = Runs(self.database)
        self.schedule = Schedule(self.database)
        self.trials = Trials(self.database)
        self.cursors = Cursors(self.database)

    def new_journal(self) -> Journal:
        """A journal for one taking of a run: it replays each finished call once."""
        return Journal(self.database)

    @cached_property
    def vectors(self) -> VectorIndex:
        """What texts mean, in numbers; the index is chosen when it is first asked for."""
        return vector_index(self.database)

    @cached_property
    def salt(self) -> bytes:
        """The store's own secret, which keys the placeholders of redacted text."""
        row = {"name": "salt", "value": secrets.token_hex(32)}
        with self.database.writing() as connection:
            connection.execute(insert_new(connection, schema.setting), row)
            query = select(schema.setting.c.value).where(schema.setting.c.name == "salt")
            return bytes.fromhex(connection.execute(query).scalar_one())

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the database."""
        self.close()
