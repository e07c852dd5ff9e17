"""Moving labels, and what that changes for users."""

from collections.abc import Iterator

import pytest

from seasoned.core.operation import skill_id
from seasoned.errors import PromptError, UsageError
from seasoned.pipeline.promoting import Promotion, Unproven, labelled, promote, roll_back, take_away
from seasoned.store.store import Store
from tests.make import verdict
from tests.prompts import RULES, bare_prompt, compiled

FIRST, SECOND, _ = map(skill_id, RULES)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened


def put(store: Store, *rules: str, base: str = "Be kind.\n") -> Promotion:
    """Approve these, compile, and promote what comes of it."""
    prompt = compiled(store, *rules, base=base)
    return promote(store, "default", "production", prompt, by="ada", reason=Unproven("better"))


def test_the_first_promotion_brings_every_skill(store: Store) -> None:
    came_to = put(store, RULES[0])
    assert (came_to.before, came_to.is_moved, came_to.changes.came) == (None, True, (FIRST,))
    assert labelled(store, "default", "production") == came_to.after


def test_a_promotion_says_what_comes_goes_and_changes(store: Store) -> None:
    put(store, RULES[0])
    second = put(store, RULES[1])
    assert (second.changes.came, second.changes.went) == ((SECOND,), ())
    store.books.append("default", [verdict("RETIRE", RULES[0], reason="old")], scope="retire")
    third = put(store, base="Be brief.\n")
    assert (third.changes.went, third.changes.is_rebased) == ((FIRST,), True)


def test_the_same_prompt_again_moves_nothing(store: Store) -> None:
    put(store, RULES[0])
    again = put(store)
    assert (again.is_moved, len(store.labels.history("default"))) == (False, 1)


def test_a_placebo_is_never_promoted(store: Store) -> None:
    placebo = compiled(store, RULES[0]).model_copy(update={"is_placebo": True})
    with pytest.raises(PromptError, match="a placebo is never promoted"):
        promote(store, "default", "production", placebo, by="ada")
    assert store.labels.history("default") == ()


def test_a_label_goes_back_step_by_step_and_then_says_that_there_is_no_further(store: Store) -> None:
    put(store, RULES[0])
    put(store, RULES[1])
    put(store, RULES[2])
    back = [roll_back(store, "default", "production", by="ada") for _ in range(2)]
    assert [len(each.after.included) for each in back if each.after] == [2, 1]
    assert [(each.notes, each.move.reason) for each in back] == [((), "rolled back")] * 2
    with pytest.raises(PromptError, match="nothing to go back to"):
        roll_back(store, "default", "production", by="ada")
    with pytest.raises(PromptError, match="it never pointed at a prompt"):
        roll_back(store, "default", "staging", by="ada")


def test_a_label_that_is_taken_away_takes_its_skills_from_users_until_it_comes_back(store: Store) -> None:
    put(store, RULES[0])
    gone = take_away(store, "default", "production", by="ada", reason="recall")
    assert (gone.after, gone.changes.went, gone.is_moved) == (None, (FIRST,), True)
    assert labelled(store, "default", "production") is None
    assert roll_back(store, "default", "production", by="ada").changes.came == (FIRST,)
    with pytest.raises(UsageError, match="has no label 'staging'"):
        take_away(store, "default", "staging", by="ada")


def test_an_older_prompt_or_one_of_another_book_is_allowed_but_said(store: Store) -> None:
    first, _ = compiled(store, RULES[0]), put(store, RULES[1])
    older = promote(store, "default", "production", first, by="ada", reason=Unproven("back"))
    assert older.notes == ("the prompt is of revision 2, older than revision 4 before it",)
    other = promote(
        store, "default", "production", compiled(store, RULES[2], book="other"), by="ada", reason=Unproven("try")
    )
    assert other.notes == ("the prompt was compiled from the skillbook 'other', not from 'default'",)


def test_a_prompt_that_was_never_kept_cannot_be_promoted(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no prompt"):
        promote(store, "default", "production", bare_prompt("unkept"), by="ada", reason=Unproven("x"))
