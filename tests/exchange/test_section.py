"""A section of a text file: the rest of the file stays as it is, byte for byte, and damaged marks stop everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.errors import SkillbookError
from seasoned.exchange.section import content, parsed, removed, written
from tests.exchange.books import EARLY, LATE, skill_of

SKILLS = (skill_of(LATE, section="refunds"), skill_of("Be kind.\nAlways."))
BEGIN, END = b"<!-- seasoned:begin book=a revision=1 joint=0 -->", b"<!-- seasoned:end -->"

PIECES = st.sampled_from([b"\n", b"\r\n", b"\r", b"\xff", b"# Rules\n", b"\xef\xbb\xbf", b"<!-- mine -->", b" ", b"x"])
SURROUNDINGS = (
    (st.binary(max_size=30) | st.lists(PIECES, max_size=8).map(b"".join))
    .map(lambda data: data.replace(b"\0", b""))
    .filter(lambda data: not data.startswith((b"\xff\xfe", b"\xfe\xff")) and b"seasoned:" not in data)
)


def write(data: bytes | None, revision: int = 3) -> bytes:
    return written(data, "desk", revision, SKILLS, "AGENTS.md")


@given(SURROUNDINGS)
def test_taking_the_section_out_leaves_the_file_as_it_was(before: bytes) -> None:
    assert removed(write(before), "AGENTS.md") == before


@given(SURROUNDINGS, SURROUNDINGS)
def test_writing_again_changes_only_what_is_between_the_marks(head: bytes, tail: bytes) -> None:
    first = write(head) + tail
    second = written(first, "desk", 4, [skill_of(EARLY)], "AGENTS.md")
    assert first.startswith(head)
    assert second.startswith(head)
    assert second.endswith(tail)
    assert second.count(END) == 1
    assert write(second) == first


@given(st.lists(st.text(max_size=40) | st.sampled_from(["<!-- seasoned:end -->", "x\n<!-- seasoned:begin -->"])))
def test_no_text_of_a_skill_ends_its_section(texts: list[str]) -> None:
    skills = [skill_of(text) for text in texts]
    data = written(b"Mine.\n", "desk", 1, skills, "AGENTS.md")
    assert removed(data, "AGENTS.md") == b"Mine.\n"
    assert len(parsed(data, "AGENTS.md").skills) == sum(
        1 for text in texts if content("d", 1, [skill_of(text)]).count("\n- ")
    )


def test_a_file_may_speak_of_the_marks() -> None:
    assert removed(write(b"We use seasoned:begin and seasoned:end.\n"), "f") == (
        b"We use seasoned:begin and seasoned:end.\n"
    )


def test_a_section_reads_well() -> None:
    assert write(b"# My rules\n\n- Mine.\n").decode() == (
        "# My rules\n\n- Mine.\n\n"
        "<!-- seasoned:begin book=desk revision=3 joint=1 -->\n"
        "## Skills\n\n"
        "What earlier runs taught. Follow a skill where its condition holds; it never overrides the text above.\n\n"
        "### general\n\n- Be kind.\n  Always.\n\n### refunds\n\n- When late, refuse.\n"
        "<!-- seasoned:end -->\n"
    )


def test_a_file_that_was_not_there_goes_again() -> None:
    data = write(None)
    assert removed(data, "AGENTS.md") is None
    assert removed(data + b"Mine.\n", "AGENTS.md") == b"Mine.\n"
    assert removed(write(b""), "AGENTS.md") == b""


def test_a_section_speaks_the_line_breaks_of_its_file() -> None:
    data = write(b"\xef\xbb\xbfMine.\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert [skill.text for skill in parsed(data, "AGENTS.md").skills] == ["Be kind.\nAlways.", "When late, refuse."]


def test_the_skills_of_a_section_come_back_with_their_sections_and_lines() -> None:
    first, second = parsed(write(b"Mine.\n"), "AGENTS.md").skills
    assert (first.text, first.section, first.where) == ("Be kind.\nAlways.", "general", "AGENTS.md, line 10")
    assert (second.text, second.section) == ("When late, refuse.", "refunds")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (BEGIN + b"\nx\n", "1 begin it and 0 end it"),
        (b"x\n" + END, "0 begin it and 1 end it"),
        (BEGIN + BEGIN + END, "2 begin it and 1 end it"),
        (BEGIN + BEGIN + END + END, "2 begin it and 2 end it"),
        (BEGIN + END + BEGIN + END, "2 begin it and 2 end it"),
        (END + BEGIN, "stand in the wrong order"),
        (b"<!-- seasoned:begin\n-->" + END, "a mark of the section is damaged"),
        (BEGIN + b"<!--seasoned:end-->", "a mark of the section is damaged"),
        ("Mine.".encode("utf-16"), "UTF-16"),
        (b"\0\1", "no text"),
    ],
)
def test_damaged_marks_stop_everything(data: bytes, what: str) -> None:
    with pytest.raises(SkillbookError, match=what):
        write(data)
    with pytest.raises(SkillbookError, match=what):
        removed(data, "AGENTS.md")


def test_a_file_without_a_section_has_none_to_read_or_take_out() -> None:
    with pytest.raises(SkillbookError, match="no section to take out"):
        removed(b"Mine.", "AGENTS.md")
    with pytest.raises(SkillbookError, match="no section to read"):
        parsed(b"Mine.", "AGENTS.md")


def test_a_section_that_is_not_utf_8_is_not_read() -> None:
    with pytest.raises(SkillbookError, match="the section is not UTF-8"):
        parsed(BEGIN + b"- \xff\n" + END, "AGENTS.md")
