"""The loop's first part: runs from files and services are brought into the store.

Raises what the parts raise; a bad record is in the report instead.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from seasoned.core.parsed import Parsed
from seasoned.core.value import Value
from seasoned.ingest.format import Format
from seasoned.ingest.importing import read_paths
from seasoned.ingest.processes.collecting import rare_collection
from seasoned.ingest.processes.parallel import usable_cores
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.ingest.report import FileReport, ImportReport
from seasoned.pull.pulling import PullOptions
from seasoned.pull.sources import Reached, read_sources
from seasoned.store.store import Store
from seasoned.store.traces.traces import Added

IMPORT_BATCH = 200
"""Runs that one transaction stores: what an interruption can cost."""
IMPORT_BATCH_CHARS = 8 << 20
"""So much text is stored at once, however few runs hold it: what memory an import needs."""


class Imported(Value):
    """What an import came to."""

    report: ImportReport
    trace_ids: tuple[str, ...]
    """Of every run that was read, new or known, in order."""
    n_new: int
    n_labelled: int = 0
    """Runs that were known without an outcome and got one now."""
    contradicted: tuple[str, ...] = ()
    """Ids of runs that were known with another outcome, which stays."""
    n_erased: int = 0
    """Runs that were deleted from this store on request; they were not stored again."""

    def document(self) -> dict[str, JsonValue]:
        """The report on the files and what came of their runs in the store, as `--json` prints them."""
        document: dict[str, JsonValue] = self.report.model_dump(mode="json")
        stored: dict[str, JsonValue] = {
            "new": self.n_new,
            "labelled": self.n_labelled,
            "contradicted": list(self.contradicted),
            "erased": self.n_erased,
        }
        return {**document, "stored": stored}


class ImportProgress(Value):
    """How far an import has come."""

    n_runs: int
    n_new: int
    n_files: int
    """Files finished."""
    n_fetched: int = 0
    """Traces that a service has handed over so far."""


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How to import, and who wants to know about it."""

    policy: Policy = SECRETS
    """What is redacted before it is stored; the report names it."""
    jobs: int | None = None
    """At most so many processes read, where there is enough to read; None means one for each usable core."""
    formats: Sequence[Format] | None = None
    """Which formats to ask; None means all that are installed."""
    even_erased: bool = False
    """Store also runs that were deleted from this store on request."""
    pull: PullOptions = field(default_factory=PullOptions)
    """What to fetch from services; by default what is new since the last time."""
    on_progress: Callable[[ImportProgress], None] = field(default=lambda _: None)
    """Called after every batch."""


def import_traces(
    store: Store, paths: Iterable[str | os.PathLike[str]], options: ImportOptions | None = None
) -> Imported:
    """Read files, and projects at services, into the store; runs that are there already stay as they are.

    Args:
        store: Where to.
        paths: Files, folders, `-` for standard input, and `SERVICE:PROJECT`.
        options: How.

    Raises:
        UsageError: The redaction policy asks for what is not installed.
        StoreError: The store cannot be written.
    """
    options = options or ImportOptions()
    policy, jobs = options.policy, options.jobs or usable_cores()
    work = _Import(store, options)

    def read(
        files: Sequence[str | os.PathLike[str]], formats: Sequence[Format] | None
    ) -> Iterator[Parsed | FileReport]:
        return read_paths(files, store.salt, formats=formats or options.formats, policy=policy, jobs=jobs)

    pull = replace(options.pull, on_page=work.tell)
    # Closed at once where storing fails or Ctrl-C is pressed, so that no process reads on.
    with rare_collection(), closing(read_sources(paths, read, pull, reached=store.cursors.get)) as items:
        for item in items:
            work.take(item)
        return work.done()


class _Import:
    """The runs that wait for the next transaction, and what came of those before."""

    def __init__(self, store: Store, options: ImportOptions) -> None:
        self._store, self._options = store, options
        self._files: list[FileReport] = []
        self._batch: list[Parsed] = []
        self._batch_chars = 0
        self._ids: dict[str, None] = {}
        self._parent_keys: dict[str, str] = {}
        """Of the sub-agents whose parents stand in other files, which may come later."""
        self._added: list[Added] = []
        self._n_new = 0
        self._reached: list[Reached] = []

    def take(self, item: Parsed | FileReport | Reached) -> None:
        if isinstance(item, FileReport):
            self._files.append(item)
            return
        if isinstance(item, Reached):
            self._reached.append(item)
            return
        self._ids[item.trace.id] = None
        if item.parent_key:
            self._parent_keys[item.trace.id] = item.parent_key
        self._batch.append(item)
        self._batch_chars += sum(len(step.text) for step in item.trace.steps)
        if len(self._batch) >= IMPORT_BATCH or self._batch_chars >= IMPORT_BATCH_CHARS:
            self._flush()

    def _flush(self) -> None:
        added = self._store.traces.add(self._batch, even_erased=self._options.even_erased)
        self._n_new += len(added.new)
        # The ids of new runs are many, and known already.
        self._added.append(added.model_copy(update={"new": ()}))
        self._batch, self._batch_chars = [], 0
        self.tell()

    def tell(self, n_fetched: int = 0) -> None:
        n_runs, n_files = len(self._ids), len(self._files)
        now = ImportProgress(n_runs=n_runs, n_new=self._n_new, n_files=n_files, n_fetched=n_fetched)
        self._options.on_progress(now)

    def done(self) -> Imported:
        self._flush()
        self._store.traces.link(self._parent_keys)
        for reached in self._reached:
            self._store.cursors.put(reached.name, reached.at)
        return Imported(
            report=ImportReport.of(self._files, self._options.policy),
            trace_ids=tuple(self._ids),
            n_new=self._n_new,
            n_labelled=sum(len(added.labelled) for added in self._added),
            contradicted=tuple(dict.fromkeys(i for added in self._added for i in added.contradicted)),
            n_erased=len({i for added in self._added for i in added.erased}),
        )
