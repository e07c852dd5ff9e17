"""From a skillbook to a prompt: within the budget, in a stable order, the same bytes every time."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.choosing import MAX_MISSES
from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.tokens import ESTIMATE
from seasoned.core.prompt import Prompt, SkippedSkill
from seasoned.core.skill import Skill
from seasoned.core.text import storable
from seasoned.errors import PromptError
from tests.compile.building import PERSON, book, skill

BASE = "You are a desk clerk.\nBe kind."
PLENTY = 100_000


def compiled(*skills: Skill, base: str = BASE, budget: int = PLENTY) -> Prompt:
    return compile_prompt(book(*skills), base, budget_tokens=budget)


def reason(prompt: Prompt, left_out: Skill) -> SkippedSkill:
    return next(s for s in prompt.skipped if s.skill_id == left_out.id)


def test_the_whole_text() -> None:
    prompt = compiled(
        skill(
            "When asked for a refund, check the window.\nThen:\n1. call get_order\n2. say the date", section="refunds"
        ),
        skill("When rude, stay calm.", born=2, section="tone"),
        skill("When the window is over, refuse.", born=3, section="refunds"),
    )
    assert prompt.text == (
        "You are a desk clerk.\n"
        "Be kind.\n"
        "\n"
        "## Skills\n"
        "\n"
        "What earlier runs taught. Follow a skill where its condition holds; it never overrides the text above.\n"
        "\n"
        "### refunds\n"
        "\n"
        "- When asked for a refund, check the window.\n"
        "  Then:\n"
        "  1. call get_order\n"
        "  2. say the date\n"
        "- When the window is over, refuse.\n"
        "\n"
        "### tone\n"
        "\n"
        "- When rude, stay calm."
    )
    assert [cost.line for cost in prompt.included] == [10, 14, 18]
    assert (prompt.book, prompt.revision, prompt.base, prompt.tokenizer) == ("desk", 3, BASE, "estimate-4c")


@pytest.mark.parametrize("base", ["", "x", "Ends with a break.\n", "Ends with a blank line.\n\n", "\n", "a\r\nb"])
def test_an_empty_book_compiles_to_the_base_prompt(base: str) -> None:
    prompt = compiled(base=base)
    assert (prompt.text, prompt.n_tokens, prompt.included, prompt.skipped) == (base, ESTIMATE.count(base), (), ())


def test_only_approved_skills_compile_and_the_others_are_listed() -> None:
    proposed = skill("p", status="proposed")
    rejected = skill("r", born=2, status="rejected")
    retired = skill("x", born=3, status="retired")
    prompt = compiled(proposed, rejected, retired)
    assert prompt.text == BASE
    assert [(s.skill_id, s.reason, s.detail) for s in prompt.skipped] == [
        (proposed.id, "status", "proposed"),
        (rejected.id, "status", "rejected"),
        (retired.id, "status", "retired"),
    ]


def test_a_blank_skill_is_left_out_and_listed() -> None:
    blank = skill(" \n\t")
    prompt = compiled(blank)
    assert prompt.text == BASE
    assert reason(prompt, blank).detail == "its text is blank"


def test_text_that_cannot_be_stored_is_replaced_in_the_base_prompt_as_everywhere() -> None:
    prompt = compiled(skill("When a, b."), base="a\0b")
    assert prompt.base == "a\ufffdb"
    assert prompt.text.startswith(prompt.base)


class TestBudget:
    def test_a_budget_below_the_base_prompt_is_an_error_with_the_numbers(self) -> None:
        with pytest.raises(PromptError, match=r"takes 11 tokens \(estimate-4c\) and the budget is 10"):
            compiled(base="one two three four five six seven eight nine", budget=10)

    def test_a_budget_of_nothing_is_an_error_even_for_an_empty_base_prompt(self) -> None:
        with pytest.raises(PromptError, match="takes 0 tokens"):
            compiled(base="", budget=0)

    def test_a_budget_of_just_the_base_prompt_gives_it(self) -> None:
        one = skill("When a, do b.")
        prompt = compiled(one, budget=ESTIMATE.count(BASE))
        assert prompt.text == BASE
        assert reason(prompt, one).reason == "budget"
        assert "and 0 were left" in reason(prompt, one).detail

    def test_a_budget_of_just_the_whole_text_gives_it_and_one_less_does_not(self) -> None:
        skills = [skill(f"When {n}, do it.", born=n, section=f"s{n % 2}") for n in range(1, 7)]
        whole = compiled(*skills)
        assert compiled(*skills, budget=whole.n_tokens).text == whole.text
        assert len(compiled(*skills, budget=whole.n_tokens - 1).included) == 5

    def test_the_surest_skill_gets_in_first_and_keeps_its_place(self) -> None:
        first = skill("When first, do it well.", born=1, confidence=0.2)
        second = skill("When second, do it well.", born=2, confidence=0.9)
        third = skill("When third, do it well.", born=3, confidence=0.8)
        budget = compiled(first, second).n_tokens
        prompt = compiled(first, second, third, budget=budget)
        assert [cost.skill_id for cost in prompt.included] == [second.id, third.id]
        assert reason(prompt, first).reason == "budget"

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            (skill("b", born=2, n_evidence=2), skill("a", n_evidence=1)),
            (skill("b", born=1), skill("a", born=2)),
            (skill("b", born=2, confidence=None, author=PERSON), skill("a", confidence=0.9)),
            (skill("b", born=2, confidence=None), skill("a", confidence=0.4)),
        ],
        ids=["more evidence", "older", "a person's own", "unstated counts as a half"],
    )
    def test_what_decides_between_two(self, better: Skill, worse: Skill) -> None:
        budget = compiled(better).n_tokens
        assert [cost.skill_id for cost in compiled(worse, better, budget=budget).included] == [better.id]

    def test_a_smaller_skill_gets_in_where_a_more_valuable_one_does_not_fit(self) -> None:
        large = skill("When large, " + "go on and on " * 50, confidence=0.9)
        small = skill("When small, stop.", born=2, confidence=0.1)
        prompt = compiled(large, small, budget=compiled(small).n_tokens)
        assert [cost.skill_id for cost in prompt.included] == [small.id]

    def test_a_long_row_of_misses_ends_the_search(self) -> None:
        large = [skill(f"When {n}, " + "go on " * 50, born=n, confidence=0.9) for n in range(1, MAX_MISSES + 1)]
        small = skill("When small, stop.", born=MAX_MISSES + 1, confidence=0.1)
        prompt = compiled(*large, small, budget=compiled(small).n_tokens)
        assert prompt.text == BASE
        assert reason(prompt, small).detail == "the budget was spent before its turn"


def test_a_tokenizer_whose_parts_do_not_add_up_still_keeps_to_the_budget() -> None:
    class Quadratic:
        name = "quadratic"

        def count(self, text: str) -> int:
            return len(text) ** 2 // 1000

    skills = [skill(f"When {n}, do it.", born=n) for n in range(1, 30)]
    prompt = compile_prompt(book(*skills), BASE, budget_tokens=100, config=CompileConfig(tokenizer=Quadratic()))
    assert prompt.included
    assert len(prompt.text) ** 2 // 1000 == prompt.n_tokens <= 100


class TestStableOrder:
    def test_a_new_skill_leaves_all_that_stands_before_it(self) -> None:
        old = [skill("When a, b.", born=1, section="x"), skill("When c, d.", born=2, section="y")]
        new = skill("When e, f.", born=3, section="y")
        assert compiled(*old, new).text.startswith(compiled(*old).text)

    def test_a_new_section_goes_to_the_end_whatever_its_name(self) -> None:
        old = skill("When a, b.", section="zebra")
        new = skill("When c, d.", born=2, section="aardvark")
        assert compiled(old, new).text.startswith(compiled(old).text)

    def test_approving_a_proposal_does_not_reorder_sections(self) -> None:
        proposal = skill("When a, b.", born=1, section="x", status="proposed")
        one, other = skill("When c, d.", born=2, section="y"), skill("When e, f.", born=3, section="x")
        headings = [line for line in compiled(proposal, one, other).text.split("\n") if line.startswith("### ")]
        assert headings == ["### x", "### y"]
        approved = proposal.model_copy(update={"status": "approved"})
        assert [x for x in compiled(approved, one, other).text.split("\n") if x.startswith("### ")] == headings

    def test_sections_that_read_alike_are_one(self) -> None:
        prompt = compiled(skill("a", section="re\nfunds"), skill("b", born=2, section="## re  funds"))
        assert prompt.text.count("### ") == 1


_SCRIPT = """
from seasoned.compile.compiler import compile_prompt
from tests.compile.building import book, skill
skills = [skill(f"When {n}, do {n}.", born=n % 7 + 1, section=f"s{n % 5}", confidence=n % 3 / 2) for n in range(60)]
print(compile_prompt(book(*skills), "Base.", budget_tokens=300).model_dump_json())
"""


def test_the_bytes_do_not_depend_on_the_process() -> None:
    root = Path(__file__).parents[2]
    first, second = (
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=root,
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second
    assert b"When" in first


_texts = st.one_of(st.text(max_size=60), st.sampled_from(["When a, do b.", "When a,\n- do b\n## c", "\u202eevil"]))
_bases = st.one_of(st.text(max_size=60), st.sampled_from(["", "Base.", "Base.\n", "Base.\n\n"]))


@st.composite
def _skills(draw: st.DrawFn) -> list[Skill]:
    texts = draw(st.lists(_texts, max_size=8, unique_by=lambda t: skill(t).id))
    return [
        skill(
            text,
            born=n,
            section=draw(st.sampled_from(["x", "y", "z\n# q", ""])),
            status=draw(st.sampled_from(["approved", "approved", "approved", "proposed", "rejected", "retired"])),
            confidence=draw(st.sampled_from([None, 0.1, 0.9])),
            n_evidence=draw(st.integers(0, 2)),
        )
        for n, text in enumerate(texts, start=1)
    ]


@given(_skills(), _bases, st.integers(0, 200))
def test_the_budget_holds_the_base_comes_first_and_the_costs_add_up(skills: list[Skill], base: str, more: int) -> None:
    n_base = ESTIMATE.count(str(storable(base)))
    prompt = compiled(*skills, base=base, budget=n_base + more + 1)
    assert ESTIMATE.count(prompt.text) == prompt.n_tokens <= prompt.budget_tokens
    assert prompt.text.startswith(prompt.base)
    assert n_base + sum(cost.n_tokens for cost in prompt.included) == prompt.n_tokens
    assert {c.skill_id for c in prompt.included} | {s.skill_id for s in prompt.skipped} == {s.id for s in skills}
    assert len(prompt.included) + len(prompt.skipped) == len(skills)


@given(_skills(), st.integers(0, 200), st.randoms(use_true_random=False))
def test_the_order_of_the_dictionary_does_not_matter(skills: list[Skill], more: int, random: Random) -> None:
    shuffled = list(skills)
    random.shuffle(shuffled)
    budget = ESTIMATE.count(BASE) + more
    assert compiled(*skills, budget=budget) == compiled(*shuffled, budget=budget)


@given(_skills(), st.sampled_from(["x", "y"]))
def test_a_skill_added_last_keeps_all_before_it_as_a_prefix(skills: list[Skill], section: str) -> None:
    before = compiled(*skills)
    after = compiled(*skills, skill("When new, be new.", born=99, section=section))
    heading = f"\n### {section}\n"
    if heading in before.text:
        tail = before.text.partition(heading)[2].partition("\n\n### ")[0]
        assert after.text.startswith(before.text.partition(heading)[0] + heading + tail)
    else:
        later = [line for line in after.text.split("\n") if line.startswith("### ")]
        earlier = [line for line in before.text.split("\n") if line.startswith("### ")]
        assert [line for line in later if line in earlier] == earlier


@given(_skills())
def test_no_skill_can_forge_an_entry_or_a_heading(skills: list[Skill]) -> None:
    prompt = compiled(*skills, base="")
    lines = prompt.text.split("\n")
    assert sum(line.startswith("- ") for line in lines) == len(prompt.included)
    assert sum(line.startswith("## ") for line in lines) == bool(prompt.included)
    shown = {s.section for s in skills if s.id in {c.skill_id for c in prompt.included}}
    assert sum(line.startswith("### ") for line in lines) <= len(shown)
    for cost in prompt.included:
        assert lines[cost.line - 1].startswith("- ")
