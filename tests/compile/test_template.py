"""A user's template: two markers, and nothing else is interpreted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.template import Template
from seasoned.compile.tokens import ESTIMATE
from seasoned.core.prompt import Prompt
from seasoned.core.skill import Skill
from seasoned.errors import PromptError
from tests.compile.building import book, skill

ONE = skill("When late, refuse.")


def compiled(template: str, *skills: Skill, base: str = "", budget: int = 5_000) -> Prompt:
    config = CompileConfig(template=Template(template))
    return compile_prompt(book(*skills), base, budget_tokens=budget, config=config)


def test_skills_and_base_stand_where_the_template_says() -> None:
    prompt = compiled("Top\n{{base}}\n\n{{skills}}\n\nBottom {x} {{ y }}", ONE, base="Base.")
    assert prompt.text.startswith("Top\nBase.\n\n## Skills\n")
    assert prompt.text.endswith("- When late, refuse.\n\nBottom {x} {{ y }}")
    assert prompt.text_without_skills == "Top\nBase.\n\n\n\nBottom {x} {{ y }}"
    assert prompt.skills_text.startswith("## Skills")
    assert prompt.text.split("\n")[prompt.included[0].line - 1] == "- When late, refuse."


def test_without_skills_nothing_stands_in_their_place() -> None:
    assert compiled("a{{skills}}b").text == "ab"


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("no marker", "holds {{skills}} 0 times"),
        ("{{skill}}", "holds {{skills}} 0 times"),
        ("{{skills}} {{skills}}", "holds {{skills}} 2 times"),
        ("{{skills}} {{base}}{{base}}", "{{base}} 2 times"),
    ],
)
def test_a_template_without_one_place_for_skills_is_an_error(template: str, why: str) -> None:
    with pytest.raises(PromptError, match="does not say once where the skills go") as caught:
        Template(template, where="t.md")
    assert why in str(caught.value)
    assert "t.md" in str(caught.value)


def test_a_base_prompt_without_a_place_is_an_error() -> None:
    with pytest.raises(PromptError, match="no place for the base prompt"):
        compiled("{{skills}}", ONE, base="Base.")


def test_a_budget_below_the_template_is_an_error() -> None:
    with pytest.raises(PromptError, match="too small"):
        compiled("many words " * 50 + "{{skills}}", ONE, budget=20)


@given(st.text(alphabet="{}skilbae \n", max_size=30), st.text(alphabet="{}skilbae \n", max_size=30))
def test_braces_in_base_and_skills_are_text(base: str, text: str) -> None:
    hostile = skill(f"When {{{{base}}}}{text}{{{{skills}}}}, stop.")
    prompt = compiled("<{{base}}|{{skills}}>", hostile, base=f"{{{{skills}}}}{base}")
    assert prompt.text.startswith(f"<{{{{skills}}}}{base}|## Skills")
    assert prompt.text.count("## Skills") == 1
    assert "When {{base}}" in prompt.text


@given(st.sampled_from(["a {{skills}} b", "{{skills}}", "x\n{{skills}}\ny", "{{skills}}\n\nend"]), st.integers(8, 120))
def test_the_budget_holds(template: str, budget: int) -> None:
    skills = [skill(f"When {n}, do {n}.", born=n, section=f"s{n % 2}") for n in range(1, 9)]
    prompt = compiled(template, *skills, budget=budget)
    assert ESTIMATE.count(prompt.text) == prompt.n_tokens <= budget
