"""The skillbook: the fold of an append-only event log.

What each operation makes of it is said in `core.change`. Pure: no I/O, no clock. Raises `OperationError` for a log that
is not allowed.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from pydantic import Field

from seasoned.core.change import Change, Ground, change
from seasoned.core.operation import Event
from seasoned.core.policy import ReviewPolicy
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.text import visible
from seasoned.core.value import Value
from seasoned.errors import OperationError, UsageError

_NAME = re.compile(r"[^-:\s][^:]{0,99}(?<!\s)")


class Skillbook(Value):
    """The skills of one book at one revision."""

    name: str
    revision: int = Field(default=0, ge=0)
    skills: dict[str, Skill] = Field(default_factory=dict[str, Skill])
    """By id, in order of birth."""
    policy: ReviewPolicy = ReviewPolicy()
    """Who must approve what."""

    def with_status(self, *statuses: SkillStatus) -> tuple[Skill, ...]:
        """The skills that stand so, in order of birth."""
        return tuple(s for s in self.skills.values() if s.status in statuses)

    def standing(self, skill_id: str) -> Skill:
        """The skill of that id, or the one that it went into; raises `KeyError` for an id that is not in the book."""
        skill = self.skills[skill_id]
        while skill.merged_into is not None:
            skill = self.skills[skill.merged_into]
        return skill

    def find(self, id_prefix: str) -> Skill:
        """The one skill whose id begins so; the part before the dash may be left out.

        Raises:
            UsageError: No skill, or more than one, begins so.
        """
        wanted = id_prefix if id_prefix.startswith("skill-") else f"skill-{id_prefix}"
        found = [s for i, s in self.skills.items() if i.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        why = "no skill has it" if not found else f"{len(found)} skills begin so"
        raise UsageError(
            f"no single skill {id_prefix!r} in the skillbook {self.name!r}",
            why=why,
            hint="`seasoned skills list` shows the ids",
        )


def book_name(name: str) -> str:
    """The name, if a skillbook may have it.

    It stands in commands (so it is no option), before a colon and a revision, in addresses (so it is no step in a
    path) and in lists (so all of it can be seen).

    Raises:
        UsageError: No skillbook can be called so.
    """
    if _NAME.fullmatch(name) and name not in (".", "..") and visible(name) == name and name.isprintable():
        return name
    raise UsageError(
        f"no skillbook can be called {name[:80]!r}",
        why="a name is 1 to 100 visible characters on one line, without ':', and begins with no '-'",
        hint="such as airline or airline-v2",
    )


def fold(name: str, events: Iterable[Event]) -> Skillbook:
    """The skillbook that the events make, in order.

    Raises:
        OperationError: An event is not allowed where it stands, or the numbering has a gap.
    """
    return extended(Skillbook(name=name), events)


def extended(
    book: Skillbook,
    events: Iterable[Event],
    *,
    at: Callable[[int], Mapping[str, Skill]] | None = None,
    seen: Callable[[Event, Change], None] | None = None,
) -> Skillbook:
    """The skillbook some events later, in one pass over them.

    Args:
        book: Where to begin.
        events: What follows.
        at: The skills at a revision before the book's own, for an event that goes back there.
        seen: Told of each event, in order, and of what it changed.

    Raises:
        OperationError: As `fold` does.
    """
    events = tuple(events)
    wanted = {event.operation.to_revision for event in events}
    kept = {0: dict[str, Skill](), book.revision: book.skills}
    skills, policy, revision = dict(book.skills), book.policy, book.revision

    def then(earlier: int) -> Mapping[str, Skill]:
        return kept[earlier] if earlier in kept else (at or _not_at_hand)(earlier)

    for event in events:
        _refuse_gap(event, revision, book.name)
        ground = Ground(skills.get, policy, lambda: skills, then)
        what = change(ground, event.operation, event.revision, event.at)
        what.carry_out(skills)
        policy, revision = what.policy or policy, event.revision
        if seen is not None:
            seen(event, what)
        if revision in wanted:
            kept[revision] = dict(skills)
    # A dictionary has what came back behind what stayed; the order is that of birth.
    if any(event.operation.kind == "ROLLBACK" for event in events):
        skills = dict(sorted(skills.items(), key=lambda item: item[1].born.revision))
    return Skillbook(name=book.name, revision=revision, skills=skills, policy=policy)


def _refuse_gap(event: Event, revision: int, book: str) -> None:
    if event.revision != revision + 1:
        raise OperationError(
            f"event {event.revision} does not follow revision {revision} of {book!r}",
            hint="the event log has a gap; restore the store from a backup",
        )


def _not_at_hand(revision: int) -> Mapping[str, Skill]:
    raise OperationError(f"revision {revision} is not at hand")
