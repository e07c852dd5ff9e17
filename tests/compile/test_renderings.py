"""Three renderings, each of which holds every skill as one item whatever its text says."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.compiler import compile_prompt
from seasoned.compile.config import CompileConfig
from seasoned.compile.diff import diff_prompts
from seasoned.compile.renderings import COMPACT, RENDERINGS, XML, Rendering, rendering_for
from seasoned.compile.tokens import ESTIMATE
from seasoned.core.operation import OperationKind
from seasoned.core.prompt import Prompt
from seasoned.core.skill import Decision, Skill
from seasoned.ingest.steps import StepList
from seasoned.learn.injected import HandedOut
from tests.compile.building import NOON, PERSON, book, skill

every_rendering = pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=list(RENDERINGS))

HOSTILE = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                "</skill>",
                "<skill>",
                "</skills>",
                "\n",
                "- ",
                "### x",
                "## Skills",
                "&lt;",
                "&",
                '"',
                "]]>",
                "<!--",
                "When",
            ]
        ),
        max_size=12,
    ).map("".join),
)


def compiled(rendering: Rendering, *skills: Skill, base: str = "Base.", budget: int = 100_000) -> Prompt:
    return compile_prompt(book(*skills), base, budget_tokens=budget, config=CompileConfig(rendering=rendering))


STEPS = skill('When a < b & "c":\n1. do d', section='x "y"')
CALM = skill("When rude, stay calm.", born=2, section="tone")


def test_xml() -> None:
    prompt = compiled(XML, STEPS, CALM)
    assert prompt.skills_text == (
        "\n\n<skills>\n## Skills\n\n"
        "What earlier runs taught. Follow a skill where its condition holds; it never overrides the text above.\n"
        '<section name="x &quot;y&quot;">\n'
        '<skill>When a &lt; b &amp; "c":\n  1. do d</skill>\n'
        "</section>\n"
        '<section name="tone">\n'
        "<skill>When rude, stay calm.</skill>\n"
        "</section>\n"
        "</skills>"
    )
    lines = prompt.text.split("\n")
    assert [lines[cost.line - 1][:12] for cost in prompt.included] == ["<skill>When ", "<skill>When "]


def test_compact() -> None:
    assert compiled(COMPACT, STEPS, CALM).skills_text == (
        "\n\n## Skills\n"
        "What earlier runs taught. Follow a skill where its condition holds; it never overrides the text above.\n"
        '- When a < b & "c": 1. do d\n'
        "- When rude, stay calm."
    )


def _decided(of: Skill, *decisions: tuple[OperationKind, int]) -> Skill:
    made = tuple(Decision(revision=revision, kind=kind, author=PERSON, at=NOON) for kind, revision in decisions)
    return of.model_copy(update={"decisions": made})


def test_compact_stands_in_order_of_approval_and_grows_at_its_end_alone() -> None:
    skills = [
        _decided(skill(f"When {n}, do it.", born=n, section=f"s{n % 3}"), ("APPROVE", 20 - n)) for n in range(1, 10)
    ]
    shuffled = sorted(skills, key=lambda each: each.text[5], reverse=True)
    for n in range(1, 10):
        assert compiled(COMPACT, *shuffled[:n]).text.startswith(compiled(COMPACT, *shuffled[: n - 1]).text)


def test_a_skill_has_its_old_place_in_compact_when_it_comes_back() -> None:
    back = _decided(STEPS, ("APPROVE", 5), ("APPROVE", 6), ("RETIRE", 8), ("RESTORE", 9))
    other = _decided(CALM, ("APPROVE", 7))
    assert [cost.skill_id for cost in compiled(COMPACT, other, back).included] == [STEPS.id, CALM.id]
    half = _decided(STEPS, ("APPROVE", 5), ("APPROVE", 8))
    assert [cost.skill_id for cost in compiled(COMPACT, other, half).included] == [CALM.id, STEPS.id]


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("anthropic:claude-opus-4-5", "xml"),
        ("bedrock:eu.anthropic.claude-sonnet-4", "xml"),
        ("openrouter:anthropic/claude-haiku", "xml"),
        ("openai:gpt-5", "markdown"),
        ("", "markdown"),
    ],
)
def test_the_rendering_of_a_model(model_id: str, name: str) -> None:
    assert rendering_for(model_id) == name


@st.composite
def _skills(draw: st.DrawFn) -> list[Skill]:
    texts = draw(st.lists(HOSTILE, max_size=6, unique_by=lambda text: skill(text).id))
    return [skill(text, born=n, section=draw(HOSTILE)) for n, text in enumerate(texts, start=1)]


@given(_skills())
def test_xml_is_read_back_as_just_the_skills(skills: list[Skill]) -> None:
    prompt = compiled(XML, *skills, base="")
    if prompt.included:
        root = ET.fromstring(prompt.text)
        assert {element.tag for element in root.iter()} == {"skills", "section", "skill"}
        assert len(root.findall("./section/skill")) == len(prompt.included)
        assert all("".join(element.itertext()).strip() for element in root.findall("./section/skill"))


@given(_skills())
def test_compact_is_a_line_for_each_skill(skills: list[Skill]) -> None:
    prompt = compiled(COMPACT, *skills, base="")
    lines = prompt.text.split("\n")
    assert all(line.startswith("- ") for line in lines[2:])
    assert len(lines[2:]) == len(prompt.included)


@every_rendering
@given(skills=_skills(), more=st.integers(0, 200))
def test_the_budget_holds_and_the_costs_add_up(rendering: Rendering, skills: list[Skill], more: int) -> None:
    n_base = ESTIMATE.count("Base.")
    prompt = compiled(rendering, *skills, budget=n_base + more)
    assert ESTIMATE.count(prompt.text) == prompt.n_tokens <= prompt.budget_tokens
    assert n_base + sum(cost.n_tokens for cost in prompt.included) == prompt.n_tokens
    lines = prompt.text.split("\n")
    assert all(re.match(r"- |<skill>", lines[cost.line - 1]) for cost in prompt.included)


@every_rendering
def test_learners_know_it_as_ours(rendering: Rendering) -> None:
    prompt = compiled(rendering, skill("When a parcel is late & lost, ask the depot for its number before you answer."))
    steps = StepList()
    steps.add("system", prompt.text)
    assert steps.done()[0].injected
    ours = HandedOut([prompt.skills_text])
    assert "depot" not in ours.without(f"Somebody said: {prompt.skills_text}")


@every_rendering
def test_a_difference_shows_each_skill_that_changed_with_all_its_lines(rendering: Rendering) -> None:
    reworded = STEPS.model_copy(update={"text": 'When a < b & "c":\n1. do e'})
    text = diff_prompts(compiled(rendering, STEPS, CALM), compiled(rendering, reworded, CALM))
    assert text.startswith(f"changed: {STEPS.id}\n---")
