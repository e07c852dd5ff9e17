"""The page on history: its commands, run in its order, print what it says, and its Python runs."""

import re
import shlex
from pathlib import Path

import pytest

from seasoned.cli.main import main

PAGE = (Path(__file__).parents[2] / "docs" / "history.md").read_text(encoding="utf-8")
CONSOLE = "".join(re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
STEPS = [(words, said) for words, _, said in (step.partition("\n") for step in CONSOLE.split("$ seasoned ")[1:])]


def told(text: str) -> str:
    """What was printed, whenever that was."""
    same_day = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "on some day", text)
    return "\n".join(line.rstrip() for line in same_day.splitlines())


def test_the_page_is_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("STORE", "BOOK"):
        monkeypatch.delenv(f"SEASONED_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    for words, said in STEPS:
        with pytest.raises(SystemExit):
            main(shlex.split(words))
        shown = capsys.readouterr()
        assert told(shown.out + shown.err) == told(said), words
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(code, "history.md", "exec"), {})
    assert capsys.readouterr().out.startswith("1 went")


def test_the_page_has_steps_to_check() -> None:
    assert len(STEPS) >= 15
