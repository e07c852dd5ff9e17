"""`seasoned eval compare`: whether one set of recorded runs is better than another, and how sure that is."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from pydantic import JsonValue

from seasoned.cli.eval.arms import By, Gathered, arms_as_named, arms_in_store
from seasoned.cli.eval.report import print_report
from seasoned.cli.eval.report_files import ReportFiles
from seasoned.cli.imports import ReadOptions
from seasoned.cli.output import emit_json, note
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.which import Which
from seasoned.config import load, store_location
from seasoned.curate.review.person import this_person
from seasoned.errors import UsageError
from seasoned.evaluate.compare.comparing import DEFAULT_MARGIN, CompareConfig, Report, compare
from seasoned.evaluate.compare.recording import kept_of, placebos_among
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
    changed_tasks: bool = False
    """Compare tasks that have one key and different texts too; without it they are an error."""
    by: By | None = None
    """Compare stored runs: split by the prompt that they were given, by model or by agent."""

    def config(self) -> CompareConfig:
        """The same for the comparison."""
        return CompareConfig(
            baseline=self.baseline,
            all_pairs=self.all_pairs,
            common=self.common,
            changed_tasks=self.changed_tasks,
            margin=self.margin,
        )


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

    Exits with 0 if every other arm is shown to be no worse than the baseline by --margin and every anchor holds, and
    with 1 if one is worse, or that is not shown. Of stored runs that differ in their prompt alone, the result is kept:
    a prompt that passes may be promoted.

    Args:
        arms: Evaluation runs by their ids, or files or folders of runs in any known format or of tables of results,
            which are not stored; as PATH, RUN, NAME=PATH or NAME=RUN. With --by, the names of the prompts, models or
            agents to compare; without names all of them.
        options: What is compared with what.
        files: Files that the report is written into as well.
        which: With --by, only these runs.
        reading: How files are read.
        json: Print one JSON document.
        place: Where the store is that --by splits, and that knows which skills were learned from which tasks.
    """
    options = options or CompareOptions()
    with _gathered(arms, options, which or Which(), reading or ReadOptions(), place) as (gathered, here):
        report, told = compared(gathered, options.config(), here)
        read = gathered.arms()
    (files or ReportFiles()).write_comparison(report, read)
    _tell(report, told, is_json=json)


def _tell(report: Report, told: tuple[str, ...], *, is_json: bool) -> None:
    if is_json:
        emit_json(document(report))
    else:
        print_report(report)
    for each in told:
        note(each)
    if not report.passes:
        sys.exit(1)


def document(report: Report) -> dict[str, JsonValue]:
    """The comparison as one JSON document."""
    return {"passes": report.passes, **report.model_dump(mode="json")}


def compared(gathered: Gathered, config: CompareConfig, here: Open | None) -> tuple[Report, tuple[str, ...]]:
    """The comparison, and what is to be said of its being kept."""
    if here is None:
        return compare(gathered.arms(), config, gathered.background()), ()
    prompts = {prompt.id: prompt for prompt in here.store.prompts.all()}
    more = {
        "anchors": tuple(anchor.task_key for anchor in here.store.anchors.of(here.book)),
        "placebos": placebos_among(gathered.origins, prompts),
    }
    report = compare(gathered.arms(), config, gathered.background().model_copy(update=more))
    if len(gathered.origins) < len(gathered.readers):
        return report, ()
    kept, why_not = kept_of(report, gathered.origins, prompts, this_person().name)
    for each in kept:
        here.store.comparisons.keep(each)
    said = [
        f"Kept as proof of {each.candidate_id}: `seasoned eval comparisons` lists it." for each in kept if each.passes
    ]
    said += [f"Kept, without a pass, for {each.candidate_id}." for each in kept if not each.passes]
    return report, (*said, *(f"Not kept as proof of a prompt: {why}." for why in why_not))


@contextmanager
def _gathered(
    arms: tuple[str, ...], options: CompareOptions, which: Which, reading: ReadOptions, place: Place | None
) -> Generator[tuple[Gathered, Open | None]]:
    """The arms, and the store while it is open."""
    if options.by is not None:
        with opened(place) as here:
            yield arms_in_store(here, options.by, arms, which.chosen()), here
        return
    if not which.is_empty:
        raise UsageError("options that choose stored runs need --by", why="arms were named by their files")
    with _perhaps(place) as here:
        yield arms_as_named(arms, reading, load(), here), here


@contextmanager
def _perhaps(place: Place | None) -> Generator[Open | None]:
    """The store, if there is one; one that was named has to be there."""
    named = place is not None and place.store is not None
    if named or is_there(store_location(None, load(), Path.cwd())):
        with opened(place) as here:
            yield here
    else:
        yield None
