"""Cost against score: one mark for each arm, with both intervals. Pure and seeded; raises nothing."""

from collections.abc import Sequence

from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.costs import Measure
from seasoned.evaluate.reports.figures.plot import (
    LINE,
    PERCENT,
    Figure,
    Frame,
    amounts,
    colour,
    legend,
    line,
    mark,
    shape,
    upright,
)
from seasoned.evaluate.reports.words import MEASURES, plain
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals

DRAWN_BY: tuple[Measure, ...] = ("cost_usd", "n_tokens", "duration_s", "n_steps")
"""The first of these that every task of every arm tells."""


def costs_figure(
    arms: Sequence[Arm], rates: Sequence[Interval], tasks: Sequence[str], how: Resampling
) -> Figure | None:
    """What a run costs against how often it succeeds; None where the logs say no cost, or there is one task.

    Args:
        arms: At least one.
        rates: Their success rates.
        tasks: Each with a trial in every arm.
        how: How tasks are drawn.
    """
    tables = [(MEASURES[measure][0], table) for measure in DRAWN_BY if (table := _table(arms, tasks, measure))]
    if not tables or len(tasks) < 2:
        return None
    name, table = tables[0]
    costs = mean_intervals(table, how)
    frame = Frame(x=amounts(max(cost.high for cost in costs), f"{name} a run"), y=PERCENT)
    parts = frame.parts()
    for number, (cost, rate) in enumerate(zip(costs, rates, strict=True)):
        kind = colour(number)
        parts += [
            line(frame.at(cost.low, rate.value), frame.at(cost.high, rate.value), kind, width=2),
            upright(frame, cost.value, rate, kind),
            mark(frame.at(cost.value, rate.value), kind, shape(number), size=6.0),
        ]
    parts += legend([plain(arm.name, 60) for arm in arms], frame.below)
    height = frame.below + LINE * len(arms) + 8
    return Figure(title=f"Success rate against {name} a run", height=height, parts=tuple(parts))


def _table(arms: Sequence[Arm], tasks: Sequence[str], measure: Measure) -> list[list[float]] | None:
    """What a run of each task cost each arm; None where any is not known, or all cost nothing."""
    table: list[list[float]] = []
    for arm in arms:
        row: list[float] = []
        for key in tasks:
            amounts_of_task = [
                float(amount) for trial in arm.by_task[key] if (amount := getattr(trial, measure)) is not None
            ]
            if not amounts_of_task:
                return None
            row.append(sum(amounts_of_task) / len(amounts_of_task))
        table.append(row)
    return table if any(any(row) for row in table) else None
