"""Importing files, as several commands do it: with progress, and with a report of what was read and what was not."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.text import Text

from seasoned.cli.output import note, safe, say
from seasoned.cli.place import Open
from seasoned.cli.progress import importing
from seasoned.config import Settings
from seasoned.core.text import plural
from seasoned.core.trace import Trace
from seasoned.ingest.format import Format
from seasoned.ingest.importing import read_paths
from seasoned.ingest.redaction.policy import OFF, Policy
from seasoned.ingest.report import FileReport, ImportReport
from seasoned.pipeline.importing import Imported, ImportOptions, import_traces
from seasoned.pull.pulling import PullOptions
from seasoned.pull.service import Window

ERRORS_SHOWN = 5
"""Problems of one file that the summary names; `--json` has more."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How files are read."""

    redact: str | None = None
    """What is replaced by placeholders before anything is stored or sent: secrets (the default), pii, off, or single
    types with commas between, such as secrets,email; without it SEASONED_REDACT."""
    jobs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """At most so many processes read files at once; without it SEASONED_JOBS, then one for each core."""

    def policy(self, settings: Settings) -> Policy:
        """What to redact, as said here or else as set."""
        return Policy.parse(self.redact or settings.redact)


def import_with_progress(
    here: Open,
    paths: Sequence[str],
    options: ReadOptions | None = None,
    *,
    formats: Sequence[Format] | None = None,
    even_erased: bool = False,
    window: Window | None = None,
) -> Imported:
    """Read the files, and what services keep, into the store, showing how far it has come."""
    options = options or ReadOptions()
    policy, jobs = options.policy(here.settings), options.jobs or here.settings.jobs
    with importing() as tell:
        chosen = ImportOptions(
            policy=policy,
            jobs=jobs,
            formats=formats,
            even_erased=even_erased,
            pull=PullOptions(window=window or Window()),
            on_progress=tell,
        )
        return import_traces(here.store, paths, chosen)


def read_only(paths: Sequence[str], policy: Policy) -> tuple[Imported, list[Trace]]:
    """Read the files without storing anything; none of the runs counts as new."""
    files: list[FileReport] = []
    traces: list[Trace] = []
    # Placeholders of redacted text need some key; this one is forgotten with the traces.
    for item in read_paths(paths, secrets.token_bytes(32), policy=policy):
        if isinstance(item, FileReport):
            files.append(item)
        else:
            traces.append(item.trace)
    report = ImportReport.of(files, policy)
    return Imported(report=report, trace_ids=tuple(t.id for t in traces), n_new=0), traces


def print_import(imported: Imported) -> None:
    """What was read, what was refused and why, on standard error."""
    for file in imported.report.files:
        if file.refused is not None:
            say(Text("  not read  ", "yellow") + safe(f"{file.path}: {file.refused}"))
            continue
        say(Text("  read      ", "green") + safe(f"{file.path}: {plural(file.runs, 'run')}, {file.format}"))
        for problem in file.errors[:ERRORS_SHOWN]:
            say(Text("    problem ", "red") + safe(f"{problem.where}: {problem.why}"))
        if len(file.errors) > ERRORS_SHOWN:
            say(safe(f"    and {file.n_errors - ERRORS_SHOWN} more; --json lists them", "dim"))
    totals = imported.report.totals
    redacted = sum(totals.redacted.values())
    found = f", {plural(redacted, 'secret')} redacted" if redacted else ""
    if imported.report.policy == OFF:
        found = ", nothing redacted (redaction is off)"
    read = f"{plural(totals.runs, 'run')} with {plural(totals.steps, 'step')}, {imported.n_new:,} new"
    verdicts = f", {imported.n_labelled:,} got their outcome" if imported.n_labelled else ""
    line = f"{read}{verdicts}, {plural(totals.errors, 'problem')}, {plural(totals.refused, 'file')} not read{found}"
    say(safe(line, "bold"))
    if totals.redacted:
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in totals.redacted.items())
        say(safe(f"  redacted  {kinds} (policy {imported.report.policy})", "dim"))
    if imported.contradicted:
        known = ", ".join(imported.contradicted[:ERRORS_SHOWN])
        line = f"{plural(len(imported.contradicted), 'run')} came with another outcome than the stored one, which stays"
        say(Text("  problem  ", "red") + safe(f"{line}: {known}"))
    if imported.n_erased:
        note(
            f"{plural(imported.n_erased, 'run')} of these were deleted from this store on request and stay out; "
            "`seasoned traces import --even-deleted` would bring them back"
        )
