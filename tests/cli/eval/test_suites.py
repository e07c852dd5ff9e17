"""`seasoned eval suites`: what is installed, what one suite has, and what is wrong with a file of tasks."""

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from seasoned import plugins
from tests.cli.conftest import Command

TASKS = (
    '{"id": "a", "input": "1 + 1?", "target": "2", "split": "train", "grader": "number"}\n'
    '{"id": "b", "input": "2 + 2?", "target": "4", "split": "test"}\n'
)


def test_the_list_says_what_each_suite_has(command: Command) -> None:
    shown = command("eval", "suites")
    assert shown.code == 0
    assert "train 48, test 27" in shown.out
    assert "track_parcel, issue_refund" in shown.out
    assert "tasks.jsonl" in shown.err
    listed = {each["name"]: each for each in json.loads(command("eval", "suites", "--json").out)["suites"]}
    desk = listed["returns_desk"]
    assert (desk["n_tasks"], desk["splits"], desk["graders"]) == (75, {"train": 48, "test": 27}, ["desk_reward"])
    assert desk["content_hash"].startswith("suite-")


def test_one_suite_is_a_file(command: Command, tmp_path: Path) -> None:
    (tmp_path / "sums.jsonl").write_text(TASKS)
    shown = command("eval", "suites", "sums.jsonl")
    assert shown.code == 0
    assert "train 1, test 1" in shown.out
    found = json.loads(command("eval", "suites", "sums.jsonl", "--json").out)
    assert (found["name"], found["n_tasks"], found["graders"], found["tools"]) == ("sums.jsonl", 2, ["number"], [])


def test_a_suite_that_does_not_load_is_listed_with_why(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def points(*, group: str, name: str = "far") -> list[EntryPoint]:
        return [EntryPoint("far", "seasoned_is_not_there:make", group)] if name == "far" else []

    monkeypatch.setattr(plugins, "entry_points", points)
    shown = command("eval", "suites")
    assert shown.code == 0
    assert "the suite does not load (far)" in " ".join(shown.err.split())
    asked = command("eval", "suites", "far")
    assert (asked.code, "the suite does not load" in asked.err) == (2, True)


def test_bad_lines_and_unknown_names_are_usage_errors(command: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(TASKS + TASKS + '{"input": "Why?", "solution": "x"}\n')
    bad = command("eval", "suites", "bad.jsonl")
    assert bad.code == 2
    for said in ("3 lines of the task file", "bad.jsonl:3: its key `a`", "bad.jsonl:5: it has `solution`"):
        assert said in bad.err
    unknown = command("eval", "suites", "telepathy")
    assert (unknown.code, "The suites are" in unknown.err) == (2, True)
