"""A sitting: verdicts are in the log at once and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seasoned.core.operation import skill_id
from seasoned.core.parsed import Parsed
from seasoned.core.skill import Skill
from seasoned.curate.review.context import in_context
from seasoned.curate.review.sitting import Review
from seasoned.errors import OperationError, UsageError
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace

FIRST, SECOND = "When late, refuse.", "When early, accept."
TRACE = make_trace(("user", "Refund order RX-20931"), ("assistant", "Sure. I refunded it. Bye."), ("user", "Thanks"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") as opened:
        opened.traces.add([Parsed(trace=TRACE)])
        evidence = make_evidence(TRACE, "refunded it", step=1), make_evidence(TRACE, "Thanks", step=2)
        operations = [add(FIRST, evidence[:1], LEARNER), add(SECOND, evidence, LEARNER)]
        opened.books.append("desk", operations, scope="run-1")
        yield opened


@pytest.fixture
def sitting(store: Store) -> Review:
    return Review(store, "desk", PERSON)


def skill(sitting: Review, text: str) -> Skill:
    return sitting.book().skills[skill_id(text)]


def test_the_queue_begins_with_the_best_supported(sitting: Review) -> None:
    assert [each.skill.text for each in sitting.queue()] == [SECOND, FIRST]


def test_every_kind_of_step_can_be_undone_in_turn(sitting: Review) -> None:
    before = sitting.book().skills
    sitting.approve(skill_id(FIRST))
    sitting.edit(skill_id(SECOND), "When early, accept at once.")
    sitting.reject(skill_id(SECOND), reason="obvious")
    assert skill(sitting, SECOND).status_reason == "obvious"
    assert sitting.queue() == ()
    for expected in ("REJECT", "EDIT", "APPROVE"):
        assert expected in sitting.undo()
    after = sitting.book().skills
    assert {i: (s.status, s.text) for i, s in after.items()} == {i: (s.status, s.text) for i, s in before.items()}
    with pytest.raises(UsageError, match="nothing to undo"):
        sitting.undo()


def test_several_are_approved_at_once_or_not_at_all(sitting: Review) -> None:
    sitting.approve(skill_id(FIRST))
    with pytest.raises(OperationError):
        sitting.approve_all([skill_id(SECOND), skill_id(FIRST)], reason="all")
    assert skill(sitting, SECOND).status == "proposed"
    sitting.approve_all([skill_id(SECOND)], reason="all")
    sitting.undo()
    assert skill(sitting, SECOND).status == "proposed"


def test_retiring_and_restoring(sitting: Review) -> None:
    sitting.approve(skill_id(FIRST))
    sitting.retire(skill_id(FIRST), reason="policy changed")
    assert skill(sitting, FIRST).status == "retired"
    sitting.restore(skill_id(FIRST))
    assert skill(sitting, FIRST).status == "approved"


def test_an_edit_is_checked_like_a_proposal(sitting: Review) -> None:
    sitting.edit(skill_id(FIRST), "When RX-20931 is named, refuse.")
    assert skill(sitting, FIRST).taints == ("names 'RX-20931', which stands in a trace",)


def test_undoing_an_edit_leaves_the_skill_as_it_was(sitting: Review) -> None:
    before = skill(sitting, FIRST)
    sitting.edit(skill_id(FIRST), "When RX-20931 is named, refuse.")
    sitting.undo()
    after = skill(sitting, FIRST)
    assert (after.text, after.reason, after.taints) == (before.text, before.reason, before.taints)


def test_what_was_reworded_meanwhile_is_not_approved_unseen(sitting: Review) -> None:
    seen = skill(sitting, FIRST).text
    sitting.edit(skill_id(FIRST), "When late, refuse at once.")
    with pytest.raises(OperationError, match="wording has changed since it was shown"):
        sitting.approve(skill_id(FIRST), wording=seen)


def test_an_edit_that_changes_nothing_is_refused(sitting: Review) -> None:
    with pytest.raises(UsageError, match="as it was"):
        sitting.edit(skill_id(FIRST), FIRST)


def test_a_quote_is_shown_between_the_steps_around_it() -> None:
    before, quoted, after = in_context(make_evidence(TRACE, "refunded it", step=1), TRACE)
    assert (before.index, before.before) == (0, "Refund order RX-20931")
    assert (quoted.before, quoted.quote, quoted.after) == ("Sure. I ", "refunded it", ". Bye.")
    assert after.index == 2


def test_long_neighbours_are_shortened() -> None:
    trace = make_trace(("tool_result", "x" * 5000), ("assistant", "a" * 900 + "QUOTE" + "b" * 900))
    before, quoted = in_context(make_evidence(trace, "QUOTE", step=1), trace, max_chars=100)
    assert before.before == "x" * 100 + "… (+4,900 characters)"
    assert quoted.before == "… " + "a" * 100
    assert quoted.after.startswith("b" * 100 + "…")
