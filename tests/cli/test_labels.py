"""`seasoned prompt promote`, `rollback`, `labels`, `label`, and labels where other commands take a prompt."""

import json
from pathlib import Path

import pytest

from seasoned.core.operation import skill_id
from seasoned.curate.review.person import this_person
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import verdict
from tests.prompts import RULES, approved, compiled, store_in

FIRST, SECOND, _ = map(skill_id, RULES)


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """The ids of two prompts, the second of which has a skill more."""
    with Store(store_in(tmp_path)) as store:
        return [compiled(store, RULES[0]).id, compiled(store, RULES[1]).id]


def pointing(command: Command) -> dict[str, str]:
    found = json.loads(command("prompt", "labels", "--json").out)["labels"]
    return {each["label"]: each["prompt_id"] for each in found}


def promote(command: Command, *words: str, label: str = "production") -> str:
    done = command("prompt", "promote", *words, "--label", label, "--unproven", "it is better")
    assert done.code == 0, done.err
    return done.err


def test_the_latest_prompt_is_promoted_and_what_users_get_is_said(command: Command, ids: list[str]) -> None:
    said = promote(command)
    assert f"production of default: nothing -> {ids[1]}" in said
    assert f"comes   {FIRST} {RULES[0]}" in said
    assert "skills that come: 2, go: 0, change: 0." in said
    assert pointing(command) == {"production": ids[1]}


def test_a_placebo_is_not_the_latest_prompt_and_is_refused_by_its_id(command: Command, ids: list[str]) -> None:
    placebo = json.loads(command("prompt", "compile", "--placebo", "--json").out)["id"]
    assert f"nothing -> {ids[1]}" in promote(command)
    refused = command("prompt", "promote", placebo, "--label", "production", "--reason", "a test")
    assert (refused.code, "a placebo is never promoted" in refused.err) == (1, True)


def test_a_prompt_is_named_by_its_id_or_by_another_label(command: Command, ids: list[str]) -> None:
    promote(command, ids[0][:12], label="staging")
    promote(command, "staging")
    assert pointing(command) == {"production": ids[0], "staging": ids[0]}


def test_every_move_says_which_skills_come_go_and_change(command: Command, ids: list[str], tmp_path: Path) -> None:
    promote(command)
    with Store(store_in(tmp_path)) as store:
        store.books.append("default", [verdict("RETIRE", RULES[0], reason="old")], scope="retire")
        approved(store, RULES[2])
    command("skills", "edit", SECOND, "When early, accept politely.")
    command("prompt", "compile")
    said = promote(command)
    assert f"goes    {FIRST} {RULES[0]}" in said
    assert f"changes {SECOND} When early, accept politely." in said
    assert "changes the base prompt" in said
    assert "skills that come: 1, go: 1, change: 1." in said


def test_rolling_back_says_the_same_and_goes_further_each_time(command: Command, ids: list[str]) -> None:
    promote(command, ids[0])
    promote(command, ids[1])
    done = command("prompt", "rollback", "--label", "production", "--reason", "complaints")
    assert (done.code, f"goes    {SECOND}" in done.err) == (0, True)
    assert pointing(command) == {"production": ids[0]}
    again = command("prompt", "rollback", "--label", "production")
    assert (again.code, "nothing to go back to" in again.err) == (1, True)


def test_every_move_is_listed_with_who_and_why(command: Command, ids: list[str]) -> None:
    promote(command, ids[0])
    promote(command, ids[1])
    command("prompt", "label", "--remove", "production", "--reason", "recall")
    assert "No label on 'default' yet" in command("prompt", "labels").err
    moves = json.loads(command("prompt", "labels", "--history", "--json").out)["moves"]
    assert [(m["prompt_id"], m["revision"], m["reason"]) for m in moves] == [
        (ids[0], 2, "unproven: it is better"),
        (ids[1], 4, "unproven: it is better"),
        (None, None, "recall"),
    ]
    assert {m["by"] for m in moves} == {this_person().name}
    table = command("prompt", "labels", "--history").out
    assert "taken away" in table
    assert "recall" in table


