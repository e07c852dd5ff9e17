"""Tables on a terminal and in a pipe."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from seasoned.cli import output

COLUMNS = ("id", "#quotes", "rate", "remarks", "text")
ROWS = [("skill-1", "3", "", "waits for " + "a second person " * 3, "When a refund is late, explain the rule.")]


def printed(monkeypatch: pytest.MonkeyPatch, *, width: int, is_terminal: bool) -> list[str]:
    to = io.StringIO()
    console = Console(file=to, width=width, force_terminal=is_terminal, color_system=None, highlight=False)
    monkeypatch.setattr(output, "out", console)
    output.emit_table(COLUMNS, ROWS, empty="nothing")
    return [line.rstrip() for line in Text.from_ansi(to.getvalue()).plain.splitlines()]


def test_a_pipe_gets_every_column_and_a_row_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    head, *rows = printed(monkeypatch, width=40, is_terminal=False)
    assert head.split() == ["id", "quotes", "rate", "remarks", "text"]
    assert len(rows) == 1


def test_a_terminal_leaves_out_columns_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    head, *rows = printed(monkeypatch, width=160, is_terminal=True)
    assert head.split() == ["id", "quotes", "remarks", "text"]
    assert len(rows) == 1


def test_a_narrow_terminal_gets_below_what_does_not_fit_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(monkeypatch, width=40, is_terminal=True)
    assert lines[:3] == ["id       quotes", "    remarks, text", "skill-1       3"]
    assert " ".join("".join(f"{line} " for line in lines[3:]).split()) == f"{ROWS[0][3].strip()} {ROWS[0][4]}"
    assert all(line.startswith("    ") and len(line) <= 40 for line in lines[3:])
