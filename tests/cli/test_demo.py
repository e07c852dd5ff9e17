"""The demo: the whole loop on the bundled recordings, with no network but loopback."""

import io
import json
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from seasoned.core.finding import verify
from seasoned.llm.recording import ReplayModel
from seasoned.store.store import Store
from tests.cli.conftest import Command, Done


@pytest.fixture
def demo(command: Command) -> Done:
    done = command("demo", "--yes")
    assert done.code == 0, done.err
    return done


def test_it_says_that_the_replies_are_recorded_and_by_whom(demo: Done) -> None:
    assert "a recording, not a live model" in demo.err
    assert ReplayModel(files("seasoned.demo") / "reflector.jsonl.gz").header.made_by in demo.err
    assert "Qwen2.5-Coder-1.5B-Instruct" in demo.err or "qwen2.5-coder-1.5b-instruct" in demo.err


@pytest.mark.usefixtures("demo")
def test_every_quote_behind_its_skills_resolves(tmp_path: Path) -> None:
    with Store(tmp_path / "seasoned-demo" / "store.db") as store:
        book = store.books.read("default")
        approved = book.with_status("approved")
        assert len(approved) >= 3
        for skill in approved:
            assert skill.evidence
            for evidence in skill.evidence:
                verify(evidence, store.traces.get(evidence.trace_id))


@pytest.mark.usefixtures("demo")
def test_the_other_commands_go_on_from_its_store(command: Command) -> None:
    there = ("--store", "seasoned-demo/store.db")
    skills = json.loads(command("skills", "list", "--json", *there).out)["skills"]
    (prompt,) = json.loads(command("prompt", "list", "--json", *there).out)["prompts"]
    approved = {skill["id"] for skill in skills if skill["status"] == "approved"}
    assert {cost["skill_id"] for cost in prompt["included"]} == approved
    run, *evaluations = json.loads(command("runs", "list", "--json", *there).out)["runs"]
    assert [each["kind"] for each in (run, *evaluations)] == ["learn", "evaluate", "evaluate"]
    assert (run["state"], run["spending"]["n_unknown"]) == ("done", 0)
    assert "submit(" in command("runs", "show", run["id"], *there).out


def test_the_prompt_begins_with_the_agents_own(demo: Done) -> None:
    assert "You work at the returns desk" in demo.out
    assert "+## Skills" in demo.out


def test_its_prompt_is_shown_to_help_and_may_be_promoted(demo: Done, command: Command) -> None:
    assert "skills is better than base: +20.4 [+5.6, +37.0] points, p = 0.023, 27 tasks" in demo.out
    words = ("prompt", "promote", "--label", "production", "--reason", "it helps", "--store", "seasoned-demo/store.db")
    assert command(*words).code == 0


def test_a_second_demo_changes_nothing(demo: Done, command: Command, tmp_path: Path) -> None:
    with Store(tmp_path / "seasoned-demo" / "store.db") as store:
        revision = store.books.read("default").revision
    again = command("demo", "--yes")
    assert again.code == 0
    assert "0 new" in again.err
    assert "learned from before" in again.err
    with Store(tmp_path / "seasoned-demo" / "store.db") as store:
        assert store.books.read("default").revision == revision


def test_without_a_person_and_without_yes_nothing_is_approved(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    done = command("demo")
    assert done.code == 0
    assert "No approved skill" in done.err
    assert "6. Proof" not in done.err, "nothing was learned that could help"


def test_a_prompt_of_other_approvals_is_not_on_the_recording_which_is_said(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nq\n"))
    done = command("demo")
    assert done.code == 0
    assert "The recording knows the prompt of --yes alone" in done.err
    assert "better than" not in done.out
