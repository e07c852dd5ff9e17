"""The learning curve: success rates in order, each with its interval, prompts marked. Pure; raises nothing."""

from itertools import pairwise

from seasoned.evaluate.compare.curve import Curve
from seasoned.evaluate.reports.figures.plot import (
    LINE,
    PERCENT,
    Axis,
    Figure,
    Frame,
    line,
    mark,
    text,
    upright,
)
from seasoned.evaluate.reports.words import plain

MAX_POINTS = 30
"""Drawn; of more the last ones."""
LABELS = {"prompt": "prompts in order of first use", "time": "runs in order of time", "trial": "trials of a task"}


def curve_figure(curve: Curve) -> Figure:
    """The points joined by a line, numbered; what each is stands below."""
    skipped = max(0, len(curve.points) - MAX_POINTS)
    points = curve.points[skipped:]
    numbers = range(skipped + 1, len(curve.points) + 1)
    x = Axis(
        low=skipped + 0.5,
        high=len(curve.points) + 0.5,
        ticks=tuple((float(number), f"{number}") for number in numbers),
        label=LABELS[curve.by],
    )
    frame = Frame(x=x, y=PERCENT)
    parts = frame.parts()
    places = [frame.at(number, each.rate.value) for number, each in zip(numbers, points, strict=True)]
    if curve.by == "prompt":
        parts += [line((x, frame.top), (x, frame.bottom), "s1", dash="2 4") for x, _ in places]
    parts += [line(start, end, "s0", width=2) for start, end in pairwise(places)]
    for number, place, each in zip(numbers, places, points, strict=True):
        parts += [upright(frame, number, each.rate, "s0"), mark(place, "s0")]
        y = frame.below + LINE * (number - skipped - 1) + 12
        since = "" if each.first_at is None or curve.by == "time" else f", since {each.first_at:%Y-%m-%d %H:%M}"
        said = (
            f"{plain(each.label, 48)}: {each.rate.value:.1%} of {each.n_tasks:,} tasks, {each.n_trials:,} runs{since}"
        )
        parts += [text(f"{number}", (70, y), anchor="end", kind="head"), text(said, (80, y))]
    height = frame.below + LINE * len(points) + 8
    return Figure(title=f"Success rate by {curve.by}, with 95 % intervals", height=height, parts=tuple(parts))
