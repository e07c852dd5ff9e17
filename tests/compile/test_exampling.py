"""Examples in compiled prompts: behind the skills, within the budget, and never taken for skills."""

import json

import pytest

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.diff import diff_prompts, skill_changes
from seasoned.compile.few_shot.text import as_text
from seasoned.compile.renderings import RENDERINGS
from seasoned.compile.template import Template
from seasoned.compile.tokens import ESTIMATE
from seasoned.core.exemplar import Case
from seasoned.core.marks import begin_mark
from seasoned.core.prompt import EXAMPLES_HEADING, EXAMPLES_INTRODUCTION, Prompt, RenderingName
from seasoned.core.trace import Step
from seasoned.learn.injected import WITHHELD, HandedOut
from tests.cases import DESK, case_of, parcels
from tests.compile.building import book, skill
from tests.learn.building import run, says, user

SKILL = skill("When a parcel is late, ask the depot for its number before you answer the customer.")
CASES = (case_of(), *parcels(2))


def compiled(*cases: Case, budget: int = 2_000, base: str = "Be kind.", **how: object) -> Prompt:
    config = CompileConfig(cases=cases, **how)  # pyright: ignore[reportArgumentType]
    return compile_prompt(book(SKILL), base, budget_tokens=budget, config=config)


def test_examples_stand_behind_the_skills_in_the_order_given() -> None:
    prompt = compiled(*CASES)
    shown = f"\n\n{EXAMPLES_HEADING}\n\n{EXAMPLES_INTRODUCTION}\n\n{as_text(CASES)}"
    assert prompt.text == compiled().text + shown
    assert prompt.skills_text == compiled().skills_text
    assert prompt.text_without_skills == "Be kind."
    assert prompt.examples_block == (len(compiled().text), len(prompt.text))
    assert prompt == compiled(*CASES)


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_what_each_costs_and_where_it_stands(rendering: RenderingName) -> None:
    prompt = compiled(*CASES, rendering=RENDERINGS[rendering])
    without = compiled(rendering=RENDERINGS[rendering])
    lines = prompt.text.split("\n")
    assert [lines[cost.line - 1] for cost in prompt.examples] == [begin_mark(case.exemplar.id) for case in CASES]
    assert without.n_tokens + sum(cost.n_tokens for cost in prompt.examples) == prompt.n_tokens
    assert ESTIMATE.count(prompt.text) == prompt.n_tokens


def test_without_a_skill_they_stand_behind_the_base_prompt() -> None:
    prompt = compile_prompt(book(), "Be kind.", budget_tokens=2_000, config=CompileConfig(cases=CASES))
    assert prompt.text.startswith(f"Be kind.\n\n{EXAMPLES_HEADING}\n")
    assert prompt.skills_text == ""


def test_a_template_has_them_where_the_skills_go() -> None:
    prompt = compiled(*CASES, base="", template=Template("Before. {{skills}}\nAfter."))
    assert prompt.text.endswith("]\nAfter.")
    assert prompt.text_without_skills == "Before. \nAfter."


def test_skills_go_first_and_examples_take_what_is_left() -> None:
    n_skills = compiled().n_tokens
    prompt = compiled(*CASES, budget=n_skills + 120)
    assert prompt.included
    assert prompt.n_tokens <= prompt.budget_tokens
    assert len(prompt.examples) + len(prompt.skipped_examples) == len(CASES)
    assert {each.reason for each in prompt.skipped_examples} == {"budget"}
    none = compiled(*CASES, budget=n_skills)
    assert (none.text, none.examples, none.examples_block) == (compiled().text, (), None)
    assert none.skipped_examples[0].detail.endswith("tokens and 0 were left")


def test_one_that_nobody_approved_is_left_out() -> None:
    prompt = compiled(case_of(status="retired"))
    assert [(each.reason, each.detail) for each in prompt.skipped_examples] == [("status", "retired")]
    assert prompt.text == compiled().text


def test_a_placebo_holds_none_and_says_so() -> None:
    prompt = compiled(*CASES, placebo_seed=1)
    assert prompt.is_placebo
    assert EXAMPLES_HEADING not in prompt.text
    assert {each.reason for each in prompt.skipped_examples} == {"placebo"}


def test_a_prompt_without_examples_is_stored_as_ever() -> None:
    stored = json.loads(compiled().model_dump_json())
    assert not [key for key in stored if "example" in key]
    assert Prompt.model_validate(stored) == compiled()
    with_some = compiled(*CASES)
    assert Prompt.model_validate_json(with_some.model_dump_json()) == with_some


def test_a_diff_says_which_examples_came_and_went() -> None:
    some, others = compiled(*CASES[:2]), compiled(*CASES[1:])
    changes = skill_changes(some, others)
    assert (changes.came, changes.went, changes.changed, changes.is_rebased) == ((), (), (), False)
    assert changes.examples_came == (CASES[2].exemplar.id,)
    assert changes.examples_went == (CASES[0].exemplar.id,)
    assert f"came: {CASES[2].exemplar.id}\nwent: {CASES[0].exemplar.id}\n" in diff_prompts(some, others)
    assert "example" not in skill_changes(compiled(), compiled()).model_dump_json()


def test_the_run_that_an_example_is_from_can_still_be_learned_from() -> None:
    prompt = compiled(case_of())
    marks = [begin_mark(cost.exemplar_id) for cost in prompt.examples]
    ours = HandedOut([prompt.skills_text, *marks])
    assert [ours.shown(DESK, n) for n in range(len(DESK.steps))] == [step.text for step in DESK.steps]
    later = run(Step(kind="system", text=prompt.text), user("And where is mine?"), says("Let me see."))
    shown = ours.shown(later, 0)
    assert "parcel" not in shown
    assert shown.startswith(f"Be kind.\n\n## {WITHHELD}")
