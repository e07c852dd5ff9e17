"""A comparison at a glance: success rates and differences with their intervals, each on an axis of its own.

Pure; raises nothing.
"""

from collections.abc import Sequence

from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.reports.figures.plot import WIDTH, Figure, line, mark, text
from seasoned.evaluate.reports.words import plain
from seasoned.evaluate.statistics.intervals import Interval

NAMES, NUMBERS, ROW, HEAD = 222, 130, 26, 34
"""Widths of the names to the left and the numbers to the right, heights of a row and of a heading."""
NAME_CHARS = 24
KINDS = {"better": "good", "worse": "bad", "not distinguishable": "soft"}

Row = tuple[str, Interval, str]
"""Name, interval in percent, class of its colour."""


def intervals_figure(report: Report) -> Figure:
    """The report's intervals."""
    rates = [(_name(arm.name), _percent(arm.rate), "s0") for arm in report.arms]
    differences = [
        (f"{_name(each.candidate, 12)} - {_name(each.baseline, 12)}", _percent(each.difference), KINDS[each.verdict])
        for each in report.comparisons
    ]
    parts, top = list[str](), 10.0
    for heading, rows, axis, marks in (
        ("Success rate, %", rates, (0.0, 100.0), ()),
        ("Difference, points", differences, _span(differences), (0.0, -100.0 * report.margin)),
    ):
        parts += _panel(heading, rows, axis, marks, top)
        top += HEAD + ROW * (len(rows) + 1) + 14
    note = f"{report.n_tasks:,} tasks, {report.confidence:.0%} intervals over tasks; dashed: the margin"
    parts.append(text(note, (10, top + 4), kind="soft"))
    title = "Success rates and differences of " + ", ".join(_name(arm.name) for arm in report.arms)
    return Figure(title=title, height=top + 16, parts=tuple(parts))


def _panel(
    heading: str, rows: Sequence[Row], axis: tuple[float, float], marks: Sequence[float], top: float
) -> list[str]:
    low, high = axis
    bottom = top + HEAD + ROW * len(rows)

    def x(value: float) -> float:
        return NAMES + (min(max(value, low), high) - low) / (high - low) * (WIDTH - NAMES - NUMBERS)

    parts = [text(heading, (10, top + 16), kind="head"), line((x(low), bottom), (x(high), bottom), "rule")]
    parts += [text(f"{each:g}", (x(each), bottom + 16), anchor="middle", kind="soft") for each in (low, high)]
    for place, at in enumerate(marks):
        parts.append(line((x(at), top + HEAD - 8), (x(at), bottom), "soft", dash="" if place == 0 else "4 3"))
    for number, (name, interval, kind) in enumerate(rows):
        y = top + HEAD + ROW * number + ROW / 2 - 4
        parts.append(text(name, (NAMES - 12, y + 4), anchor="end"))
        parts.append(line((x(interval.low), y), (x(interval.high), y), kind, width=3))
        parts.append(mark((x(interval.value), y), kind))
        said = f"{interval.value:.1f} [{interval.low:.1f}, {interval.high:.1f}]"
        parts.append(text(said, (WIDTH - NUMBERS + 12, y + 4), kind="soft"))
    return parts


def _name(name: str, max_chars: int = NAME_CHARS) -> str:
    """A name cut to its room; the report's tables have it whole."""
    said = plain(name)
    return said if len(said) <= max_chars else f"{said[: max_chars - 1]}…"


def _span(rows: Sequence[Row]) -> tuple[float, float]:
    """An axis with 0 in its middle that all intervals fit on, in tens."""
    far = max([10.0, *(max(-interval.low, interval.high) for _, interval, _ in rows)])
    reach = min(100.0, 10.0 * -(-far // 10.0))
    return -reach, reach


def _percent(interval: Interval) -> Interval:
    return Interval(value=100.0 * interval.value, low=100.0 * interval.low, high=100.0 * interval.high)
