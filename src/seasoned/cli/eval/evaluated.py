"""How an evaluation is told: success rates with intervals, the floor, what a success costs, and how trials ended.

Raises what the store raises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from rich.text import Text

from seasoned.cli.eval.controls import Role
from seasoned.cli.eval.printing import K_HEADING, heading, line, print_costs
from seasoned.cli.output import emit_json, emit_table, note, out, safe, usd
from seasoned.core.text import plural, shortened
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.floors import Floor, OtherTasks, on_other_tasks
from seasoned.evaluate.compare.runs import arm_of_run
from seasoned.evaluate.compare.summary import ArmSummary, summarise
from seasoned.evaluate.reports.words import percent
from seasoned.evaluate.statistics.intervals import Resampling
from seasoned.pipeline.evaluation.options import Evaluated, EvaluateOptions
from seasoned.store.store import Store

NAME_CHARS = 60
NOTES_SHOWN = 8
HOW = Resampling()


@dataclass(frozen=True)
class _Told:
    """The numbers of an evaluation."""

    arm: Arm
    summary: ArmSummary | None
    """None with fewer than two judged tasks, from which no interval follows."""
    floor: Floor | None
    on_other_tasks: OtherTasks | None


def _told(store: Store, evaluated: Evaluated, floored: Evaluated | None) -> _Told:
    arm = arm_of_run(store, store.runs.get(evaluated.run_id), evaluated.agent)
    tasks = list(arm.by_task)
    summary = summarise(arm, tasks, HOW) if len(tasks) > 1 else None
    floor, others = None, ()
    if floored is not None:
        nothing = arm_of_run(store, store.runs.get(floored.run_id)).by_task
        free = tuple(key for key, trials in nothing.items() if all(trial.passed for trial in trials))
        floor = Floor(n_known=len(nothing), free_tasks=free)
        others = on_other_tasks([arm], tasks, floor, HOW) if summary is not None else ()
    return _Told(arm, summary, floor, others[0] if others else None)


def document(store: Store, evaluated: Evaluated, floored: Evaluated | None) -> dict[str, JsonValue]:
    """All of it as one JSON document."""
    told = _told(store, evaluated, floored)
    floor: JsonValue = None
    if floored is not None and told.floor is not None:
        floor = {"run_id": floored.run_id, **told.floor.model_dump(mode="json")}
    parts = {"summary": told.summary, "on_other_tasks": told.on_other_tasks}
    return {
        **evaluated.model_dump(mode="json"),
        "floor": floor,
        **{name: None if part is None else part.model_dump(mode="json") for name, part in parts.items()},
    }


def print_evaluated(store: Store, evaluated: Evaluated, floored: Evaluated | None) -> None:
    """The numbers to standard output, what is to be said about them to standard error."""
    told = _told(store, evaluated, floored)
    _print_rate(evaluated, told)
    if told.summary is not None:
        _print_k(told.summary)
    _print_floor(told, floored)
    if told.summary is not None:
        print_costs([(None, told.summary.n_trials, told.summary.costs)])
    _print_counts("ended", evaluated.ended, evaluated.n_trials + evaluated.n_unreachable)
    _print_counts("differences from the reference", evaluated.differences, None)
    _print_notes(evaluated, told)


def _print_rate(evaluated: Evaluated, told: _Told) -> None:
    n_judged = evaluated.n_trials - evaluated.n_unjudged
    rows: list[Sequence[str | Text]] = [
        (
            _name(evaluated.agent),
            evaluated.prompt_id or "none",
            f"{evaluated.n_tasks:,}",
            f"{n_judged:,}",
            f"{evaluated.n_passed:,}",
            "-" if told.summary is None else f"{told.summary.rate.value:.1%}",
            "-" if told.summary is None else f"[{told.summary.rate.low:.1%}, {told.summary.rate.high:.1%}]",
        )
    ]
    heading(f"{_name(evaluated.suite).plain}: success rate, mean over tasks")
    emit_table(("agent", "prompt", "#tasks", "#trials", "#passed", "#rate", "#95 %"), rows, empty="")
    if told.summary is None and n_judged:
        note("One task says nothing about others, so there is no interval.", "yellow")


def _print_k(summary: ArmSummary) -> None:
    if len(summary.by_k) < 2:
        return
    heading(K_HEADING)
    rows = [(str(each.k), percent(each.pass_hat), percent(each.pass_at)) for each in summary.by_k]
    emit_table(("#k", "#pass^k", "#pass@k"), rows, empty="")


def _print_floor(told: _Told, floored: Evaluated | None) -> None:
    if told.floor is None or floored is None or not told.floor.n_known:
        return
    n_free, n_known = len(told.floor.free_tasks), told.floor.n_known
    heading("floor")
    share = f"{n_free} of {plural(n_known, 'task')} ({n_free / n_known:.0%})"
    line(f"doing nothing passes {share}; {floored.run_id}")
    if (others := told.on_other_tasks) is not None:
        line(f"on the {plural(others.n_tasks, 'task')} that need action the agent passes {percent(others.rate)}")


def _print_counts(what: str, counts: dict[str, int], n_all: int | None) -> None:
    if not counts:
        return
    heading(what)
    if n_all:
        shares = [(name, f"{n:,}", f"{n / n_all:.0%}") for name, n in counts.items()]
        emit_table(("how", "#trials", "#share"), shares, empty="")
    else:
        emit_table(("kind", "#found"), [(name, f"{n:,}") for name, n in counts.items()], empty="")


def _print_notes(evaluated: Evaluated, told: _Told) -> None:
    out.print()
    for said in evaluated.notes[:NOTES_SHOWN]:
        note(said, "yellow")
    counted = (
        (evaluated.n_unjudged, "ended without a verdict"),
        (evaluated.n_unreachable, "could not be reached, and are not scored"),
    )
    for n, what in counted:
        if n:
            note(f"{plural(n, 'trial')} {what}", "yellow")
    if evaluated.n_retries:
        note(f"begun again for reasons outside of the agent: {plural(evaluated.n_retries, 'time')}", "dim")
    if told.summary is not None and told.summary.least_trials < 2:
        note("One trial of a task says nothing of how steady the agent is: --trials 4 gives pass^4.", "dim")
    spent = [f"agent {usd(evaluated.cost_usd)}"] if evaluated.cost_usd is not None else []
    spent += [f"graders {usd(evaluated.grading_cost_usd)}"] if evaluated.grading_cost_usd is not None else []
    if spent:
        note(f"spent: {', '.join(spent)}", "dim")
    if evaluated.is_complete:
        note(f"{evaluated.run_id} is done; compare it: seasoned eval compare {evaluated.run_id} OTHER-RUN")
    else:
        left = evaluated.n_due - evaluated.n_trials
        what = f"{plural(left, 'trial')} not done" if left else "some trials are not graded"
        note(f"{evaluated.run_id}: {what}; the same command goes on from here.", "yellow")


def print_plan(arms: Mapping[Role, EvaluateOptions], max_steps: int | None, *, json: bool) -> None:
    """What would be run.

    Args:
        arms: The evaluations, each with what it is for.
        max_steps: Model calls of a trial at most; None where they are the agent's own affair.
        json: Print one JSON document: the plan of the only evaluation, or of each.
    """
    if json:
        plans: dict[str, JsonValue] = {role: _plan(arm, max_steps) for role, arm in arms.items()}
        emit_json(next(iter(plans.values())) if len(plans) == 1 else plans)
        return
    for role, arm in arms.items():
        most = _most_calls(arm, max_steps)
        calls = "the agent's own calls are not limited" if most is None else f"at most {plural(most, 'model call')}"
        who = f", {role}, {arm.prompt_id or 'no prompt'}" if len(arms) > 1 else ""
        n_tasks, n_trials = plural(len(arm.chosen), "task"), plural(arm.n_due, "trial")
        line(f"{arm.suite.name}{who}: {n_tasks}, {n_trials}; {calls}; cost not known")
    note("Nothing was run, sent or stored.")


def _plan(arm: EvaluateOptions, max_steps: int | None) -> JsonValue:
    most = _most_calls(arm, max_steps)
    return {"n_tasks": len(arm.chosen), "n_trials": arm.n_due, "most_calls": most, "config": arm.config()}


def _most_calls(arm: EvaluateOptions, max_steps: int | None) -> int | None:
    return None if max_steps is None else arm.n_due * max_steps


def _name(text: str) -> Text:
    return safe(shortened(text, NAME_CHARS).replace("\n", " "))
