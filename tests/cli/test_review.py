"""A sitting at the keyboard: what stands first and why, groups, removals, reasons by number, and two reviewers."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.parsed import Parsed
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.skill import Skill
from seasoned.curate.review.person import this_person
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

LATE, LATE_TOO = (
    "When the return window is over, refuse the refund.",
    "When the return window is over, refuse it politely.",
)
LOST, OLD = "When a parcel is lost, start a search for it.", "When a customer is rude, ask for a person."
FAILED, PASSED = (make_trace(("assistant", "I refunded it."), score=score, run_key=str(score)) for score in (0, 1))
QUOTE, OTHER_QUOTE = make_evidence(FAILED, "refunded"), make_evidence(PASSED, "refunded")
ME = this_person().name
BOB = Author(kind="person", name="bob" if ME != "bob" else "ada")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two proposals that read alike, the better one second, and another one."""
    with Store(tmp_path / ".seasoned" / "store.db") as opened:
        opened.traces.add([Parsed(trace=FAILED), Parsed(trace=PASSED)])
        operations = [add(LATE_TOO, (OTHER_QUOTE,), LEARNER), add(LOST, (OTHER_QUOTE,), LEARNER)]
        opened.books.append("default", [*operations, add(LATE, (QUOTE,), LEARNER)], scope="r")
        yield opened


@pytest.fixture(autouse=True)
def _no_editor(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)


def types(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def skill_of(store: Store, text: str) -> Skill:
    return store.books.read("default").skills[skill_id(text)]


def statuses(store: Store) -> dict[str, str]:
    return {skill.text: skill.status for skill in store.books.read("default").skills.values()}


@pytest.mark.usefixtures("store")
def test_the_queue_as_json_has_values_parts_and_groups(command: Command) -> None:
    first, second, third = json.loads(command("review", "--json").out)["queue"]
    assert [each["text"] for each in (first, second, third)] == [LATE, LATE_TOO, LOST]
    assert first["value"] > second["value"]
    assert {part["name"] for part in first["parts"]} == {"severity", "support", "confidence", "novelty", "urgency"}
    assert [each["n_group"] for each in (first, second, third)] == [2, 2, 1]
    assert second["group"] == first["id"]
    assert (first["assignee"], first["holder"]) == (None, None)


@pytest.mark.usefixtures("store")
def test_what_is_shown_says_why_it_stands_here_and_what_reads_like_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "q")
    shown = command("review")
    assert "why here: 1 run, 1 failed" in shown.out
    assert f"{skill_id(LATE_TOO)}: {LATE_TOO}" in shown.out
    assert "[A]pprove all that read alike" in shown.err


def test_a_group_is_approved_and_taken_back_in_one_step(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "A", "q")
    assert "2 proposals approved" in command("review").err
    assert statuses(store) == {LATE_TOO: "approved", LOST: "proposed", LATE: "approved"}
    types(monkeypatch, "A", "q")
    assert "'A' is no key here" in command("review").err
    assert "undone: APPROVE of 2 skills" in command("skills", "undo").err
    types(monkeypatch, "A", "u", "q")
    command("review")
    assert set(statuses(store).values()) == {"proposed"}


