"""Skills as a plain Markdown list under headings, as agents read them: written harmless, and read back item by item.

What is read back is what stands there: an item that was made harmless does not become again what it was. Pure; raises
nothing.
"""

import re
from collections.abc import Iterable

from seasoned.compile.render import item, section_heading, section_name
from seasoned.core.skill import Skill
from seasoned.core.value import Value

_HEADING = re.compile(r"#{1,6} ")
_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)]) +(.*)")
_MARKER = re.compile(r"seasoned(?=:(?:begin|end|markdown))")


class Listed(Value):
    """One item of a list."""

    line: int
    """Its first line, counted from 1."""
    section: str
    """The heading that it stands under; empty before the first."""
    text: str


class Listing(Value):
    """What a text holds, as far as headings and lists go."""

    items: tuple[Listed, ...]
    prose: tuple[int, ...]
    """Lines that are neither headings nor of an item."""


def listed(skills: Iterable[Skill], *, with_sections: bool = True) -> str:
    """The skills as list items under headings of their sections, which stand by name; each item can only be read."""
    by_section: dict[str, list[Skill]] = {}
    for skill in skills:
        by_section.setdefault(section_name(skill.section), []).append(skill)
    parts: list[str] = []
    for name in sorted(by_section):
        heading = section_heading(name) if with_sections else "\n"
        parts.append(heading + "".join(item(skill) for skill in by_section[name]))
    # No text of a skill can pass for one of our marks.
    return _MARKER.sub("seasoned ", "".join(parts).strip("\n"))


def read(text: str) -> Listing:
    """The items of the lists in a text; what is indented belongs to the item before it."""
    items: list[tuple[int, str, list[str]]] = []
    prose: list[int] = []
    section, is_in_item = "", False
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if _HEADING.match(line):
            section, is_in_item = bare.strip("#").strip(), False
        elif found := _ITEM.fullmatch(line.rstrip()):
            items.append((number, section, [found[1]]))
            is_in_item = True
        elif is_in_item and bare and line.startswith((" ", "\t")):
            items[-1][2].append(line.removeprefix("  ").rstrip())
        elif bare and not (bare.startswith("<!--") and bare.endswith("-->")):
            prose.append(number)
            is_in_item = False
    listed_items = tuple(Listed(line=line, section=name, text="\n".join(lines)) for line, name, lines in items)
    return Listing(items=listed_items, prose=tuple(prose))
