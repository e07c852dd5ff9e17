"""The files that a report is written into beside the terminal: a page, JUnit XML and a drawing. Raises `UsageError`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from seasoned.cli.output import note, write_text
from seasoned.errors import UsageError, boundary


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ReportFiles:
    """Files that a report is written into as well."""

    html: Path | None = None
    """File for the report as one page that needs no other file."""
    junit: Path | None = None
    """File for the tasks as JUnit XML, as build servers read it."""
    svg: Path | None = None
    """File for a drawing: of a comparison its intervals, of one arm pass^k."""

    def write(self, *, page: Callable[[], str], junit: Callable[[], str], drawing: Callable[[], str]) -> None:
        """Make and write those that were asked for.

        Raises:
            UsageError: One cannot be written.
        """
        for file, what, made in (
            (self.html, "the page", page),
            (self.junit, "the JUnit file", junit),
            (self.svg, "the drawing", drawing),
        ):
            if file is not None:
                with boundary(UsageError, f"{what} cannot be written", where=str(file)):
                    write_text(file, made())
                note(f"{what} is in {file}", "dim")
