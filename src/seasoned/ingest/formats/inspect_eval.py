"""Logs of Inspect (inspect_ai): an `.eval` archive, one JSON document, or samples taken out of either.

The archive holds `header.json`, `samples/ID_epoch_N.json`, summaries and `_journal/`; a log that crashed has only
`_journal/start.json` in place of the header. The document is `{version, status, eval, plan, results, samples}`. Each
sample is one epoch of one task, and a run. The target and the judges' explanations of it are sealed.

A sample that was not scored (cancelled, failed, or scored later) has no outcome.

Source: the log types of the inspect_ai package, 0.3, log versions 1 to 3.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from seasoned.ingest.attempt import attempt, attempt_all
from seasoned.ingest.evals.inspect_sample import sample_run
from seasoned.ingest.files.archive import Archive
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_list, as_object
from seasoned.ingest.run import Place

_HEADERS = ("header.json", "_journal/start.json")
_START = b"_journal/start.json"
_SAMPLE_KEYS = frozenset({"id", "epoch", "input", "messages", "target"})
_LOG_KEYS = frozenset({"version", "status", "plan", "results", "samples", "stats"})


class InspectEval:
    """Inspect's evaluation logs."""

    name = "inspect_eval"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure about the archive's members, and about a document's or a sample's keys."""
        if sample.layout == "archive":
            found = next((name for name in _HEADERS if name in sample.members), None)
            found = found or (_START.decode() if not sample.members and _START in sample.head else None)
            return None if found is None else self._claim(f"a zip archive with {found}")
        first = sample.first
        if _is_log(first):
            return self._claim("a document with eval and samples")
        return self._claim("samples with an epoch and a target") if first.keys() >= _SAMPLE_KEYS else None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each sample of each epoch."""
        if document.layout == "archive":
            with document.open() as stream:
                archive = attempt(lambda: Archive(stream), "file")
                if isinstance(archive, Problem):
                    yield Problem(where="file", why="the archive has no readable directory; its end may be missing")
                else:
                    yield from self._archived(archive, document.path)
            return
        for item in document.records():
            if isinstance(item, Problem):
                yield item
                continue
            entry, prefix = as_object(item.value), "" if item.where == "file" else f"{item.where}, "
            if _is_log(entry):
                yield from self._logged(entry, document.path, prefix)
            elif entry.keys() >= _SAMPLE_KEYS:
                yield from self._runs(entry, {}, document.path, item.where)
            else:
                yield Problem(where=item.where, why="neither an Inspect log nor a sample of one")

    def _claim(self, reason: str) -> Detection:
        return Detection(format=self.name, confidence=SURE, reason=f"{reason}, as Inspect writes it")

    def _archived(self, archive: Archive, path: str) -> Iterator[Parsed | Problem]:
        names = [name for name in archive.names if name.startswith("samples/") and name.endswith(".json")]
        header: dict[str, JsonValue] = {}
        for name in _HEADERS:
            if name in archive.names and not header:
                found = archive.json(name, name)
                if isinstance(found, Problem):
                    yield found
                else:
                    header = as_object(found.value)
        if not names:
            yield Problem(where="file", why="no samples in it")
        for number, name in enumerate(names, 1):
            found = archive.json(name, f"sample {number}")
            if isinstance(found, Problem):
                yield found
            else:
                yield from self._runs(found.value, header, path, found.where)

    def _logged(self, log: dict[str, JsonValue], path: str, prefix: str) -> Iterator[Parsed | Problem]:
        samples = as_list(log.get("samples"))
        if not samples:
            yield Problem(where=f"{prefix}samples", why="no samples in it")
        for number, sample in enumerate(samples, 1):
            yield from self._runs(sample, log, path, f"{prefix}sample {number}")

    def _runs(
        self, sample: JsonValue, header: dict[str, JsonValue], path: str, where: str
    ) -> Iterator[Parsed | Problem]:
        place = Place(format=self.name, path=path, where=where)
        yield from attempt_all(lambda: sample_run(as_object(sample), header, place), where)


def _is_log(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("eval"), dict) and len(entry.keys() & _LOG_KEYS) >= 2
