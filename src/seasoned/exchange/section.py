"""Skills between two marks of any text file that agents read: `AGENTS.md`, `CLAUDE.md`, `.cursorrules`.

    <!-- seasoned:begin book=desk revision=12 joint=1 -->
    …
    <!-- seasoned:end -->

Everything outside the marks stays as it is, byte for byte: the file's encoding, its line breaks, its byte-order mark
and its last line. `joint` counts the line breaks that were put before the section, so that taking it out leaves the
file as it was. Pure; knows nothing of files. Raises `SkillbookError` where the marks are damaged.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, NoReturn

from seasoned.compile.render import section_name
from seasoned.core.prompt import HEADING, INTRODUCTION
from seasoned.core.skill import Skill
from seasoned.errors import SkillbookError
from seasoned.exchange.brought import Brought, Contents, checked
from seasoned.exchange.listing import listed, read

MARK = b"<!-- seasoned:begin"
END = b"<!-- seasoned:end -->"
_BEGIN = re.compile(rb"<!-- seasoned:begin(?: [^<>\r\n]*)? -->")
_ANY = re.compile(rb"<!--\s*seasoned:(?:begin|end)\b")
"""What is meant as one of the marks, written rightly or not."""
_JOINT = re.compile(rb" joint=(\d)\b")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


class _Place(NamedTuple):
    """Where a section stands in the bytes of a file, its marks included."""

    start: int
    body: int
    """Behind the first mark."""
    body_end: int
    end: int
    mark: bytes


def content(book: str, revision: int, skills: Iterable[Skill], *, joint: int = 0, is_new: bool = False) -> str:
    """A section with its marks, without a line break at its end.

    Args:
        book: The skillbook's name.
        revision: The skillbook's revision.
        skills: What agents are to read.
        joint: Line breaks that stand before it and were not there without it.
        is_new: Whether there was no file before.
    """
    name = re.sub(r"[^\w.-]+", "-", section_name(book), flags=re.ASCII).strip("-") or "book"
    new = " new=1" if is_new else ""
    begin = f"<!-- seasoned:begin book={name} revision={revision} joint={joint}{new} -->"
    body = listed(skills)
    return "\n".join([begin, HEADING, "", INTRODUCTION, *(["", body] if body else []), END.decode()])


def written(data: bytes | None, book: str, revision: int, skills: Iterable[Skill], where: str) -> bytes:
    """A file with the section in it: put in the place of the one that is there, else at the end.

    Args:
        data: The file as it is; None where there is none.
        book: The skillbook's name.
        revision: The skillbook's revision.
        skills: What agents are to read.
        where: The file, for messages.

    Raises:
        SkillbookError: The marks are damaged, or the file is no text of one byte a letter.
    """
    before = data or b""
    place = _place(before, where)
    if place is not None:
        newline = _newline(before, place)
        joint, is_new = _joint(place.mark), b" new=1" in place.mark
        text = content(book, revision, skills, joint=joint, is_new=is_new)
        return before[: place.start] + text.encode().replace(b"\n", newline) + before[place.end :]
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    joint = _missing_breaks(before, newline)
    text = content(book, revision, skills, joint=joint, is_new=data is None)
    return before + newline * joint + text.encode().replace(b"\n", newline) + newline


def removed(data: bytes, where: str) -> bytes | None:
    """A file without its section, as it was before; None where there was no file before and nothing else is in it.

    Raises:
        SkillbookError: There is no section, or the marks are damaged.
    """
    place = _place(data, where)
    if place is None:
        _refuse("there is no section to take out", where, "the file has no mark `<!-- seasoned:begin … -->`")
    newline = _newline(data, place)
    head, tail = data[: place.start], data[place.end :].removeprefix(newline)
    for _ in range(_joint(place.mark)):
        head = head.removesuffix(newline)
    return None if not head + tail and b" new=1" in place.mark else head + tail


def parsed(data: bytes, where: str) -> Contents:
    """The skills of a file's section, as they stand there.

    Raises:
        SkillbookError: There is no section, the marks are damaged, or what is between them is not UTF-8.
    """
    place = _place(data, where)
    if place is None:
        _refuse("there is no section to read", where, "the file has no mark `<!-- seasoned:begin … -->`")
    try:
        text = data[place.body : place.body_end].decode().replace("\r\n", "\n")
    except UnicodeDecodeError as cause:
        raise SkillbookError("the section is not UTF-8", where=where, why=str(cause)) from cause
    first = data[: place.body].count(b"\n")
    skills = [
        checked(Brought(where=f"{where}, line {first + i.line}", text=i.text, section=i.section or "general"))
        for i in read(text).items
    ]
    return Contents(format="section", why=f"it holds {MARK.decode()!r}", skills=tuple(skills))


def _place(data: bytes, where: str) -> _Place | None:
    if data.startswith(_WIDE) or b"\0" in data:
        _refuse("this is no text file of one byte a letter", where, "it is UTF-16, or no text", "save it as UTF-8")
    begins, n_ends = list(_BEGIN.finditer(data)), data.count(END)
    n_meant = sum(1 for _ in _ANY.finditer(data))
    if not n_meant:
        return None
    if n_meant != len(begins) + n_ends:
        _refuse("a mark of the section is damaged", where, "one is not written as it should be")
    if len(begins) != 1 or n_ends != 1:
        _refuse("the marks of the section do not pair", where, f"{len(begins)} begin it and {n_ends} end it")
    start, end = begins[0].start(), data.index(END)
    if end < start:
        _refuse("the marks of the section stand in the wrong order", where, "it ends before it begins")
    return _Place(start, begins[0].end(), end, end + len(END), begins[0][0])


def _newline(data: bytes, place: _Place) -> bytes:
    """The line break that the section itself was written with."""
    return b"\r\n" if data.startswith(b"\r\n", place.body) else b"\n"


def _joint(mark: bytes) -> int:
    found = _JOINT.search(mark)
    return int(found[1]) if found else 0


def _missing_breaks(data: bytes, newline: bytes) -> int:
    """How many line breaks it takes for the section to stand behind a blank line."""
    if not data.removeprefix(_BOM):
        return 0
    if data.endswith(newline * 2):
        return 0
    return 1 if data.endswith(newline) else 2


def _refuse(what: str, where: str, why: str, hint: str | None = None) -> NoReturn:
    mend = "put it right by hand: one `<!-- seasoned:begin … -->`, then one `<!-- seasoned:end -->`"
    raise SkillbookError(what, where=where, why=why, hint=hint or f"{mend}; the file was left as it is")
