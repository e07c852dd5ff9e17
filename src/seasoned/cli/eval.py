"""`seasoned eval compare`: whether one set of recorded runs is better than another, and how sure that is."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.eval_arms import By, arms_in_store, arms_of_files
from seasoned.cli.eval_report import print_report
from seasoned.cli.imports import ReadOptions
from seasoned.cli.output import emit_json
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.report_files import ReportFiles
from seasoned.cli.which import Which
from seasoned.config import load, store_location
from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import DEFAULT_MARGIN, Background, CompareConfig, compare
from seasoned.evaluate.reports.figures.intervals import intervals_figure
from seasoned.evaluate.reports.figures.standalone import standalone
from seasoned.evaluate.reports.html import page_of_comparison
from seasoned.evaluate.reports.junit import junit_of_comparison
from seasoned.store.database import is_there

ArmWord = Annotated[str, Parameter(allow_leading_hyphen=True)]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """What is compared with what."""

    baseline: str | None = None
    """Name of the arm that the others are compared with; without it the first."""
    margin: Annotated[float, Parameter(validator=Number(gt=0, lte=1))] = DEFAULT_MARGIN
    """How much worse than the baseline an arm may be and still pass, as a share: 0.05 is five tasks of a hundred."""
    common: bool = False
    """Compare the tasks that all arms have a verdict on; without it other tasks are an error."""
    all_pairs: bool = False
    """Compare the other arms with each other too."""
    by: By | None = None
    """Compare stored runs: split by the prompt that they were given, by model or by agent."""

    def config(self) -> CompareConfig:
        """The same for the comparison."""
        return CompareConfig(baseline=self.baseline, all_pairs=self.all_pairs, common=self.common, margin=self.margin)


def compare_(
    *arms: ArmWord,
    options: CompareOptions | None = None,
    files: ReportFiles | None = None,
    which: Which | None = None,
    reading: ReadOptions | None = None,
    json: bool = False,
    place: Place | None = None,
) -> None:
    """Compare recorded runs, paired by task: success rates, pass^k, cost, and how sure the difference is.

    Exits with 0 if every other arm is shown to be no worse than the baseline by --margin, and with 1 if one is worse,
    or that is not shown.

    Args:
        arms: Files or folders of runs in any known format, as PATH or NAME=PATH; they are not stored. With --by, the
            names of the prompts, models or agents to compare; without names all of them.
        options: What is compared with what.
        files: Files that the report is written into as well.
        which: With --by, only these runs.
        reading: How files are read.
        json: Print one JSON document.
        place: Where the store is that --by splits, and that knows which skills were learned from which tasks.
    """
    options = options or CompareOptions()
    gathered, background = _gathered(arms, options, which or Which(), reading or ReadOptions(), place)
    report = compare(gathered, options.config(), background)
    (files or ReportFiles()).write(
        page=lambda: page_of_comparison(report, gathered),
        junit=lambda: junit_of_comparison(report, gathered),
        drawing=lambda: standalone(intervals_figure(report)),
    )
    if json:
        emit_json({"passes": report.passes, **report.model_dump(mode="json")})
    else:
        print_report(report)
    if not report.passes:
        sys.exit(1)


def _gathered(
    arms: tuple[str, ...], options: CompareOptions, which: Which, reading: ReadOptions, place: Place | None
) -> tuple[list[Arm], Background]:
    if options.by is not None:
        with opened(place) as here:
            gathered = arms_in_store(here, options.by, arms, which.chosen())
            return gathered.arms(), gathered.background()
    if not which.is_empty:
        raise UsageError("options that choose stored runs need --by", why="arms were named by their files")
    with _perhaps(place) as here:
        gathered = arms_of_files(arms, reading, load(), here)
        return gathered.arms(), gathered.background()


@contextmanager
def _perhaps(place: Place | None) -> Generator[Open | None]:
    """The store, if there is one; one that was named has to be there."""
    named = place is not None and place.store is not None
    if named or is_there(store_location(None, load(), Path.cwd())):
        with opened(place) as here:
            yield here
    else:
        yield None
