"""The files that a report is written into beside the terminal: a page, JUnit XML and a drawing. Raises `UsageError`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cyclopts import Parameter

from seasoned.cli.output import note, write_text
from seasoned.errors import UsageError, boundary
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.one_arm import ArmReport
from seasoned.evaluate.reports.figures.intervals import intervals_figure
from seasoned.evaluate.reports.figures.pass_k import pass_k_figure
from seasoned.evaluate.reports.figures.standalone import standalone
from seasoned.evaluate.reports.html import page_of_arm, page_of_comparison
from seasoned.evaluate.reports.junit import junit_of_arm, junit_of_comparison


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

    @property
    def is_empty(self) -> bool:
        """Whether no file was asked for."""
        return self.html is None and self.junit is None and self.svg is None

    def write_comparison(self, report: Report, arms: Sequence[Arm]) -> None:
        """Make and write those of a comparison that were asked for; raises as `_write` does."""
        self._write(
            page=lambda: page_of_comparison(report, arms),
            junit=lambda: junit_of_comparison(report, arms),
            drawing=lambda: standalone(intervals_figure(report)),
        )

    def write_arm(self, report: ArmReport, arm: Arm) -> None:
        """Make and write those of one arm that were asked for; raises as `_write` does."""
        drawn = [(report.name, report.pass_hat, report.pass_at)]
        self._write(
            page=lambda: page_of_arm(report, arm),
            junit=lambda: junit_of_arm(report, arm),
            drawing=lambda: standalone(pass_k_figure(drawn)),
        )

    def _write(self, *, page: Callable[[], str], junit: Callable[[], str], drawing: Callable[[], str]) -> None:
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
