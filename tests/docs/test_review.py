"""The page on review: its formula, keys, rules and commands are the ones that are there."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest

from seasoned.cli.main import app
from seasoned.cli.review import KEYS
from seasoned.core.operation import ReasonCode
from seasoned.curate.review.policies import parsed_policy
from seasoned.curate.review.queue import WEIGHTS

PAGE = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]


def test_the_weights_are_those_of_the_queue() -> None:
    said = re.findall(r"^\| (\w+) \| (0\.\d+) \|", PAGE, re.MULTILINE)
    assert {name: float(weight) for name, weight in said} == WEIGHTS


def test_the_keys_are_those_of_a_sitting() -> None:
    assert re.findall(r"^\| `(\w)` \|", PAGE, re.MULTILINE) == [*KEYS]


def test_the_reasons_are_numbered_as_in_a_sitting() -> None:
    assert f"1 to 8 ({', '.join(get_args(ReasonCode))})" in PAGE
    assert len(get_args(ReasonCode)) == 8


def test_the_rules_can_be_used() -> None:
    (text,) = [text for language, text in BLOCKS if language == "toml"]
    assert [rule.approvals for rule in parsed_policy(text, where="the page").rules] == [2, 0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    words = shlex.split(command, comments=True)
    _, bound, _ = app.parse_args(words[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) > 12
