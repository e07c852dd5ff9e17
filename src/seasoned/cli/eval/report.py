"""How a comparison is told: the verdicts, what was lost, then the numbers, with intervals drawn on a terminal."""

from collections.abc import Sequence

from rich.text import Text

from seasoned.cli.eval.printing import K_HEADING, heading, line, print_costs
from seasoned.cli.output import emit_table, note, out, safe
from seasoned.core.text import plural
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.paired import Change, Comparison, RunRef
from seasoned.evaluate.reports.compare_words import (
    anchor_sentences,
    contamination_sentence,
    control_sentence,
    notes_of,
    placebo_sentences,
)
from seasoned.evaluate.reports.words import (
    cost_difference,
    margin_sentence,
    p_value,
    percent,
    plain,
    points,
    trials_of_a_task,
    verdict_numbers,
    verdict_words,
)
from seasoned.evaluate.statistics.intervals import Interval

SHOWN = 12
"""Tasks of one table; `--json` has all."""
RUNS_SHOWN = 3
"""Runs of one task."""
BAR_CHARS = 32
"""Width of a drawn interval."""
STYLES = {"better": "green", "worse": "red", "not distinguishable": "yellow"}


def print_report(report: Report) -> None:
    """All of it: anchors first, then the verdicts."""
    _print_anchors(report)
    _print_contaminations(report)
    for each in report.comparisons:
        print_verdict(each, report)
    for each in placebo_sentences(report):
        line(safe(each))
    for each in report.comparisons:
        _print_changes("lost", each, each.lost)
    _print_arms(report)
    _print_comparisons(report)
    _print_k(report)
    _print_costs(report)
    for each in report.comparisons:
        _print_changes("gained", each, each.gained)
    _print_notes(report)


def _print_anchors(report: Report) -> None:
    *broken, held = anchor_sentences(report) or [""]
    for each in broken[:SHOWN]:
        line(safe(each, "bold red"))
    _rest(len(broken))
    if held:
        line(safe(held, "red" if broken else "green"))


def _print_contaminations(report: Report) -> None:
    for each in (report.contaminations or ())[:SHOWN]:
        line(safe("learned from these tasks: ", "bold red") + safe(contamination_sentence(each)))
    if report.contaminations:
        _rest(len(report.contaminations))
        line(safe("What was learned from a task helps on that task: this comparison proves nothing about others."))


def print_verdict(each: Comparison, report: Report) -> None:
    """Which arm is better, and what that rests on, in two lines."""
    head = _name(each.candidate) + Text(" is ") + Text(verdict_words(each), STYLES[each.verdict]) + Text(" ")
    line(head + _name(each.baseline) + safe(f": {verdict_numbers(each, report)}"))
    line(safe(f"  {margin_sentence(each, report)}", "green" if each.is_not_inferior else "yellow"))


def _print_changes(what: str, comparison: Comparison, changes: Sequence[Change]) -> None:
    if not changes:
        return
    before, after = _name(comparison.baseline).plain, _name(comparison.candidate).plain
    heading(f"{what} by {after} against {before}: {plural(len(changes), 'task')} of {comparison.n_tasks}")
    rows = [
        (
            _name(change.task_key),
            f"{change.baseline[0]}/{change.baseline[1]}",
            f"{change.candidate[0]}/{change.candidate[1]}",
            safe(f"{_runs(change.baseline_runs)} → {_runs(change.candidate_runs)}"),
        )
        for change in changes[:SHOWN]
    ]
    runs = "runs: passed → failed" if what == "lost" else "runs: failed → passed"
    emit_table(("task", f"#{before}", f"#{after}", runs), rows, empty="")
    _rest(len(changes))


def _runs(runs: Sequence[RunRef]) -> str:
    more = f" +{len(runs) - RUNS_SHOWN}" if len(runs) > RUNS_SHOWN else ""
    return " ".join(run.trace_id for run in runs[:RUNS_SHOWN]) + more if runs else "-"


