"""`seasoned eval grade`: a grader, such as a model that judges, says how stored runs ended."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.cli.named_values import each_once, pair_of
from seasoned.cli.output import emit_json, note, safe, say, say_each, say_first, usd
from seasoned.cli.place import Open, WholeStore, opened
from seasoned.cli.plan import note_nothing_sent, price_of
from seasoned.cli.progress import learning
from seasoned.cli.which import Which
from seasoned.core.text import plural
from seasoned.errors import UsageError
from seasoned.evaluate.attempt import Grader
from seasoned.evaluate.compare.runs import evaluation_run
from seasoned.evaluate.graders.judge import NAME as JUDGE
from seasoned.evaluate.graders.judge import Judge
from seasoned.evaluate.graders.registry import grader_named
from seasoned.ingest.redaction.policy import Policy
from seasoned.llm.budget import Budget
from seasoned.pipeline.evaluation.options import NO_CAP
from seasoned.pipeline.grading import Graded, GradeOptions, GradePlan, grade_from, grade_plan, whole_runs
from seasoned.store.traces.references import content_of


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class GradeFlags:
    """Who grades, how much of it, and what that may cost."""

    grader: str = JUDGE
    """Who grades: judge, exact, contains, number, regex, json_schema, code, or a plugin's."""
    grader_set: tuple[str, ...] = ()
    """NAME=VALUE: a setting of the grader, such as conditions=TEXT or model=provider:model for a judge."""
    limit: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    """Give at most so many verdicts this time, on a fair sample; the same command goes on with the other runs."""
    budget: str | None = None
    """A hard stop: 2usd, 200calls, 500000tokens, 10min, or several as 2usd,10min; else SEASONED_BUDGET, 200calls."""


def grade(
    *evaluations: str,
    flags: GradeFlags | None = None,
    which: Which | None = None,
    dry_run: bool = False,
    json: bool = False,
    place: WholeStore | None = None,
) -> None:
    """Let a model or another grader say how stored runs ended.

    Its word stands where no person and no verifier has said anything, and is kept beside theirs elsewhere, where
    `seasoned eval agreement` finds it. What it graded is not graded again, and interrupted work goes on when the same
    command is given again. Exits with 1 where the budget or a provider cut some of it off, or no run got a verdict.

    Args:
        evaluations: Runs of `seasoned eval run` whose trials are graded; without any, all stored runs.
        flags: Who grades, and what that may cost.
        which: Only these of the stored runs.
        dry_run: Say what would be asked and what it would cost; send and store nothing.
        json: Print one JSON document.
        place: Where to work.
    """
    flags, which = flags or GradeFlags(), which or Which()
    if evaluations and not which.is_empty:
        raise UsageError("options that choose stored runs do not go with evaluations", hint="leave one of them out")
    with opened(place) as here:
        options = _options(here, evaluations, flags, which)
        if dry_run:
            _show_plan(grade_plan(here.store, options), options, json=json)
            return
        with learning("grading", "runs") as tell:
            graded = grade_from(here.store, replace(options, on_progress=tell))
    if json:
        emit_json(graded)
    else:
        _print(graded)
    if not graded.is_complete or not graded.n_passed + graded.n_failed + graded.n_before:
        sys.exit(1)


def _options(here: Open, evaluations: Sequence[str], flags: GradeFlags, which: Which) -> GradeOptions:
    return GradeOptions(
        grader=grader_named(flags.grader, each_once(map(pair_of, flags.grader_set))),
        trace_ids=_of_evaluations(here, evaluations) if evaluations else whole_runs(here.store, which.chosen()),
        reference_of=lambda trace_id: content_of(here.store.database, trace_id),
        budget=Budget.parse(flags.budget or here.settings.budget),
        limit=flags.limit,
        policy=Policy.parse(here.settings.redact),
    )


def _of_evaluations(here: Open, words: Sequence[str]) -> list[str]:
    runs = [evaluation_run(here.store, word) for word in words]
    trials = [trial for run in runs for trial in here.store.trials.of(run.id)]
    return [trial.trace_id for trial in trials if trial.trace_id is not None]


def _show_plan(plan: GradePlan, options: GradeOptions, *, json: bool) -> None:
    model_id = options.grader.model_id if isinstance(options.grader, Judge) else ""
    cost_usd = price_of(model_id, plan.input_tokens, plan.output_tokens) if plan.n_calls else 0.0
    if json:
        emit_json({**plan.model_dump(mode="json"), "cost_usd": cost_usd})
        return
    name = _named(options.grader)
    note(f"{plural(plan.n_runs, 'run')} chosen; {plan.n_open:,} that {name} has not graded.")
    if plan.n_calls:
        tokens = f"{plan.input_tokens:,} tokens in and {plan.output_tokens:,} out"
        note(f"Would ask for {plural(plan.n_calls, 'verdict')}, about {tokens}, {usd(cost_usd)};")
        note("  a quote that does not hold is asked for once more.")
    note_nothing_sent(options.budget if plan.n_calls else NO_CAP)


def _named(grader: Grader) -> str:
    return f"the {grader.name}" if isinstance(grader, Judge) else f"the grader {grader.name}"


def _print(graded: Graded) -> None:
    if graded.was_done:
        note(f"These runs were graded before ({graded.run_id}); nothing was asked.")
    say_first("no verdict", [f"{each.trace_id}: {each.reason}" for each in graded.withheld])
    say_each("note", graded.notes)
    counts = f"{graded.n_passed:,} pass, {graded.n_failed:,} fail, {len(graded.withheld):,} without a verdict"
    before = f", {graded.n_before:,} graded before" if graded.n_before else ""
    spent = f"; {plural(graded.n_calls, 'call')}, {usd(graded.cost_usd)}" if graded.n_calls else ""
    say(safe(f"{graded.run_id}: {counts}{before}{spent}", "bold"))
    if graded.n_left:
        note(f"{plural(graded.n_left, 'run')} left; the same command goes on from here.", "yellow")
    if graded.n_beside:
        beside = plural(graded.n_beside, "verdict")
        note(f"Kept beside what people, verifiers or earlier judges had said: {beside}.")
    if graded.n_beside and graded.grader.startswith(JUDGE):
        note(f'`seasoned eval agreement --judge "{graded.grader}"` shows how far they agree.')
