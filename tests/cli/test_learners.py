"""`seasoned learn --learner NAME --set …` and `seasoned learners`."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned import plugins
from seasoned.core.operation import Author
from seasoned.core.reflection import Reflection
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.errors import ConfigError
from seasoned.learn import registry
from seasoned.learn.learner import LearnContext, LearnReport
from tests.cli.conftest import Command
from tests.cli.runs_file import write_runs

BETTER = "You are a desk agent who looks first.\n"


class WordingConfig(Value):
    """How the learner works. Source: nobody, "On wording", 2026.

    More of it.
    """

    base: str = ""
    n_rounds: int = 3
    is_brief: bool = False
    names: tuple[str, ...] = ("a", "b")
    concurrency: int | None = None


class Wording:
    """Words a base prompt anew."""

    def __init__(self, config: WordingConfig) -> None:
        self._config = config

    @property
    def name(self) -> str:
        return "wording"

    @property
    def identity(self) -> dict[str, JsonValue]:
        return {"config": self._config.model_dump(mode="json")}

    def planned_calls(self, traces: Sequence[Trace]) -> int | None:
        return self._config.n_rounds * len(traces)

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        first = traces[0]
        author = Author(kind="learner", name=self.name)
        reflection = Reflection.model_validate(
            {
                "task_key": first.task.key,
                "task": first.task.text,
                "text": "Look first.",
                "trace_id": first.id,
                "trial": 1,
                "author": author,
                "at": "2026-01-01T00:00:00Z",
            }
        )
        is_worded = bool(self._config.base)
        return LearnReport(reflections=(reflection,), base_prompt=BETTER if is_worded else None)


class Silent(Wording):
    """A learner that cannot say how often it asks."""

    def planned_calls(self, traces: Sequence[Trace]) -> int | None:
        return None


def wording(settings: Mapping[str, str]) -> Wording:
    """Words base prompts."""
    return Wording(registry.configured(WordingConfig, settings, "wording"))


def silent(settings: Mapping[str, str]) -> Silent:
    """Says nothing."""
    return Silent(registry.configured(WordingConfig, settings, "silent"))


def broken(settings: Mapping[str, str]) -> Wording:
    """Needs what is not installed."""
    raise ConfigError("the package is missing", hint="Install it: pip install missing")


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    made = [EntryPoint(name, f"{__name__}:{name}", registry.GROUP) for name in ("broken", "silent", "wording")]
    ours = EntryPoint("recursive", "seasoned.learn.recursive.learner:recursive", registry.GROUP)

    def points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        assert group == registry.GROUP
        return [point for point in (*made, ours) if name in (None, point.name)]

    monkeypatch.setattr(plugins, "entry_points", points)


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """Runs to learn from, and a model that nobody asks."""
    write_runs(tmp_path / "runs.jsonl")
    (tmp_path / "base.md").write_text("You are a desk agent.\n")
    nowhere = "http://127.0.0.1:9/v1"
    return ("learn", "runs.jsonl", "--model", "openai:stand-in", "--base-url", nowhere, "--learner", "wording")


def test_the_list_says_what_each_does_its_settings_and_its_source(command: Command) -> None:
    shown = command("learners")
    assert shown.code == 0
    assert "wording  `seasoned learn --learner NAME --set …` and `seasoned learners`." in shown.out
    assert "base=, n_rounds=3, is_brief=false, names=a,b, concurrency=null" in shown.out.replace("none", "null")
    assert 'nobody, "On wording", 2026.' in shown.out
    assert "not here  the package is missing. Install it: pip install missing" in shown.out
    assert "Recursive Language Models" in shown.out
    (first, *_), listed = json.loads(command("learners", "--json").out)["learners"], ["broken"]
    assert first["name"] == listed[0]
    assert first["why_not"].startswith("the package is missing")


def test_settings_reach_the_learner_and_its_base_prompt_is_written(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = command(*words, "--set", "n_rounds=5", "--base", "base.md", "--output", "better.md")
    assert done.code == 0, done.err
    assert (tmp_path / "better.md").read_text() == BETTER
    assert "1 reflections for the next attempts" in done.err
    (run,) = json.loads(command("runs", "list", "--json").out)["runs"]
    config = run["config"]["learner"]["config"]
    assert (config["n_rounds"], config["base"]) == (5, "You are a desk agent.\n")
    again = command(*words, "--set", "n_rounds=5", "--base", "base.md")
    assert "nothing uses it until you do" in again.err
    without = command(*words, "--output", "none.md")
    assert "none.md is not written" in without.err
    assert not (tmp_path / "none.md").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--set", "colour=red"), "It takes base=, n_rounds=3"),
        (("--set", "n_rounds=many"), "does not take this setting"),
        (("--set", "n_rounds"), "is no setting"),
        (("--set", "n_rounds=1", "--set", "n_rounds=2"), "is given twice"),
        (("--set", "base=x", "--base", "base.md"), "is given twice"),
        (("--base", "nowhere.md"), "the base prompt cannot be read"),
        (("--sandbox", "cpython"), "does not take this setting"),
        (("--learner", "nobody"), "The learners are broken, recursive, silent, wording"),
        (("--learner", "broken"), "pip install missing"),
        (("--learner", "patterns", "--set", "n=1"), "patterns are counted, not set"),
        (("--learner", "recursive", "--base", "base.md"), "does not take this setting"),
        (("--learner", "recursive", "--set", "sandbox=docker"), "there is no sandbox"),
    ],
)
def test_what_a_learner_does_not_take_is_said_before_anything_is_read(
    command: Command, words: tuple[str, ...], more: tuple[str, ...], said: str
) -> None:
    start = words[:-2] if "--learner" in more else words
    done = command(*start, *more)
    assert done.code == 2
    assert said in done.err
    assert "8 runs" not in done.err


def test_flags_are_settings_by_another_name(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words, "--concurrency", "2").code == 0
    assert "learned from before" in command(*words, "--set", "concurrency=2").err


def test_a_dry_run_says_what_would_be_read_and_asked_as_far_as_it_is_known(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    dry = command(*words, "--dry-run")
    assert "Would read 8 traces and send to openai:stand-in: about 24 calls." in dry.err
    assert json.loads(command(*words, "--dry-run", "--json").out)["plan"] == {"n_traces": 8, "n_calls": 24}
    assert "calls not known before" in command(*words[:-1], "silent", "--dry-run").err
    assert "about 0 calls" in command(*words[:-1], "patterns", "--dry-run").err
    assert not (tmp_path / ".seasoned").exists()


def test_the_settings_of_the_reflector_shape_its_plan(command: Command, words: tuple[str, ...]) -> None:
    dry = command(*words[:-1], "recursive", "--set", "max_turns=3", "--dry-run", "--json")
    assert json.loads(dry.out)["plan"]["max_calls"] == 63
