"""Two skills of one prompt that contradict each other are told."""

import pytest

from seasoned.compile.compiler import compile_prompt
from seasoned.core.operation import Conflict, ConflictKind
from seasoned.core.prompt import Prompt
from seasoned.core.skill import Skill
from tests.compile.building import book, skill

OLD = skill("When a refund is asked for, check the window.")
NEW = skill("When it rains, close the roof.", born=2)


def compiled(*skills: Skill, budget: int = 5_000) -> Prompt:
    return compile_prompt(book(*skills), "", budget_tokens=budget)


def against(one: Skill, other: Skill, kind: ConflictKind = "contradicts") -> Skill:
    return one.model_copy(update={"conflicts": (Conflict(skill_id=other.id, kind=kind, reason="both cannot be"),)})


@pytest.mark.parametrize(
    "skills", [(against(OLD, NEW), NEW), (OLD, against(NEW, OLD)), (against(OLD, NEW), against(NEW, OLD))]
)
def test_what_the_log_says_is_told_once_whichever_of_them_says_it(skills: tuple[Skill, Skill]) -> None:
    (pair,) = compiled(*skills).conflicts
    assert (pair.skill_id, pair.other_id, pair.reason) == (OLD.id, NEW.id, "both cannot be")


def test_a_merged_skill_stands_for_the_one_that_it_went_into() -> None:
    gone = skill("When wet, close it.", born=3, status="merged").model_copy(update={"merged_into": NEW.id})
    (pair,) = compiled(against(OLD, gone), NEW, gone).conflicts
    assert (pair.skill_id, pair.other_id) == (OLD.id, NEW.id)


@pytest.mark.parametrize(
    "skills",
    [
        (against(OLD, NEW, "would replace"), NEW),
        (against(OLD, NEW), NEW.model_copy(update={"status": "retired"})),
        (against(OLD, skill("Never seen.")), NEW),
        (against(OLD, OLD), NEW),
    ],
    ids=["another kind", "one does not stand", "one is not in the book", "itself"],
)
def test_what_is_no_contradiction_in_this_prompt_is_not_told(skills: tuple[Skill, Skill]) -> None:
    assert compiled(*skills).conflicts == ()


def test_one_that_the_budget_leaves_out_contradicts_nothing() -> None:
    budget = compiled(OLD).n_tokens
    assert compiled(against(OLD, NEW), NEW, budget=budget).conflicts == ()


def test_wordings_that_read_the_same_but_for_a_negation_are_told_though_the_log_is_silent() -> None:
    one = skill("When the window is over, approve the refund.")
    other = skill("When the window is over, do not approve the refund.", born=2)
    (pair,) = compiled(one, other).conflicts
    assert "negation" in pair.reason


def test_rules_about_different_numbers_are_not_taken_for_contradictions() -> None:
    assert compiled(*(skill(f"When step {n} is done, go on.", born=n) for n in range(1, 30))).conflicts == ()
