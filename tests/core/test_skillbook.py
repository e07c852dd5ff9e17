"""The fold and the review state machine."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.operation import Author, Event, Operation
from seasoned.core.skillbook import Skillbook, extended, fold
from seasoned.errors import OperationError, UsageError
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXT = "When the window is over, refuse the refund."
TRACE = make_trace(("assistant", "I refunded it."), score=0)
PROPOSAL = add(TEXT, (make_evidence(TRACE, "refunded"),), LEARNER)


def events(*operations: Operation) -> list[Event]:
    return [Event(revision=i, at=NOON, operation=o) for i, o in enumerate(operations, 1)]


def status_after(*operations: Operation) -> str:
    book = fold("desk", events(*operations))
    return book.skills[operations[0].skill_id].status


def test_a_proposal_becomes_approved_retired_and_approved_again() -> None:
    assert status_after(PROPOSAL) == "proposed"
    assert status_after(PROPOSAL, verdict("APPROVE", TEXT)) == "approved"
    assert status_after(PROPOSAL, verdict("APPROVE", TEXT), verdict("RETIRE", TEXT)) == "retired"
    path = (verdict("APPROVE", TEXT), verdict("RETIRE", TEXT), verdict("RESTORE", TEXT))
    assert status_after(PROPOSAL, *path) == "approved"


@pytest.mark.parametrize("kind", ["APPROVE", "REJECT"])
def test_restoring_takes_the_verdict_back(kind: str) -> None:
    assert status_after(PROPOSAL, verdict(kind, TEXT), verdict("RESTORE", TEXT)) == "proposed"


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ([PROPOSAL, PROPOSAL], "in the book already"),
        ([verdict("APPROVE", TEXT)], "no such skill"),
        ([PROPOSAL, verdict("RETIRE", TEXT)], "it is proposed, not approved"),
        ([PROPOSAL, verdict("APPROVE", TEXT), verdict("APPROVE", TEXT)], "it is approved, not proposed"),
        ([PROPOSAL, verdict("RESTORE", TEXT)], "no verdict has been given"),
        ([add(TEXT, (), LEARNER)], "only a person may add a skill without evidence"),
        ([PROPOSAL.model_copy(update={"text": None})], "a skill needs a text"),
        ([PROPOSAL, verdict("REJECT", TEXT), verdict("EDIT", TEXT)], "restore it first"),
        ([PROPOSAL, verdict("APPROVE", TEXT), verdict("EDIT", TEXT, LEARNER)], "only a person may reword"),
    ],
)
def test_forbidden_operations_say_why(operations: Sequence[Operation], why: str) -> None:
    with pytest.raises(OperationError, match=why):
        fold("desk", events(*operations))


def test_nothing_tainted_approves_itself() -> None:
    tainted = PROPOSAL.model_copy(update={"taints": ("holds an address",)})
    policy = Author(kind="policy", name="auto")
    with pytest.raises(OperationError, match="a person must decide"):
        fold("desk", events(tainted, verdict("APPROVE", TEXT, policy)))
    assert status_after(tainted, verdict("APPROVE", TEXT, PERSON)) == "approved"


def test_an_edit_keeps_the_earlier_wordings() -> None:
    edit = verdict("EDIT", TEXT).model_copy(update={"text": "When it is late, refuse."})
    skill = fold("desk", events(PROPOSAL, edit)).skills[PROPOSAL.skill_id]
    assert [w.text for w in skill.wordings] == [TEXT, "When it is late, refuse."]
    assert skill.text == "When it is late, refuse."
    assert skill.born.author == LEARNER


def test_agreeing_adds_only_new_evidence() -> None:
    more = make_evidence(TRACE, "I refunded it")
    agree = verdict("AGREE", TEXT, LEARNER).model_copy(update={"evidence": (*PROPOSAL.evidence, more)})
    skill = fold("desk", events(PROPOSAL, agree, agree)).skills[PROPOSAL.skill_id]
    assert skill.evidence == (*PROPOSAL.evidence, more)


def test_a_gap_in_the_log_is_an_error() -> None:
    with pytest.raises(OperationError, match="does not follow revision 0"):
        fold("desk", [Event(revision=2, at=NOON, operation=PROPOSAL)])


def test_a_skill_is_found_by_the_beginning_of_its_id() -> None:
    book = fold("desk", events(PROPOSAL))
    assert book.find(PROPOSAL.skill_id[:12]) == book.find(PROPOSAL.skill_id.removeprefix("skill-"))
    with pytest.raises(UsageError, match="no skill has it"):
        book.find("ffff")


@given(st.lists(st.sampled_from(["ADD", "EDIT", "AGREE", "APPROVE", "REJECT", "RETIRE", "RESTORE"]), max_size=25))
def test_folding_at_once_equals_applying_one_by_one(kinds: list[str]) -> None:
    book, log = Skillbook(name="desk"), list[Event]()
    for kind in kinds:
        operation = PROPOSAL if kind == "ADD" else verdict(kind, TEXT)
        event = Event(revision=len(log) + 1, at=NOON, operation=operation)
        try:
            book = extended(book, [event])
        except OperationError:
            continue
        log.append(event)
    assert fold("desk", log) == book
    assert book.revision == len(log)
