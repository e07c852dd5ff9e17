"""Merging one skill into another, and taking it back; any sequence of operations keeps all evidence."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, Conflict, Event, Operation, OperationKind, skill_id
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook, extended, fold
from seasoned.errors import OperationError
from tests.core.test_skillbook import NOON, events
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

TEXTS = ("When late, refuse the refund.", "When overdue, refuse the refund.", "When damaged, send a new one.")
TRACE = make_trace(("assistant", "one two three four five six seven"))
QUOTES = tuple(make_evidence(TRACE, word) for word in ("one", "two", "three", "four"))
FIRST, SECOND, THIRD = (add(text, (quote,), LEARNER) for text, quote in zip(TEXTS, QUOTES, strict=False))


def merge(into: str, gone: str, author: Author = LEARNER, text: str | None = None) -> Operation:
    return Operation(kind="MERGE", skill_id=skill_id(into), merged_id=skill_id(gone), author=author, text=text)


def skills(*operations: Operation) -> tuple[Skill, ...]:
    book = fold("desk", events(*operations))
    return tuple(book.skills[skill_id(text)] for text in TEXTS if skill_id(text) in book.skills)


def test_the_skill_that_stays_gets_the_evidence_and_the_other_says_where_it_went() -> None:
    stays, gone = skills(FIRST, SECOND, merge(TEXTS[0], TEXTS[1]))
    assert stays.evidence == QUOTES[:2]
    assert (stays.status, stays.text) == ("proposed", TEXTS[0])
    assert (gone.status, gone.merged_into, gone.evidence) == ("merged", stays.id, QUOTES[1:2])


def test_a_merge_can_bring_a_wording_for_both() -> None:
    both = "When late or overdue, refuse the refund."
    stays, _ = skills(FIRST, SECOND, merge(TEXTS[0], TEXTS[1], text=both))
    assert stays.text == both
    assert [w.text for w in stays.wordings] == [TEXTS[0], both]


def test_restoring_takes_the_merge_back_and_just_what_came_by_it() -> None:
    own = verdict("AGREE", TEXTS[0], LEARNER).model_copy(update={"evidence": QUOTES[3:]})
    shared = SECOND.model_copy(update={"evidence": (QUOTES[1], QUOTES[0])})
    stays, back = skills(FIRST, shared, merge(TEXTS[0], TEXTS[1]), own, verdict("RESTORE", TEXTS[1]))
    assert stays.evidence == (QUOTES[0], QUOTES[3])
    assert (back.status, back.merged_into, back.given, back.evidence) == ("proposed", None, (), shared.evidence)


def test_an_approved_skill_that_a_person_merged_is_approved_again() -> None:
    approved = verdict("APPROVE", TEXTS[0]), verdict("APPROVE", TEXTS[1])
    path = (FIRST, SECOND, *approved, merge(TEXTS[0], TEXTS[1], PERSON), verdict("RESTORE", TEXTS[1]))
    assert [s.status for s in skills(*path)] == ["approved", "approved"]
    assert skills(*path, verdict("RESTORE", TEXTS[1]))[1].status == "proposed"


def test_the_book_finds_the_skill_that_stands_for_a_merged_one() -> None:
    book = fold("desk", events(FIRST, SECOND, THIRD, merge(TEXTS[0], TEXTS[1]), merge(TEXTS[2], TEXTS[0])))
    assert book.standing(skill_id(TEXTS[1])).id == skill_id(TEXTS[2])
    assert book.skills[skill_id(TEXTS[2])].evidence == (QUOTES[2], QUOTES[0], QUOTES[1])


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ([FIRST, merge(TEXTS[0], TEXTS[1])], "needs another skill of the book"),
        ([FIRST, merge(TEXTS[0], TEXTS[0])], "needs another skill of the book"),
        ([FIRST, SECOND, verdict("REJECT", TEXTS[1]), merge(TEXTS[0], TEXTS[1])], "it is rejected"),
        ([FIRST, SECOND, verdict("REJECT", TEXTS[0]), merge(TEXTS[0], TEXTS[1])], "it is rejected"),
        ([FIRST, SECOND, merge(TEXTS[0], TEXTS[1]), merge(TEXTS[1], TEXTS[0])], "it is merged"),
        ([FIRST, SECOND, verdict("APPROVE", TEXTS[1]), merge(TEXTS[0], TEXTS[1])], "only a person may merge"),
        ([FIRST, SECOND, verdict("APPROVE", TEXTS[1]), merge(TEXTS[0], TEXTS[1], PERSON)], "goes into an approved one"),
        ([FIRST, SECOND, verdict("APPROVE", TEXTS[0]), merge(TEXTS[0], TEXTS[1], text="Other.")], "only a person may"),
        ([FIRST, SECOND, merge(TEXTS[0], TEXTS[1]), verdict("AGREE", TEXTS[1])], "agree with that"),
        ([FIRST, SECOND, merge(TEXTS[0], TEXTS[1]), verdict("EDIT", TEXTS[1])], "it is merged"),
        ([FIRST, SECOND, merge(TEXTS[0], TEXTS[1]), verdict("APPROVE", TEXTS[1])], "it is merged, not proposed"),
        (
            [FIRST, SECOND, THIRD, merge(TEXTS[0], TEXTS[1]), merge(TEXTS[2], TEXTS[0]), verdict("RESTORE", TEXTS[1])],
            "restore that",
        ),
        ([FIRST, verdict("EDIT", TEXTS[0], PERSON), verdict("EDIT", TEXTS[0], LEARNER)], "a person has worded it"),
    ],
)
def test_forbidden_merges_say_why(operations: Sequence[Operation], why: str) -> None:
    with pytest.raises(OperationError, match=why):
        fold("desk", events(*operations))


def test_conflicts_add_up_and_a_scope_is_as_wide_as_the_runs_behind_it() -> None:
    one, other = Conflict(skill_id="skill-a", reason="says refund"), Conflict(skill_id="skill-b", kind="would replace")
    first = FIRST.model_copy(update={"conflicts": (one,), "scope": Scope(agent="desk", tools=("refund",))})
    agree = verdict("AGREE", TEXTS[0], LEARNER)
    same = agree.model_copy(update={"conflicts": (one, other), "scope": Scope(agent="desk", tools=("escalate",))})
    (skill,) = skills(first, same)
    assert skill.conflicts == (one, other)
    assert skill.scope == Scope(agent="desk", tools=("escalate", "refund"))
    (skill,) = skills(first, same, agree.model_copy(update={"scope": Scope(agent="shop")}))
    assert skill.scope.agent == ""


def test_an_event_from_before_these_fields_still_folds() -> None:
    body = '{"kind":"ADD","skill_id":"skill-1","author":{"kind":"person","name":"ada"},"text":"When late, refuse."}'
    old = f'{{"revision":1,"at":"2026-01-01T12:00:00Z","operation":{body}}}'
    skill = fold("desk", [Event.model_validate_json(old)]).skills["skill-1"]
    assert (skill.conflicts, skill.scope, skill.merged_into) == ((), Scope(), None)


def test_a_field_at_its_default_does_not_change_the_stored_event() -> None:
    stored = {"kind", "skill_id", "author", "text", "reason", "section", "evidence"}
    assert set(FIRST.model_dump(exclude_defaults=True)) == stored


KINDS: list[OperationKind] = ["ADD", "EDIT", "AGREE", "MERGE", "APPROVE", "REJECT", "RETIRE", "RESTORE"]


def operation(kind: OperationKind, text: str, other: str, quote: Evidence, author: Author) -> Operation:
    return Operation(
        kind=kind,
        skill_id=skill_id(text),
        merged_id=skill_id(other) if kind == "MERGE" else None,
        author=author,
        text=text if kind == "ADD" else None,
        evidence=(quote,) if kind in ("ADD", "EDIT", "AGREE", "MERGE") else (),
    )


OPERATIONS = st.builds(
    operation,
    st.sampled_from(KINDS),
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS),
    st.sampled_from(QUOTES),
    st.sampled_from([LEARNER, PERSON]),
)


def held(book: Skillbook) -> set[str]:
    return {evidence.quote for skill in book.skills.values() for evidence in skill.evidence}


@given(st.lists(OPERATIONS, max_size=40))
def test_whatever_happens_no_evidence_is_lost_and_every_merged_skill_has_one_that_stands(
    operations: list[Operation],
) -> None:
    book, log, seen = Skillbook(name="desk"), list[Event](), set[str]()
    for operation in operations:
        event = Event(revision=len(log) + 1, at=NOON, operation=operation)
        try:
            book = extended(book, [event])
        except OperationError:
            continue
        log.append(event)
        seen |= {evidence.quote for evidence in operation.evidence}
        assert held(book) == seen
    assert fold("desk", log) == book
    assert all(key == skill.id for key, skill in book.skills.items())
    for skill in book.skills.values():
        assert (skill.status == "merged") == (skill.merged_into is not None)
        assert book.standing(skill.id).status != "merged"
        assert len(set(skill.evidence)) == len(skill.evidence)


@given(st.lists(OPERATIONS, max_size=30))
def test_an_approved_wording_is_changed_by_persons_only(operations: list[Operation]) -> None:
    book = Skillbook(name="desk")
    for operation in operations:
        event = Event(revision=book.revision + 1, at=NOON, operation=operation)
        before = {s.id: s.text for s in book.with_status("approved")}
        try:
            book = extended(book, [event])
        except OperationError:
            continue
        if operation.author.kind != "person":
            assert {i: book.skills[i].text for i in before} == before
            assert {s.id for s in book.with_status("approved")} >= before.keys()
