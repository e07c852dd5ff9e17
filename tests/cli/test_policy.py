"""Rules of review from the command line."""

import json
from pathlib import Path

import pytest

from seasoned.core.operation import skill_id
from seasoned.curate.review.person import this_person
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import LEARNER, add, make_evidence, make_trace

RULES = """
[[rules]]
name = "payments takes two"
sections = ["payments"]
approvals = 2

[[rules]]
name = "two runs are enough"
min_runs = 2
approvals = 0
"""
PAID, LATE, EARLY = "When paid, check.", "When late, ask.", "When early, wait."
QUOTES = tuple(make_evidence(make_trace(("assistant", "I refunded it."), run_key=key), "refunded") for key in "12")


@pytest.fixture
def rules(tmp_path: Path) -> str:
    (tmp_path / "rules.toml").write_text(RULES)
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        added = [add(PAID, QUOTES, LEARNER, "payments"), add(LATE, QUOTES, LEARNER), add(EARLY, QUOTES[:1], LEARNER)]
        store.books.append("default", added, scope="r")
    return "rules.toml"


def test_rules_are_checked_set_shown_and_applied(command: Command, rules: str, tmp_path: Path) -> None:
    checked = json.loads(command("policy", "check", rules, "--json").out)["rules"]
    assert [(rule["name"], rule["proposals"]) for rule in checked] == [
        ("payments takes two", [skill_id(PAID)]),
        ("two runs are enough", [skill_id(LATE)]),
        ("one person", [skill_id(EARLY)]),
    ]
    assert [rule["approved_by_itself"] for rule in checked] == [[], [skill_id(LATE)], []]
    assert "payments takes two" in command("policy", "check", rules).out
    assert "one person approves each skill" in command("policy", "show").err
    done = command("policy", "set", rules, "--reason", "we are three")
    assert "from revision 4 on" in done.err
    assert "has these rules already" in command("policy", "set", rules).err
    shown = command("policy", "show").out
    assert 'name = "payments takes two"' in shown
    (tmp_path / "again.toml").write_text(shown)
    assert "has these rules already" in command("policy", "set", "again.toml").err
    assert json.loads(command("policy", "show", "--json").out)["rules"][0]["approvals"] == 2
    assert json.loads(command("policy", "apply", "--dry-run", "--json").out)["approved"] == [skill_id(LATE)]
    applied = command("policy", "apply", "--json")
    assert json.loads(applied.out)["approved"] == [skill_id(LATE)]
    assert "by 'two runs are enough'" in applied.err
    assert json.loads(command("policy", "apply", "--json").out)["approved"] == []


def test_two_persons_approve_what_a_rule_asks_two_for(command: Command, rules: str) -> None:
    command("policy", "set", rules)
    assert command("skills", "approve", skill_id(PAID)).code == 0
    again = command("skills", "approve", skill_id(PAID))
    assert again.code == 1
    assert "asks for 2 persons" in again.err
    assert f"1 of 2 approvals ({this_person().name})" in command("skills", "list").out


def test_new_rules_are_taken_back_like_any_act(command: Command, rules: str) -> None:
    command("policy", "set", rules)
    assert "undone: POLICY of the skillbook's rules" in command("skills", "undo").err
    assert "There is no rule" in command("policy", "show").err


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("words", [("set",), ("check",)])
def test_a_file_that_cannot_be_used_is_refused(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert command("policy", *words, "nowhere.toml").code == 2
    (tmp_path / "bad.toml").write_text("[[rules]]\nname = 'a'\naprovals = 1\n")
    done = command("policy", *words, "bad.toml")
    assert done.code == 2
    assert "bad.toml, rule 1 ('a'), aprovals" in done.err
    assert "approvals" in done.err
