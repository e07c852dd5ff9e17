"""Which skills of a book leave it, and as what text.

What agents read (sections, Agent Skills) holds approved skills alone, and none that is for one tenant or not for today.
Pure; raises `SkillbookError` for a choice that a format does not allow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from seasoned.core.operation import Event
from seasoned.core.scope import Situation, mismatch
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.exchange.brought import LeftOut
from seasoned.exchange.document import document_of, dumped


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which skills."""

    statuses: tuple[SkillStatus, ...] = ()
    """Empty: all, or, for what agents read, the approved ones."""
    tags: tuple[str, ...] = ()
    """One of which a skill must have; empty: any, or none."""

    @property
    def is_all(self) -> bool:
        """Whether every skill is chosen."""
        return not self.statuses and not self.tags


class Chosen(Value):
    """The skills that leave, and those that do not though they were asked for."""

    skills: tuple[Skill, ...]
    left_out: tuple[LeftOut, ...] = ()


def chosen(book: Skillbook, choice: Choice) -> Chosen:
    """The skills of a book that were chosen; a merged one only with the skill that it went into."""
    kept = {
        skill.id: skill
        for skill in book.skills.values()
        if (not choice.statuses or skill.status in choice.statuses)
        and (not choice.tags or not set(choice.tags).isdisjoint(skill.scope.tags))
    }
    absent = {s.id: next((i for i in _way(book, s) if i not in kept), None) for s in kept.values()}
    left_out = tuple(
        LeftOut(where=i, why=f"it went into {into}, which was not chosen") for i, into in absent.items() if into
    )
    gone = {each.where for each in left_out}
    return Chosen(skills=tuple(s for s in kept.values() if s.id not in gone), left_out=left_out)


def _way(book: Skillbook, skill: Skill) -> Iterator[str]:
    """The skills that a merged one went into, by turns."""
    while skill.merged_into is not None:
        yield skill.merged_into
        skill = book.skills[skill.merged_into]


def for_agents(book: Skillbook, choice: Choice, today: date) -> Chosen:
    """The approved skills that any agent may read on that day.

    Raises:
        UsageError: Others than approved ones were asked for.
    """
    if others := [status for status in choice.statuses if status != "approved"]:
        raise UsageError(
            f"agents are handed approved skills only, not {' or '.join(others)} ones",
            hint="leave --status out, or export as json or markdown",
        )
    kept: list[Skill] = []
    left_out: list[LeftOut] = []
    for skill in chosen(book, Choice(statuses=("approved",), tags=choice.tags)).skills:
        if why := mismatch(skill.scope, Situation(tags=choice.tags, on=today)):
            left_out.append(LeftOut(where=skill.id, why=why))
        else:
            kept.append(skill)
    return Chosen(skills=tuple(kept), left_out=tuple(left_out))


def as_json(book: Skillbook, skills: Sequence[Skill], events: Sequence[Event] | None) -> str:
    """The document of a book with just these skills; its history only with all of them."""
    return dumped(document_of(book.model_copy(update={"skills": {s.id: s for s in skills}}), events))
