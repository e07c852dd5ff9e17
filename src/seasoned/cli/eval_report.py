"""How a comparison is told: the verdicts, what was lost, then the numbers, with intervals drawn on a terminal."""

from collections.abc import Callable, Sequence

from rich.text import Text

from seasoned.cli.output import emit_table, note, out, plural, safe, usd
from seasoned.core.text import shortened
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.costs import CostDifference, Measure
from seasoned.evaluate.compare.paired import Change, Comparison, RunRef
from seasoned.evaluate.compare.summary import ArmSummary
from seasoned.evaluate.statistics.intervals import Interval
from seasoned.evaluate.statistics.power import POWER

SHOWN = 12
"""Tasks of one table; `--json` has all."""
RUNS_SHOWN = 3
"""Runs of one task."""
NAME_CHARS = 40
"""Longer names are cut."""
BAR_CHARS = 32
"""Width of a drawn interval."""
STYLES = {"better": "green", "worse": "red", "not distinguishable": "yellow"}
MEASURES: dict[Measure, tuple[str, Callable[[float], str]]] = {
    "cost_usd": ("USD", usd),
    "n_tokens": ("tokens", lambda n: f"{n:,.0f}"),
    "n_calls": ("tool calls", lambda n: f"{n:,.1f}"),
    "duration_s": ("seconds", lambda n: f"{n:,.1f}"),
}


def print_report(report: Report) -> None:
    """All of it, the verdicts first."""
    _print_contaminations(report)
    for each in report.comparisons:
        _print_verdict(each, report)
    for each in report.comparisons:
        _print_changes("lost", each, each.lost)
    _print_arms(report)
    _print_comparisons(report)
    _print_k(report)
    _print_costs(report)
    for each in report.comparisons:
        _print_changes("gained", each, each.gained)
    _print_notes(report)


def _print_contaminations(report: Report) -> None:
    for each in (report.contaminations or ())[:SHOWN]:
        tasks = ", ".join(_name(key).plain for key in each.tasks[:RUNS_SHOWN])
        more = f" and {len(each.tasks) - RUNS_SHOWN} more" if len(each.tasks) > RUNS_SHOWN else ""
        origin = "whose evidence is from" if each.source_id.startswith("skill-") else "which is from"
        _line(
            safe("learned from these tasks: ", "bold red")
            + safe(f"{each.arm} was handed {each.source_id} of {each.book}, {origin} {tasks}{more}")
        )
    if report.contaminations:
        _rest(len(report.contaminations))
        _line(safe("What was learned from a task helps on that task: this comparison proves nothing about others."))


def _print_verdict(each: Comparison, report: Report) -> None:
    words = "not distinguishable from" if each.verdict == "not distinguishable" else f"{each.verdict} than"
    head = _name(each.candidate) + Text(" is ") + Text(words, STYLES[each.verdict]) + Text(" ") + _name(each.baseline)
    p = f"p = {_p(each.p)}" + ("" if len(report.comparisons) == 1 else f", {_p(each.p_holm)} adjusted")
    _line(head + safe(f": {_points(each.difference)} points, {p}, {plural(each.n_tasks, 'task')}"))
    margin = f"{100 * report.margin:g} points"
    if each.is_not_inferior:
        _line(safe(f"  It is shown to be no worse by {margin}.", "green"))
        return
    needed = each.n_tasks_for_margin
    many = "more than a million tasks" if needed is None else f"about {plural(needed, 'task')}"
    size = f"; to show it of arms that are alike takes {many}" if each.verdict != "worse" else ""
    _line(safe(f"  It is not shown to be no worse by {margin}{size}.", "yellow"))


