"""Going back, and merging branches: what is taken over, what is joined, what a person must decide."""

from collections.abc import Iterator

import pytest

from seasoned.core.merging import Choices
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill
from seasoned.curate.history import Merged, merge_books, roll_back, rollback_of
from seasoned.errors import OperationError, StoreConflict, UsageError
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

LATE, EARLY = "When late, refuse.", "When early, accept."
TRACE = make_trace(("assistant", "one two three four"))
ONE, TWO, THREE = (make_evidence(TRACE, word) for word in ("one", "two", "three"))
BOB = Author(kind="person", name="bob")
TWO_PERSONS = ReviewPolicy(rules=(ReviewRule(name="two", approvals=2),))


@pytest.fixture
def store() -> Iterator[Store]:
    """A store in memory with a book of two skills, and a branch of it."""
    with Store(":memory:") as store:
        store.books.append("main", [add(LATE, (ONE,), LEARNER), add(EARLY, (ONE,), LEARNER)], scope="begin")
        store.books.branch("main", "trial")
        yield store


def act(store: Store, book: str, *operations: Operation) -> None:
    for operation in operations:
        scope = f"{book}-{store.books.read(book).revision}"
        store.books.append(book, [operation], scope=scope)


def skill(store: Store, book: str, text: str) -> Skill:
    return store.books.read(book).skills[skill_id(text)]


def edit(text: str, to: str, author: Author = PERSON, **more: object) -> Operation:
    fields = {"kind": "EDIT", "skill_id": skill_id(text), "text": to, "author": author, "reason": "clearer"}
    return Operation.model_validate({**fields, **more})


def agree(text: str, *evidence: object) -> Operation:
    fields = {"kind": "AGREE", "skill_id": skill_id(text), "author": LEARNER, "evidence": evidence}
    return Operation.model_validate(fields)


def policy(rules: ReviewPolicy) -> Operation:
    return Operation(kind="POLICY", author=PERSON, policy=rules)


def merged(store: Store, source: str = "trial", into: str = "main", **choices: object) -> Merged:
    chosen = Choices(**choices) if choices else None  # pyright: ignore[reportArgumentType]
    return merge_books(store, source, into, by=PERSON, choices=chosen)


def going_back(store: Store, book: str, to: int, text: str = "", by: Author = PERSON) -> None:
    now = store.books.read(book)
    one = skill_id(text) if text else ""
    roll_back(store, now, rollback_of(store, now, to, by=by, skill_id=one, reason="it was better"))


def test_going_back_tells_first_and_brings_exactly_that_state_back(store: Store) -> None:
    then = store.books.read("main").skills
    act(store, "main", verdict("APPROVE", LATE), add("When broken, replace."), edit(EARLY, "When early, wait."))
    now = store.books.read("main")
    found = rollback_of(store, now, 2, by=PERSON, reason="too soon")
    assert found.diff.summary == "1 went, 2 changed"
    assert store.books.read("main") == now
    assert roll_back(store, now, found) == 6
    assert store.books.read("main").skills == then


def test_one_skill_goes_back_alone(store: Store) -> None:
    act(store, "main", verdict("APPROVE", LATE), verdict("APPROVE", EARLY))
    going_back(store, "main", 2, LATE)
    assert (skill(store, "main", LATE).status, skill(store, "main", EARLY).status) == ("proposed", "approved")


def test_going_back_does_not_wipe_out_what_came_meanwhile(store: Store) -> None:
    act(store, "main", verdict("APPROVE", LATE))
    seen = store.books.read("main")
    found = rollback_of(store, seen, 2, by=PERSON, reason="too soon")
    act(store, "main", verdict("APPROVE", EARLY, BOB))
    with pytest.raises(StoreConflict, match="meanwhile came 4 APPROVE by bob; going back would undo it unseen"):
        roll_back(store, seen, found)
    assert skill(store, "main", EARLY).status == "approved"


@pytest.mark.parametrize("to", [-1, 2, 99])
def test_there_is_no_way_back_to_what_is_not_before(store: Store, to: int) -> None:
    with pytest.raises(UsageError, match="no way back to revision"):
        rollback_of(store, store.books.read("main"), to, by=PERSON, reason="")


def test_a_skill_does_not_go_back_from_under_one_that_went_into_it(store: Store) -> None:
    act(store, "main", Operation(kind="MERGE", skill_id=skill_id(EARLY), merged_id=skill_id(LATE), author=PERSON))
    with pytest.raises(OperationError, match="went into it; restore that first"):
        going_back(store, "main", 1, EARLY)


def test_going_back_where_nothing_changed_changes_nothing(store: Store) -> None:
    act(store, "main", agree(LATE, ONE))
    going_back(store, "main", 2)
    assert store.books.read("main").revision == 3