def test_a_tainted_one_of_the_group_waits_for_a_look_of_its_own(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = verdict("EDIT", LATE_TOO, LEARNER).model_copy(update={"text": LATE_TOO, "taints": ("holds an address",)})
    store.books.append("default", [edit], scope="s")
    types(monkeypatch, "A", "q")
    said = command("review").err
    assert f"passed over {skill_id(LATE_TOO)}: it is tainted (holds an address)" in said
    assert statuses(store)[LATE_TOO] == "proposed"


def test_no_more_of_a_group_is_approved_than_was_shown(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["parcel", "letter", "basket", "bottle", "cup", "plate", "spoon", "fork", "knife", "pan", "pot", "jar"]
    more = [add(f"{LATE} Keep the {word}.", (OTHER_QUOTE,), LEARNER) for word in words]
    store.books.append("default", more, scope="s")
    types(monkeypatch, "A", "q")
    done = command("review")
    assert "and 3 more, which [A] leaves alone" in done.out
    assert "11 proposals approved" in done.err
    assert list(statuses(store).values()).count("approved") == 11


@pytest.mark.parametrize(
    ("typed", "code", "reason"),
    [("2", "unsafe", "unsafe"), ("3 of one shop", "too specific", "of one shop"), ("not so", None, "not so")],
)
def test_a_reason_is_a_number_or_words_or_both(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch, typed: str, code: str | None, reason: str
) -> None:
    types(monkeypatch, "r", typed, "q")
    command("review")
    decision = skill_of(store, LATE).decisions[-1]
    assert (decision.kind, decision.code, decision.reason) == ("REJECT", code, reason)


def proposed_removal(store: Store) -> None:
    remove = verdict("REMOVE", OLD, LEARNER, reason="it never helped").model_copy(update={"code": "not useful"})
    store.books.append("default", [add(OLD, (QUOTE,), LEARNER), verdict("APPROVE", OLD), remove], scope="s")


def test_a_proposed_removal_is_shown_with_its_reason_and_carried_out(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed_removal(store)
    types(monkeypatch, "a", "x", "", "q")
    done = command("review")
    assert "removal proposed by learner recursive (not useful): it never helped" in done.out
    assert "'a' is no key here" in done.err
    decision = skill_of(store, OLD).decisions[-1]
    assert (decision.kind, decision.reason, decision.code) == ("RETIRE", "it never helped", "not useful")


def test_a_skill_whose_removal_is_proposed_can_be_kept(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed_removal(store)
    types(monkeypatch, "k", "it does help", "q")
    command("review")
    skill = skill_of(store, OLD)
    assert (skill.status, skill.removal) == ("approved", None)


def test_a_proposal_that_is_to_go_is_rejected(store: Store, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    store.books.append("default", [verdict("REMOVE", LATE, LEARNER, reason="useless")], scope="s")
    types(monkeypatch, "x", "1", "q")
    command("review")
    assert skill_of(store, LATE).status == "rejected"


def test_what_another_reviewer_looks_at_is_not_shown(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.claims.hold("default", skill_id(LATE), BOB.name)
    types(monkeypatch, "s", "q")
    shown = command("review").out
    assert shown.index(LATE_TOO) < shown.index(LOST)
    assert "2 to decide" in shown
    for text in (LATE_TOO, LOST):
        store.claims.hold("default", skill_id(text), BOB.name)
    assert f"{BOB.name} looks at it now" in command("review").err


def test_what_was_shown_is_free_again_at_the_end(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "s", "a", "q")
    command("review")
    assert store.claims.held("default") == {}


def test_what_is_assigned_to_one_is_shown_to_nobody_else(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("skills", "assign", skill_id(LATE), "--to", BOB.name).code == 0
    assert command("skills", "assign", skill_id(LOST), "--to", ME).code == 0
    types(monkeypatch, "q")
    assert "2 to decide" in command("review").out
    types(monkeypatch, "q")
    assert "1 to decide" in command("review", "--mine").out
    assert [each["text"] for each in json.loads(command("review", "--mine", "--json").out)["queue"]] == [LOST]
    command("skills", "assign", skill_id(LOST))
    assert "yours alone" in command("review", "--mine").err
    assert [act.act for act in store.audit.all()] == ["assign"] * 3


def test_half_an_approval_is_shown_and_leaves_the_queue_of_who_gave_it(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = ReviewPolicy(rules=(ReviewRule(name="two", approvals=2),))
    theirs = verdict("APPROVE", LATE, BOB)
    store.books.append("default", [Operation(kind="POLICY", author=BOB, policy=two), theirs], scope="s")
    types(monkeypatch, "s", "a", "q")
    assert f"1 of 2 approvals ({BOB.name}), by the rule 'two'" in command("review").out
    assert skill_of(store, LATE_TOO).approvals == (ME,)
    types(monkeypatch, "q")
    assert "2 to decide" in command("review").out
    assert f"1 of 2 approvals ({ME})" in command("skills", "show", skill_id(LATE_TOO)).out


def test_a_rejected_skill_that_comes_back_says_why_it_was_rejected(
    store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = add(LATE, (OTHER_QUOTE,), LEARNER).model_copy(
        update={"reason": "1 new run since it was rejected: it hurts"}
    )
    store.books.append("default", [verdict("REJECT", LATE, reason="obvious"), again], scope="s")
    types(monkeypatch, "q")
    said = "rejected before because: obvious; 1 new run since it was rejected: it hurts"
    assert said in command("skills", "show", skill_id(LATE)).out
