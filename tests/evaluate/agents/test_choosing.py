"""From the words of a command line to an agent."""

import asyncio
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from seasoned.errors import ConfigError, UsageError
from seasoned.evaluate.agents.choosing import AgentOptions, agent_named, function_named
from seasoned.evaluate.agents.model import ModelAgentConfig
from seasoned.llm.testing import TestModel
from tests.evaluate.agents.trials import trial


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A folder of somebody's own, from which the command is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_nothing_is_the_agent_that_does_nothing() -> None:
    assert agent_named("nothing").name == "nothing"


def test_model_is_the_model_that_was_chosen() -> None:
    options = AgentOptions(model=TestModel(["4"]), asked=ModelAgentConfig(max_steps=7))
    agent = agent_named("model", options)
    assert (agent.name, agent.identity["max_steps"]) == ("test:scripted", 7)


def test_a_model_has_to_be_chosen() -> None:
    with pytest.raises(UsageError, match="no model was chosen"):
        agent_named("model")


def test_python_names_a_function_of_the_current_folder(here: Path) -> None:
    (here / "my_own_agent.py").write_text(
        "class Desk:\n    @staticmethod\n    def work(task, prompt):\n        return task\n"
    )
    agent = agent_named("python:my_own_agent:Desk.work", AgentOptions(timeout_s=9))
    assert (agent.name, agent.identity["timeout_s"]) == ("my_own_agent:Desk.work", 9)
    assert asyncio.run(agent.attempt(trial(), None)).answer == "What is 2 + 2?"


@pytest.mark.parametrize("word", ["python:", "python:module", "python::function", "python:module:"])
def test_a_word_that_names_no_function_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="python:MODULE:FUNCTION"):
        agent_named(word)


@pytest.mark.parametrize(
    ("source", "word", "why"),
    [
        ("", "broken_agent_1:work", "no attribute 'work'"),
        ("raise KeyError('x')", "broken_agent_2:work", "KeyError"),
        ("def (", "broken_agent_3:work", "SyntaxError"),
        ("work = 4", "broken_agent_4:work", "it is of type int"),
        ("class Work: ...", "broken_agent_5:Work", "it is a class"),
        ("import no_such_module_at_all", "broken_agent_6:work", "no_such_module_at_all"),
    ],
)
def test_a_function_that_is_not_there_is_told(here: Path, source: str, word: str, why: str) -> None:
    (here / f"{word.partition(':')[0]}.py").write_text(source)
    with pytest.raises(ConfigError, match=why):
        function_named(word)


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match="no_such_module_at_all"):
        agent_named("python:no_such_module_at_all:work")


def test_an_address_is_an_agent_behind_it() -> None:
    agent = agent_named("https://agent.example/run", AgentOptions(headers={"X-Key": "secret"}, timeout_s=9))
    assert agent.identity == {
        "agent": "http",
        "url": "https://agent.example/run",
        "headers": ["X-Key"],
        "timeout_s": 9,
    }


def test_a_text_is_a_command_split_as_a_shell_would() -> None:
    agent = agent_named("""./agent.sh --name 'Ada L.' "$HOME" """, AgentOptions(timeout_s=9, cwd="elsewhere"))
    argv = ["./agent.sh", "--name", "Ada L.", "$HOME"]
    assert agent.identity == {"agent": "command", "argv": argv, "files": {}, "timeout_s": 9, "cwd": "elsewhere"}


def test_words_are_a_command_as_they_are() -> None:
    assert agent_named(["nothing", "a b"]).identity["argv"] == ["nothing", "a b"]


@pytest.mark.parametrize("word", ["", "  "])
def test_there_has_to_be_an_agent(word: str) -> None:
    with pytest.raises(UsageError, match="no agent"):
        agent_named(word)


def test_an_open_quotation_is_told() -> None:
    with pytest.raises(UsageError, match="no closing quotation"):
        agent_named("agent 'x")
