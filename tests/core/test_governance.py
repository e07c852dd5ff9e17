"""Rules of review, proposed removals, rejected skills that come again, and going back to a revision."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.operation import Author, Event, Operation
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook, extended, fold
from seasoned.errors import OperationError
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXT, OTHER = "When the window is over, refuse the refund.", "When the parcel is late, apologise."
FIRST_RUN = make_trace(("assistant", "I refunded it."), score=0)
LATER_RUN = make_trace(("assistant", "I refunded it again."), score=0)
QUOTE, NEW_QUOTE = make_evidence(FIRST_RUN, "refunded"), make_evidence(LATER_RUN, "refunded")
PROPOSAL, SECOND = add(TEXT, (QUOTE,), LEARNER, "payments"), add(OTHER, (QUOTE,), LEARNER)
BOB = Author(kind="person", name="bob")
ROBOT = Author(kind="policy", name="after three runs")


def book_of(*operations: Operation) -> Skillbook:
    return fold("desk", [Event(revision=i, at=NOON, operation=o) for i, o in enumerate(operations, 1)])


def skill_of(*operations: Operation) -> Skill:
    return book_of(*operations).skills[PROPOSAL.skill_id]


def policy(*rules: ReviewRule, agreement: str = "widens", author: Author = PERSON) -> Operation:
    rules_of_review = ReviewPolicy.model_validate({"rules": rules, "agreement": agreement})
    return Operation(kind="POLICY", author=author, policy=rules_of_review)


def back_to(revision: int, text: str | None = None, author: Author = PERSON) -> Operation:
    skill_id = "" if text is None else add(text).skill_id
    return Operation(kind="ROLLBACK", author=author, skill_id=skill_id, to_revision=revision, reason="it was better")


TWO_FOR_PAYMENTS = policy(ReviewRule(name="two for payments", sections=("Payments",), approvals=2))
MERGED = [PROPOSAL, SECOND, verdict("MERGE", OTHER).model_copy(update={"merged_id": PROPOSAL.skill_id})]
BY_ITSELF = policy(ReviewRule(name="sure", min_confidence=0.9, approvals=0))


def test_a_section_can_ask_for_two_persons() -> None:
    once = [TWO_FOR_PAYMENTS, PROPOSAL, SECOND, verdict("APPROVE", TEXT)]
    assert (skill_of(*once).status, skill_of(*once).approvals) == ("proposed", ("ada",))
    with pytest.raises(OperationError, match="ada has approved it, and the rule 'two for payments' asks for 2"):
        skill_of(*once, verdict("APPROVE", TEXT))
    twice = skill_of(*once, verdict("APPROVE", TEXT, BOB))
    assert (twice.status, twice.approvals) == ("approved", ("ada", "bob"))
    assert [(d.kind, d.author.name) for d in twice.decisions] == [("APPROVE", "ada"), ("APPROVE", "bob")]
    elsewhere = book_of(*once, verdict("APPROVE", OTHER)).skills[SECOND.skill_id]
    assert elsewhere.status == "approved", "one person is enough where no rule fits"


def test_an_approval_of_several_can_be_taken_back() -> None:
    once = [TWO_FOR_PAYMENTS, PROPOSAL, verdict("APPROVE", TEXT), verdict("RESTORE", TEXT)]
    assert (skill_of(*once).status, skill_of(*once).approvals) == ("proposed", ())


def test_rewording_what_two_approved_asks_for_the_other_one_again() -> None:
    approved = [TWO_FOR_PAYMENTS, PROPOSAL, verdict("APPROVE", TEXT), verdict("APPROVE", TEXT, BOB)]
    edit = verdict("EDIT", TEXT).model_copy(update={"text": "When it is late, pay."})
    assert (skill_of(*approved, edit).status, skill_of(*approved, edit).approvals) == ("proposed", ("ada",))
    assert skill_of(*approved, edit, verdict("APPROVE", TEXT, BOB)).status == "approved"
    same = edit.model_copy(update={"text": None, "reason": "clearer"})
    assert skill_of(*approved, same).status == "approved", "another reason is not another wording"


def test_a_person_is_one_person_however_the_name_is_spelled() -> None:
    ada = Author(kind="person", name=" \uff21da")
    with pytest.raises(OperationError, match="asks for 2 persons"):
        skill_of(TWO_FOR_PAYMENTS, PROPOSAL, verdict("APPROVE", TEXT), verdict("APPROVE", TEXT, ada))


def test_one_approval_is_enough_where_the_rules_ask_for_fewer_since() -> None:
    once = [TWO_FOR_PAYMENTS, PROPOSAL, verdict("APPROVE", TEXT), policy()]
    assert (skill_of(*once).status, skill_of(*once, verdict("APPROVE", TEXT)).status) == ("proposed", "approved")


@pytest.mark.parametrize(
    "change",
    [
        {"scope": Scope()},
        {"scope": Scope(tenant="acme", tags=("vip",))},
        {"section": "elsewhere", "text": "When it is late, pay."},
    ],
)
def test_what_two_approved_goes_elsewhere_only_with_the_other_one(change: dict[str, object]) -> None:
    """Otherwise one person could let a wording that two approved for one tenant go to all."""
    proposal = PROPOSAL.model_copy(update={"scope": Scope(tenant="acme")})
    edit = verdict("EDIT", TEXT).model_copy(update=change)
    twice = [TWO_FOR_PAYMENTS, proposal, verdict("APPROVE", TEXT, BOB), verdict("APPROVE", TEXT)]
    assert (skill_of(*twice, edit).status, skill_of(*twice, edit).approvals) == ("proposed", ("ada",))
    assert skill_of(*twice[:3], edit).approvals == (), "what bob approved was something else"


def test_an_approval_does_not_outlive_a_rejection() -> None:
    path = [TWO_FOR_PAYMENTS, PROPOSAL, verdict("APPROVE", TEXT), verdict("REJECT", TEXT, BOB)]
    again = add(TEXT, (QUOTE, NEW_QUOTE), LEARNER, "payments")
    assert skill_of(*path, again).approvals == ()
    assert skill_of(*path, again, verdict("APPROVE", TEXT, BOB)).status == "proposed"


def test_a_policy_approves_only_what_its_rule_lets_it() -> None:
    sure = PROPOSAL.model_copy(update={"confidence": 0.95})
    assert skill_of(BY_ITSELF, sure, verdict("APPROVE", TEXT, ROBOT)).status == "approved"
    tainted = sure.model_copy(update={"taints": ("holds an address",)})
    with pytest.raises(OperationError, match="a person must decide"):
        skill_of(BY_ITSELF, tainted, verdict("APPROVE", TEXT, ROBOT))
    with pytest.raises(OperationError, match="the rule 'one person' asks for a person"):
        skill_of(BY_ITSELF, PROPOSAL, verdict("APPROVE", TEXT, ROBOT))


@pytest.mark.parametrize("author", [LEARNER, ROBOT])
@pytest.mark.parametrize("kind", ["ROLLBACK", "POLICY"])
def test_only_a_person_governs(author: Author, kind: str) -> None:
    operation = back_to(1, author=author) if kind == "ROLLBACK" else policy(author=author)
    with pytest.raises(OperationError, match=f"cannot {kind} this skillbook.*only a person may do it"):
        book_of(PROPOSAL, SECOND, operation)


def test_an_agreement_can_be_kept_from_widening_what_is_approved() -> None:
    narrow = PROPOSAL.model_copy(update={"scope": Scope(agent="desk", tenant="acme")})
    agree = verdict("AGREE", TEXT, LEARNER).model_copy(update={"evidence": (NEW_QUOTE,), "scope": Scope(agent="shop")})
    wide = skill_of(narrow, verdict("APPROVE", TEXT), agree)
    assert (wide.scope.agent, wide.scope.tenant) == ("", "acme"), "a person's limit stays"
    strict = [policy(agreement="evidence only"), narrow, verdict("APPROVE", TEXT)]
    kept = skill_of(*strict, agree)
    assert (kept.scope, kept.evidence) == (narrow.scope, (QUOTE, NEW_QUOTE))
    merge = verdict("MERGE", TEXT, LEARNER).model_copy(update={"merged_id": SECOND.skill_id})
    other = add(OTHER, (NEW_QUOTE,), LEARNER).model_copy(update={"scope": Scope(agent="shop", tools=("ship",))})
    kept = skill_of(*strict, other, merge)
    assert (kept.scope, kept.evidence) == (narrow.scope, (QUOTE, NEW_QUOTE)), "nor by what goes into it"


def test_a_learner_may_propose_a_removal_and_a_person_settles_it() -> None:
    remove = verdict("REMOVE", TEXT, LEARNER, "its tool is gone")
    pending = [PROPOSAL, verdict("APPROVE", TEXT), remove]
    assert skill_of(*pending).status == "approved", "nothing is dropped by itself"
    removal = skill_of(*pending).removal
    assert removal is not None
    assert removal.reason == "its tool is gone"
    with pytest.raises(OperationError, match="its removal is proposed already"):
        skill_of(*pending, remove)
    gone = skill_of(*pending, verdict("RETIRE", TEXT))
    assert (gone.status, gone.removal) == ("retired", None)
    kept = skill_of(*pending, verdict("RESTORE", TEXT))
    assert (kept.status, kept.removal) == ("approved", None)


def test_a_rejected_skill_comes_again_only_with_a_new_run_behind_it() -> None:
    rejected = [PROPOSAL, verdict("REJECT", TEXT, reason="not our policy")]
    with pytest.raises(OperationError, match="no run behind it is new"):
        skill_of(*rejected, PROPOSAL)
    again = skill_of(*rejected, add(TEXT, (QUOTE, NEW_QUOTE), LEARNER))
    assert (again.status, again.evidence) == ("proposed", (QUOTE, NEW_QUOTE))
    assert again.status_reason == "not our policy", "the reviewer sees why it was rejected"
    assert [d.kind for d in again.decisions] == ["REJECT", "ADD"]


def test_going_back_makes_the_book_what_it_was() -> None:
    operations = [PROPOSAL, verdict("APPROVE", TEXT), SECOND, verdict("RETIRE", TEXT)]
    then = book_of(*operations[:2])
    back = book_of(*operations, back_to(2))
    assert (back.skills, back.revision) == (then.skills, 5)
    forth = book_of(*operations, back_to(2), back_to(4))
    assert list(forth.skills.items()) == list(book_of(*operations).skills.items()), "also in the order of birth"


def test_a_merge_that_comes_back_alone_takes_nothing_from_the_other_skill() -> None:
    apart = [add(TEXT, (QUOTE,), LEARNER), add(OTHER, (NEW_QUOTE,), LEARNER)]
    merge = verdict("MERGE", OTHER).model_copy(update={"merged_id": PROPOSAL.skill_id})
    own = verdict("AGREE", OTHER, LEARNER).model_copy(update={"evidence": (QUOTE,)})
    book = book_of(*apart, merge, verdict("RESTORE", TEXT), own, back_to(3, TEXT), verdict("RESTORE", TEXT))
    assert book.skills[SECOND.skill_id].evidence == (NEW_QUOTE, QUOTE), "the quote that it found itself stays"


def test_one_skill_goes_back_alone() -> None:
    operations = [PROPOSAL, SECOND, verdict("REJECT", TEXT), verdict("REJECT", OTHER)]
    back = book_of(*operations, back_to(2, TEXT))
    assert [s.status for s in back.skills.values()] == ["proposed", "rejected"]
    assert OTHER not in [s.text for s in book_of(*operations, back_to(1, OTHER)).skills.values()]


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ([PROPOSAL, back_to(1)], "a revision before the present one"),
        ([PROPOSAL, SECOND, back_to(1, "unheard of")], "neither the book nor its revision 1 has it"),
        ([*MERGED, back_to(1, OTHER)], "went into it; restore that first"),
        ([*MERGED, verdict("RESTORE", TEXT), back_to(1, OTHER), back_to(3, TEXT)], "which does not stand any more"),
        ([Operation(kind="POLICY", author=PERSON)], "it names no policy"),
    ],
)
def test_what_cannot_be_governed_says_why(operations: Sequence[Operation], why: str) -> None:
    with pytest.raises(OperationError, match=why):
        book_of(*operations)


MOVES = [
    PROPOSAL,
    SECOND,
    *(verdict(kind, text) for kind in ("APPROVE", "REJECT", "RETIRE", "RESTORE", "REMOVE") for text in (TEXT, OTHER)),
    verdict("APPROVE", TEXT, BOB),
    verdict("MERGE", OTHER).model_copy(update={"merged_id": PROPOSAL.skill_id}),
    verdict("EDIT", TEXT).model_copy(update={"text": "When it is late, pay."}),
    TWO_FOR_PAYMENTS,
    *(back_to(revision) for revision in range(6)),
    *(back_to(revision, TEXT) for revision in range(6)),
]


@given(st.lists(st.sampled_from(MOVES), max_size=30))
def test_any_way_of_folding_gives_the_same_book(operations: list[Operation]) -> None:
    """Applied one by one with history at hand, or folded at once: equal, at every revision."""
    books = [Skillbook(name="desk")]
    log: list[Event] = []
    for operation in operations:
        event = Event(revision=len(log) + 1, at=NOON, operation=operation)
        try:
            books.append(extended(books[-1], [event], at=lambda revision: books[revision].skills))
        except OperationError:
            continue
        log.append(event)
    for revision in range(len(log) + 1):
        assert fold("desk", log[:revision]) == books[revision]
    assert list(fold("desk", log).skills) == list(books[-1].skills)
