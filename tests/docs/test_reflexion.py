"""The page on Reflexion: its commands parse, its Python runs, its defaults are the ones that hold."""

import asyncio
import re
import shlex
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import cast

import pytest

from seasoned.cli.main import app
from seasoned.core.trace import Task
from seasoned.learn.reflexion.config import ReflexionConfig
from tests.pipeline.reflexion.agents import planner

PAGE = (Path(__file__).parents[2] / "docs" / "reflexion.md").read_text(encoding="utf-8")
LIVE, OVER = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.partition("#")[0].strip()
    for text in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in text.splitlines()
]


def answering(prompt: str, question: str) -> str:
    """An agent that reads its notes."""
    return "854 km" if "[reflections" in prompt else "742 km"


def test_the_agents_of_the_page_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"my_agent": answering, "model": planner()}
    exec(compile(LIVE, "reflexion.md", "exec"), names)
    assert capsys.readouterr().out == "passed 2 1\n"
    names["tasks"] = [Task(key="oder", text="How long is the Oder?")]
    indented = "\n".join(f"    {line}" for line in OVER.splitlines())
    exec(compile(f"async def page():\n{indented}\n", "reflexion.md", "exec"), names)
    asyncio.run(cast("Callable[[], Coroutine[object, object, None]]", names["page"])())
    assert "The curves can only rise" in capsys.readouterr().out


def test_the_defaults_are_the_ones_that_hold() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    told = {row[0].strip("`"): row[1].strip("`") for row in rows if row[0] != "`ReflexionConfig`"}
    config = ReflexionConfig()
    assert told == {name: str(getattr(config, name)) for name in told}
    assert len(told) == 8


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_parses(command: str) -> None:
    words = shlex.split(command)
    assert words[:2] == ["seasoned", "reflections"]
    _, bound, _ = app.parse_args(words[1:], exit_on_error=False, print_error=False)
    assert bound is not None


def test_the_page_has_commands_to_check() -> None:
    assert len(COMMANDS) == 5
