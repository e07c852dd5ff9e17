"""The page on the Recursive Reflector names what the model is told of, and settings, limits and commands that exist."""

import asyncio
import re
import shlex
from pathlib import Path
from typing import Protocol, get_args

import pytest

from seasoned.cli.main import app
from seasoned.config import Settings
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.episodes import EpisodeKind
from seasoned.learn.recursive.inside.objects import Call, Hit, Step, Trace
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.sandbox.sandbox import Limits
from tests.learn.runs import ScriptedModel, code, context, refund_run

PAGE = (Path(__file__).parents[2] / "docs" / "reflector.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^(seasoned .*?)(?: *#.*)?$", PAGE, re.MULTILINE)
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
NAME = re.compile(r"((?:\w+\.)?\w+)\(")


class Shown(Protocol):
    """An object that the model's code meets."""

    fields: tuple[str, ...]


def names_told_to_the_model() -> set[str]:
    """Every function that the first request of an episode names."""
    model = ScriptedModel([code("submit([])")])
    asyncio.run(RecursiveLearner().learn([refund_run(passed=passed) for passed in (False, True)], context(model)))
    system = model.requests[0].messages[0].content
    usages = system.partition("functions are called without await:")[2].partition("```")[0]
    return {name for line in usages.splitlines() for name in NAME.findall(line.partition(":")[0])}


def test_the_functions_are_those_that_the_model_is_told_of() -> None:
    named = {name for row in ROWS if row[0].startswith("`") for name in NAME.findall(row[0])}
    assert named == names_told_to_the_model()
    assert len(named) >= 15


@pytest.mark.parametrize("kind", [Trace, Step, Call, Hit])
def test_the_objects_have_what_the_page_says(kind: type[Shown]) -> None:
    (row,) = [row for row in ROWS if row[0] == kind.__name__]
    assert tuple(re.findall(r"`\.(\w+)`", row[1])) == kind.fields


def test_the_limits_are_the_ones_that_hold() -> None:
    config, sandbox = RecursiveConfig(), Limits()
    limits = {match[1]: row[1] for row in ROWS if (match := re.match(r"`(max_\w+|concurrency)`", row[0]))}
    assert limits == {name: str(getattr(config, name)) for name in limits}
    assert len(limits) == 4
    assert f"at most {config.max_turns} turns" in PAGE
    assert f"({config.episode.max_traces} runs or {config.episode.max_chars:,} characters)" in PAGE
    megabytes = sandbox.memory_bytes >> 20
    assert f"{sandbox.duration_s:g} s of computing, {megabytes} MiB and {sandbox.output_chars:,} characters" in PAGE


def test_every_kind_of_planned_episode_is_named() -> None:
    assert {kind for kind in get_args(EpisodeKind) if f"(`{kind}`)" in PAGE} == {*get_args(EpisodeKind)} - {"question"}


def test_every_setting_that_is_named_exists() -> None:
    named = {name.lower() for name in re.findall(r"SEASONED_([A-Z_]+)", PAGE)}
    assert named == {"budget", "embedder", "redact", "sandbox"}
    assert named <= Settings.model_fields.keys()
    assert Settings.model_fields["budget"].default == "200calls"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    _, bound, _ = app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 5
