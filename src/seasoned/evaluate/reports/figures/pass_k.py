"""pass^k over k: how fast success fades when every one of k trials has to succeed. Pure; raises nothing."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from seasoned.evaluate.reports.figures.plot import (
    LINE,
    PERCENT,
    Axis,
    Figure,
    Frame,
    band,
    colour,
    legend,
    line,
    mark,
    shape,
    upright,
)
from seasoned.evaluate.reports.words import plain
from seasoned.evaluate.statistics.intervals import Interval

MAX_ARMS = 8
"""Drawn; more could not be told apart."""
_APART = 0.045
"""How far marks of one k stand apart, so that none hides another."""

OfArm = tuple[str, Mapping[str, Interval], Mapping[str, Interval]]
"""An arm's name, and by k its pass^k and pass@k."""


def pass_k_figure(arms: Sequence[OfArm]) -> Figure:
    """pass^k of the arms with bands; of one arm alone also pass@k.

    Args:
        arms: At least one; those after the eighth are not drawn.
    """
    series = [(name, pass_hat) for name, pass_hat, _ in arms[:MAX_ARMS]]
    if len(series) == 1:
        (name, pass_hat, pass_at) = arms[0]
        series = [(f"pass^k: all of k trials pass, {plain(name)}", pass_hat), ("pass@k: one of them passes", pass_at)]
    n_k = max(len(by_k) for _, by_k in series)
    ticks = tuple((float(k), f"{k}") for k in range(1, n_k + 1))
    frame = Frame(x=Axis(low=0.6, high=n_k + 0.4, ticks=ticks, label="k trials of a task"), y=PERCENT)
    parts = frame.parts()
    for number, (_, by_k) in enumerate(series):
        parts += _curve(frame, by_k, number, _APART * (number - (len(series) - 1) / 2))
    parts += legend([plain(name, 80) for name, _ in series], frame.below)
    height = frame.below + LINE * len(series) + 8
    return Figure(title="pass^k over k, with 95 % bands", height=height, parts=tuple(parts))


def _curve(frame: Frame, by_k: Mapping[str, Interval], number: int, shift: float) -> list[str]:
    found = [(int(k) + shift, interval) for k, interval in by_k.items()]
    kind, parts = colour(number), list[str]()
    if len(found) > 1:
        upper = [frame.at(k, interval.high) for k, interval in found]
        lower = [frame.at(k, interval.low) for k, interval in reversed(found)]
        parts.append(band([*upper, *lower], kind))
    places = [frame.at(k, interval.value) for k, interval in found]
    parts += [line(start, end, kind, width=2) for start, end in pairwise(places)]
    for place, (k, interval) in zip(places, found, strict=True):
        parts += [upright(frame, k, interval, kind), mark(place, kind, shape(number))]
    return parts
