"""What the reports of `seasoned eval` print alike: headings, lines, and the table of costs. Raises nothing."""

from collections.abc import Sequence

from rich.text import Text

from seasoned.cli.output import emit_table, out, safe
from seasoned.evaluate.compare.costs import ArmCost
from seasoned.evaluate.reports.words import MEASURES

K_HEADING = "k trials: all of them pass (pass^k), one of them passes (pass@k)"


def heading(text: str) -> None:
    """Begin another part of a report."""
    out.print()
    out.print(safe(text, "bold"), soft_wrap=not out.is_terminal)


def line(text: Text | str) -> None:
    """One line, wrapped on a terminal alone."""
    out.print(safe(text) if isinstance(text, str) else text, soft_wrap=not out.is_terminal)


def print_costs(costs: Sequence[tuple[Text | None, int, Sequence[ArmCost]]]) -> None:
    """What runs cost, as far as that is known.

    Args:
        costs: Of each arm its name, the number of its runs and what they cost; a name of None is left out.
    """
    rows: list[Sequence[str | Text]] = []
    for arm, n_runs, of_arm in costs:
        for cost in of_arm:
            if cost.per_run is None:
                continue
            name, shown = MEASURES[cost.measure]
            known = "" if cost.n_known == n_runs else f"{cost.n_known:,} of {n_runs:,} runs"
            per_success = "-" if cost.per_success is None else shown(cost.per_success)
            rows.append((*(() if arm is None else (arm,)), name, shown(cost.per_run), per_success, known))
    if rows:
        heading("cost")
        columns = ("measure", "#a run", "#a success", "known of")
        emit_table(columns if len(rows[0]) == len(columns) else ("arm", *columns), rows, empty="")
