"""What runs cost, and what trying again would bring for the same money.

An agent that costs twice as much has to beat two tries of the cheaper one. That control is estimated from the recorded
trials: the chance that one of n further trials succeeds (pass@n), n being how many the dearer arm's cost pays for. That
is the best that choosing among n results can come to; trying again until something tells success reaches the same for
less. Pure; raises nothing.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Literal

from seasoned.core.value import Text, Value
from seasoned.evaluate.compare.arms import Arm, Trial
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals
from seasoned.evaluate.statistics.rates import pass_at_mean

Measure = Literal["cost_usd", "n_tokens", "n_steps", "n_calls", "duration_s"]
MEASURES: tuple[Measure, ...] = ("cost_usd", "n_tokens", "n_steps", "n_calls", "duration_s")
PRICES: tuple[Measure, ...] = ("cost_usd", "n_tokens")
"""What costs are compared by: the first of these that is known of every task in both arms."""
SAME_COST = 0.1
"""Costs that differ by no more than this share of the cheaper one count as the same."""


class ArmCost(Value):
    """What the runs of an arm cost in one measure, over the trials that say so."""

    measure: Measure
    n_known: int
    """Trials whose log says it."""
    per_run: float | None
    """Mean over tasks of the mean of their trials; None where no log says it."""
    per_success: float | None
    """What is spent for each success: `per_run` over the success rate of the same trials; None without success."""


class CostDifference(Value):
    """What the candidate costs more in one measure, over the tasks where both arms say it."""

    measure: Measure
    n_tasks: int
    per_run: Interval
    """Candidate less baseline."""
    ratio: float | None
    """Candidate over baseline; None where the baseline costs nothing."""


class EqualCost(Value):
    """The cheaper arm with as many tries as the dearer one's cost pays for."""

    measure: Measure
    ratio: float
    """The dearer arm's cost over the cheaper one's, and so the number of tries."""
    cheaper: Text
    dearer: Text
    rate: Interval | None = None
    """pass@n of the cheaper arm with n = `ratio`; None where the trials are too few."""
    difference: Interval | None = None
    """The dearer arm's success rate less that."""
    n_trials_needed: int = 0
    """Trials that each task of the cheaper arm must have, where it has fewer."""


def arm_costs(arm: Arm, tasks: Sequence[str]) -> tuple[ArmCost, ...]:
    """What the arm's runs of these tasks cost, in each measure."""
    return tuple(_arm_cost(arm, tasks, measure) for measure in MEASURES)


def _arm_cost(arm: Arm, tasks: Sequence[str], measure: Measure) -> ArmCost:
    known = [[t for t in arm.by_task[key] if getattr(t, measure) is not None] for key in tasks]
    known = [trials for trials in known if trials]
    per_run = _mean([_per_run(trials, measure) for trials in known])
    rate = _mean([sum(t.passed for t in trials) / len(trials) for trials in known])
    return ArmCost(
        measure=measure,
        n_known=sum(map(len, known)),
        per_run=per_run,
        per_success=per_run / rate if per_run is not None and rate else None,
    )


def cost_differences(
    baseline: Arm, candidate: Arm, tasks: Sequence[str], how: Resampling
) -> tuple[CostDifference, ...]:
    """What the candidate costs more, in each measure that two tasks or more say in both arms."""
    return tuple(
        found
        for measure in MEASURES
        if (
            found := _cost_difference(
                _known_costs(baseline, tasks, measure), _known_costs(candidate, tasks, measure), measure, how
            )
        )
        is not None
    )


def _cost_difference(
    before: Mapping[str, float], after: Mapping[str, float], measure: Measure, how: Resampling
) -> CostDifference | None:
    both = [key for key in before if key in after]
    if len(both) < 2:
        return None
    (per_run,) = mean_intervals([[after[key] - before[key] for key in both]], how)
    spent = sum(before[key] for key in both)
    ratio = sum(after[key] for key in both) / spent if spent else None
    return CostDifference(measure=measure, n_tasks=len(both), per_run=per_run, ratio=ratio)


def price_of(differences: Sequence[CostDifference], n_tasks: int) -> CostDifference | None:
    """The difference that tells whether arms cost the same; None where the logs do not say what every task cost."""
    known = {each.measure: each for each in differences if each.n_tasks == n_tasks and each.ratio}
    return next((known[measure] for measure in PRICES if measure in known), None)


def is_same_cost(ratio: float) -> bool:
    """Whether two costs of this ratio count as the same, whichever is the dearer."""
    return max(ratio, 1.0 / ratio) <= 1.0 + SAME_COST


def equal_cost(
    baseline: Arm, candidate: Arm, tasks: Sequence[str], price: CostDifference, how: Resampling
) -> EqualCost | None:
    """The control at the dearer arm's cost; None where the arms cost the same."""
    if not price.ratio or is_same_cost(price.ratio):
        return None
    cheaper, dearer = (baseline, candidate) if price.ratio > 1.0 else (candidate, baseline)
    ratio = max(price.ratio, 1.0 / price.ratio)
    control = EqualCost(measure=price.measure, ratio=ratio, cheaper=cheaper.name, dearer=dearer.name)
    if min(len(cheaper.by_task[key]) for key in tasks) < ceil(ratio):
        return control.model_copy(update={"n_trials_needed": ceil(ratio)})
    tried = [pass_at_mean(*counts(cheaper.by_task[key]), ratio) for key in tasks]
    (rate,) = mean_intervals([tried], how, bounds=(0.0, 1.0))
    less = [_rate(dearer.by_task[key]) - again for key, again in zip(tasks, tried, strict=True)]
    (difference,) = mean_intervals([less], how, bounds=(-1.0, 1.0))
    return control.model_copy(update={"rate": rate, "difference": difference})


def counts(trials: Sequence[Trial]) -> tuple[int, int]:
    """How many trials there are, and how many of them succeeded."""
    return len(trials), sum(trial.passed for trial in trials)


def _rate(trials: Sequence[Trial]) -> float:
    n_trials, n_passed = counts(trials)
    return n_passed / n_trials


def _known_costs(arm: Arm, tasks: Sequence[str], measure: Measure) -> dict[str, float]:
    """What a run of each task cost, where a log says it."""
    known = {key: [t for t in arm.by_task[key] if getattr(t, measure) is not None] for key in tasks}
    return {key: _per_run(trials, measure) for key, trials in known.items() if trials}


def _per_run(trials: Sequence[Trial], measure: Measure) -> float:
    return sum(float(getattr(trial, measure)) for trial in trials) / len(trials)


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None
