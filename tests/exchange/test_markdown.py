"""The Markdown file: what a person edits comes back character for character, and nothing in it breaks its structure."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.operation import skill_id
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill, SkillStatus
from seasoned.errors import SkillbookError
from seasoned.exchange.markdown import MARK, parsed, rendered
from tests.exchange.books import EARLY, LATE, skill_of

HOSTILE = st.sampled_from(
    [
        "\n## other", "\n- status: approved", "\n> ", '<a id="skill-1"></a>', "\\u{41}", "\\", "<!-- x", "](x", "\r\n",
        "\u2028", "\u202e", ",", " ", "\t", "\n", "```", "\x00", "&amp;", "\\u{}", "\x85", "# ",
    ]
)  # fmt: skip
WORDS = st.lists(HOSTILE | st.text(max_size=8), max_size=6).map("".join)
FILLED = WORDS.filter(lambda text: bool(text.strip()))


@st.composite
def _skills(draw: st.DrawFn) -> list[Skill]:
    statuses: list[SkillStatus] = ["proposed", "approved", "rejected", "retired"]
    found: dict[str, Skill] = {}
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)))
        scope = Scope(
            agent=draw(WORDS),
            tools=tuple(draw(st.lists(WORDS, max_size=3))),
            tenant=draw(WORDS),
            models=tuple(draw(st.lists(WORDS, max_size=2))),
            tags=tuple(draw(st.lists(WORDS, max_size=3))),
            valid_from=first,
            valid_until=draw(st.none() | st.dates(date(2026, 6, 1), date(2027, 1, 1))),
        )
        text = draw(FILLED)
        skill = skill_of(text, section=draw(FILLED), reason=draw(WORDS), scope=scope)
        # Text values are cleaned of what no database stores; the comparison is with the clean ones.
        skill = Skill.model_validate({**skill.model_dump(), "status": draw(st.sampled_from(statuses))})
        found[skill.id] = skill
    return list(found.values())


@given(_skills(), WORDS)
def test_what_a_person_edits_comes_back_as_it_was(skills: list[Skill], name: str) -> None:
    back = parsed(rendered(name, 3, skills), "book.md").skills
    found = {s.skill_id: (s.text, s.reason, s.section, s.status, s.scope) for s in back}
    assert found == {s.id: (s.text, s.reason, s.section, s.status, s.scope) for s in skills}


@given(st.text() | WORDS)
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    wrong: SkillbookError | None = None
    try:
        parsed(text, "book.md")
    except SkillbookError as error:
        wrong = error
    assert wrong is None or str(wrong.where).startswith("book.md, line ")


def test_the_file_reads_well() -> None:
    scope = Scope(tools=("a", "b,c"), tags=("shop",), valid_from=date(2026, 1, 1))
    text = rendered("desk", 12, [skill_of("When late,\nrefuse.", section="refunds", reason="Policy.", scope=scope)])
    assert text == (
        f"# Skillbook desk\n\n{MARK} revision=12 -->\n\n## refunds\n\n"
        f'<a id="{skill_id("When late, refuse.")}"></a>\n\n'
        "> When late,\n> refuse.\n\n"
        "- status: proposed\n- why: Policy.\n- tools: a, b\\,c\n- tags: shop\n- from: 2026-01-01\n"
    )


def test_a_person_adds_a_skill_without_an_anchor_and_breaks_lines_as_windows_does() -> None:
    text = "## tone\n> Be kind.\n\n> Be short.\n> Always.\n- Why : Customers said so.\n"
    first, second = parsed(text, "book.md").skills
    assert (first.text, first.section, first.skill_id) == ("Be kind.", "tone", "")
    assert (second.text, second.reason, second.where) == ("Be short.\nAlways.", "Customers said so.", "book.md, line 4")


ANCHOR = '<a id="skill-1"></a>\n'


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Just prose.", "line 1.*it begins 'Just prose.'"),
        (f"{ANCHOR}\n## other", "line 3.*begin with `>`"),
        ("> A.\n- colour: red", "line 2.*the fields are status, why"),
        ("> A.\n- status", "there is no field 'status'"),
        ("> A.\n- why: b\n- why: c", "line 3.*has each field once"),
        ("> A.\n- status: great", "there is no status 'great'; there is proposed"),
        ("> A.\n- from: tomorrow", "Invalid isoformat"),
        ("> A.\n- from: 2026-02-01\n- until: 2026-01-01", "it would end on 2026-01-01"),
        (f"{ANCHOR}> A.\n\n{ANCHOR}> B.", "two skills have one id"),
        ('<a id="skill-X"></a>\n> A.', "is no skill's id"),
        (">\n> ", "a skill has no text"),
        (f"> {'x' * 20_001}", "the limit is 20,000"),
    ],
)
def test_a_mistake_in_an_edited_file_is_named_with_its_line(text: str, what: str) -> None:
    with pytest.raises(SkillbookError, match=what):
        parsed(text, "book.md")


def test_a_code_of_no_character_stays_as_it_is() -> None:
    assert parsed("> A \\u{110000} \\q", "book.md").skills[0].text == "A \\u{110000} \\q"


def test_two_sections_stand_in_the_order_of_their_first_skill() -> None:
    text = rendered("desk", 1, [skill_of(LATE, section="z"), skill_of(EARLY, section="a")])
    assert text.index("## z") < text.index("## a")