def _print_arms(report: Report) -> None:
    heading("success rate, mean over tasks")
    rows = [
        (
            _name(arm.name),
            f"{arm.n_tasks:,}",
            f"{arm.n_trials:,}",
            trials_of_a_task(arm.least_trials, arm.most_trials),
            f"{arm.rate.value:.1%}",
            f"[{arm.rate.low:.1%}, {arm.rate.high:.1%}]",
            _bar(arm.rate, 0.0, 1.0),
        )
        for arm in report.arms
    ]
    _table(("arm", "#tasks", "#trials", "#a task", "#passed", "#95 %", "0 % to 100 %"), rows)
    if report.floor is not None:
        n_free, n_known = len(report.floor.free_tasks), report.floor.n_known
        share = f"{n_free} of {plural(n_known, 'task')} ({n_free / n_known:.0%})"
        line(safe(f"doing nothing passes at least {share}, as references tell"))
    for arm in report.on_other_tasks:
        line(
            safe("  on the others ")
            + _name(arm.arm)
            + safe(
                f" passes {arm.rate.value:.1%} [{arm.rate.low:.1%}, {arm.rate.high:.1%}], {plural(arm.n_tasks, 'task')}"
            )
        )


def _print_comparisons(report: Report) -> None:
    heading("difference, points of a hundred")
    far = max(0.05, *(max(-each.difference.low, each.difference.high) for each in report.comparisons))
    rows = [
        (
            safe(f"{_name(each.candidate).plain} - {_name(each.baseline).plain}"),
            f"{100 * each.difference.value:+.1f}",
            f"[{100 * each.difference.low:+.1f}, {100 * each.difference.high:+.1f}]",
            p_value(each.p) + ("" if each.is_exact else "~"),
            p_value(each.p_holm),
            f"{100 * each.least_effect:.1f}",
            str(len(each.lost)),
            str(len(each.gained)),
            Text(each.verdict, STYLES[each.verdict]),
            _bar(each.difference, -far, far),
        )
        for each in report.comparisons
    ]
    columns = ("arms", "#points", "#95 %", "#p", "#Holm", "#findable", "#lost", "#gained", "verdict")
    _table((*columns, f"-{100 * far:.0f} to +{100 * far:.0f}"), rows)


def _print_k(report: Report) -> None:
    n_k = min(len(arm.by_k) for arm in report.arms)
    if n_k < 2:
        return
    heading(K_HEADING)
    rows = [
        (_name(arm.name), str(each.k), percent(each.pass_hat), percent(each.pass_at))
        for arm in report.arms
        for each in arm.by_k[1:n_k]
    ]
    rows += [
        (
            safe(f"{_name(each.candidate).plain} - {_name(each.baseline).plain}"),
            str(at.k),
            points(at.difference),
            "",
        )
        for each in report.comparisons
        for at in each.by_k
    ]
    emit_table(("arm", "#k", "#pass^k", "#pass@k"), rows, empty="")


def _print_costs(report: Report) -> None:
    print_costs([(_name(arm.name), arm.n_trials, arm.costs) for arm in report.arms])
    for each in report.comparisons:
        _print_price(each)
    if any(each.is_same_cost is None for each in report.comparisons):
        line(safe("the logs do not say what every task cost, so nothing is said about equal cost", "dim"))


def _print_price(each: Comparison) -> None:
    names = _name(each.candidate) + Text(" - ") + _name(each.baseline) + Text(": ")
    for cost in each.costs:
        line(names + safe(cost_difference(cost)))
    if (control := control_sentence(each)) is not None:
        line(names + safe(control))


def _print_notes(report: Report) -> None:
    out.print()
    for each in notes_of(report):
        note(each, "dim")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    # A pipe gets the numbers alone: what reads it can draw for itself.
    width = len(columns) if out.is_terminal else len(columns) - 1
    emit_table(columns[:width], [row[:width] for row in rows], empty="")


def _bar(interval: Interval, low: float, high: float) -> Text:
    """The interval as a line with a dot, on an axis that all rows share; a bar marks 0 where it is in the middle."""

    def place(value: float) -> int:
        return round((min(max(value, low), high) - low) / (high - low) * (BAR_CHARS - 1))

    cells = [" "] * BAR_CHARS
    if low < 0.0:
        cells[place(0.0)] = "│"
    for at in range(place(interval.low), place(interval.high) + 1):
        cells[at] = "─" if cells[at] == " " else "┼"
    cells[place(interval.value)] = "●"
    return Text("".join(cells), "blue")


def _name(text: str) -> Text:
    return Text(plain(text))


def _rest(n_all: int) -> None:
    if n_all > SHOWN:
        note(f"and {n_all - SHOWN:,} more; --json has all", "dim")
