"""Where each part of a skill is from."""

from seasoned.core.blame import Part, blame
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.scope import Scope
from tests.core.test_skillbook import events
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

LATE, EARLY = "When late, refuse.", "When early, accept."
TRACE = make_trace(("assistant", "one two"))
ONE, TWO = make_evidence(TRACE, "one"), make_evidence(TRACE, "two")
BOB = Author(kind="person", name="bob")


def traced(*operations: Operation, text: str = LATE) -> list[tuple[Part, str, int]]:
    return [(o.part, o.value, o.event.revision) for o in blame("desk", events(*operations), skill_id(text))]


def edit(**fields: object) -> Operation:
    return Operation.model_validate({"kind": "EDIT", "skill_id": skill_id(LATE), "author": BOB, **fields})


def test_every_part_is_of_the_event_that_brought_it() -> None:
    agree = Operation(kind="AGREE", skill_id=skill_id(LATE), author=LEARNER, evidence=(TWO,))
    reworded = edit(text="When too late, refuse.", section="returns", scope=Scope(tenant="acme"))
    assert traced(add(LATE, (ONE,), LEARNER), agree, reworded, verdict("APPROVE", LATE)) == [
        ("wording", LATE, 1),
        ("wording", "When too late, refuse.", 3),
        ("section", "returns", 3),
        ("scope", "tenant acme", 3),
        ("evidence", "one", 1),
        ("evidence", "two", 2),
        ("verdict", "APPROVE", 4),
    ]


def test_a_value_that_came_again_is_of_the_later_event() -> None:
    path = add(LATE, section="a"), edit(section="b"), edit(section="a")
    assert ("section", "a", 3) in traced(*path)


def test_what_a_rollback_brought_back_is_of_the_event_that_brought_it_first() -> None:
    back = Operation(kind="ROLLBACK", author=PERSON, to_revision=1)
    assert traced(add(LATE, section="a"), edit(section="b"), back) == [
        ("wording", LATE, 1),
        ("section", "a", 1),
        ("rollback", "to revision 1", 3),
    ]


def test_a_quote_that_came_by_a_merge_is_of_the_event_that_brought_it() -> None:
    merge = Operation(kind="MERGE", skill_id=skill_id(EARLY), merged_id=skill_id(LATE), author=LEARNER)
    path = add(LATE, (ONE,), LEARNER), add(EARLY, (TWO,), LEARNER), merge
    assert [o for o in traced(*path, text=EARLY) if o[0] == "evidence"] == [
        ("evidence", "two", 2),
        ("evidence", "one", 1),
    ]


def test_a_skill_that_is_not_in_the_book_has_no_parts() -> None:
    assert traced(add(EARLY)) == []


def test_a_proposed_removal_is_told() -> None:
    remove = Operation(kind="REMOVE", skill_id=skill_id(LATE), author=LEARNER, reason="outdated")
    assert ("verdict", "REMOVE", 2) in traced(add(LATE), remove)
