"""Learners by name: ours are registered as anybody's, settings are words that must fit, errors say what there is."""

from importlib.metadata import EntryPoint

import pytest

from seasoned import plugins
from seasoned.errors import ConfigError, UsageError
from seasoned.learn import registry
from seasoned.learn.learner import Learner
from seasoned.learn.recursive.learner import RecursiveLearner
from seasoned.learn.registry import learner_named, learner_names


@pytest.mark.parametrize("name", learner_names())
def test_every_learner_is_what_its_name_says_and_knows_what_sets_its_work_apart(name: str) -> None:
    learner: Learner = learner_named(name)
    assert learner.name == name
    assert learner.identity


def test_the_reflector_is_among_them_and_takes_settings_as_words() -> None:
    learner = learner_named("recursive", {"max_turns": "3", "sandbox": "monty"})
    assert isinstance(learner, RecursiveLearner)
    config = learner.identity["config"]
    assert isinstance(config, dict)
    assert config["max_turns"] == 3
    assert learner.identity != learner_named("recursive").identity


def test_an_unknown_learner_is_told_which_there_are() -> None:
    with pytest.raises(UsageError, match="recursive"):
        learner_named("telepathy")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"max_turn": "3"}, "max_turns=8"),
        ({"max_turns": "many"}, "valid integer"),
        ({"max_turns": "1"}, "greater than or equal to 2"),
        ({"sandbox": "docker"}, "monty, cpython"),
    ],
)
def test_a_setting_that_does_not_fit_is_told_what_does(settings: dict[str, str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        learner_named("recursive", settings)


def test_a_plugin_that_fails_to_make_its_learner_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "operator:truediv", registry.GROUP)

    def found(**_: str) -> list[EntryPoint]:
        return [broken]

    monkeypatch.setattr(plugins, "entry_points", found)
    with pytest.raises(ConfigError, match=r"the learner does not load \(broken\): TypeError"):
        learner_named("broken")


def test_a_plugin_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "seasoned_is_not_there:make", registry.GROUP)

    def found(**_: str) -> list[EntryPoint]:
        return [broken]

    monkeypatch.setattr(plugins, "entry_points", found)
    with pytest.raises(ConfigError, match="broken"):
        learner_named("broken")
