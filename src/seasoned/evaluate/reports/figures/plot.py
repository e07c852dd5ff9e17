"""What figures are drawn with: marks, axes and a legend, in one style.

Colours are classes, which `figure.css` gives a value for light, dark and print, so that a mark takes the colour of the
page it stands on. Names come from files and runs: they are cut, written out visibly and escaped, so that nothing in
them is markup. Pure; raises nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from seasoned.core.text import visible
from seasoned.evaluate.reports.words import plain
from seasoned.evaluate.statistics.intervals import Interval

WIDTH = 640
"""Of every figure, in its own units, which are pixels where there is room."""
LINE = 22
"""Height of a line of a legend."""
N_COLOURS = 6
SHAPES = ("dot", "square", "diamond")
STYLE = Path(__file__).with_name("figure.css").read_text(encoding="utf-8")

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing with a title."""

    title: str
    """What it shows, for those who cannot see it and as a tip."""
    height: float
    parts: tuple[str, ...]
    """Elements of an SVG document."""

    def svg(self, style: str = "") -> str:
        """The drawing as an element, or with a style of its own as a document."""
        title = escape(plain(self.title, 400))
        inner = f"<style>{escape(style)}</style>\n" if style else ""
        ground = '<rect class="ground" width="100%" height="100%"/>\n' if style else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 {WIDTH} {self.height:.0f}" '
            f'role="img">\n<title>{title}</title>\n{inner}{ground}' + "\n".join(self.parts) + "\n</svg>"
        )


def text(said: str, at: Point, *, anchor: str = "start", kind: str = "") -> str:
    """Words at a point."""
    x, y = at
    classes = f" class={quoteattr(kind)}" if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{classes}>{escape(visible(said))}</text>'


def line(start: Point, end: Point, kind: str, *, width: float = 1.0, dash: str = "") -> str:
    """A straight line in the colour of its class."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" class="{kind}" '
        f'stroke="currentColor" stroke-width="{width:g}"{dashed}/>'
    )


def mark(at: Point, kind: str, shape: str = "dot", *, size: float = 5.0, title: str = "") -> str:
    """A dot, square, diamond or ring."""
    x, y = at
    tip = f"<title>{escape(visible(title))}</title>" if title else ""
    if shape == "ring":
        style = f'class="{kind} hollow" stroke="currentColor" stroke-width="2"'
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size - 1:g}" {style}>{tip}</circle>'
    style = f'class="{kind}" fill="currentColor"'
    if shape == "dot":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" {style}>{tip}</circle>'
    half = size * 0.9
    turned = f' transform="rotate(45 {x:.1f} {y:.1f})"' if shape == "diamond" else ""
    corner = f'x="{x - half:.1f}" y="{y - half:.1f}" width="{2 * half:.1f}" height="{2 * half:.1f}"'
    return f"<rect {corner}{turned} {style}>{tip}</rect>"


def band(outline: Sequence[Point], kind: str) -> str:
    """A faint area."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline)
    return f'<polygon points="{points}" class="{kind}" fill="currentColor" opacity="0.13"/>'


@dataclass(frozen=True, kw_only=True)
class Axis:
    """What one direction of a frame means."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    """Values and how they are written."""
    label: str = ""


PERCENT = Axis(low=0.0, high=1.0, ticks=tuple((n / 4, f"{n / 4:.0%}") for n in range(5)))
"""Rates."""


def amounts(high: float, label: str, shown: str = "{:,g}") -> Axis:
    """An axis from 0 to a round number at or above `high`."""
    step = _round_step(high / 4.0 if high > 0.0 else 0.25)
    n_steps = max(1, -int(-high // step)) if high > 0.0 else 4
    ticks = tuple((step * n, shown.format(round(step * n, 12))) for n in range(n_steps + 1))
    return Axis(low=0.0, high=step * n_steps, ticks=ticks, label=label)


def _round_step(least: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is no less."""
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1.0 - 1e-9))


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The area in which values are drawn."""

    x: Axis
    y: Axis
    left: float = 62.0
    right: float = WIDTH - 18.0
    top: float = 14.0
    bottom: float = 254.0

    def at(self, x: float, y: float) -> Point:
        """Where a value stands; one beyond an axis stands at its end."""
        return _placed(self.x, x, self.left, self.right), _placed(self.y, y, self.bottom, self.top)

    def parts(self) -> list[str]:
        """Rules, ticks and labels."""
        made: list[str] = []
        for value, said in self.y.ticks:
            _, y = self.at(self.x.low, value)
            made += [line((self.left, y), (self.right, y), "rule"), text(said, (self.left - 8, y + 4), anchor="end")]
        for value, said in self.x.ticks:
            x, _ = self.at(value, self.y.low)
            made += [
                line((x, self.bottom), (x, self.bottom + 4), "soft"),
                text(said, (x, self.bottom + 19), anchor="middle"),
            ]
        middle = (self.left + self.right) / 2
        return [*made, text(self.x.label, (middle, self.bottom + 38), anchor="middle", kind="soft")]

    @property
    def below(self) -> float:
        """Where what stands under the frame begins."""
        return self.bottom + 52.0


def upright(frame: Frame, x: float, interval: Interval, kind: str) -> str:
    """An interval as a vertical line."""
    return line(frame.at(x, interval.low), frame.at(x, interval.high), kind, width=2)


def legend(names: Sequence[str], top: float) -> list[str]:
    """One line for each series, with its mark."""
    made: list[str] = []
    for number, name in enumerate(names):
        y = top + LINE * number + 8
        made += [mark((70, y), colour(number), shape(number)), text(name, (84, y + 4))]
    return made


def colour(number: int) -> str:
    """The class of a series."""
    return f"s{number % N_COLOURS}"


def shape(number: int) -> str:
    """The mark of a series, so that colour is not all that tells them apart."""
    return SHAPES[number % len(SHAPES)]


def _placed(axis: Axis, value: float, start: float, end: float) -> float:
    inside = min(max(value, axis.low), axis.high)
    return start + (inside - axis.low) / (axis.high - axis.low) * (end - start)
