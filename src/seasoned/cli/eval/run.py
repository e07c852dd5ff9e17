"""`seasoned eval run`: tasks of a suite worked by an agent, graded, and told with intervals."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cyclopts import Parameter
from pydantic import JsonValue

from seasoned.cli.eval.compare import document as document_of_comparison
from seasoned.cli.eval.controls import ControlOptions, Role, arms_of, compare_arms, names_of, print_arms, print_notes
from seasoned.cli.eval.evaluated import document, print_evaluated, print_plan
from seasoned.cli.eval.how import HowOptions, budget_of, graders_of, settings_of
from seasoned.cli.eval.report import print_report
from seasoned.cli.eval.report_files import ReportFiles
from seasoned.cli.eval.traces import arm_of_evaluation
from seasoned.cli.eval.who import WhoOptions, agent_of, prompt_named
from seasoned.cli.output import emit_json, note, show_error
from seasoned.cli.place import Open, Place, opened
from seasoned.cli.progress import learning
from seasoned.config import load, store_location
from seasoned.core.prompt import Prompt
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import AsksOurModel, Suite
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.one_arm import report_on
from seasoned.evaluate.suites.registry import chosen, suite_named
from seasoned.ingest.redaction.policy import Policy
from seasoned.pipeline.evaluating import evaluate_sync
from seasoned.pipeline.evaluating_arms import evaluate_arms_sync
from seasoned.pipeline.evaluation.floor import doing_nothing
from seasoned.pipeline.evaluation.measuring import measuring
from seasoned.pipeline.evaluation.options import GRACE_S, Evaluated, EvaluateOptions
from seasoned.pipeline.evaluation.refusing import refuse_what_cannot_be_run
from seasoned.store.database import is_there


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ToldOptions(ReportFiles):
    """How what came of it is told."""

    json: bool = False
    """Print one JSON document."""


def run(
    suite: str,
    /,
    *command: str,
    who: WhoOptions | None = None,
    how: HowOptions | None = None,
    controls: ControlOptions | None = None,
    told: ToldOptions | None = None,
    place: Place | None = None,
) -> None:
    """Let an agent work the tasks of a suite, and grade every trial.

    Every trial is stored as a trace, with the skills that its prompt held. What the agent itself does wrong is a
    failure; what lies outside of it is tried again, counted and never scored. Asked for again, an interrupted
    evaluation goes on where it was, and a finished one is told again. With --against two prompts work the same tasks,
    and their comparison is printed and kept as `seasoned eval compare` does.

    Args:
        suite: A name that `seasoned eval suites` lists, or a .jsonl file of tasks.
        command: After --, the command that is the agent: it reads one JSON document and prints one.
        who: Who works the tasks.
        how: How much is run, and how it is graded.
        controls: What else works the same tasks, to compare with.
        told: How what came of it is told.
        place: Where to work.
    """
    who, how = who or WhoOptions(), how or HowOptions()
    controls, told = controls or ControlOptions(), told or ToldOptions()
    worked = suite_named(suite, settings_of(how.suite_set))
    with opened(_place(place, dry_run=how.dry_run), may_create=True) as here:
        options = _options(here, worked, command, who, how)
        if how.measure_skills:
            options = measuring(here.store, options, here.settings.keep_probability)
        arms = arms_of(here, worked, options, controls)
        if how.dry_run:
            refuse_what_cannot_be_run(options)
            print_plan(arms, who.max_steps if isinstance(options.agent, AsksOurModel) else None, json=told.json)
            return
        if not _worked(here, arms, _Asked(who, controls, told), has_floor=how.floor):
            sys.exit(1)


@dataclass(frozen=True)
class _Asked:
    """What the command line says that is not in the arms themselves."""

    who: WhoOptions
    controls: ControlOptions
    told: ToldOptions


def _worked(here: Open, arms: Mapping[Role, EvaluateOptions], asked: _Asked, *, has_floor: bool) -> bool:
    """Evaluate and tell; whether all trials are done and, with a comparison, it passes."""
    came, floored = _evaluated(here, arms, has_floor=has_floor)
    is_complete = all(role in came and came[role].is_complete for role in arms)
    if asked.controls.against is None:
        return _show_one(here, came["evaluation"], floored, asked.told) and is_complete
    if is_complete:
        return _show_compared(here, came, floored, asked)
    _show_parts(here, arms, came, floored, asked.told)
    return False


def _place(place: Place | None, *, dry_run: bool) -> Place | None:
    """Where to work; a dry run makes no store."""
    named = None if place is None else place.store
    if dry_run and not is_there(store_location(named, load(), Path.cwd())):
        return Place(store=":memory:", book=place.book if place else None)
    return place


def _options(here: Open, suite: Suite, command: tuple[str, ...], who: WhoOptions, how: HowOptions) -> EvaluateOptions:
    tasks = chosen(suite, how.split, how.first)
    prompt = prompt_named(here, suite, who.prompt)
    return EvaluateOptions(
        suite=suite,
        tasks=tasks,
        split=how.split,
        agent=agent_of(here, suite, command, who, how),
        graders=graders_of(how.grader, how.grader_set),
        prompt=prompt,
        trials=how.trials,
        seed=how.seed,
        concurrency=how.concurrency,
        timeout_s=how.timeout + GRACE_S,
        n_retries=how.retries,
        budget=budget_of(here, how.budget),
        policy=Policy.parse(how.redact or here.settings.redact),
        book=prompt.book if isinstance(prompt, Prompt) else "",
        may_differ=how.changed_tasks,
    )


def _evaluated(
    here: Open, arms: Mapping[Role, EvaluateOptions], *, has_floor: bool
) -> tuple[dict[Role, Evaluated], Evaluated | None]:
    """What the arms that were begun came to, and the floor, which is the same for all of them."""
    with learning("evaluating", "trials") as tell:
        done = evaluate_arms_sync(here.store, [replace(arm, on_progress=tell) for arm in arms.values()])
    floor = doing_nothing(arms["evaluation"]) if has_floor else None
    return dict(zip(arms, done, strict=False)), None if floor is None else evaluate_sync(here.store, floor)


def _show_one(here: Open, evaluated: Evaluated, floored: Evaluated | None, told: ToldOptions) -> bool:
    """The evaluation alone; False where a report was asked for and nobody said of any run how it ended."""
    if evaluated.was_done:
        note(f"This evaluation was done before ({evaluated.run_id}); nothing was run.")
    if told.json:
        emit_json(document(here.store, evaluated, floored))
    else:
        print_evaluated(here.store, evaluated, floored)
    if told.is_empty:
        return True
    try:
        arm, known = arm_of_evaluation(here, evaluated.run_id)
        report = report_on(arm, known)
    except UsageError as error:
        if evaluated.is_complete:
            show_error(error)
        else:
            note("No report is written before a trial has a verdict.", "yellow")
        return False
    told.write_arm(report, arm)
    return True


def _show_compared(here: Open, came: Mapping[Role, Evaluated], floored: Evaluated | None, asked: _Asked) -> bool:
    """The comparison of complete arms; returns whether it passes."""
    print_arms(came, floored)
    names = names_of(asked.controls, asked.who.prompt)
    report, said = compare_arms(here, came, names, asked.controls, asked.told)
    if asked.told.json:
        emit_json(_document(here, came, came, floored, report))
    else:
        print_report(report)
    print_notes(report, said)
    return report.passes


def _document(
    here: Open,
    roles: Iterable[Role],
    came: Mapping[Role, Evaluated],
    floored: Evaluated | None,
    report: Report | None,
) -> dict[str, JsonValue]:
    """All evaluations and their comparison as one JSON document; null for what did not come about."""
    arms: dict[str, JsonValue] = {
        role: document(here.store, came[role], floored) if role in came else None for role in roles
    }
    return {**arms, "comparison": None if report is None else document_of_comparison(report)}


def _show_parts(
    here: Open,
    arms: Mapping[Role, EvaluateOptions],
    came: Mapping[Role, Evaluated],
    floored: Evaluated | None,
    told: ToldOptions,
) -> None:
    """What there is while an arm is not complete, of which nothing follows yet."""
    print_arms(came, floored)
    if told.json:
        emit_json(_document(here, arms, came, floored, None))
    else:
        for each in came.values():
            if not each.is_complete:
                print_evaluated(here.store, each, floored)
    begun = "".join(f"; {role} is not begun" for role in arms if role not in came)
    unwritten = "" if told.is_empty else ", and no report is written"
    note(f"Nothing is compared before every arm is complete{begun}{unwritten}.", "yellow")
