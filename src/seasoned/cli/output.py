"""How commands speak: data to standard output, everything else to standard error.

Text from traces and models is shown through `safe`, never as markup, so that it can neither style nor steer a terminal.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seasoned.core.text import visible
from seasoned.errors import SeasonedError
from seasoned.files import made_whole

UNBOUNDED = 100_000
FIRST_SHOWN = 5
"""Remarks of one kind that are put on a terminal."""
LAST_COLUMN_LEAST = 30
"""Characters that the last column of a table keeps on a narrow terminal."""

STACKED_INDENT = 4
"""Columns by which what does not fit beside the others is set in."""

out = Console(markup=False, highlight=False, emoji=False)
"""Data."""
err = Console(stderr=True, markup=False, highlight=False, emoji=False)
"""Progress, notes and errors."""


def safe(text: str, style: str = "") -> Text:
    """Text from outside as inert rich text: control characters become visible codes."""
    return Text(visible(text), style=style)


def emit_json(value: BaseModel | JsonValue) -> None:
    """Print one JSON document to standard output, unwrapped."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    print(json.dumps(plain, ensure_ascii=False, indent=2))


def emit_text(text: str) -> None:
    """Print text to standard output as it is, with a line's end."""
    sys.stdout.write(text)
    sys.stdout.write("" if text.endswith("\n") else "\n")
    sys.stdout.flush()


def write_text(file: Path, text: str) -> None:
    """Replace a file as a whole, so that whoever reads it gets the old text or the new; write to anything else."""
    target = file.resolve()
    if target.exists() and not target.is_file():
        target.write_text(text, encoding="utf-8")
        return
    with made_whole(target) as part:
        part.write_text(text, encoding="utf-8")


def emit_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]], *, empty: str) -> None:
    """Print a table to standard output, or, where there are no rows, what to do about it to standard error.

    Args:
        columns: Heads; one that begins with `#` holds numbers and is set to the right, and only the last one is ever
            wrapped: ids and paths are there to be copied. Where a terminal leaves it no room, it stands below the rest.
        rows: Cells as long as `columns`.
        empty: What to say when there is nothing to list: what is missing and which command makes it.
    """
    if rows:
        if out.is_terminal:
            # A column that says nothing takes room from those that do; what reads a pipe counts columns.
            said = [number for number in range(len(columns)) if any(str(row[number]) for row in rows)]
            columns, rows = [columns[n] for n in said], [[row[n] for n in said] for row in rows]
        table = table_of(columns, rows)
        whole = out.measure(table, options=out.options.update(width=UNBOUNDED)).maximum
        least = whole - max(len(str(row[-1])) for row in rows) + LAST_COLUMN_LEAST
        if out.is_terminal and min(whole, least) > out.width:
            _print_stacked(columns, rows)
        else:
            # A pipe has no width of its own: what reads it gets every row on one line.
            _as_wide_as(out.width if out.is_terminal else whole).print(table, crop=False)
    else:
        note(empty)


def _print_stacked(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Rows that a terminal is too narrow for: as many columns as fit side by side, each other one on its own lines."""
    names = [name.removeprefix("#") for name in columns]
    widths = [max(Text(str(row[n])).cell_len for row in [names, *rows]) for n in range(len(columns))]
    n_beside = max((n for n in range(1, len(columns)) if sum(widths[:n]) + 2 * (n - 1) <= out.width), default=1)
    heads = [*names[:n_beside], ", ".join(names[n_beside:])]
    for row in [[Text(name, "bold") for name in heads], *rows]:
        cells = [cell if isinstance(cell, Text) else safe(cell) for cell in row]
        beside = Text("  ").join(
            Text(" " * (width - cell.cell_len)) + cell
            if column.startswith("#")
            else cell + Text(" " * (width - cell.cell_len))
            for column, width, cell in zip(columns, widths, cells[:n_beside], strict=False)
        )
        beside.rstrip()
        out.print(beside, soft_wrap=True)
        for cell in cells[n_beside:]:
            if cell.plain:
                out.print(Padding(cell, (0, 0, 0, STACKED_INDENT)))


def _as_wide_as(width: int) -> Console:
    """Standard output with another width: a console prints nothing wider than it believes itself to be."""
    return Console(
        file=out.file, width=width, force_terminal=out.is_terminal, markup=False, highlight=False, emoji=False
    )


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> Table:
    """A plain table; see `emit_table` for the columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    cells = [[cell if isinstance(cell, Text) else safe(cell) for cell in row] for row in rows]
    for number, column in enumerate(columns):
        name, is_last = column.removeprefix("#"), number == len(columns) - 1
        if column.startswith("#"):
            # A column that is never cut is not justified by the table either.
            width = max((len(name), *(row[number].cell_len for row in cells)))
            name = name.rjust(width)
            for row in cells:
                row[number] = Text(" " * (width - row[number].cell_len)) + row[number]
        table.add_column(name, overflow="fold" if is_last else "ignore", no_wrap=not is_last)
    for row in cells:
        table.add_row(*row)
    return table


def say(text: Text) -> None:
    """Put one line on standard error; a terminal wraps it, a file keeps it whole."""
    err.print(text, soft_wrap=not err.is_terminal)


def note(text: str, style: str = "") -> None:
    """Say something that is no data."""
    say(safe(text, style))


def say_each(what: str, lines: Iterable[str]) -> None:
    """Put remarks on standard error, each behind a word that says what it is."""
    for line in lines:
        say(Text(f"  {what}  ", "yellow") + safe(line))


def say_first(what: str, lines: Sequence[str]) -> None:
    """The first few remarks, and how many more there are."""
    say_each(what, lines[:FIRST_SHOWN])
    if len(lines) > FIRST_SHOWN:
        note(f"  and {len(lines) - FIRST_SHOWN} more; --json has all", "dim")


def show_error(error: SeasonedError) -> None:
    """What went wrong, where, why and what to do next, each on its line."""
    say(Text("error: ", style="bold red") + safe(error.what))
    for label, part in (("where", error.where), ("why", error.why), ("next", error.hint)):
        if part:
            say(Text(f"  {label}: ", style="dim") + safe(part))


def usd(cost_usd: float | None) -> str:
    """A cost in US dollars; an unknown one is said to be unknown."""
    return "unknown cost" if cost_usd is None else f"${cost_usd:.4f}"


def mark(verdict: bool | None) -> Text:
    """A run's verdict in one word."""
    words = {True: Text("pass", "green"), False: Text("fail", "red"), None: Text("-", "dim")}
    return words[verdict]
