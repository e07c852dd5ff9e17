"""`seasoned traces stats`: what the stored runs add up to, as bars in a terminal and as plain columns in a pipe."""

from collections.abc import Callable, Sequence

from rich.text import Text

from seasoned.cli.output import emit_json, emit_table, note, out, safe, usd
from seasoned.cli.place import Place, opened
from seasoned.cli.which import Which
from seasoned.core.text import shortened
from seasoned.store.traces.statistics import Group, KnownSum, TraceStatistics, statistics

BAR_CHARS = 20
"""Length of the longest bar."""
NAME_CHARS = 40
"""Longer names are cut."""
SHOWN = 12
"""Rows of one table; `--json` has all."""


def stats(*, which: Which | None = None, json: bool = False, place: Place | None = None) -> None:
    """Count the runs of the store: formats, verdicts, agents, models, steps, tools, errors, tokens and cost.

    A success rate is over runs with a verdict alone, and says how many those are.

    Args:
        which: Only these.
        json: Print one JSON document.
        place: Where to look.
    """
    with opened(place) as here:
        found = statistics(here.store.database, (which or Which()).chosen())
    if json:
        emit_json(found)
    elif found.all.n_runs == 0:
        note("No such traces in the store. `seasoned traces import PATH` reads some.")
    else:
        _print(found)


def _print(found: TraceStatistics) -> None:
    everything = found.all
    out.print(safe(f"{everything.n_runs:,} runs of {found.n_tasks:,} tasks, {found.n_steps:,} steps", "bold"))
    _line("verdicts", _verdicts(everything))
    _line("errors", f"{found.n_errors:,} in {found.n_with_errors:,} of {everything.n_runs:,} runs")
    for name, known in (("input tokens", found.input_tokens), ("output tokens", found.output_tokens)):
        _line(name, _known(known, everything.n_runs, lambda total: f"{total:,.0f}"))
    _line("cost", _known(found.cost_usd, everything.n_runs, usd))
    for name, groups in (("format", found.formats), ("agent", found.agents), ("model", found.models)):
        _print_groups(name, groups)
    most = max((kind.n for kind in found.steps), default=0)
    _table(("steps", "#n", ""), [(k.kind.replace("_", " "), f"{k.n:,}", _bar(k.n, most)) for k in found.steps])
    most = max((tool.n_calls for tool in found.tools), default=0)
    rows = [
        (_name(t.name), f"{t.n_calls:,}", f"{t.n_failed:,}", f"{t.n_runs:,}", _bar(t.n_calls, most, t.n_failed))
        for t in found.tools
    ]
    _table(("tool", "#calls", "#failed", "#runs", ""), rows)


def _print_groups(name: str, groups: Sequence[Group]) -> None:
    most = max((group.n_runs for group in groups), default=0)
    rows = [
        (_name(g.name), f"{g.n_runs:,}", _rate(g), f"{g.n_judged:,}", _bar(g.n_runs, most, g.n_failed, g.n_passed))
        for g in groups
    ]
    _table((name, "#runs", "#passed", "#of", ""), rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    if not rows:
        return
    out.print()
    # A pipe gets the numbers alone: what reads it can draw for itself.
    width = len(columns) if out.is_terminal else len(columns) - 1
    emit_table(columns[:width], [row[:width] for row in rows[:SHOWN]], empty="")
    if len(rows) > SHOWN:
        note(f"and {len(rows) - SHOWN:,} more; --json has all", "dim")


def _bar(n: int, most: int, n_failed: int = 0, n_passed: int = 0) -> Text:
    """A bar as long as `n`'s share of the largest, with the passed part green and the failed one red."""
    if not n:
        return Text()
    length = max(1, round(BAR_CHARS * n / most))
    green, red = round(length * n_passed / n), round(length * n_failed / n)
    red = min(length - green, max(red, 1 if n_failed else 0))
    return Text("█" * green, "green") + Text("█" * red, "red") + Text("█" * (length - green - red), "blue")


def _verdicts(group: Group) -> str:
    n_none = group.n_runs - group.n_judged
    none = f", {n_none:,} without a verdict" if n_none else ""
    rate = "no success rate" if group.success_rate is None else f"{_rate(group)} of {group.n_judged:,} passed"
    return f"{group.n_passed:,} pass, {group.n_failed:,} fail{none}: {rate}"


def _rate(group: Group) -> str:
    return "-" if group.success_rate is None else f"{group.success_rate:.0%}"


def _known(known: KnownSum, n_runs: int, shown: Callable[[float], str]) -> str:
    if known.total is None:
        return "unknown"
    return shown(known.total) + ("" if known.n_known == n_runs else f", known of {known.n_known:,} of {n_runs:,} runs")


def _name(text: str) -> Text:
    return safe(shortened(text, NAME_CHARS)) if text else Text("unknown", "dim")


def _line(name: str, text: str) -> None:
    out.print(Text(f"{name}: ", "dim") + safe(text), soft_wrap=not out.is_terminal)
