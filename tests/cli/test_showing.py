"""`seasoned exemplars for` and `seasoned prompt compile --examples`."""

import json
from pathlib import Path

import pytest

from seasoned.core.exemplar import Exemplar
from seasoned.core.marks import begin_mark
from seasoned.store.store import Store
from tests.banks import bank
from tests.cli.conftest import Command
from tests.prompts import RULES, approved, store_in

TASK = "I want a refund, my order W2 came broken."


@pytest.fixture
def exemplars(tmp_path: Path) -> list[Exemplar]:
    """A store with a bank and a skill, where commands look without being told."""
    with Store(store_in(tmp_path)) as store:
        approved(store, RULES[0])
        return bank(store)


def test_the_examples_are_data_and_why_is_told_beside_it(command: Command, exemplars: list[Exemplar]) -> None:
    done = command("exemplars", "for", TASK, "--n", "1", "--by", "text")
    assert done.code == 0
    assert done.out.startswith("## Examples\n")
    assert done.out.count("[example ") == 1
    assert begin_mark(exemplars[0].id) in done.out
    assert f"1. {exemplars[0].id}  number 1 by words" in done.err


@pytest.mark.usefixtures("exemplars")
def test_as_messages_they_are_json(command: Command) -> None:
    messages = json.loads(command("exemplars", "for", TASK, "--as", "messages", "--by", "text").out)
    assert (messages[0]["role"], messages[-1]["content"]) == ("user", "Understood.")


@pytest.mark.usefixtures("exemplars")
def test_as_a_transcript(command: Command) -> None:
    assert "Action: get_order(" in command("exemplars", "for", TASK, "--as", "transcript", "--by", "text").out


def test_one_json_document(command: Command, exemplars: list[Exemplar]) -> None:
    document = json.loads(
        command("exemplars", "for", TASK, "--n", "1", "--by", "type", "--tool", "get_order", "--json").out
    )
    assert [each["exemplar_id"] for each in document["examples"]] == [exemplars[0].id]
    assert (document["form"], document["tokenizer"]) == ("text", "estimate-4c")


@pytest.mark.usefixtures("exemplars")
def test_the_budget_holds_and_what_is_left_out_is_named(command: Command) -> None:
    done = command("exemplars", "for", TASK, "--by", "text", "--budget-tokens", "40")
    assert done.out == ""
    assert "left out" in done.err


@pytest.mark.usefixtures("exemplars")
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("exemplars", "for", " "), "a task in words is needed"),
        (("exemplars", "for", TASK, "--adapt"), "--adapt needs a model"),
        (("exemplars", "for", TASK, "--plan-only"), "--plan-only shows what a model says carries over"),
        (("exemplars", "for", TASK, "--by", "meaning"), "no embedder was named"),
        (("prompt", "compile", "--example", "exemplar-1", "--examples", "2"), "--example names the examples itself"),
        (("prompt", "compile", "--examples-by", "ids"), "--examples-by ids needs the ids"),
        (("prompt", "compile", "--examples-by", "diverse"), "--examples-by says how examples are chosen"),
        (("prompt", "compile", "--example", "exemplar-0"), "no single exemplar"),
    ],
)
def test_what_cannot_be_done_is_said(command: Command, words: tuple[str, ...], error: str) -> None:
    done = command(*words)
    assert done.code == 2
    assert error in done.err


def test_a_prompt_with_examples_is_compiled_shown_compared_promoted_and_pulled(
    command: Command, exemplars: list[Exemplar]
) -> None:
    plain = command("prompt", "compile")
    done = command("prompt", "compile", "--examples", "2")
    assert done.out.startswith(plain.out.rstrip("\n"))
    assert done.out.count("[example ") == 2
    assert "1 skill, 2 examples" in done.err
    document = json.loads(command("prompt", "compile", "--examples", "2", "--examples-by", "diverse", "--json").out)
    shown = [cost["exemplar_id"] for cost in document["examples"]]
    assert len(shown) == 2
    assert command("prompt", "show", document["id"]).out.count("[example ") == 2
    assert command("prompt", "list").code == 0
    assert "\n-## Examples\n" not in command("prompt", "diff", document["id"], document["id"]).out
    assert f"came: {shown[0]}" in command("prompt", "diff", "", document["id"]).out
    promoted = command("prompt", "promote", document["id"], "--label", "production", "--unproven", "tried")
    assert promoted.code == 0
    assert "examples that come: 2, go: 0" in promoted.err
    assert command("prompt", "pull", "--label", "production").out.rstrip("\n") == document["text"].rstrip("\n")


def test_examples_by_hand_stand_in_the_order_named(command: Command, exemplars: list[Exemplar]) -> None:
    ids = [exemplars[2].id, exemplars[0].id]
    document = json.loads(command("prompt", "compile", "--example", ids[0], "--example", ids[1], "--json").out)
    assert [cost["exemplar_id"] for cost in document["examples"]] == ids


def test_what_the_budget_does_not_hold_is_named(command: Command, exemplars: list[Exemplar]) -> None:
    done = command("prompt", "compile", "--examples", "3", "--budget", "50")
    assert "[example " not in done.out
    assert f"left out  {exemplars[0].id}: budget, it takes" in done.err


def test_a_placebo_says_that_it_holds_no_examples(command: Command, exemplars: list[Exemplar]) -> None:
    done = command("prompt", "compile", "--example", exemplars[0].id, "--placebo")
    assert "[example " not in done.out
    assert f"{exemplars[0].id}: placebo, a placebo holds no examples" in done.err


def test_nothing_can_be_found_where_no_bank_is(command: Command, tmp_path: Path) -> None:
    with Store(store_in(tmp_path)) as store:
        approved(store, RULES[0])
    done = command("exemplars", "for", TASK)
    assert (done.code, done.out) == (0, "")
    assert "`seasoned exemplars fill`" in done.err
