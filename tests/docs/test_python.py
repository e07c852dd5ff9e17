"""The page on Python runs from its first block to its last, and its commands exist."""

import re
import shlex
from pathlib import Path

import pytest

from seasoned.cli.main import app
from tests.cli.reflector import reflector
from tests.cli.runs_file import write_runs

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
CODE = [text for language, text in BLOCKS if language == "python"]


def test_the_python_runs_block_by_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "traces").mkdir()
    write_runs(tmp_path / "traces" / "runs.jsonl")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    names: dict[str, object] = {}
    with reflector() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        for number, code in enumerate(CODE):
            exec(compile(code, f"python.md, block {number}", "exec"), names)
    printed = capsys.readouterr().out
    assert printed.startswith("1 proposed in ")
    assert "1. Look the order up. [1]" in printed
    assert "True [('skill-" in printed
    assert "0 of 27 run-" in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    words = shlex.split(command, comments=True)
    _, bound, _ = app.parse_args(words[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_there_is_something_to_check() -> None:
    assert (len(CODE), len(COMMANDS)) >= (7, 3)