def test_a_label_that_was_taken_away_comes_back(command: Command, ids: list[str]) -> None:
    promote(command)
    gone = command("prompt", "label", "--remove", "production")
    assert f"{ids[1]} -> nothing" in gone.err
    assert command("prompt", "rollback", "--label", "production").code == 0
    assert pointing(command) == {"production": ids[1]}


def test_scripts_read_what_a_move_came_to(command: Command, ids: list[str]) -> None:
    words = ("prompt", "promote", "--label", "production", "--unproven", "go", "--json")
    first, again = (json.loads(command(*words).out) for _ in range(2))
    assert (first["prompt_id"], first["before"], first["is_moved"]) == (ids[1], None, True)
    assert first["changes"] == {"came": [FIRST, SECOND], "went": [], "changed": [], "is_rebased": False}
    assert (again["before"], again["is_moved"]) == (ids[1], False)


def test_the_same_again_moves_nothing_and_says_so(command: Command, ids: list[str]) -> None:
    promote(command)
    assert "nothing changes for users" in promote(command)


def test_an_oversight_is_said(command: Command, ids: list[str], tmp_path: Path) -> None:
    promote(command)
    assert "of revision 2, older than revision 4" in promote(command, ids[0])
    with Store(store_in(tmp_path)) as store:
        other = compiled(store, RULES[2], book="other").id
    assert "from the skillbook 'other'" in promote(command, other)


def test_prompts_are_listed_shown_and_compared_by_label(command: Command, ids: list[str]) -> None:
    promote(command, ids[0])
    promote(command, ids[1], label="staging")
    command("prompt", "promote", ids[1], "--label", "production", "--unproven", "x", "--book", "other")
    listed = json.loads(command("prompt", "list", "--json").out)["prompts"]
    assert [each["labels"] for each in listed] == [["production"], ["staging", "other:production"]]
    assert "staging, other:production" in command("prompt", "list").out
    assert RULES[1] not in command("prompt", "show", "production").out
    assert RULES[1] in command("prompt", "show", "staging").out
    assert f"came: {SECOND}" in command("prompt", "diff", "production", "staging").out


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("promote", "--label", "production"), 2, "--reason"),
        (("promote", "--reason", "x"), 2, "--label"),
        (("promote", "--label", "Prod!", "--reason", "x"), 2, "no label can be called 'Prod!'"),
        (("promote", "prompt-ffff", "--label", "production", "--reason", "x"), 2, "no prompt has this id"),
        (("promote", "--label", "production", "--unproven", "x", "--book", "empty"), 1, "seasoned prompt compile"),
        (("rollback", "--label", "production"), 1, "it never pointed at a prompt"),
        (("label", "--remove", "production"), 2, "has no label 'production'"),
        (("show", "staging"), 2, "no prompt has this id"),
    ],
)
def test_what_is_wrong_is_said(command: Command, words: tuple[str, ...], code: int, said: str) -> None:
    done = command("prompt", *words)
    assert (done.code, said in done.err + done.out) == (code, True), done.err + done.out
    assert pointing(command) == {}


@pytest.mark.parametrize(
    "words",
    [
        ("promote", "--label", "production", "--reason", "x"),
        ("rollback", "--label", "production"),
        ("labels",),
        ("label", "--remove", "production"),
        ("pull", "--label", "production"),
    ],
)
def test_without_a_store_none_is_made(command: Command, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = command("prompt", *words)
    assert (done.code, "there is no store here" in done.err) == (3, True)
    assert list(tmp_path.iterdir()) == []


def test_hostile_text_in_a_reason_or_a_skill_does_not_reach_the_terminal(command: Command, tmp_path: Path) -> None:
    with Store(store_in(tmp_path)) as store:
        compiled(store, "When \x1b[31mred, stop.")
    done = command("prompt", "promote", "--label", "production", "--unproven", "\x1b[2Jgone")
    shown = done.err + command("prompt", "labels").out + command("audit").out
    assert "\x1b" not in shown
    assert "<U+001B>[2Jgone" in shown
