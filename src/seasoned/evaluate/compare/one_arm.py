"""What recorded runs of one arm tell by themselves, without any other to compare them with.

Pure and seeded. Raises `UsageError` where nobody has said of any run how it ended.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from pydantic import Field

from seasoned.core.text import plural
from seasoned.core.trial import Difference
from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.costs import ArmCost, counts
from seasoned.evaluate.compare.curve import Curve, learning_curve
from seasoned.evaluate.compare.floors import floor_of, on_other_tasks
from seasoned.evaluate.compare.summary import summarise
from seasoned.evaluate.statistics.correlation import design_effect, intraclass_correlation
from seasoned.evaluate.statistics.intervals import Interval, Resampling


class FloorDetail(Value):
    """What an agent that does nothing passes."""

    n_known: int
    """Tasks whose reference lists the expected actions."""
    free_tasks: tuple[Text, ...]
    """Those on which doing nothing passes."""
    is_lower_bound: bool = True
    """Only what a reference plainly shows is counted."""


class TasksNeedingAction(Value):
    """The tasks that doing nothing does not pass, as far as references tell."""

    n_tasks: int
    rate: Interval


class SuccessCount(Value):
    """Tasks that were tried and passed equally often."""

    n_trials: int
    n_passed: int
    n_tasks: int


class UnequalTrials(Value):
    """That some tasks were tried more often than others; each task counts the same all the same."""

    least: int
    most: int


class AlsoKnown(Value):
    """What is known about an arm's runs besides how they ended."""

    free: dict[str, bool] = Field(default_factory=dict[str, bool])
    """By task, whether an agent that does nothing passes, where a reference tells."""
    ends: dict[str, Text] = Field(default_factory=dict[str, Text])
    """By trace id, how an evaluation says the run came to its end."""
    differences: dict[str, tuple[Difference, ...]] | None = None
    """By trace id, how what a failed run did differs from its reference; None where nobody looked."""
    problems: tuple[Text, ...] = ()
    """What of the files could not be read."""


class ArmReport(Value):
    """What one arm's runs tell. Rates are means over tasks, so that every task counts the same."""

    name: Text
    n_tasks: int
    """With at least one run that has a verdict."""
    n_runs: int
    """Runs with a verdict."""
    n_unjudged: int
    """Runs of whose end nobody but the agent itself says anything: left out."""
    n_verdicts_only: int
    """Of the runs, those of which hardly more than the verdict is known: what they did is not."""
    n_children: int
    """Runs of sub-agents, which belong to the run that started them: left out."""
    n_repeated: int
    """Runs that were there already: counted once."""
    unjudged_tasks: tuple[Text, ...]
    """Tasks without any verdict."""
    unequal_trials: UnequalTrials | None
    """None: all tasks were tried equally often."""
    pass_hat: dict[str, Interval]
    """By k, from 1 to the trials of the least tried task and at most 8: the chance that k trials all succeed."""
    pass_at: dict[str, Interval]
    """By k: the chance that one of k trials succeeds."""
    successes_by_task: tuple[SuccessCount, ...]
    icc: float | None
    """How alike trials of one task are; None where no task was tried twice, or all runs ended alike."""
    design_effect: float | None
    """By how much that widens the variance of the success rate."""
    n_effective: float | None
    """How many runs of different tasks these are worth; never more than they are."""
    floor: float | None
    """Share of tasks that doing nothing passes, of those whose reference tells; None where none does."""
    floor_detail: FloorDetail | None
    tasks_needing_action: TasksNeedingAction | None
    """None where there is no floor, nothing to take off, or fewer than two such tasks."""
    costs: tuple[ArmCost, ...]
    """Steps, tokens, money and time, of a run and of each success."""
    termination: dict[str, int]
    """How runs came to their end and how many did so, where that is known."""
    differences: dict[str, int] | None
    """Failed runs by how they differ from their reference, a run once under each kind; None where nobody looked."""
    learning_curve: Curve | None
    problems: tuple[Text, ...]
    confidence: float
    n_resamples: int
    seed: int


