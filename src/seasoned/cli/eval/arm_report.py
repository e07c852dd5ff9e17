"""How one arm's report is told on a terminal: the rate, pass^k, the floor, cost, and what to know of the runs."""

from rich.text import Text

from seasoned.cli.eval.printing import K_HEADING, heading, line, print_costs
from seasoned.cli.output import emit_table, note, out, safe
from seasoned.core.text import plural
from seasoned.evaluate.compare.one_arm import ArmReport
from seasoned.evaluate.reports.arm_words import head_sentence, notes_on
from seasoned.evaluate.reports.words import percent, plain

SHOWN = 12
"""Rows of one table; `--json` has all."""


def print_arm_report(report: ArmReport) -> None:
    """All of it, the success rate first."""
    out.print(safe(head_sentence(report), "bold"), soft_wrap=not out.is_terminal)
    _print_k(report)
    _print_floor(report)
    _print_alike(report)
    print_costs([(None, report.n_runs, report.costs)])
    _print_curve(report)
    _print_counts("how runs ended", report.termination)
    _print_counts("how failed runs differ from their reference", report.differences or {})
    out.print()
    for each in notes_on(report):
        note(each, "dim")


def _print_k(report: ArmReport) -> None:
    heading(K_HEADING)
    rows = [(k, percent(report.pass_hat[k]), percent(report.pass_at[k])) for k in report.pass_hat]
    emit_table(("#k", "#pass^k", "#pass@k"), rows, empty="")


def _print_floor(report: ArmReport) -> None:
    if report.floor is None or report.floor_detail is None:
        return
    heading("doing nothing")
    n_free, n_known = len(report.floor_detail.free_tasks), report.floor_detail.n_known
    line(f"passes at least {n_free} of {plural(n_known, 'task')} ({report.floor:.0%}), as references tell")
    if (needing := report.tasks_needing_action) is not None:
        line(f"the runs pass {percent(needing.rate)} of the {plural(needing.n_tasks, 'other task')}")


def _print_alike(report: ArmReport) -> None:
    heading("tasks by how many of their trials passed")
    rows = [(f"{each.n_passed}/{each.n_trials}", f"{each.n_tasks:,}") for each in report.successes_by_task]
    emit_table(("#passed", "#tasks"), rows[: 4 * SHOWN], empty="")
    if report.icc is not None and report.n_effective is not None:
        line(
            f"trials of one task are alike: ICC {report.icc:.2f}, so {plural(report.n_runs, 'run')} tell as much as "
            f"{report.n_effective:,.0f} of different tasks"
        )


def _print_curve(report: ArmReport) -> None:
    if (curve := report.learning_curve) is None:
        return
    heading(f"success rate by {curve.by}")
    rows = [
        (Text(plain(each.label)), f"{each.n_tasks:,}", f"{each.n_trials:,}", percent(each.rate))
        for each in curve.points
    ]
    emit_table((curve.by, "#tasks", "#runs", "#passed"), rows, empty="")


def _print_counts(what: str, counts: dict[str, int]) -> None:
    if counts:
        heading(what)
        emit_table(("#runs", "what"), [(f"{n:,}", plain(kind)) for kind, n in list(counts.items())[:SHOWN]], empty="")
