"""`seasoned eval traces`: what recorded runs tell by themselves, without an agent, a model or a second arm."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from cyclopts import Parameter

from seasoned.cli.eval.arm_report import print_arm_report
from seasoned.cli.eval.arms import Files, Gathered, is_run, report_files
from seasoned.cli.eval.report_files import ReportFiles
from seasoned.cli.imports import ReadOptions
from seasoned.cli.output import emit_json, note, show_error
from seasoned.cli.place import Open, WholeStore, opened
from seasoned.cli.which import Which
from seasoned.config import load
from seasoned.core.text import plural
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import NOTHING
from seasoned.evaluate.compare.arms import Arm, ArmReader
from seasoned.evaluate.compare.one_arm import AlsoKnown, report_on
from seasoned.evaluate.compare.runs import KIND, evaluation_run, name_of_run, trials_of_run
from seasoned.ingest.report import FileReport
from seasoned.store.traces.references import content_of

PathWord = Annotated[str, Parameter(allow_leading_hyphen=True)]
STORED = "the store"


def traces(
    *paths: PathWord,
    stored: bool = False,
    files: ReportFiles | None = None,
    which: Which | None = None,
    reading: ReadOptions | None = None,
    json: bool = False,
    place: WholeStore | None = None,
) -> None:
    """Measure recorded runs by themselves: success rate, pass^k, pass@k, the floor of doing nothing, and cost.

    Nothing is run, asked or stored. Exits with 1 if nobody has said of any run how it ended.

    Args:
        paths: Files or folders of runs in any known format, or tables of results, read together, "-" for standard
            input; or the id of one evaluation.
        stored: Measure runs of the store instead of files.
        files: Files that the report is written into as well.
        which: With --stored, only these runs.
        reading: How files are read.
        json: Print one JSON document.
        place: Where the store is whose runs --stored measures.
    """
    which = which or Which()
    _refuse_unclear(paths, which, stored=stored)
    arm, known = _stored(which, place) if stored else _named(paths, reading or ReadOptions(), place)
    try:
        report = report_on(arm, known)
    except UsageError as error:
        show_error(error)
        sys.exit(1)
    (files or ReportFiles()).write_arm(report, arm)
    if json:
        emit_json(report)
    else:
        print_arm_report(report)


def _refuse_unclear(paths: Sequence[str], which: Which, *, stored: bool) -> None:
    if stored == bool(paths):
        raise UsageError(
            "give files or folders of runs, or --stored",
            why="both were given" if stored else "neither was given",
        )
    if not stored and not which.is_empty:
        raise UsageError("options that choose stored runs need --stored", why="runs were named by their files")


def _named(paths: Sequence[str], reading: ReadOptions, place: WholeStore | None) -> tuple[Arm, AlsoKnown]:
    if len(paths) == 1 and is_run(paths[0]):
        with opened(place) as here:
            return arm_of_evaluation(here, paths[0])
    return _of_files(paths, reading)


def _of_files(paths: Sequence[str], reading: ReadOptions) -> tuple[Arm, AlsoKnown]:
    gathered = Gathered(differences={})
    name = paths[0] if len(paths) == 1 else f"{paths[0]} and others"
    reports = Files.read_as(reading, load()).into(gathered, name, paths)
    report_files(reports)
    (arm,) = gathered.arms()
    known = _known(gathered)
    return arm, known.model_copy(update={"problems": _problems(reports)})


def _known(gathered: Gathered, ends: Mapping[str, str] | None = None) -> AlsoKnown:
    # Where no reference lists actions nobody could look.
    return AlsoKnown(free=gathered.free, differences=gathered.differences or None, ends=dict(ends or {}))


def arm_of_evaluation(here: Open, word: str) -> tuple[Arm, AlsoKnown]:
    """The trials of one evaluation, with how each ended and differed as its graders said.

    Raises:
        UsageError: The word is the id of no evaluation that has a trial.
    """
    run = evaluation_run(here.store, word)
    gathered, ends = Gathered(differences={}), dict[str, str]()
    name = name_of_run(run)
    gathered.readers[name] = reader = ArmReader(name)
    for record, trace in trials_of_run(here.store, run):
        if trace is None:
            reader.miss(record.task_key)
            continue
        ends[trace.id] = record.ended
        if record.differences:
            gathered.seen(trace.id, record.differences)
        gathered.take(name, trace, lambda trace=trace: content_of(here.store.database, trace.id))
    return reader.arm(), _known(gathered, ends)


def _problems(reports: Sequence[FileReport]) -> tuple[str, ...]:
    """What was not read, one line each."""
    refused = [f"{report.path}: {report.refused}" for report in reports if report.refused is not None]
    read = [report for report in reports if report.refused is None]
    return (*refused, *(f"{each.path}, {problem.where}: {problem.why}" for each in read for problem in each.errors))


def _stored(which: Which, place: WholeStore | None) -> tuple[Arm, AlsoKnown]:
    with opened(place) as here:
        gathered, agents = Gathered(readers={STORED: ArmReader(STORED)}, differences={}), Counter[str]()
        for run in here.store.traces.iterate(which.chosen()):
            agents[run.agent] += 1
            if run.agent == NOTHING and which.agent is None:
                continue
            gathered.take(STORED, run, lambda run=run: content_of(here.store.database, run.id))
        (arm,) = gathered.arms()
        if not arm.trials and not arm.n_unjudged:
            raise UsageError("the store has no such run", hint="`seasoned traces list` shows those there are")
        _note_agents(agents, is_asked_for=which.agent is not None)
        evaluations = [run.id for run in here.store.runs.all() if run.kind == KIND]
        trials = [trial for run_id in evaluations for trial in here.store.trials.of(run_id)]
        ends = {trial.trace_id: trial.ended for trial in trials if trial.trace_id is not None}
        return arm, _known(gathered, ends)


def _note_agents(agents: Counter[str], *, is_asked_for: bool) -> None:
    """What to know of whose runs these are."""
    if (n_floor := agents.pop(NOTHING, 0)) and not is_asked_for:
        note(f"Left out: {plural(n_floor, 'run')} of the agent that does nothing; --agent {NOTHING} measures those.")
    if len(agents) > 1:
        note(
            f"Taken together: runs of {len(agents)} agents; `seasoned eval compare --by agent` sets them side by side."
        )