def report_on(arm: Arm, known: AlsoKnown | None = None, how: Resampling | None = None) -> ArmReport:
    """What an arm's runs tell.

    Args:
        arm: Recorded runs.
        known: What else is known about them.
        how: How tasks are drawn.

    Raises:
        UsageError: No run has a verdict.
    """
    known, how = known or AlsoKnown(), how or Resampling()
    if not arm.trials:
        raise _nothing_judged(arm)
    tasks = tuple(arm.by_task)
    summary = summarise(arm, tasks, how)
    return ArmReport(
        name=arm.name,
        n_tasks=len(tasks),
        n_runs=len(arm.trials),
        n_unjudged=arm.n_unjudged,
        n_verdicts_only=arm.n_verdicts_only,
        n_children=arm.n_children,
        n_repeated=arm.n_repeated,
        unjudged_tasks=arm.unjudged_tasks,
        pass_hat={str(each.k): each.pass_hat for each in summary.by_k},
        pass_at={str(each.k): each.pass_at for each in summary.by_k},
        **_repeats(arm),
        **_floor(arm, tasks, known, how),
        costs=summary.costs,
        termination=_termination(arm, known.ends),
        differences=None if known.differences is None else _by_kind(arm, known.differences),
        learning_curve=learning_curve(arm.trials, how),
        problems=known.problems,
        confidence=how.confidence,
        n_resamples=how.n_resamples,
        seed=how.seed,
    )


class _Repeats(TypedDict):
    unequal_trials: UnequalTrials | None
    successes_by_task: tuple[SuccessCount, ...]
    icc: float | None
    design_effect: float | None
    n_effective: float | None


def _repeats(arm: Arm) -> _Repeats:
    """How often tasks were tried and passed, how alike their trials are, and how many runs that makes of them."""
    tried = [counts(trials) for trials in arm.by_task.values()]
    passed = [[float(trial.passed) for trial in trials] for trials in arm.by_task.values()]
    widening = design_effect(passed)
    return _Repeats(
        unequal_trials=_unequal(tried),
        successes_by_task=_histogram(tried),
        icc=intraclass_correlation(passed),
        design_effect=widening,
        n_effective=None if widening is None else len(arm.trials) / max(1.0, widening),
    )


class _Floor(TypedDict):
    floor: float | None
    floor_detail: FloorDetail | None
    tasks_needing_action: TasksNeedingAction | None


def _floor(arm: Arm, tasks: Sequence[str], known: AlsoKnown, how: Resampling) -> _Floor:
    """What doing nothing reaches, and the arm on the other tasks, where references tell."""
    floor = floor_of(known.free, tasks)
    if floor is None:
        return _Floor(floor=None, floor_detail=None, tasks_needing_action=None)
    others = on_other_tasks([arm], tasks, floor, how)
    return _Floor(
        floor=floor.share,
        floor_detail=FloorDetail(n_known=floor.n_known, free_tasks=floor.free_tasks),
        tasks_needing_action=TasksNeedingAction(n_tasks=others[0].n_tasks, rate=others[0].rate) if others else None,
    )


def _nothing_judged(arm: Arm) -> UsageError:
    return UsageError(
        "no run has a verdict",
        where=arm.name,
        why=f"of {plural(arm.n_unjudged, 'run')} of {plural(len(arm.unjudged_tasks), 'task')} nobody but the agent "
        "itself says how they ended",
        hint="write a reward or a success into the log; or, once they are imported, say it with `seasoned traces label`"
        " or let a model say it with `seasoned eval grade`, and use `seasoned eval traces --stored`",
    )


def _unequal(tried: Sequence[tuple[int, int]]) -> UnequalTrials | None:
    least, most = min(n for n, _ in tried), max(n for n, _ in tried)
    return None if least == most else UnequalTrials(least=least, most=most)


def _histogram(tried: Sequence[tuple[int, int]]) -> tuple[SuccessCount, ...]:
    return tuple(SuccessCount(n_trials=n, n_passed=p, n_tasks=many) for (n, p), many in sorted(Counter(tried).items()))


def _termination(arm: Arm, ends: Mapping[str, str]) -> dict[str, int]:
    told = [ends.get(trial.trace_id) or trial.ended for trial in arm.trials]
    return dict(sorted(Counter(each for each in told if each).items(), key=lambda each: (-each[1], each[0])))


def _by_kind(arm: Arm, differences: Mapping[str, tuple[Difference, ...]]) -> dict[str, int]:
    failed = [trial.trace_id for trial in arm.trials if not trial.passed]
    found = Counter(kind for id_ in failed for kind in {each.kind for each in differences.get(id_, ())})
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))
