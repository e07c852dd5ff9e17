"""Two arms task by task: one row for each, with both arms' success rates, what was lost first. Pure; raises nothing."""

from collections.abc import Sequence

from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.costs import counts
from seasoned.evaluate.reports.figures.plot import LINE, PERCENT, Axis, Figure, Frame, line, mark, text
from seasoned.evaluate.reports.words import plain

MAX_ROWS = 200
"""Tasks that are drawn."""
ROW = 18
NAME_CHARS = 22
"""Of a task; its full name is the tip of its dot."""
TOP = 76


def tasks_figure(baseline: Arm, candidate: Arm, tasks: Sequence[str]) -> Figure:
    """A dot plot of the tasks, those that were lost first and those that were gained last.

    Args:
        baseline: Drawn as a ring.
        candidate: Drawn as a filled dot.
        tasks: Each with a trial in both arms; of more than `MAX_ROWS` the most changed are drawn.
    """
    rows = sorted((_row(key, baseline, candidate) for key in tasks), key=lambda row: (row[1], row[0]))
    drawn = _most_changed(rows)
    bottom = TOP + ROW * len(drawn) + 6.0
    frame = Frame(x=PERCENT, y=Axis(low=0.0, high=1.0, ticks=()), left=200, right=WIDTH_OF_DOTS, top=TOP, bottom=bottom)
    parts = [
        mark((16, 14), "ink", "ring"),
        text(f"{plain(baseline.name)}, the baseline", (30, 18)),
        mark((16, 14 + LINE), "ink"),
        text(f"{plain(candidate.name)}: red where it lost, green where it gained", (30, 18 + LINE)),
    ]
    for value, said in PERCENT.ticks:
        x, _ = frame.at(value, 0.0)
        parts += [line((x, TOP - 8), (x, bottom), "rule"), text(said, (x, TOP - 13), anchor="middle", kind="soft")]
    for number, (key, difference, before, after) in enumerate(drawn):
        parts += _drawn_row(frame, TOP + ROW * number + ROW / 2, (key, difference, before, after))
    height = bottom + 8.0
    if len(drawn) < len(rows):
        parts.append(text(f"The {len(drawn)} most changed of {len(rows):,} tasks.", (10, bottom + 20), kind="soft"))
        height += 24.0
    title = f"{plain(candidate.name)} against {plain(baseline.name)}, task by task"
    return Figure(title=title, height=height, parts=tuple(parts))


WIDTH_OF_DOTS = 540.0
"""Where the counts to the right begin."""
_Row = tuple[str, float, tuple[int, int], tuple[int, int]]
"""Task, difference, then trials and successes of both arms."""


def _row(key: str, baseline: Arm, candidate: Arm) -> _Row:
    before, after = counts(baseline.by_task[key]), counts(candidate.by_task[key])
    return key, after[1] / after[0] - before[1] / before[0], before, after


def _most_changed(rows: list[_Row]) -> list[_Row]:
    if len(rows) <= MAX_ROWS:
        return rows
    kept = {row[0] for row in sorted(rows, key=lambda row: (-abs(row[1]), row[0]))[:MAX_ROWS]}
    return [row for row in rows if row[0] in kept]


def _drawn_row(frame: Frame, y: float, row: _Row) -> list[str]:
    key, difference, (n_before, before), (n_after, after) = row
    kind = "bad" if difference < 0 else "good" if difference > 0 else "soft"
    start, _ = frame.at(before / n_before, 0.0)
    end, _ = frame.at(after / n_after, 0.0)
    said = f"{before}/{n_before} → {after}/{n_after}"
    name = plain(key)
    name = name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS - 1]}…"
    return [
        text(name, (188, y + 4), anchor="end"),
        line((start, y), (end, y), kind, width=3),
        mark((start, y), kind, "ring"),
        mark((end, y), kind, size=4.0, title=f"{plain(key)}: {said}"),
        text(said, (WIDTH_OF_DOTS + 16, y + 4), kind="soft"),
    ]
