"""Suites by name: ours is registered as anybody's, a file of tasks is one too, errors say what there is."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned import plugins
from seasoned.core.trace import Task
from seasoned.errors import ConfigError, UsageError
from seasoned.evaluate.attempt import GradedTask, GraderSpec
from seasoned.evaluate.suites.registry import (
    chosen,
    splits_of,
    suite_hash,
    suite_named,
    suite_names,
    suite_prompt,
    suite_prompt_names,
)
from seasoned.evaluate.suites.returns_desk.suite import ReturnsDesk
from seasoned.evaluate.suites.tasks_file import TasksFile

PLUGIN = """
from seasoned.core.trace import Task
from seasoned.evaluate.attempt import GradedTask

class Sums:
    def __init__(self, rest, settings):
        self.name = f"sums:{rest}"
        self.tasks = tuple(
            GradedTask(task=Task(key=f"{rest}-{n}", text=f"{n} + {n}?"), reference=2 * n)
            for n in range(int(settings.get("n", "2")))
        )
    def world(self, task):
        return None
"""


def graded(key: str, split: str = "", *, text: str = "Why?", reference: JsonValue = None) -> GradedTask:
    return GradedTask(task=Task(key=key, text=text), split=split, reference=reference)


def suite(*tasks: GradedTask) -> TasksFile:
    return TasksFile("small", tasks)


def test_the_returns_desk_is_among_them() -> None:
    assert "returns_desk" in suite_names()
    assert isinstance(suite_named("returns_desk"), ReturnsDesk)


def test_a_path_of_a_task_file_is_a_suite(tmp_path: Path) -> None:
    (tmp_path / "sums.jsonl").write_text('{"input": "1 + 1?", "target": "2"}\n')
    assert suite_named(str(tmp_path / "sums.jsonl")).name == "sums"


def test_a_suite_of_another_package(tmp_path: Path) -> None:
    site, info = tmp_path / "site", tmp_path / "site" / "sums-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "sums.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sums\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[seasoned.suites]\nsums = sums:Sums\n")
    done = subprocess.run(
        [sys.executable, "-m", "seasoned", "eval", "suites", "sums:easy", "--json"],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    shown = json.loads(done.stdout)
    assert (shown["name"], shown["n_tasks"], shown["graders"]) == ("sums:easy", 2, [])


def found(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Install one suite under the name `other`."""

    def points(*, group: str, name: str = "other") -> list[EntryPoint]:
        return [EntryPoint("other", target, group)] if name == "other" else []

    monkeypatch.setattr(plugins, "entry_points", points)


def made(rest: str, settings: dict[str, str]) -> TasksFile:
    return TasksFile(f"{rest} {settings}", ())


def test_what_stands_behind_the_colon_and_the_settings_reach_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    found(monkeypatch, f"{__name__}:made")
    assert suite_named("other:a:b.jsonl", {"n": "3"}).name == "a:b.jsonl {'n': '3'}"


@pytest.mark.parametrize("target", ["seasoned_is_not_there:make", "operator:neg"])
def test_a_plugin_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    found(monkeypatch, target)
    with pytest.raises(ConfigError, match=r"the suite does not load \(other\)"):
        suite_named("other")


def test_an_unknown_suite_is_told_which_there_are_and_that_a_file_is_one() -> None:
    with pytest.raises(UsageError, match=r"no suite 'telepathy'.*returns_desk.*\.jsonl"):
        suite_named("telepathy")


@pytest.mark.parametrize("word", ["", ":", "a\0b", "x" * 5000, "tasks.json"])
def test_words_that_name_nothing_are_a_usage_error(word: str) -> None:
    with pytest.raises(UsageError, match="there is no suite"):
        suite_named(word)


def test_a_file_with_another_ending_is_told_which_endings_are_read(tmp_path: Path) -> None:
    (tmp_path / "tasks.json").write_text("[]")
    with pytest.raises(UsageError, match=r"a file of tasks ends in \.jsonl"):
        suite_named(str(tmp_path / "tasks.json"))


@pytest.mark.parametrize("word", ["returns_desk", "tasks.jsonl"])
def test_a_suite_without_settings_takes_none(word: str) -> None:
    with pytest.raises(UsageError, match="no settings"):
        suite_named(word, {"colour": "red"})


def test_the_returns_desk_has_no_parts() -> None:
    with pytest.raises(UsageError, match="has no part 'airline'"):
        suite_named("returns_desk:airline")


def test_tasks_are_chosen_by_split_and_number() -> None:
    tasks = (graded("a", "train"), graded("b", "test"), graded("c", "train"))
    assert chosen(suite(*tasks)) == tasks
    assert chosen(suite(*tasks), "train") == (tasks[0], tasks[2])
    assert chosen(suite(*tasks), "train", 1) == tasks[:1]
    assert chosen(suite(*tasks), first=9) == tasks
    assert splits_of(tasks) == {"train": 2, "test": 1}


@pytest.mark.parametrize(
    ("tasks", "split", "first", "why"),
    [
        ((graded("a", "train"), graded("b", "test")), "dev", None, "no split 'dev'.*train, test"),
        ((graded("a"),), "dev", None, "Its tasks are in no split"),
        ((graded("a"),), "", 0, "the first 0 tasks are none"),
        ((), "", None, "the suite has no tasks"),
        ((graded("a"), graded("b"), graded("a", text="How?")), "", None, r"key 'a' \(small, tasks 1 and 3\)"),
    ],
)
def test_a_choice_that_leads_nowhere_is_said(
    tasks: tuple[GradedTask, ...], split: str, first: int | None, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        chosen(suite(*tasks), split, first)


def test_the_hash_follows_what_is_asked_and_how_it_is_graded_and_nothing_else() -> None:
    tasks = [graded("a", "train"), graded("b")]
    known = suite_hash(tasks)
    assert suite_hash(tasks[::-1]) == known
    assert suite_hash([graded("a", "test"), graded("b")]) == known
    others = [
        [graded("a")],
        [graded("a", text="How?"), graded("b")],
        [graded("c"), graded("b")],
        [graded("a", reference=1), graded("b")],
        [graded("a").model_copy(update={"inputs": {"x": 1}}), graded("b")],
        [graded("a").model_copy(update={"graders": (GraderSpec(name="exact"),)}), graded("b")],
    ]
    assert len({known, *map(suite_hash, others)}) == len(others) + 1


def test_a_suite_offers_its_own_texts_as_prompts() -> None:
    desk = suite_named("returns_desk")
    assert suite_prompt_names(desk) == ("base", "policy", "procedures")
    assert "final sale" in (suite_prompt(desk, "policy") or "").lower()
    assert suite_prompt(desk, "best") is None
    assert suite_prompt(suite(graded("a")), "base") is None
    assert suite_prompt_names(suite(graded("a"))) == ()
