"""A comparison as an SVG: success rates and differences with their intervals, each on an axis of its own.

Names come from files and runs, so they are written out visibly and escaped: nothing in them is markup. Pure; raises
nothing.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from seasoned.core.text import shortened, visible
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.statistics.intervals import Interval

WIDTH, NAMES, NUMBERS, ROW, HEAD = 900, 260, 190, 26, 34
"""Pixels: of the drawing, of the names to the left, of the numbers to the right, of a row and of a heading."""
NAME_CHARS = 34
COLOURS = {"better": "#1a7f37", "worse": "#cf222e"}
PLAIN = "#57606a"

Row = tuple[str, Interval, str]
"""Name, interval in percent, colour."""
Point = tuple[float, float]


def svg_of(report: Report) -> str:
    """The report's intervals as an SVG document."""
    rates = [(arm.name, _percent(arm.rate), "#0969da") for arm in report.arms]
    differences = [
        (f"{each.candidate} - {each.baseline}", _percent(each.difference), COLOURS.get(each.verdict, PLAIN))
        for each in report.comparisons
    ]
    parts, top = list[str](), 10.0
    for heading, rows, axis, marks in (
        ("Success rate, %", rates, (0.0, 100.0), ()),
        ("Difference, points", differences, _span(differences), (0.0, -100.0 * report.margin)),
    ):
        parts += _panel(heading, rows, axis, marks, top)
        top += HEAD + ROW * (len(rows) + 1) + 14
    note = f"{report.n_tasks} tasks, {report.confidence:.0%} intervals over tasks; dashed: the margin"
    parts.append(_text(note, 10, top + 4, size=11))
    title = escape(visible(" | ".join(shortened(arm.name, NAME_CHARS) for arm in report.arms)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 16:.0f}" role="img" '
        f'font-family="system-ui, sans-serif">\n<title>{title}</title>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(
    heading: str, rows: Sequence[Row], axis: tuple[float, float], marks: Sequence[float], top: float
) -> list[str]:
    low, high = axis
    bottom = top + HEAD + ROW * len(rows)

    def x(value: float) -> float:
        return NAMES + (min(max(value, low), high) - low) / (high - low) * (WIDTH - NAMES - NUMBERS)

    parts = [_text(heading, 10, top + 16, weight="bold")]
    parts.append(_line((x(low), bottom), (x(high), bottom), "#d0d7de"))
    parts += [_text(f"{each:g}", x(each), bottom + 16, size=11, anchor="middle") for each in (low, high)]
    for place, mark in enumerate(marks):
        parts.append(_line((x(mark), top + HEAD - 8), (x(mark), bottom), "#8c959f", dash="" if place == 0 else "4 3"))
    for number, (name, interval, colour) in enumerate(rows):
        y = top + HEAD + ROW * number + ROW / 2 - 4
        parts.append(_text(shortened(visible(name), NAME_CHARS), NAMES - 12, y + 4, anchor="end"))
        parts.append(_line((x(interval.low), y), (x(interval.high), y), colour, width=3))
        parts.append(f'<circle cx="{x(interval.value):.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        said = f"{interval.value:.1f} [{interval.low:.1f}, {interval.high:.1f}]"
        parts.append(_text(said, WIDTH - NUMBERS + 14, y + 4))
    return parts


def _span(rows: Sequence[Row]) -> tuple[float, float]:
    """An axis with 0 in its middle that all intervals fit on, in tens."""
    far = max([10.0, *(max(-interval.low, interval.high) for _, interval, _ in rows)])
    reach = min(100.0, 10.0 * -(-far // 10.0))
    return -reach, reach


def _percent(interval: Interval) -> Interval:
    return Interval(value=100.0 * interval.value, low=100.0 * interval.low, high=100.0 * interval.high)


def _text(text: str, x: float, y: float, *, size: int = 13, anchor: str = "start", weight: str = "normal") -> str:
    said = escape(visible(text))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="#1f2328">{said}</text>'
    )


def _line(start: Point, end: Point, colour: str, *, width: int = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"{dashed}/>'
    )
