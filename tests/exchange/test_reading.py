"""Formats are found by the content; files are read within bounds and replaced whole."""

import json
import os
from pathlib import Path

import pytest

from seasoned.errors import SkillbookError
from seasoned.exchange import files
from seasoned.exchange.agent_skills import rendered
from seasoned.exchange.brought import FormatName
from seasoned.exchange.files import decoded, read_bytes, replace
from seasoned.exchange.folders import write
from seasoned.exchange.reading import read
from tests.exchange.books import LATE, skill_of, text_of
from tests.make import add

KAYBA = json.dumps({"skills": {"a": {"content": "A."}}, "next_id": 1})


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        (text_of(add(LATE)), "json", "its `format` is 'seasoned.skillbook/1'"),
        (KAYBA, "kayba", "it has `skills` as Kayba writes them"),
        ("<!-- seasoned:markdown revision=1 -->\n> A.", "markdown", "it holds '<!-- seasoned:markdown'"),
        ("x\n<!-- seasoned:begin -->\n- A.\n<!-- seasoned:end -->", "section", "it holds '<!-- seasoned:begin'"),
        ("---\nname: a\ndescription: d\n---\nA.", "agent-skills", "SKILL.md with front matter"),
        ("# H\n[a-1] helpful=1 harmful=0 :: A.", "ace", "it has lines of the form"),
        ("[a-1] helpful=1 harmful=0 :: A.", "ace", "it has lines of the form"),
    ],
)
def test_a_format_is_found_by_the_content(tmp_path: Path, text: str, form: FormatName, why: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    source = read(path)
    assert source.contents.format == form
    assert source.contents.why.startswith(why)
    assert len(source.contents.skills) == 1
    assert read(path, form).contents == source.contents


def test_a_skillbook_that_speaks_of_sections_is_still_json(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text_of(add("When you see <!-- seasoned:begin -->, stop.")))
    assert read(path).contents.format == "json"


def test_a_folder_holds_agent_skills(tmp_path: Path) -> None:
    write(tmp_path, rendered("desk", 1, [skill_of(LATE)]), "desk")
    assert [skill.text for skill in read(tmp_path).contents.skills] == [LATE]
    assert [skill.text for skill in read(tmp_path / "general").contents.skills] == [LATE]
    with pytest.raises(SkillbookError, match="it is a folder"):
        read(tmp_path, "json")


@pytest.mark.parametrize("text", ["", "Just prose.", "{}", "[1]", '{"format": 1}'])
def test_what_is_in_no_known_format_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(SkillbookError, match=r"the format of this file is not known.*name it with --format"):
        read(path)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(SkillbookError, match="cannot be read"):
        read(tmp_path / "none.json")
    (tmp_path / "bytes").write_bytes(b"abc\xff")
    with pytest.raises(SkillbookError, match=r"not UTF-8.*byte 3"):
        read(tmp_path / "bytes")


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1 << 20)
    path = tmp_path / "file"
    path.write_bytes(b" " * (1 << 20))
    assert len(read_bytes(path)) == 1 << 20
    path.write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(SkillbookError, match=r"too big.*it is over 1 MiB"):
        read_bytes(path)


def test_line_breaks_and_the_mark_at_the_start_are_taken_off() -> None:
    assert decoded(b"\xef\xbb\xbfa\r\nb\rc", "f") == "a\nb\rc"


def test_a_file_keeps_its_mode_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "AGENTS.md"
    path.write_text("old")
    path.chmod(0o600)
    replace(path, b"new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["AGENTS.md"]
    replace(tmp_path / "new" / "file", b"x")
    assert (tmp_path / "new" / "file").stat().st_mode & 0o777 == 0o644


def test_a_link_is_followed_within_its_folder_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "repo", tmp_path / "other"
    inside.mkdir()
    outside.write_text("theirs")
    (inside / "AGENTS.md").write_text("old")
    (inside / "CLAUDE.md").symlink_to("AGENTS.md")
    replace(inside / "CLAUDE.md", b"new")
    assert (inside / "CLAUDE.md").is_symlink()
    assert (inside / "AGENTS.md").read_text() == "new"
    (inside / "out.md").symlink_to(outside)
    with pytest.raises(SkillbookError, match="a link out of its folder"):
        replace(inside / "out.md", b"new")
    assert outside.read_text() == "theirs"


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(SkillbookError, match="this is no file"):
        replace(tmp_path, b"x")


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "AGENTS.md"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SkillbookError, match="no space left"):
        replace(path, b"new")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]
