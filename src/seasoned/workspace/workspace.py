"""`seasoned.open`: a store, its traces and its skillbooks.

    with seasoned.open("desk.db") as workspace:
        book = workspace.skillbook("desk")

Raises `StoreError` where the store cannot be opened, `ConfigError` for settings that do not parse.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from seasoned.config import load, store_location
from seasoned.core.operation import Author
from seasoned.core.skillbook import book_name
from seasoned.core.trace import Trace
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import Grader
from seasoned.evaluate.graders.registry import grader_named
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.llm.budget import Budget
from seasoned.pipeline.grading import Graded, GradeOptions, grade_from_async, whole_runs
from seasoned.pipeline.importing import Imported, ImportOptions, import_traces
from seasoned.pipeline.recording import add_traces
from seasoned.store.store import Store
from seasoned.store.traces.references import content_of
from seasoned.store.traces.trace_filter import TraceFilter
from seasoned.store.traces.traces import TraceRow
from seasoned.threads import refuse_in_event_loop
from seasoned.workspace.book import BUDGET, Book
from seasoned.workspace.given import Opened, Paths, as_budget, as_paths


class StoredTraces:
    """The traces of a workspace."""

    def __init__(self, opened: Opened) -> None:
        """Look at the traces of this store."""
        self._store, self._policy = opened.store, opened.policy

    def import_(self, paths: Paths, options: ImportOptions | None = None) -> Imported:
        """Read files in any known format, and projects at services, into the store; see `import_traces`.

        Args:
            paths: A file or a folder, or several, or `SERVICE:PROJECT`.
            options: How; None: redacted as the workspace was opened.
        """
        return import_traces(self._store, as_paths(paths), options or ImportOptions(policy=self._policy))

    def add(self, traces: Iterable[Trace]) -> tuple[str, ...]:
        """Store traces that a program made, redacted; returns the ids that they have in the store, in order."""
        return add_traces(self._store, traces, self._policy)

    def list(self, chosen: TraceFilter | None = None, *, limit: int | None = None) -> tuple[TraceRow, ...]:
        """What is known of the traces without reading them, in order of import."""
        return self._store.traces.rows(chosen, limit=limit)

    def get(self, name: str) -> Trace:
        """The trace with this id, the beginning of one, or a run key.

        Raises:
            UsageError: No trace, or more than one, has this name, or it was erased.
        """
        return self._store.traces.get(self._store.traces.find(name))

    def grade(
        self,
        grader: Grader | str,
        chosen: TraceFilter | Sequence[str] | None = None,
        *,
        limit: int | None = None,
        budget: str | Budget = BUDGET,
    ) -> Graded:
        """Let a grader say how runs ended; its word stands where no person and no verifier has said anything.

        Args:
            grader: Who grades, as `grader_named("judge", {"conditions": "…"})` gives it, or its name.
            chosen: Which runs: a filter, or whole ids; None: all but those of sub-agents.
            limit: Give at most so many verdicts this time, on a fair sample.
            budget: What asking a model may cost: a hard stop.

        Raises:
            UsageError: There are no such runs, or the grader looks at more than a trace holds.
        """
        refuse_in_event_loop("traces.grade", "await traces.agrade(...)")
        return asyncio.run(self.agrade(grader, chosen, limit=limit, budget=budget))

    async def agrade(
        self,
        grader: Grader | str,
        chosen: TraceFilter | Sequence[str] | None = None,
        *,
        limit: int | None = None,
        budget: str | Budget = BUDGET,
    ) -> Graded:
        """`grade` in an event loop."""
        if chosen is None or isinstance(chosen, TraceFilter):
            chosen = whole_runs(self._store, chosen or TraceFilter())
        options = GradeOptions(
            grader=grader_named(grader) if isinstance(grader, str) else grader,
            trace_ids=chosen,
            reference_of=lambda trace_id: content_of(self._store.database, trace_id),
            budget=as_budget(budget),
            limit=limit,
            policy=self._policy,
        )
        return await grade_from_async(self._store, options)


class Workspace:
    """An open store; use it as a context manager or call `close`.

    Args:
        opened: What is open; it is closed with the workspace.
    """

    def __init__(self, opened: Opened) -> None:
        """Look at what is open."""
        self._opened = opened
        self.store = opened.store
        self.traces = StoredTraces(opened)

    def skillbook(self, name: str = "default") -> Book:
        """The skillbook of this name; it begins with the first thing that is written to it.

        Raises:
            UsageError: No skillbook can be called so.
        """
        return Book(self._opened, book_name(name))

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


def open(  # noqa: A001, as `seasoned.open`
    place: str | Path | None = None,
    *,
    author: str = "",
    redact: str | Policy | None = None,
    keep_probability: float | None = None,
) -> Workspace:
    """Open a workspace, made if it is not there.

    Args:
        place: A SQLAlchemy URL or the path of a SQLite file; None: where the commands work in this folder, by
            SEASONED_STORE, a settings file or the nearest `.seasoned` folder.
        author: Who decides, by name; empty: the name of this account.
        redact: What is replaced before anything is stored or sent: `secrets`, `pii`, `off`, or types with commas
            between; None: secrets, or without a place what is set for the commands.
        keep_probability: With which probability, in (0, 1], a live run keeps a skill that has no rule of its own, in a
            book without one; 1 keeps all in every run. None: what is set, SEASONED_KEEP_PROBABILITY or 0.8.

    Raises:
        StoreError: The store cannot be opened.
        ConfigError: Settings do not parse; they are read where something is left to them.
        UsageError: There is no such policy of redaction, or no such probability.
    """
    if keep_probability is None:
        keep_probability = load().keep_probability
    elif not 0.0 < keep_probability <= 1.0:
        raise UsageError(f"{keep_probability} is no probability to keep skills with", why="it is above 0 and at most 1")
    if place is None:
        settings = load()
        place, redact = store_location(None, settings, Path.cwd()), redact or settings.redact
    policy = Policy.parse(redact) if isinstance(redact, str) else redact or SECRETS
    person = Author(kind="person", name=author) if author else this_person()
    found = Opened(store=Store(place), author=person, policy=policy, keep_probability=keep_probability)
    return Workspace(found)
