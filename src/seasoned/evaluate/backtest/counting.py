"""How runs that met a skill's condition ended, by whether they did what it says; within tasks, and as association.

Nobody assigned the runs at random: whoever followed the rule may have had the easier task, or may have failed before
there was anything to follow. Comparing within tasks takes the first away, nothing takes the second. So the words here
are "goes with", never "helps"; `evaluate.credit` is where effects are. Pure; raises nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Literal

from seasoned.core.value import Text, Value
from seasoned.evaluate.backtest.condition import Checked
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals
from seasoned.evaluate.statistics.power import ALPHA
from seasoned.learn.patterns.association import Association, Table, association

SHOWN = 10
"""Runs that are named of each kind."""


class Group(Value):
    """Runs that stand alike to the condition."""

    n_runs: int
    n_judged: int
    n_passed: int
    n_tasks: int
    rate: Interval | None
    """Success rate, the mean over tasks; None with fewer than two judged tasks."""
    trace_ids: tuple[str, ...]
    """The first `SHOWN`."""


class Within(Value):
    """Followed beside broken, within tasks."""

    n_tasks: int
    """Tasks of which some triggered runs followed and others did not, and some passed and others failed: they tell."""
    odds_ratio: float | None
    """Odds of success of those that followed, over those that did not (Mantel & Haenszel 1959); None: one is 0."""
    p: float
    """Exact, two-sided."""
    goes_with: Literal["success", "failure", "neither"]
    """Neither: p is not below 0.05."""


class Backtest(Value):
    """What past runs say of a skill's condition."""

    n_runs: int
    n_failed_to_check: int
    """Runs on which the condition's code failed."""
    errors: tuple[Text, ...]
    """The first of its errors that differ."""
    n_tasks_triggered: int
    not_triggered: Group
    followed: Group
    broken: Group
    within: Within | None
    """None where no task tells."""


def counted(found: Iterable[Checked], how: Resampling | None = None) -> Backtest:
    """Count what the condition said of runs.

    Args:
        found: Of each run.
        how: How tasks are drawn for the intervals.
    """
    found = tuple(found)
    said = [each for each in found if not each.error]
    triggered = [each for each in said if each.is_triggered]
    how = how or Resampling()
    return Backtest(
        n_runs=len(found),
        n_failed_to_check=len(found) - len(said),
        errors=tuple(dict.fromkeys(each.error for each in found if each.error))[:3],
        n_tasks_triggered=len({each.task_key for each in triggered}),
        not_triggered=_group([each for each in said if not each.is_triggered], how),
        followed=_group([each for each in triggered if each.is_followed], how),
        broken=_group([each for each in triggered if not each.is_followed], how),
        within=_within(triggered),
    )


def _group(runs: Sequence[Checked], how: Resampling) -> Group:
    by_task: dict[str, list[bool]] = defaultdict(list)
    for run in runs:
        if run.passed is not None:
            by_task[run.task_key].append(run.passed)
    rates = [sum(passed) / len(passed) for _, passed in sorted(by_task.items())]
    return Group(
        n_runs=len(runs),
        n_judged=sum(map(len, by_task.values())),
        n_passed=sum(map(sum, by_task.values())),
        n_tasks=len({run.task_key for run in runs}),
        rate=mean_intervals([rates], how, bounds=(0.0, 1.0))[0] if len(rates) > 1 else None,
        trace_ids=tuple(run.trace_id for run in runs[:SHOWN]),
    )


def _within(triggered: Iterable[Checked]) -> Within | None:
    cells: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for run in triggered:
        if run.passed is not None:
            cells[run.task_key][2 * (not run.is_followed) + run.passed] += 1
    found: Association | None = association(Table(*counts) for counts in cells.values())
    if found is None:
        return None
    # The table's odds are those of failure.
    odds = 1.0 / found.odds_ratio if found.odds_ratio and isfinite(found.odds_ratio) else None
    side = "failure" if found.z > 0.0 else "success"
    goes_with = side if found.p < ALPHA else "neither"
    return Within(n_tasks=found.n_strata, odds_ratio=odds, p=found.p, goes_with=goes_with)
