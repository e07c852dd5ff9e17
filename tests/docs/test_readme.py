"""The README's commands exist and its Python runs."""

import re
import shlex
from pathlib import Path

import pytest

import seasoned
from seasoned.cli.main import app
from tests.cli.reflector import reflector
from tests.cli.runs_file import write_runs

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.partition("#")[0].strip()
    for language, text in BLOCKS
    if language == "sh"
    for line in text.splitlines()
    if line.startswith("seasoned ")
]


def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = [text for language, text in BLOCKS if language == "python"]
    (tmp_path / "traces").mkdir()
    write_runs(tmp_path / "traces" / "runs.jsonl")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    with reflector() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        # The stand-in tells no price for the model in dollars that would be met within this run.
        names: dict[str, object] = {}
        exec(compile(code, "README.md", "exec"), names)
    learned = names["learned"]
    prompt = names["prompt"]
    assert isinstance(prompt, seasoned.Prompt)
    assert "call get_order first" in prompt.text, learned


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    _, bound, _ = app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_the_readme_has_commands_to_check() -> None:
    assert len(COMMANDS) >= 6