def _print_changes(what: str, comparison: Comparison, changes: Sequence[Change]) -> None:
    if not changes:
        return
    before, after = _name(comparison.baseline).plain, _name(comparison.candidate).plain
    _heading(f"{what} by {after} against {before}: {plural(len(changes), 'task')} of {comparison.n_tasks}")
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
    _heading("success rate, mean over tasks")
    rows = [
        (
            _name(arm.name),
            f"{arm.n_tasks:,}",
            f"{arm.n_trials:,}",
            _trials(arm),
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
        _line(safe(f"doing nothing passes at least {share}, as references tell"))
    for arm in report.on_other_tasks:
        _line(
            safe("  on the others ")
            + _name(arm.arm)
            + safe(
                f" passes {arm.rate.value:.1%} [{arm.rate.low:.1%}, {arm.rate.high:.1%}], {plural(arm.n_tasks, 'task')}"
            )
        )


def _print_comparisons(report: Report) -> None:
    _heading("difference, points of a hundred")
    far = max(0.05, *(max(-each.difference.low, each.difference.high) for each in report.comparisons))
    rows = [
        (
            safe(f"{_name(each.candidate).plain} - {_name(each.baseline).plain}"),
            f"{100 * each.difference.value:+.1f}",
            f"[{100 * each.difference.low:+.1f}, {100 * each.difference.high:+.1f}]",
            _p(each.p) + ("" if each.is_exact else "~"),
            _p(each.p_holm),
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
    _heading("k trials: all of them pass (pass^k), one of them passes (pass@k)")
    rows = [
        (_name(arm.name), str(each.k), _rate(each.pass_hat), _rate(each.pass_at))
        for arm in report.arms
        for each in arm.by_k[1:n_k]
    ]
    rows += [
        (
            safe(f"{_name(each.candidate).plain} - {_name(each.baseline).plain}"),
            str(at.k),
            _points(at.difference),
            "",
        )
        for each in report.comparisons
        for at in each.by_k
    ]
    emit_table(("arm", "#k", "#pass^k", "#pass@k"), rows, empty="")


def _print_costs(report: Report) -> None:
    rows: list[Sequence[str | Text]] = []
    for arm in report.arms:
        for cost in arm.costs:
            if cost.per_run is None:
                continue
            name, shown = MEASURES[cost.measure]
            known = "" if cost.n_known == arm.n_trials else f"{cost.n_known:,} of {arm.n_trials:,} runs"
            per_success = "-" if cost.per_success is None else shown(cost.per_success)
            rows.append((_name(arm.name), name, shown(cost.per_run), per_success, known))
    if rows:
        _heading("cost")
        emit_table(("arm", "measure", "#a run", "#a success", "known of"), rows, empty="")
    for each in report.comparisons:
        _print_price(each)
    if any(each.is_same_cost is None for each in report.comparisons):
        _line(safe("the logs do not say what every task cost, so nothing is said about equal cost", "dim"))


def _print_price(each: Comparison) -> None:
    names = _name(each.candidate) + Text(" - ") + _name(each.baseline) + Text(": ")
    for cost in each.costs:
        _line(names + safe(_cost_difference(cost)))
    if each.is_same_cost:
        _line(names + safe("at the same cost, within 10 %"))
    elif (control := each.equal_cost) is not None:
        head = f"not at the same cost. For the {MEASURES[control.measure][0]} of one run of {control.dearer}, "
        tries = f"{control.cheaper} has {control.ratio:.2f} tries"
        if control.rate is None or control.difference is None:
            _line(names + safe(f"{head}{tries}; estimating them takes {control.n_trials_needed} trials of each task"))
            return
        reached = f", of which one passes on {_rate(control.rate)} of tasks"
        less = f": {control.dearer} is {_points(control.difference)} points from that"
        _line(names + safe(head + tries + reached + less))


def _cost_difference(cost: CostDifference) -> str:
    name, shown = MEASURES[cost.measure]
    per_run = cost.per_run

    def signed(n: float) -> str:
        return ("-" if n < 0 else "+") + shown(abs(n))

    ratio = "" if cost.ratio is None else f", {cost.ratio:.2f} times as much"
    return f"{signed(per_run.value)} [{signed(per_run.low)}, {signed(per_run.high)}] {name} a run{ratio}"


def _print_notes(report: Report) -> None:
    notes: list[str] = []
    for arm in report.arms:
        counted = (
            (arm.n_unjudged, "without a verdict, left out"),
            (arm.n_children, "of a sub-agent, left out"),
            (arm.n_repeated, "read twice, counted once"),
        )
        notes += [f"{_name(arm.name).plain}: {plural(n, 'run')} {what}" for n, what in counted if n]
        if arm.least_trials != arm.most_trials:
            notes.append(f"{_name(arm.name).plain}: tasks have {_trials(arm)} trials; each task counts the same")
    if report.left_out:
        named = ", ".join(_name(each.task_key).plain for each in report.left_out[:RUNS_SHOWN])
        more = f" and {len(report.left_out) - RUNS_SHOWN} more" if len(report.left_out) > RUNS_SHOWN else ""
        notes.append(
            f"{plural(len(report.left_out), 'task')} left out, as not every arm has a verdict on it: {named}{more}"
        )
    if report.contaminations is None:
        notes.append("no store here, so whether anything handed out was learned from these tasks was not looked at")
    drawn = "" if all(each.is_exact for each in report.comparisons) else " (~ drawn)"
    notes.append(
        f"Intervals: {report.confidence:.0%}, {report.n_resamples:,} resamples of tasks, seed {report.seed}. p: sign "
        f"flips of tasks{drawn}. Findable: the least true difference that is found with probability {POWER:g}."
    )
    out.print()
    for each in notes:
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


def _trials(arm: ArmSummary) -> str:
    return f"{arm.least_trials}" if arm.least_trials == arm.most_trials else f"{arm.least_trials}-{arm.most_trials}"


def _rate(interval: Interval) -> str:
    return f"{interval.value:.1%} [{interval.low:.1%}, {interval.high:.1%}]"


def _points(interval: Interval) -> str:
    return f"{100 * interval.value:+.1f} [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def _p(p: float) -> str:
    return "<0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def _name(text: str) -> Text:
    return safe(shortened(text, NAME_CHARS).replace("\n", " "))


def _heading(text: str) -> None:
    out.print()
    out.print(safe(text, "bold"), soft_wrap=not out.is_terminal)


def _line(text: Text) -> None:
    out.print(text, soft_wrap=not out.is_terminal)


def _rest(n_all: int) -> None:
    if n_all > SHOWN:
        note(f"and {n_all - SHOWN:,} more; --json has all", "dim")
