"""How far long work has come: on standard error, with rate, time left and cost so far.

A terminal gets a bar; a file or a pipe gets a line for each quarter of the work.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.progress import Task as Bar
from rich.text import Text

from seasoned.cli.output import err, note, usd
from seasoned.core.text import plural
from seasoned.learn.learner import Progress as LearnProgress
from seasoned.pipeline.importing import ImportProgress
from seasoned.store.whole.copying import CopyProgress


class _Rate(TextColumn):
    """Units a second, or a minute where they are slow, as far as they can be told yet."""

    def __init__(self, unit: str) -> None:
        super().__init__("")
        self._unit = unit

    def render(self, task: Bar) -> Text:
        return Text("" if task.speed is None else rate(task.speed, self._unit), "dim")


def rate(per_s: float, unit: str) -> str:
    """A speed in words: `7.7 episodes/s`, `3.0 episodes/min`."""
    return f"{per_s:,.1f} {unit}/s" if per_s >= 1 else f"{per_s * 60:,.1f} {unit}/min"


@contextmanager
def importing() -> Generator[Callable[[ImportProgress], None]]:
    """Show an import; its size is not known beforehand, so there is a rate but no time left."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        _Rate("runs"),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as shown:
        bar = shown.add_task("reading", total=None)

        def tell(now: ImportProgress) -> None:
            if now.n_fetched:
                shown.update(bar, description=f"fetching: {now.n_fetched:,} traces")
                return
            description = f"reading: {now.n_runs:,} runs, {now.n_new:,} new, {now.n_files:,} files done"
            shown.update(bar, completed=now.n_runs, description=description)

        yield tell


@contextmanager
def learning(what: str = "learning", unit: str = "episodes") -> Generator[Callable[[LearnProgress], None]]:
    """Show a model at work: units done, time left, calls and cost so far.

    Args:
        what: What it does.
        unit: What is counted, in the plural.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(unit),
        TimeRemainingColumn(),
        TextColumn("{task.fields[spent]}", style="dim"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        bar = shown.add_task(what, total=None, spent="")
        n_quarters = 0

        def tell(now: LearnProgress) -> None:
            nonlocal n_quarters
            spent = f"{plural(now.n_calls, 'call')}, {usd(now.cost_usd)}" if now.n_calls else ""
            if not err.is_terminal and now.total and (reached := 4 * now.done // now.total) > n_quarters:
                n_quarters = reached
                note(f"{what}: {now.done:,} of {now.total:,} {now.unit} done{spent and f', {spent}'}", "dim")
            shown.update(bar, completed=now.done, total=now.total, description=f"{what} ({now.unit})", spent=spent)

        yield tell


@contextmanager
def copying() -> Generator[Callable[[CopyProgress], None]]:
    """Show a copy of a store: how much is done, rate and time left."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate("rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        bar = shown.add_task("copying", total=None)
        n_quarters = 0

        def tell(now: CopyProgress) -> None:
            nonlocal n_quarters
            if not err.is_terminal and now.n_total and (reached := 4 * now.n_done // now.n_total) > n_quarters:
                n_quarters = reached
                note(f"{now.doing}: {now.n_done:,} of {now.n_total:,}", "dim")
            shown.update(bar, completed=now.n_done, total=now.n_total, description=now.doing)

        yield tell
