"""The page on prompts: its commands are commands, its example is a template, its encodings are the code's."""

import re
import shlex
from pathlib import Path

import pytest

from seasoned.cli.compiling import CompileOptions
from seasoned.cli.main import app
from seasoned.compile.template import Template
from seasoned.compile.vocabularies import ENCODINGS

PAGE = (Path(__file__).parents[2] / "docs" / "prompts.md").read_text(encoding="utf-8")
COMMANDS = [line.partition("#")[0].strip() for line in PAGE.splitlines() if line.startswith("seasoned prompt compile")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_one(command: str) -> None:
    _, bound, _ = app.parse_args(shlex.split(command)[1:], print_error=False, exit_on_error=False)
    assert isinstance(bound.arguments.get("options", CompileOptions()), CompileOptions)


def test_a_flag_that_may_be_said_several_times_takes_one_word_each() -> None:
    words = "prompt compile --tool a --tool b --tag x --on 2026-01-31"
    _, bound, _ = app.parse_args(shlex.split(words), print_error=False, exit_on_error=False)
    options = bound.arguments["options"]
    assert (options.tool, options.tag, str(options.on)) == (("a", "b"), ("x",), "2026-01-31")


def test_the_example_is_a_template() -> None:
    (example,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    frame = Template(example).frame("BASE")
    assert frame.before.endswith("BASE\n\n")
    assert "{{tenant}}" in frame.before


def test_every_encoding_is_named() -> None:
    assert {encoding for _, encoding in ENCODINGS} == set(re.findall(r"`(\w+_base)`", PAGE))
