"""The page on credit: its Python runs, its commands exist, and its figures are what the code comes to."""

import re
import shlex
from pathlib import Path

import pytest

from seasoned.cli.main import app
from seasoned.config import Settings
from seasoned.evaluate.credit.effects import ALPHA
from seasoned.evaluate.statistics.power import runs_needed
from seasoned.store.keeping import DEFAULT_PROBABILITY, ON_TRIAL

PAGE = (Path(__file__).parents[2] / "docs" / "credit.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]


def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = (text for language, text in BLOCKS if language == "python")
    exec(compile(code, "credit.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "0.8), (True, 1.0)]" in printed
    assert "no estimate every run has it" in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    words = shlex.split(command, comments=True)
    app.parse_args(words[1:], exit_on_error=False, print_error=False)


def test_its_figures_are_those_of_the_code() -> None:
    assert f"| {DEFAULT_PROBABILITY:g} | unless somebody says otherwise" in PAGE
    assert Settings.model_fields["keep_probability"].default == DEFAULT_PROBABILITY
    assert f"| {ON_TRIAL:g} | on trial" in PAGE
    assert f"at most {100 * ALPHA:g} %" in PAGE
    for share, shown in ((0.5, ("3,130 runs", "775", "186")), (0.8, ("4,800", "1,200", "280"))):
        for effect, text in zip((0.05, 0.10, 0.20), shown, strict=True):
            n = runs_needed(0.5, effect, share)
            assert n is not None
            assert abs(n - int(re.sub(r"\D", "", text))) <= 0.05 * n, (share, effect, n)
