"""How numbers of a report are said, the same on a terminal and on a page. Pure; raises nothing."""

from collections.abc import Callable

from seasoned.core.text import plural, shortened, visible
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.costs import CostDifference, Measure
from seasoned.evaluate.compare.paired import Comparison
from seasoned.evaluate.statistics.intervals import Interval

NAME_CHARS = 40
"""Longer names are cut."""
MEASURES: dict[Measure, tuple[str, Callable[[float], str]]] = {
    "cost_usd": ("USD", lambda n: f"${n:.4f}"),
    "n_tokens": ("tokens", lambda n: f"{n:,.0f}"),
    "n_steps": ("steps", lambda n: f"{n:,.1f}"),
    "n_calls": ("tool calls", lambda n: f"{n:,.1f}"),
    "duration_s": ("seconds", lambda n: f"{n:,.1f}"),
}
"""What a measure is called, and how an amount of it is written."""


def plain(name: str, max_chars: int = NAME_CHARS) -> str:
    """A name from outside on one line, with nothing hidden in it; of a long path the end, which tells files apart."""
    is_path = "/" in name and not any(space in name for space in (" ", "\n"))
    cut = f"…{name[1 - max_chars :]}" if is_path and len(name) > max_chars else shortened(name, max_chars)
    return visible(cut.replace("\n", " "))


def percent(interval: Interval) -> str:
    """A rate with its interval."""
    return f"{interval.value:.1%} [{interval.low:.1%}, {interval.high:.1%}]"


def points(interval: Interval) -> str:
    """A difference of rates with its interval, in points of a hundred."""
    return f"{100 * interval.value:+.1f} [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def p_value(p: float) -> str:
    """A p value to three places, or four where it is small."""
    return "<0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def verdict_words(each: Comparison) -> str:
    """The verdict as it stands between the names of two arms."""
    return "not distinguishable from" if each.verdict == "not distinguishable" else f"{each.verdict} than"


def verdict_numbers(each: Comparison, report: Report) -> str:
    """What the verdict goes by."""
    p = f"p = {p_value(each.p)}" + ("" if len(report.comparisons) == 1 else f", {p_value(each.p_holm)} adjusted")
    return f"{points(each.difference)} points, {p}, {plural(each.n_tasks, 'task')}"


def margin_sentence(each: Comparison, report: Report) -> str:
    """Whether the candidate is shown to be no worse, and what it would take to show it."""
    margin = f"{100 * report.margin:g} points"
    if each.is_not_inferior:
        return f"It is shown to be no worse by {margin}."
    needed = each.n_tasks_for_margin
    many = "more than a million tasks" if needed is None else f"about {plural(needed, 'task')}"
    size = f"; to show it of arms that are alike takes {many}" if each.verdict != "worse" else ""
    return f"It is not shown to be no worse by {margin}{size}."


def cost_difference(cost: CostDifference) -> str:
    """What the candidate costs more, with its interval."""
    name, shown = MEASURES[cost.measure]
    per_run = cost.per_run

    def signed(n: float) -> str:
        return ("-" if n < 0 else "+") + shown(abs(n))

    ratio = "" if cost.ratio is None else f", {cost.ratio:.2f} times as much"
    return f"{signed(per_run.value)} [{signed(per_run.low)}, {signed(per_run.high)}] {name} a run{ratio}"


def trials_of_a_task(least: int, most: int) -> str:
    """How often tasks were tried."""
    return f"{least}" if least == most else f"{least}-{most}"