def test_what_only_the_branch_did_is_done_over_again_by_its_authors(store: Store) -> None:
    new = "When broken, replace."
    learned, judged = add(new, (TWO,), LEARNER), verdict("APPROVE", new, BOB, reason="seen it")
    act(store, "trial", learned, judged, edit(LATE, "When too late, refuse.", BOB))
    act(store, "main", verdict("APPROVE", EARLY))
    done = merged(store)
    assert done.operations == (learned, judged, edit(LATE, "When too late, refuse.", BOB))
    assert skill(store, "main", new).decisions[0].author == BOB
    assert skill(store, "main", LATE).wordings[-1].author == BOB
    assert skill(store, "main", EARLY).status == "approved"


def test_a_verdict_that_was_taken_back_and_given_again_comes_as_often(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", LATE), verdict("RESTORE", LATE), verdict("APPROVE", LATE))
    assert len(merged(store).operations) == 3
    assert skill(store, "main", LATE).status == "approved"


def test_evidence_and_scope_of_both_sides_are_joined(store: Store) -> None:
    act(store, "trial", agree(LATE, TWO), edit(LATE, LATE, scope=Scope(tenant="acme"), reason="why"))
    act(store, "main", agree(LATE, THREE), edit(LATE, LATE, scope=Scope(tags=("x",)), reason="why"))
    assert not merged(store).conflicts
    after = skill(store, "main", LATE)
    assert after.evidence == (ONE, THREE, TWO)
    assert after.scope == Scope(tenant="acme", tags=("x",))


def test_a_skill_that_both_added_gets_the_evidence_of_both(store: Store) -> None:
    new = "When broken, replace."
    act(store, "trial", add(new, (TWO,), LEARNER).model_copy(update={"reason": "another reason"}))
    act(store, "main", add(new, (THREE,), LEARNER), verdict("APPROVE", new))
    assert [o.kind for o in merged(store).operations] == ["AGREE"]
    after = skill(store, "main", new)
    assert (after.evidence, after.status, after.reason) == ((THREE, TWO), "approved", "why")


def test_a_skill_that_both_added_keeps_the_limit_and_the_taint_that_one_side_gave_it(store: Store) -> None:
    text = "When acme writes, answer acme."
    limited = {"scope": Scope(agent="desk", tenant="acme"), "taints": ("holds an address",)}
    act(store, "main", add(text, (ONE,), LEARNER).model_copy(update=limited))
    act(store, "trial", add(text, (TWO,), LEARNER))
    assert merged(store).is_done
    found = skill(store, "main", text)
    assert (found.scope.tenant, found.taints) == ("acme", ("holds an address",))
    assert merged(store, "main", "trial").is_done
    found = skill(store, "trial", text)
    assert (found.scope.tenant, found.taints) == ("acme", ("holds an address",))


def test_a_skill_that_both_added_for_other_tenants_is_a_conflict(store: Store) -> None:
    for book, tenant in (("main", "acme"), ("trial", "zeta")):
        act(store, book, add("When asked, answer.").model_copy(update={"scope": Scope(tenant=tenant)}))
    assert [field.field for conflict in merged(store).unresolved for field in conflict.fields] == ["scope"]


def test_two_wordings_are_a_conflict_that_changes_nothing_until_it_is_decided(store: Store) -> None:
    act(store, "trial", edit(LATE, "When very late, refuse.", BOB), verdict("APPROVE", EARLY))
    act(store, "main", edit(LATE, "When late, say no."))
    done = merged(store)
    (conflict,) = done.unresolved
    (field,) = conflict.fields
    assert (field.base, field.ours, field.theirs) == (LATE, "When late, say no.", "When very late, refuse.")
    assert not done.is_done
    assert store.books.read("main").revision == 3
    assert merged(store, theirs=frozenset({skill_id(LATE)})).is_done
    assert skill(store, "main", LATE).text == "When very late, refuse."
    assert skill(store, "main", EARLY).status == "approved"


def test_a_conflict_that_is_decided_for_ours_is_not_asked_again(store: Store) -> None:
    act(store, "trial", edit(LATE, "When very late, refuse."))
    act(store, "main", edit(LATE, "When late, say no."))
    assert merged(store, rest="ours").is_done
    assert skill(store, "main", LATE).text == "When late, say no."
    act(store, "trial", verdict("APPROVE", EARLY))
    assert not merged(store).conflicts
    assert skill(store, "main", EARLY).status == "approved"


def test_a_verdict_and_another_wording_touch_each_other(store: Store) -> None:
    act(store, "trial", edit(LATE, "When very late, refuse.", LEARNER))
    act(store, "main", verdict("APPROVE", LATE))
    assert {field.field for field in merged(store).unresolved[0].fields} == {"text", "status"}
    assert merged(store, rest="theirs").is_done
    after = skill(store, "main", LATE)
    assert (after.text, after.status) == ("When very late, refuse.", "proposed")


def test_a_verdict_that_is_taken_over_against_ours_is_the_merging_persons(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", LATE, BOB))
    act(store, "main", verdict("REJECT", LATE, reason="no"))
    done = merged(store, theirs=frozenset({skill_id(LATE)}))
    assert [(o.kind, o.author.name) for o in done.operations] == [("RESTORE", "ada"), ("APPROVE", "ada")]
    assert skill(store, "main", LATE).status == "approved"
    assert skill(store, "main", LATE).decisions[-1].reason == "merged from trial@3"


def test_limits_that_contradict_each_other_are_a_conflict(store: Store) -> None:
    act(store, "trial", edit(LATE, LATE, scope=Scope(tenant="acme"), reason="why"))
    act(store, "main", edit(LATE, LATE, scope=Scope(tenant="globex"), reason="why"))
    assert [field.field for field in merged(store).unresolved[0].fields] == ["scope"]
    merged(store, rest="theirs")
    assert skill(store, "main", LATE).scope.tenant == "acme"


def test_skills_that_went_into_one_another_are_decided_on_together(store: Store) -> None:
    into = Operation(kind="MERGE", skill_id=skill_id(EARLY), merged_id=skill_id(LATE), author=BOB)
    act(store, "trial", into)
    act(store, "main", edit(LATE, "When late, say no."))
    (conflict,) = merged(store).unresolved
    assert set(conflict.ids) == {skill_id(LATE), skill_id(EARLY)}
    assert merged(store, rest="theirs").is_done
    assert skill(store, "main", LATE).merged_into == skill_id(EARLY)


def test_one_that_went_into_another_takes_in_what_ours_learned_about_both(store: Store) -> None:
    into = Operation(kind="MERGE", skill_id=skill_id(EARLY), merged_id=skill_id(LATE), author=BOB)
    act(store, "trial", into)
    act(store, "main", agree(EARLY, TWO))
    assert merged(store).operations == (into,)
    assert skill(store, "main", EARLY).evidence == (ONE, TWO)


def test_what_the_branch_took_back_is_not_brought(store: Store) -> None:
    act(store, "trial", edit(LATE, "When very late, refuse."), verdict("APPROVE", LATE), add("When odd, ask."))
    going_back(store, "trial", 3)
    assert [o.kind for o in merged(store).operations] == ["EDIT"]
    assert skill(store, "main", LATE).status == "proposed"


def test_a_branch_that_went_back_before_it_began_takes_the_book_along(store: Store) -> None:
    going_back(store, "trial", 1, by=BOB)
    done = merged(store)
    assert {(o.kind, o.skill_id, o.author.name) for o in done.operations} == {("ROLLBACK", skill_id(EARLY), "bob")}
    assert store.books.read("main").skills.keys() == {skill_id(LATE)}


def test_a_skill_that_was_merged_and_taken_back_on_the_branch_goes(store: Store) -> None:
    new = "When broken, replace."
    act(store, "trial", add(new))
    merged(store)
    going_back(store, "trial", 2)
    assert [(o.kind, o.author.name) for o in merged(store).operations] == [("ROLLBACK", "ada")]
    assert skill_id(new) not in store.books.read("main").skills


def test_one_that_went_on_one_side_and_changed_on_the_other_is_a_conflict(store: Store) -> None:
    act(store, "main", verdict("APPROVE", EARLY))
    going_back(store, "trial", 1)
    (conflict,) = merged(store).unresolved
    assert [(f.field, f.theirs) for f in conflict.fields] == [("skill", "not in the book")]
    assert merged(store, rest="theirs").is_done
    assert skill_id(EARLY) not in store.books.read("main").skills


def test_one_that_ours_took_out_comes_again_where_theirs_is_chosen(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", EARLY))
    going_back(store, "main", 1)
    assert merged(store, rest="theirs").is_done
    after = skill(store, "main", EARLY)
    assert (after.status, after.evidence) == ("approved", (ONE,))


def test_a_removal_that_was_proposed_comes_along(store: Store) -> None:
    act(store, "trial", verdict("REMOVE", LATE, LEARNER, reason="outdated"))
    act(store, "main", agree(LATE, TWO))
    merged(store)
    removal = skill(store, "main", LATE).removal
    assert removal is not None
    assert removal.author == LEARNER


def test_merges_go_back_and_forth(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", LATE), agree(EARLY, TWO))
    act(store, "main", add("When broken, replace."), agree(EARLY, THREE))
    merged(store)
    assert [o.kind for o in merged(store, "main", "trial").operations] == ["ADD", "AGREE"]
    act(store, "trial", verdict("RETIRE", LATE))
    act(store, "main", verdict("APPROVE", EARLY))
    assert [o.kind for o in merged(store).operations] == ["RETIRE"]
    assert [o.kind for o in merged(store, "main", "trial").operations] == ["APPROVE"]
    ours, theirs = store.books.read("main").skills, store.books.read("trial").skills
    assert {i: (s.text, s.status, set(s.evidence)) for i, s in ours.items()} == {
        i: (s.text, s.status, set(s.evidence)) for i, s in theirs.items()
    }


def test_branches_of_one_book_merge_with_each_other(store: Store) -> None:
    store.books.branch("main", "other", at=1)
    act(store, "other", verdict("APPROVE", LATE))
    act(store, "trial", agree(LATE, TWO))
    assert merged(store, "other", "trial").base == "trial@1"
    assert skill(store, "trial", LATE).status == "approved"


def test_rules_of_review_come_along_and_hold_for_what_comes_with_them(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", EARLY), policy(TWO_PERSONS), verdict("APPROVE", LATE))
    merged(store)
    assert store.books.read("main").policy == TWO_PERSONS
    assert (skill(store, "main", EARLY).status, skill(store, "main", LATE).approvals) == ("approved", ("ada",))


def test_rules_of_review_that_both_changed_are_a_conflict(store: Store) -> None:
    act(store, "trial", policy(TWO_PERSONS))
    act(store, "main", policy(ReviewPolicy(agreement="evidence only")))
    (conflict,) = merged(store).unresolved
    assert conflict.ids == ("policy",)
    assert conflict.fields[0].ours == "agreement: evidence only"
    assert merged(store, theirs=frozenset({"policy"})).is_done
    assert store.books.read("main").policy == TWO_PERSONS


def test_a_verdict_that_our_rules_do_not_allow_is_not_taken_over(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", LATE, BOB))
    act(store, "main", policy(TWO_PERSONS))
    (conflict,) = merged(store).unresolved
    assert "cannot be reached under this book's state and rules of review" in conflict.why
    assert not merged(store, rest="theirs").is_done
    assert merged(store, rest="ours").is_done
    assert skill(store, "main", LATE).status == "proposed"


def test_merging_again_does_nothing_and_a_dry_run_never_does(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", LATE))
    assert not merge_books(store, "trial", "main", by=PERSON, dry_run=True).is_done
    assert store.books.read("main").revision == 2
    merged(store)
    again = merged(store)
    assert (again.is_done, again.operations, again.revision) == (True, (), 3)
    assert [(m.book, m.revision, m.source, m.source_revision) for m in store.books.merges()] == [
        ("main", 3, "trial", 3)
    ]


def test_a_merge_without_choices_is_planned_anew_where_another_writer_was_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(store, "trial", verdict("APPROVE", LATE))
    meanwhile = iter([verdict("APPROVE", EARLY)])
    merge = store.books.merge

    def late(name: str, operations: tuple[Operation, ...], **rest: object) -> object:
        act(store, "main", *meanwhile)
        return merge(name, operations, **rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(store.books, "merge", late)
    assert merged(store).is_done
    assert {s.status for s in store.books.read("main").skills.values()} == {"approved"}


def test_a_merge_that_was_decided_is_not_carried_out_on_another_state(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(store, "trial", edit(LATE, "When very late, refuse."))
    act(store, "main", edit(LATE, "When late, say no."))
    merge = store.books.merge

    def late(name: str, operations: tuple[Operation, ...], **rest: object) -> object:
        act(store, "main", edit(LATE, "When late, ask.", BOB))
        return merge(name, operations, **rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(store.books, "merge", late)
    with pytest.raises(StoreConflict, match="meanwhile came 4 EDIT by bob; the merge was made without it"):
        merged(store, rest="theirs")
    assert skill(store, "main", LATE).text == "When late, ask."


@pytest.mark.parametrize(
    ("source", "into", "why"),
    [
        ("none", "main", "no skillbook 'none' in this store"),
        ("trial", "none", "no skillbook 'none' in this store"),
        ("main", "main", "cannot be merged into itself"),
        ("stranger", "main", "have no history in common"),
    ],
)
def test_what_cannot_be_merged(store: Store, source: str, into: str, why: str) -> None:
    store.books.append("stranger", [add(LATE)], scope="begin")
    with pytest.raises(UsageError, match=why):
        merged(store, source, into)


def test_a_choice_must_be_about_a_conflict(store: Store) -> None:
    act(store, "trial", verdict("APPROVE", LATE))
    with pytest.raises(UsageError, match=f"no conflict about {skill_id(LATE)}"):
        merged(store, theirs=frozenset({skill_id(LATE)}))
