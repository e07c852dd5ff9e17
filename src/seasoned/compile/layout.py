"""The layout: chosen skills in their stable order, with what stands around them and what each of them costs.

Order, so that a provider's prompt cache keeps hitting: sections stand in the order in which each was first used by any
skill of the book, whatever its status, and skills within a section in order of birth. Births are never undone but by a
rollback, so a new skill goes to the end of its section and a new section to the end of the prompt; neither moves what
stands before it. Where a rendering shows no sections, all skills stand in the order in which they were first approved,
so that whatever comes in goes to the end. What still shortens the common prefix is a skill approved after younger ones
of its section, one that is reworded, retired or moved, and one that a tighter budget drops.

Pure; knows nothing of stores, and raises nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from seasoned.compile.render import section_name
from seasoned.compile.renderings import Rendering
from seasoned.compile.template import Frame
from seasoned.compile.tokens import Tokenizer
from seasoned.core.prompt import SkillCost
from seasoned.core.skill import Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A skill, rendered and counted."""

    id: str
    place: tuple[int, str]
    """Among those of its section."""
    section: str
    """As the prompt names it; empty where the rendering shows none."""
    text: str
    """From the line break before it on; empty where the skill's text is blank."""
    n_tokens: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What stands around the skills, and what it costs."""

    frame: Frame
    rendering: Rendering
    tokenizer: Tokenizer
    sections: tuple[str, ...]
    """In the order in which they are rendered."""

    def entry(self, skill: Skill) -> Entry:
        """The skill as it would stand in the prompt."""
        text = self.rendering.item(skill.text)
        return Entry(
            id=skill.id,
            place=self.rendering.place(skill),
            section=self._shown(skill.section),
            text=text,
            n_tokens=self.tokenizer.count(text),
        )

    def block(self, entries: Iterable[Entry]) -> str:
        """All that is ours; empty without entries."""
        return "".join(head + entry.text + tail for head, entry, tail in self._placed(entries))

    def text(self, entries: Iterable[Entry]) -> str:
        """The whole prompt."""
        return f"{self.frame.before}{self.block(entries)}{self.frame.after}"

    def costs(self, entries: Iterable[Entry]) -> tuple[SkillCost, ...]:
        """Each skill with what it adds; the first of a section bears what stands around the section."""
        costs: list[SkillCost] = []
        n_breaks = self.frame.before.count("\n")
        for head, entry, tail in self._placed(entries):
            n_breaks += head.count("\n") + 1
            n_tokens = entry.n_tokens + sum(self.tokenizer.count(part) for part in (head, tail) if part)
            costs.append(SkillCost(skill_id=entry.id, n_tokens=n_tokens, line=n_breaks + 1))
            n_breaks += entry.text.count("\n") - 1 + tail.count("\n")
        return tuple(costs)

    def pieces(self, entries: Iterable[Entry]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The block in pieces, in order, each with the ids of the entries without all of which it would not stand."""
        ordered = [entry for _, entry, _ in self._placed(entries)]
        everyone = tuple(entry.id for entry in ordered)
        yield self._opening, everyone
        for section, members in groupby(ordered, key=lambda entry: entry.section):
            opens, closes = self.rendering.section(section)
            of_section = list(members)
            ids = tuple(entry.id for entry in of_section)
            yield opens, ids
            yield from ((entry.text, (entry.id,)) for entry in of_section)
            yield closes, ids
        yield self.rendering.closing, everyone

    def section_tokens(self, section: str) -> int:
        """What stands around a section costs."""
        return sum(self.tokenizer.count(part) for part in self.rendering.section(section) if part)

    @cached_property
    def opening_tokens(self) -> int:
        """What stands around all skills costs."""
        return self.tokenizer.count(self._opening) + self.tokenizer.count(self.rendering.closing)

    @property
    def _opening(self) -> str:
        return self.frame.joint + self.rendering.opening

    def _shown(self, section: str) -> str:
        return section_name(section) if any(self.rendering.section(section)) else ""

    def _placed(self, entries: Iterable[Entry]) -> Iterator[tuple[str, Entry, str]]:
        """The entries in order, each with what stands before and behind it."""
        place = {name: index for index, name in enumerate(self.sections)}
        ordered = sorted(entries, key=lambda e: (place[e.section] if e.section else 0, e.place))
        for index, entry in enumerate(ordered):
            opens, closes = self.rendering.section(entry.section)
            is_first = index == 0
            is_last = index == len(ordered) - 1
            head = self._opening if is_first else ""
            if is_first or ordered[index - 1].section != entry.section:
                head += opens
            tail = closes if is_last or ordered[index + 1].section != entry.section else ""
            yield head, entry, tail + self.rendering.closing if is_last else tail


def sections_of(skills: Iterable[Skill]) -> tuple[str, ...]:
    """The sections of skills in order of birth, in the order of their first use."""
    return tuple(dict.fromkeys(map(section_name, dict.fromkeys(skill.section for skill in skills))))
