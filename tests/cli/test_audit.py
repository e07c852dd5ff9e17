"""`seasoned audit`."""

import json
from pathlib import Path

import pytest

from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.curate.review.person import this_person
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import PERSON, add, verdict
from tests.prompts import RULES, compiled, store_in


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    """A store in which people and a policy did things."""
    with Store(store_in(tmp_path)) as store:
        compiled(store, RULES[0])
        rules = ReviewPolicy(rules=(ReviewRule(name="all", approvals=0),))
        store.books.append(
            "other",
            [
                Operation(kind="POLICY", author=PERSON, policy=rules),
                add(RULES[1]),
                verdict("APPROVE", RULES[1], Author(kind="policy", name="all")),
            ],
            scope="policy",
        )
        store.audit.record("bob", "export", "skills.json", {"book": "other"})
    return tmp_path


def listed(command: Command, *words: str) -> list[tuple[str, str, str, str]]:
    acts = json.loads(command("audit", "--json", *words).out)["acts"]
    return [(act["by"], act["act"], act["book"], act["subject"]) for act in acts]


@pytest.mark.usefixtures("busy")
def test_it_lists_who_did_what_to_what_and_why(command: Command) -> None:
    command("prompt", "promote", "--label", "production", "--unproven", "it is better")
    first, second = skill_id(RULES[0]), skill_id(RULES[1])
    assert listed(command) == [
        ("ada", "add", "default", first),
        ("ada", "approve", "default", first),
        ("ada", "policy", "other", "other"),
        ("ada", "add", "other", second),
        ("all", "approve", "other", second),
        ("bob", "export", "other", "skills.json"),
        (this_person().name, "label", "default", "production"),
    ]
    table = command("audit").out
    assert "all (policy)" in table
    assert "it is better; " in table


@pytest.mark.usefixtures("busy")
def test_it_is_cut_to_a_skillbook_and_a_time(command: Command) -> None:
    assert [act for _, act, _, _ in listed(command, "--book", "other")] == ["policy", "add", "approve", "export"]
    assert len(listed(command, "--since", "1h")) == 6
    later = command("audit", "--since", "2999-01-01")
    assert (later.code, "Nothing was done since then" in later.err) == (0, True)
    assert command("audit", "--since", "yesterday").code == 2


def test_without_a_store_none_is_made(command: Command, tmp_path: Path) -> None:
    assert command("audit").code == 3
    assert list(tmp_path.iterdir()) == []
