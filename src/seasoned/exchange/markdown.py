r"""A skillbook as one Markdown file that a person reads and edits.

    # Skillbook desk

    <!-- seasoned:markdown revision=12 -->

    ## refunds

    <a id="skill-0123456789abcdef"></a>

    > When the window of 30 days is over, refuse the refund.

    - status: approved
    - why: The policy says so.
    - tags: shop, mail

Text, section and the values of the fields come back character for character. So that nothing in them can begin an
item, a heading or a tag, `\`, `<`, `&` and what makes links stand behind a backslash, and characters that nobody sees
are written as `\u{202E}`. A block without an anchor is a new skill. Pure; raises `SkillbookError` with the line.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import NoReturn, get_args

from pydantic import ValidationError

from seasoned.core.scope import Scope
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.text import visible
from seasoned.errors import SkillbookError
from seasoned.exchange.brought import SKILL_ID, Brought, Contents, checked

MARK = "<!-- seasoned:markdown"
_STATUSES: tuple[str, ...] = get_args(SkillStatus)
_FIELDS = ("status", "why", "agent", "tools", "tenant", "models", "tags", "from", "until")
_ANCHOR = re.compile(r'<a id="([^"<>]*)"></a>')
_ACTIVE = re.compile(r"[\\<&]|(?<=\])[(\[]")
_ODD = re.compile(r"[^ -~]")
_ESCAPED = re.compile(r"\\u\{([0-9A-Fa-f]{0,6})\}|\\([!-/:-@\[-`{-~])")


def rendered(name: str, revision: int, skills: Iterable[Skill]) -> str:
    """The skills under headings of their sections.

    Args:
        name: Of the book.
        revision: Of the book.
        skills: In order of birth; sections stand in the order of their first skill.
    """
    order: dict[str, list[Skill]] = {}
    for skill in skills:
        order.setdefault(skill.section, []).append(skill)
    lines = [f"# Skillbook {_value(name)}", "", f"{MARK} revision={revision} -->"]
    for section, members in order.items():
        lines += ["", f"## {_value(section)}"]
        for skill in members:
            lines += ["", *_skill(skill)]
    return "\n".join(lines) + "\n"


def parsed(text: str, where: str) -> Contents:
    """The skills of such a file, edited or not.

    Args:
        text: What the file holds.
        where: The file, for messages.

    Raises:
        SkillbookError: A line is nothing that the format has, or a field's value is wrong.
    """
    reading = _Reading(where)
    for number, line in enumerate(text.split("\n"), 1):
        reading.take(number, line)
    reading.close()
    return Contents(format="markdown", why=f"it holds {MARK!r}", skills=tuple(reading.skills))


def _skill(skill: Skill) -> Iterator[str]:
    if SKILL_ID.fullmatch(skill.id):
        yield f'<a id="{skill.id}"></a>'
        yield ""
    for line in skill.text.split("\n"):
        yield f"> {_escaped(line)}" if line else ">"
    yield ""
    yield f"- status: {skill.status}"
    scope = skill.scope
    values = {"why": skill.reason, "agent": scope.agent, "tenant": scope.tenant}
    values |= {"from": str(scope.valid_from or ""), "until": str(scope.valid_until or "")}
    lists = {"tools": scope.tools, "models": scope.models, "tags": scope.tags}
    for field in _FIELDS[1:]:
        if field in lists:
            if lists[field]:
                yield f"- {field}: {', '.join(_value(item).replace(',', chr(92) + ',') for item in lists[field])}"
        elif values[field]:
            yield f"- {field}: {_value(values[field])}"


def _escaped(line: str) -> str:
    """One line so that Markdown shows it and the reader gives it back."""
    plain = _ACTIVE.sub(r"\\\g<0>", line)
    odd = _ODD.sub(lambda found: found[0] if visible(found[0]) == found[0] else _code(found[0]), plain)
    # A space at the end is what editors take away.
    return odd[:-1] + _code(" ") if odd.endswith(" ") else odd


def _value(text: str) -> str:
    """A value on one line, without spaces at its ends; never empty."""
    line = _escaped(text).replace("\n", _code("\n"))
    if line.startswith((" ", "\t")):
        line = _code(line[0]) + line[1:]
    if line.endswith("\t"):
        line = line[:-1] + _code("\t")
    return line or "\\u{}"


def _code(character: str) -> str:
    return f"\\u{{{ord(character):X}}}"


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code, mark = found.group(1), found.group(2)
    if mark is not None:
        return mark
    number = int(code, 16) if code else None
    if number is None:
        return ""
    return chr(number) if number <= 0x10FFFF else found[0]


def _items(value: str) -> tuple[str, ...]:
    found: list[str] = []
    for is_comma, pieces in groupby(re.findall(r"\\u\{[^}]*\}|\\.|[^,]|,", value), key=lambda piece: piece == ","):
        if not is_comma:
            found.append(_unescaped("".join(pieces).strip(" ")))
    return tuple(found)


class _Reading:
    """Puts the lines together."""

    def __init__(self, where: str) -> None:
        self._where = where
        self.skills: list[Brought] = []
        self._ids: set[str] = set()
        self._section, self._anchor, self._line = "general", "", 0
        self._text: list[str] = []
        self._fields: dict[str, str] = {}
        self._is_open = False
        """Whether the next quoted line goes on with the text."""
        self._number = 0

    def take(self, number: int, line: str) -> None:
        self._number = number
        bare = line.strip(" \t")
        if bare.startswith(">"):
            self._quoted(number, line.lstrip(" \t")[1:])
            return
        self._is_open = False
        if not bare or bare.startswith((MARK, "# ")):
            return
        if bare.startswith("## "):
            self.close()
            self._section = _unescaped(bare[3:].strip(" \t"))
        elif anchor := _ANCHOR.fullmatch(bare):
            self.close()
            self._anchor = anchor[1]
        elif bare.startswith("- ") and self._text:
            self._field(bare[2:])
        else:
            self._refuse("this line is nothing that the format has", f"it begins {bare[:40]!r}")

    def close(self) -> None:
        """End the skill that is being read."""
        if not self._text:
            if self._anchor:
                self._refuse("an anchor without a text", "a skill's text stands in quoted lines, which begin with `>`")
            return
        fields, where = self._fields, f"{self._where}, line {self._line}"
        try:
            brought = Brought(
                where=where,
                text="\n".join(self._text),
                reason=_unescaped(fields.get("why", "")),
                section=self._section,
                scope=self._scope(fields),
                status=_status(fields.get("status", "proposed")),
                skill_id=self._anchor,
            )
        except (ValidationError, ValueError) as cause:
            why = cause.errors()[0]["msg"] if isinstance(cause, ValidationError) else str(cause)
            raise SkillbookError("a field of the skill is wrong", where=where, why=why) from cause
        if brought.skill_id and brought.skill_id in self._ids:
            self._refuse("two skills have one id", f"{brought.skill_id} stands further up too")
        self._ids.add(brought.skill_id)
        self.skills.append(checked(brought))
        self._text, self._fields, self._anchor = [], {}, ""

    def _quoted(self, number: int, rest: str) -> None:
        if self._text and not self._is_open:
            self.close()
        if not self._text:
            self._line = number
        self._is_open = True
        self._text.append(_unescaped(rest.removeprefix(" ")))

    def _field(self, text: str) -> None:
        name, colon, value = text.partition(":")
        name = name.strip(" ").casefold()
        if not colon or name not in _FIELDS:
            self._refuse(f"there is no field {name[:40]!r}", f"the fields are {', '.join(_FIELDS)}")
        if name in self._fields:
            self._refuse(f"the field {name!r} stands twice", "one skill has each field once")
        self._fields[name] = value.strip(" \t")

    def _scope(self, fields: dict[str, str]) -> Scope:
        return Scope(
            agent=_unescaped(fields.get("agent", "")),
            tools=_items(fields.get("tools", "")),
            tenant=_unescaped(fields.get("tenant", "")),
            models=_items(fields.get("models", "")),
            tags=_items(fields.get("tags", "")),
            valid_from=_day(fields.get("from", "")),
            valid_until=_day(fields.get("until", "")),
        )

    def _refuse(self, what: str, why: str) -> NoReturn:
        raise SkillbookError(what, where=f"{self._where}, line {self._number}", why=why, hint="nothing was imported")


def _status(word: str) -> SkillStatus:
    for status in get_args(SkillStatus):
        if word == status:
            return status
    raise ValueError(f"there is no status {word[:40]!r}; there is {', '.join(_STATUSES)}")


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
