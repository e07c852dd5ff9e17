"""Agent Skills: what is written follows the specification, and nothing that is not ours is touched."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.errors import SkillbookError
from seasoned.exchange.agent_skills import front_matter, parsed, rendered
from seasoned.exchange.folders import skill_files, write
from tests.exchange.books import BROKEN, EARLY, LATE, skill_of

SKILLS = (skill_of(LATE, section="Refunds & returns"), skill_of(EARLY, section="Refunds & returns"), skill_of(BROKEN))
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@given(st.lists(st.tuples(st.text(max_size=90), st.text(min_size=1, max_size=1200)), max_size=5))
def test_names_and_descriptions_follow_the_specification(entries: list[tuple[str, str]]) -> None:
    skills = [skill_of(text, section=section) for section, text in entries]
    for one_per in ("section", "skill"):
        for name, text in rendered("desk", 3, skills, one_per=one_per).items():
            front = front_matter("SKILL.md", text)
            description = front["description"]
            assert NAME.fullmatch(name)
            assert len(name) <= 64
            assert front["name"] == name
            assert isinstance(description, str)
            assert 1 <= len(description) <= 1024


def test_a_folder_for_each_section_or_skill() -> None:
    assert list(rendered("desk", 3, SKILLS)) == ["refunds-returns", "general"]
    assert sorted(rendered("desk", 3, SKILLS, one_per="skill")) == [
        "when-broken-replace-it", "when-early-accept", "when-late-refuse",
    ]  # fmt: skip
    text = rendered("desk", 3, SKILLS)["refunds-returns"]
    assert text.endswith("---\n\n# Refunds & returns\n\n- When late, refuse.\n- When early, accept.\n")


def test_sections_that_would_have_one_name_get_two() -> None:
    found = rendered(
        "desk", 3, [skill_of(LATE, section="A b"), skill_of(EARLY, section="a-b"), skill_of(BROKEN, section="退款")]
    )
    assert len(found) == 3
    assert all(NAME.fullmatch(name) for name in found)


def test_what_was_written_is_read_back() -> None:
    files = {f"{name}/SKILL.md": text for name, text in rendered("desk", 3, SKILLS).items()}
    contents = parsed(files)
    assert {(s.text, s.section) for s in contents.skills} == {(s.text, s.section) for s in SKILLS}


def test_another_ones_skill_is_one_skill_with_its_description_as_the_reason() -> None:
    text = "---\nname: pdf\ndescription: Use for PDF files.\n---\n# PDF\n\nOpen it first.\n\n- Then read.\n"
    (skill,) = parsed({"pdf/SKILL.md": text}).skills
    assert skill.text == "# PDF\n\nOpen it first.\n\n- Then read."
    assert (skill.reason, skill.section) == ("Use for PDF files.", "pdf")


def test_another_ones_list_is_a_skill_for_each_item() -> None:
    text = "---\nname: pdf\ndescription: d\n---\n# PDF\n1. Open it.\n   Read it.\n\n* Close it.\n<!-- note -->\n"
    found = [(s.text, s.where) for s in parsed({"SKILL.md": text}).skills]
    assert found == [("Open it.\n Read it.", "SKILL.md, line 6"), ("Close it.", "SKILL.md, line 9")]


def test_a_skill_without_a_body_is_left_out() -> None:
    contents = parsed({"SKILL.md": "---\nname: a\ndescription: d\n---\n"})
    assert [each.why for each in contents.left_out] == ["there is nothing below the front matter"]


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nmetadata: {seasoned-section: *b}\ndescription: d\nname: *b"


@pytest.mark.parametrize(
    ("front", "what"),
    [
        ("name: a", "no description"),
        ("description: [a]", "no description"),
        ("description: !!python/object/apply:os.system [ls]", "no description"),
        ("a: [", "is not YAML"),
        ("- a", "no list of names and values"),
        ("description: " + "x" * 20_001, "the limit is 20,000"),
    ],
)
def test_front_matter_that_is_not_as_it_should_be(front: str, what: str) -> None:
    with pytest.raises(SkillbookError, match=what):
        parsed({"a/SKILL.md": f"---\n{front}\n---\nBody."})


TAGS = ("!!int ''", "!!float ''", "!!bool x", "!!timestamp x", "!!null x")
"""What PyYAML's own conversions fail on with errors of Python's."""


@pytest.mark.parametrize("value", TAGS)
def test_a_tag_in_yaml_converts_nothing(value: str) -> None:
    assert front_matter("SKILL.md", f"---\nx: {value}\n---\n")["x"] == value.split()[1].strip("'")


def test_merge_keys_in_yaml_do_not_grow() -> None:
    """Each line would otherwise have nine times the entries of the one before."""
    lines = [f"{b}: &{b} {{<<: [{','.join(['*' + a] * 9)}]}}" for a, b in pairwise("abcdefghijklm")]
    front = "\n".join(["a: &a {k: v}", *lines, "description: d"])
    assert parsed({"SKILL.md": f"---\n{front}\n---\nText."}).skills[0].text == "Text."


def test_references_in_yaml_are_never_written_out() -> None:
    (skill,) = parsed({"SKILL.md": f"---\n{BOMB}\n---\nBody."}).skills
    assert skill.section == "general"


def test_a_file_without_front_matter_is_refused() -> None:
    with pytest.raises(SkillbookError, match="no front matter"):
        parsed({"a/SKILL.md": "# Title"})


def test_folders_are_written_again_and_those_without_a_skill_go(tmp_path: Path) -> None:
    assert write(tmp_path, rendered("desk", 3, SKILLS), "desk").folders == ("general", "refunds-returns")
    done = write(tmp_path, rendered("desk", 4, SKILLS[:2]), "desk")
    assert done.removed == ("general",)
    assert [path.name for path in tmp_path.iterdir()] == ["refunds-returns"]
    assert set(skill_files(tmp_path)) == {str(tmp_path / "refunds-returns" / "SKILL.md")}


def test_what_others_wrote_or_another_book_stays(tmp_path: Path) -> None:
    own = tmp_path / "own" / "SKILL.md"
    own.parent.mkdir()
    own.write_text("---\nname: own\ndescription: mine\n---\nMine.")
    write(tmp_path, rendered("other", 1, [skill_of(BROKEN, section="other")]), "other")
    (tmp_path / "other" / "more.txt").write_text("kept")
    assert write(tmp_path, rendered("desk", 3, SKILLS), "desk").removed == ()
    assert write(tmp_path, {}, "other").removed == ("other",)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["general", "other", "own", "refunds-returns"]
    assert own.read_text().endswith("Mine.")


def test_nothing_is_written_over_what_no_export_wrote(tmp_path: Path) -> None:
    own = tmp_path / "general" / "SKILL.md"
    own.parent.mkdir()
    own.write_text("Mine.")
    with pytest.raises(SkillbookError, match="no export has written"):
        write(tmp_path, rendered("desk", 3, SKILLS), "desk")
    assert own.read_text() == "Mine."
    assert not (tmp_path / "refunds-returns").exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "skills"
    elsewhere.mkdir()
    target.mkdir()
    (target / "general").symlink_to(elsewhere)
    with pytest.raises(SkillbookError, match="the folder is a link"):
        write(target, rendered("desk", 3, SKILLS), "desk")
    (elsewhere / "SKILL.md").write_text(rendered("desk", 3, SKILLS)["general"])
    with pytest.raises(SkillbookError, match="no Agent Skills here"):
        skill_files(target)


def test_a_file_in_the_place_of_a_folder_stops_the_export(tmp_path: Path) -> None:
    (tmp_path / "general").write_text("x")
    with pytest.raises(SkillbookError, match="this is no folder"):
        write(tmp_path, rendered("desk", 3, SKILLS), "desk")


def test_hostile_text_stays_one_item_below_the_front_matter() -> None:
    hostile = skill_of("A\n---\nname: evil\n# Title\n- B\n<script>", section="x\n---\nname: y")
    (text,) = rendered("b\n---", 3, [hostile]).values()
    assert front_matter("SKILL.md", text)["metadata"] == {
        "seasoned-book": "b \\---", "seasoned-revision": "3", "seasoned-section": "x \\--- name: y",
    }  # fmt: skip
    assert len(parsed({"SKILL.md": text}).skills) == 1
