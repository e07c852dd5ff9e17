"""A placebo: as many items, as long, that say nothing and are no skill's."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt, placebo_of
from seasoned.compile.config import CompileConfig
from seasoned.compile.placebo import TOLERANCE
from seasoned.compile.renderings import RENDERINGS, Rendering
from seasoned.compile.template import Template
from seasoned.compile.vocabularies import tokenizer_for
from seasoned.core.prompt import Prompt
from seasoned.core.scope import Situation
from seasoned.core.skill import Skill
from seasoned.errors import PromptError
from seasoned.evaluate.compare.placebos import is_placebo_of
from tests.cases import case_of
from tests.compile.building import book, skill


def pair(skills: list[Skill], config: CompileConfig, seed: int = 0, budget: int = 50_000) -> tuple[Prompt, Prompt]:
    placebo = CompileConfig(rendering=config.rendering, tokenizer=config.tokenizer, placebo_seed=seed)
    of = book(*skills)
    return (
        compile_prompt(of, "Base.", budget_tokens=budget, config=config),
        compile_prompt(of, "Base.", budget_tokens=budget, config=placebo),
    )


def skills_of(lengths: list[int]) -> list[Skill]:
    return [
        skill(f"When zephyr {n} comes, " + "do the quillmark " * length, born=n, section=f"mistral {n % 3}")
        for n, length in enumerate(lengths, start=1)
    ]


@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=list(RENDERINGS))
@pytest.mark.parametrize("model", ["", "gpt-5"])
@settings(max_examples=20)
@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=12), seed=st.integers(0, 5))
def test_the_number_and_the_tokens_are_those_of_the_skills(
    rendering: Rendering, model: str, lengths: list[int], seed: int
) -> None:
    config = CompileConfig(rendering=rendering, tokenizer=tokenizer_for(model))
    real, placebo = pair(skills_of(lengths), config, seed)
    assert len(placebo.included) == len(real.included) == len(lengths)
    assert abs(placebo.n_tokens - real.n_tokens) <= TOLERANCE * real.n_tokens
    assert config.tokenizer.count(placebo.text) == placebo.n_tokens


def test_nothing_of_the_book_is_in_it_and_it_says_what_it_is() -> None:
    skills = skills_of([3, 5, 8])
    real, placebo = pair(skills, CompileConfig())
    assert placebo.is_placebo
    assert not real.is_placebo
    assert not any(word in placebo.text for word in ("zephyr", "quillmark", "mistral"))
    assert not {cost.skill_id for cost in placebo.included} & {s.id for s in skills}
    assert placebo.text.startswith("Base.\n\n## Skills\n")


def test_the_seed_decides_the_text() -> None:
    skills = skills_of([9, 9, 9])
    texts = [pair(skills, CompileConfig(), seed)[1].text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_it_keeps_to_the_budget_that_the_skills_fill() -> None:
    skills = skills_of([10, 20, 30])
    n_tokens = pair(skills, CompileConfig())[0].n_tokens
    assert pair(skills, CompileConfig(), budget=n_tokens)[1].n_tokens <= n_tokens


def test_without_skills_it_is_the_base_prompt_and_no_placebo() -> None:
    _, placebo = pair([], CompileConfig())
    assert (placebo.text, placebo.is_placebo) == ("Base.", False)


def test_skills_shorter_than_any_sentence_are_an_error() -> None:
    with pytest.raises(PromptError, match="no placebo of the same length"):
        pair([skill("x" * n, born=n) for n in range(1, 5)], CompileConfig())


@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=list(RENDERINGS))
@pytest.mark.parametrize("model", ["", "gpt-5"])
@pytest.mark.parametrize(
    "template", [None, Template("Before.\n{{base}}\n{{skills}}\nAfter.")], ids=["behind", "within"]
)
def test_the_placebo_of_a_prompt_is_what_compiling_one_gives(
    rendering: Rendering, model: str, template: Template | None
) -> None:
    of, situation = book(*skills_of([3, 5, 8, 13])), Situation(model=model)
    how = CompileConfig(rendering=rendering, tokenizer=tokenizer_for(model), template=template, situation=situation)
    prompt = compile_prompt(of, "Base.", budget_tokens=5_000, config=how)
    compiled = compile_prompt(of, "Base.", budget_tokens=5_000, config=replace(how, placebo_seed=7))
    assert placebo_of(prompt, of, seed=7) == compiled
    assert is_placebo_of(compiled, prompt)


def test_what_has_no_placebo_is_said() -> None:
    of = book(*skills_of([5, 8]))
    prompt, placebo = pair(skills_of([5, 8]), CompileConfig())
    with pytest.raises(PromptError, match="it is a placebo itself"):
        placebo_of(placebo, of)
    with pytest.raises(PromptError, match="it has no skills"):
        placebo_of(pair([], CompileConfig())[0], book())
    with pytest.raises(PromptError, match="it holds examples"):
        placebo_of(compile_prompt(of, "Base.", budget_tokens=5_000, config=CompileConfig(cases=(case_of(),))), of)
    with pytest.raises(PromptError, match="counted by words, which is not at hand"):
        placebo_of(prompt.model_copy(update={"tokenizer": "words"}), of)
    with pytest.raises(PromptError, match="at revision 2, not 9"):
        placebo_of(prompt, of.model_copy(update={"revision": 9}))
