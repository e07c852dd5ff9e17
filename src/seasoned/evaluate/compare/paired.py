"""Two arms compared, paired by task. Pure and seeded; raises nothing for arms that share two tasks or more."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from pydantic import Field

from seasoned.core.value import Text, Value
from seasoned.evaluate.compare.arms import Arm, Trial
from seasoned.evaluate.compare.costs import (
    CostDifference,
    EqualCost,
    cost_differences,
    counts,
    equal_cost,
    is_same_cost,
    price_of,
)
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals, standard_deviation
from seasoned.evaluate.statistics.power import ALPHA, least_effect, tasks_needed
from seasoned.evaluate.statistics.rates import pass_hat
from seasoned.evaluate.statistics.sign_flip import sign_flip

MAX_K = 8
"""pass^k and pass@k are told up to this k, or to as many trials as the least tried task has."""
_BOUNDS = (-1.0, 1.0)

Verdict = Literal["better", "worse", "not distinguishable"]


class RunRef(Value):
    """Where a run can be looked at."""

    trace_id: str
    path: Text = ""


class Change(Value):
    """A task on which the success rates differ."""

    task_key: Text
    baseline: tuple[int, int]
    """Trials that succeeded, and all trials."""
    candidate: tuple[int, int]
    difference: float
    baseline_runs: tuple[RunRef, ...]
    """Of a lost task those that succeeded, of a gained one those that failed."""
    candidate_runs: tuple[RunRef, ...]
    """Of a lost task those that failed, of a gained one those that succeeded."""


class DifferenceAtK(Value):
    """The candidate's pass^k less the baseline's."""

    k: int
    difference: Interval


class Comparison(Value):
    """A candidate against a baseline. Rates are means over tasks, so that every task counts the same."""

    baseline: Text
    candidate: Text
    n_tasks: int
    difference: Interval
    """The candidate's success rate less the baseline's."""
    p: float = Field(gt=0.0, le=1.0)
    """Of the sign-flip test, two-sided."""
    is_exact: bool
    p_holm: float
    """Adjusted for all comparisons of the report; the verdict goes by it."""
    p_bh: float
    """Adjusted so as to bound the share of false findings instead."""
    least_effect: float
    """The minimum detectable effect: what a comparison like this one finds with probability 0.8."""
    n_tasks_for_margin: int | None
    """Tasks that would show arms which are alike to be within the margin, with probability 0.8; None: a million or
    more."""
    lost: tuple[Change, ...]
    """Tasks on which the candidate is worse, the worst first."""
    gained: tuple[Change, ...]
    by_k: tuple[DifferenceAtK, ...]
    costs: tuple[CostDifference, ...]
    is_same_cost: bool | None
    """None where the logs do not say what every task cost."""
    equal_cost: EqualCost | None
    """Where the costs differ, the cheaper arm at the dearer one's cost."""
    verdict: Verdict
    is_not_inferior: bool
    """The interval of the difference lies above the negative margin."""


def compare_two(baseline: Arm, candidate: Arm, tasks: Sequence[str], margin: float, how: Resampling) -> Comparison:
    """Compare two arms as if nothing else were compared: `p_holm`, `p_bh` and the verdict are those of `p` alone.

    Args:
        baseline: What is there.
        candidate: What would take its place.
        tasks: At least two, each with a trial in both arms.
        margin: How much worse the candidate may be and still count as not inferior, above 0.
        how: How tasks are drawn.
    """
    before, after = ([counts(arm.by_task[key]) for key in tasks] for arm in (baseline, candidate))
    exact = [pass_hat(*b) - pass_hat(*a) for a, b in zip(before, after, strict=True)]
    ks = range(2, min(MAX_K, *(n for n, _ in (*before, *after))) + 1)
    by_k = [[pass_hat(*b, k) - pass_hat(*a, k) for a, b in zip(before, after, strict=True)] for k in ks]
    difference, *further = mean_intervals([[float(d) for d in row] for row in (exact, *by_k)], how, bounds=_BOUNDS)
    deviation = standard_deviation([float(d) for d in exact], _BOUNDS)
    test = sign_flip(exact, how)
    costs = cost_differences(baseline, candidate, tasks, how)
    price = price_of(costs, len(tasks))
    lost, gained = _changes(baseline, candidate, tasks, exact)
    return Comparison(
        baseline=baseline.name,
        candidate=candidate.name,
        n_tasks=len(tasks),
        difference=difference,
        p=test.p,
        is_exact=test.is_exact,
        p_holm=test.p,
        p_bh=test.p,
        least_effect=min(1.0, least_effect(deviation, len(tasks))),
        n_tasks_for_margin=tasks_needed(deviation, margin),
        lost=lost,
        gained=gained,
        by_k=tuple(DifferenceAtK(k=k, difference=found) for k, found in zip(ks, further, strict=True)),
        costs=costs,
        is_same_cost=None if price is None or price.ratio is None else is_same_cost(price.ratio),
        equal_cost=None if price is None else equal_cost(baseline, candidate, tasks, price, how),
        verdict=verdict_of(difference, test.p),
        is_not_inferior=difference.low > -margin,
    )


def verdict_of(difference: Interval, p: float) -> Verdict:
    """Better or worse only where the interval leaves 0 out and the test agrees."""
    if p < ALPHA and difference.low > 0.0:
        return "better"
    return "worse" if p < ALPHA and difference.high < 0.0 else "not distinguishable"


def _changes(
    baseline: Arm, candidate: Arm, tasks: Sequence[str], differences: Sequence[Fraction]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """The tasks that were lost and those that were gained, the largest difference first."""
    changes = [
        _change(key, baseline.by_task[key], candidate.by_task[key], float(difference))
        for key, difference in zip(tasks, differences, strict=True)
        if difference
    ]
    changes.sort(key=lambda change: (-abs(change.difference), change.task_key))
    return tuple(c for c in changes if c.difference < 0), tuple(c for c in changes if c.difference > 0)


def _change(key: str, before: Sequence[Trial], after: Sequence[Trial], difference: float) -> Change:
    def refs(trials: Sequence[Trial], *, passed: bool) -> tuple[RunRef, ...]:
        return tuple(RunRef(trace_id=t.trace_id, path=t.path) for t in trials if t.passed is passed)

    (n_before, passed_before), (n_after, passed_after) = counts(before), counts(after)
    return Change(
        task_key=key,
        baseline=(passed_before, n_before),
        candidate=(passed_after, n_after),
        difference=difference,
        baseline_runs=refs(before, passed=difference < 0),
        candidate_runs=refs(after, passed=difference > 0),
    )
