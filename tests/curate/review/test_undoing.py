"""What a person did last can be taken back later, by another process, as far as nobody has built on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.curate.review.sitting import Review
from seasoned.errors import OperationError, UsageError
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

TEXTS = [f"When {n} parcels are late, refuse." for n in range(1, 5)]
IDS = [skill_id(text) for text in TEXTS]
FIRST, SECOND, THIRD, FOURTH = IDS
RUN, OTHER_RUN = (make_trace(("assistant", "I refunded it."), run_key=key) for key in "12")
BOB = Author(kind="person", name="bob")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") as opened:
        evidence = (make_evidence(RUN, "refunded"),)
        opened.books.append("desk", [add(text, evidence, LEARNER) for text in TEXTS], scope="run-1")
        yield opened


def ada(store: Store) -> Review:
    """A new sitting, as another process would begin it."""
    return Review(store, "desk", PERSON)


def by(store: Store, author: Author, *operations: Operation) -> None:
    changed = [each.model_copy(update={"author": author}) for each in operations]
    store.books.append("desk", changed, scope=f"{author.name}-{store.books.read('desk').revision}")


def statuses(store: Store) -> list[str]:
    return [skill.status for skill in store.books.read("desk").skills.values()]


def visible(book: Skillbook) -> list[Skill]:
    """The skills without the record of verdicts that were taken back."""
    return [s.model_copy(update={"decisions": (), "status_reason": ""}) for s in book.skills.values()]


def test_a_whole_bulk_is_taken_back_at_once(store: Store) -> None:
    before = visible(store.books.read("desk"))
    ada(store).approve_all(IDS, reason="all fine")
    undone = ada(store).undo_last()
    assert (undone.n_undone, undone.kept) == (4, ())
    assert undone.act.name == "APPROVE of 4 skills"
    assert visible(store.books.read("desk")) == before


def test_again_takes_back_what_was_done_before_that(store: Store) -> None:
    before = visible(store.books.read("desk"))
    ada(store).approve(FIRST)
    ada(store).edit(SECOND, "When two parcels are late, ask.")
    ada(store).reject(THIRD, reason="no")
    ada(store).add("When asked, answer.")
    names = [ada(store).undo_last().act.name.partition(" ")[0] for _ in range(4)]
    assert names == ["ADD", "REJECT", "EDIT", "APPROVE"]
    assert visible(store.books.read("desk")) == before
    with pytest.raises(UsageError, match="nothing to undo"):
        ada(store).undo_last()


def test_only_what_this_person_did_is_taken_back(store: Store) -> None:
    ada(store).approve(FIRST)
    by(store, BOB, verdict("APPROVE", TEXTS[1]))
    ada(store).undo_last()
    assert statuses(store) == ["proposed", "approved", "proposed", "proposed"]


def test_what_others_have_built_on_stays_and_is_said(store: Store) -> None:
    ada(store).approve_all(IDS[:2], reason="fine")
    by(store, BOB, verdict("RETIRE", TEXTS[1]))
    undone = ada(store).undo_last()
    assert statuses(store)[:2] == ["proposed", "retired"]
    (kept,) = undone.kept
    assert (kept.skill_id, kept.why) == (SECOND, "person bob has built on it since: RETIRE in revision 7")


def test_where_others_have_built_on_all_of_it_nothing_is_done(store: Store) -> None:
    ada(store).approve(FIRST)
    by(store, BOB, verdict("EDIT", TEXTS[0]).model_copy(update={"text": "When late, ask."}))
    before = store.books.read("desk")
    with pytest.raises(OperationError, match="bob has built on it"):
        ada(store).undo_last()
    assert store.books.read("desk") == before


def test_a_verdict_is_taken_back_though_a_learner_has_brought_more_evidence(store: Store) -> None:
    ada(store).approve(FIRST)
    more = Operation(kind="AGREE", skill_id=FIRST, author=LEARNER, evidence=(make_evidence(OTHER_RUN, "refunded"),))
    by(store, LEARNER, more)
    ada(store).undo_last()
    skill = store.books.read("desk").skills[FIRST]
    assert (skill.status, len(skill.evidence)) == ("proposed", 2)


def test_an_edit_is_not_taken_back_where_that_would_lose_evidence(store: Store) -> None:
    ada(store).edit(FIRST, "When late, ask.")
    more = Operation(kind="AGREE", skill_id=FIRST, author=LEARNER, evidence=(make_evidence(OTHER_RUN, "refunded"),))
    by(store, LEARNER, more)
    with pytest.raises(OperationError, match="AGREE in revision 6"):
        ada(store).undo_last()


def test_retiring_a_skill_whose_removal_was_proposed_is_taken_back_with_the_proposal(store: Store) -> None:
    ada(store).approve(FIRST)
    by(store, LEARNER, verdict("REMOVE", TEXTS[0], LEARNER, reason="useless"))
    ada(store).retire(FIRST, reason="right")
    ada(store).undo_last()
    skill = store.books.read("desk").skills[FIRST]
    assert skill.status == "approved"
    assert skill.removal is not None


def test_the_second_of_two_approvals_is_taken_back_and_the_first_one_stays(store: Store) -> None:
    two = ReviewPolicy(rules=(ReviewRule(name="two", approvals=2),))
    by(store, BOB, Operation(kind="POLICY", author=BOB, policy=two))
    by(store, BOB, verdict("APPROVE", TEXTS[0]))
    ada(store).approve(FIRST)
    assert statuses(store)[0] == "approved"
    ada(store).undo_last()
    skill = store.books.read("desk").skills[FIRST]
    assert (skill.status, skill.approvals) == ("proposed", ("bob",))


def test_a_merge_by_hand_is_taken_back_on_both_sides(store: Store) -> None:
    before = visible(store.books.read("desk"))
    merge = Operation(kind="MERGE", skill_id=FIRST, merged_id=SECOND, author=PERSON, text="When late, ask.")
    by(store, PERSON, merge)
    ada(store).undo_last()
    assert visible(store.books.read("desk")) == before


def test_new_rules_are_taken_back_unless_newer_ones_are_there(store: Store) -> None:
    rules = [ReviewPolicy(rules=(ReviewRule(name=name),)) for name in "ab"]
    by(store, PERSON, Operation(kind="POLICY", author=PERSON, policy=rules[0]))
    ada(store).undo_last()
    assert store.books.read("desk").policy == ReviewPolicy()
    by(store, PERSON, Operation(kind="POLICY", author=PERSON, policy=rules[0]))
    by(store, BOB, Operation(kind="POLICY", author=BOB, policy=rules[1]))
    with pytest.raises(OperationError, match="set anew since"):
        ada(store).undo_last()


def test_going_back_is_taken_back_where_it_concerned_one_skill(store: Store) -> None:
    before = visible(store.books.read("desk"))
    by(store, PERSON, Operation(kind="ROLLBACK", skill_id=FOURTH, to_revision=3, author=PERSON))
    assert len(statuses(store)) == 3
    ada(store).undo_last()
    assert visible(store.books.read("desk")) == before
    by(store, PERSON, Operation(kind="ROLLBACK", to_revision=3, author=PERSON))
    with pytest.raises(OperationError, match="it concerns the whole skillbook"):
        ada(store).undo_last()


def test_a_sitting_takes_back_only_what_it_did(store: Store) -> None:
    ada(store).approve(FIRST)
    with pytest.raises(UsageError, match="nothing to undo in this sitting"):
        ada(store).undo()


def test_the_log_says_what_was_taken_back(store: Store) -> None:
    ada(store).approve_all(IDS[:2], reason="fine")
    ada(store).undo_last()
    last = list(store.books.events("desk"))[-1].operation
    assert (last.kind, last.reason, last.author) == ("RESTORE", "undo of revisions 5 to 6", PERSON)
