"""Three-way merge of two skillbooks that have a history in common: which operations bring in what the other one did.

A skill that only the other side changed gets its operations over again, in order and with their authors. What both
changed in ways that do not touch is joined. What both changed differently is a conflict, for a person to decide.
Skills that were merged into one another are decided on together. Pure: no I/O, no clock. Raises `UsageError` for a
choice that names no conflict.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from seasoned.core.bookdiff import policy_text
from seasoned.core.operation import Event, Operation
from seasoned.core.replaying import Here, Merger, reached, replayed
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.threeway import Combined, FieldConflict, Side, combined, is_same
from seasoned.core.value import Value
from seasoned.errors import UsageError

POLICY = "policy"
"""What a choice calls the rules of review."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sides:
    """What a merge looks at."""

    base: Skillbook
    """The latest state that both sides have in common."""
    ours: Skillbook
    theirs: Skillbook
    events: tuple[Event, ...]
    """Of theirs, since ours last had all of it."""
    known: tuple[Operation, ...] = ()
    """Operations among those that theirs has from ours."""
    since: int
    """Revision of theirs that the events follow."""
    shared: int
    """Up to this revision both logs are one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """How a person decides conflicts."""

    ours: frozenset[str] = frozenset()
    """Ids of skills, or `policy`, for which ours stands."""
    theirs: frozenset[str] = frozenset()
    rest: Side | None = None
    """For every other conflict; None leaves it unresolved."""

    def of(self, ids: Iterable[str]) -> Side | None:
        """What was chosen for things that are decided on together."""
        ids = set(ids)
        if ids & self.ours:
            return "ours"
        return "theirs" if ids & self.theirs else self.rest


class MergeConflict(Value):
    """What both sides changed differently, or what the other side did and cannot be done here."""

    ids: tuple[str, ...]
    """The skills that are decided on together, or `policy`."""
    fields: tuple[FieldConflict, ...] = ()
    """Empty where the state of the other side cannot be reached."""
    why: str
    choice: Side | None = None
    """How it was decided; None: it is unresolved, and nothing is merged."""


class Plan(Value):
    """What a merge does."""

    operations: tuple[Operation, ...] = ()
    """In the order in which they apply."""
    changed: tuple[str, ...] = ()
    """Ids of the skills that change."""
    conflicts: tuple[MergeConflict, ...] = ()

    @property
    def unresolved(self) -> tuple[MergeConflict, ...]:
        """The conflicts that nobody has decided."""
        return tuple(conflict for conflict in self.conflicts if conflict.choice is None)


def plan_merge(sides: Sides, here: Here, merger: Merger, choices: Choices) -> Plan:
    """What brings the other side's work into ours.

    Args:
        sides: The two books and what they have in common.
        here: Ours, to try operations out on.
        merger: Who merges.
        choices: How conflicts are decided.

    Raises:
        UsageError: A choice names nothing that is in conflict.
    """
    return _Planning(sides, here, merger, choices).plan()


class _Planning:
    def __init__(self, sides: Sides, here: Here, merger: Merger, choices: Choices) -> None:
        self._sides, self._here, self._merger, self._choices = sides, here, merger, choices
        self._conflicts: list[MergeConflict] = []
        self._replays: list[Event] = []
        self._new: list[Operation] = []
        self._changed: list[str] = []
        self._policy = sides.ours.policy
        """The rules of review afterwards."""

    def plan(self) -> Plan:
        sides = self._sides
        rules = self._rules()
        self._policy = sides.theirs.policy if rules else sides.ours.policy
        effective = _effective(sides)
        for unit in _units(sides):
            # A rollback of several skills is one event for each of them.
            own = {(event.revision, event.operation.skill_id): event for i in unit for event in effective.get(i, ())}
            self._decide(unit, sorted((*own.values(), *rules), key=_revision))
        self._refuse_vain_choices()
        replays = {(event.revision, event.operation.key("")): event for event in (*rules, *self._replays)}
        in_order = [event.operation for event in sorted(replays.values(), key=_revision)]
        return Plan(operations=(*in_order, *self._new), changed=tuple(self._changed), conflicts=tuple(self._conflicts))

    def _rules(self) -> tuple[Event, ...]:
        """The other side's changes of the rules of review, where they are taken over."""
        base, ours, theirs = (book.policy for book in (self._sides.base, self._sides.ours, self._sides.theirs))
        if theirs in (base, ours):
            return ()
        if ours != base:
            choice = self._choices.of({POLICY})
            texts = {"base": policy_text(base), "ours": policy_text(ours), "theirs": policy_text(theirs)}
            shown = FieldConflict(skill_id="", field=POLICY, **texts)
            why = "both sides changed the rules of review"
            self._conflicts.append(MergeConflict(ids=(POLICY,), fields=(shown,), why=why, choice=choice))
            if choice != "theirs":
                return ()
        return tuple(event for event in self._sides.events if event.operation.kind == "POLICY")

    def _decide(self, unit: Sequence[str], events: Sequence[Event]) -> None:
        sides, choice = self._sides, self._choices.of(unit)
        found: dict[str, Combined] = {
            i: combined(sides.base.skills.get(i), sides.ours.skills.get(i), sides.theirs.skills.get(i), choice)
            for i in unit
        }
        if fields := tuple(field for one in found.values() for field in one.conflicts):
            why = "both sides changed it differently"
            self._conflicts.append(MergeConflict(ids=tuple(unit), fields=fields, why=why, choice=choice))
            if choice is None:
                return
        wanted = {i: one.skill for i, one in found.items()}
        changing = [i for i, skill in wanted.items() if not is_same(sides.ours.skills.get(i), skill)]
        if changing and self._reach(wanted, events):
            self._changed += changing
        elif changing:
            why = "what the other side came to cannot be reached under this book's state and rules of review"
            shown: Side | None = "ours" if choice == "ours" else None
            self._conflicts.append(MergeConflict(ids=tuple(unit), why=why, choice=shown))

    def _reach(self, wanted: Mapping[str, Skill | None], events: Sequence[Event]) -> bool:
        ours = {i: self._sides.ours.skills[i] for i in wanted if i in self._sides.ours.skills}
        here = Here(ours, self._sides.ours.policy, self._here.revision, self._here.at)
        if (again := replayed(here, events, wanted)) is not None:
            self._replays += [event for event in again if event.operation.kind != "POLICY"]
            return True
        new = reached(Here(ours, self._policy, here.revision, here.at), wanted, self._merger)
        self._new += new or ()
        return new is not None

    def _refuse_vain_choices(self) -> None:
        in_conflict = {i for conflict in self._conflicts for i in conflict.ids}
        if vain := sorted((self._choices.ours | self._choices.theirs) - in_conflict):
            raise UsageError(
                f"there is no conflict about {', '.join(vain)}",
                why=f"the conflicts are about {', '.join(sorted(in_conflict)) or 'nothing'}",
                hint="`seasoned skills merge SOURCE --dry-run` lists them",
            )


def _units(sides: Sides) -> Iterator[tuple[str, ...]]:
    """The skills that differ, in sets that are decided on together, in order of birth."""
    books = (sides.base.skills, sides.ours.skills, sides.theirs.skills)
    ids = list(dict.fromkeys(i for skills in books for i in skills))
    parent = {i: i for i in ids}

    def root(i: str) -> str:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    pairs = [(s.id, s.merged_into) for skills in books for s in skills.values() if s.merged_into is not None]
    pairs += [(e.operation.merged_id, e.operation.skill_id) for e in sides.events if e.operation.merged_id is not None]
    for one, other in pairs:
        if one in parent and other in parent:
            parent[root(one)] = root(other)
    units: dict[str, list[str]] = {}
    for i in ids:
        units.setdefault(root(i), []).append(i)
    return (tuple(unit) for unit in units.values())


def _effective(sides: Sides) -> dict[str, tuple[Event, ...]]:
    """The other side's events of each skill that still count: those that a rollback undid are left out."""
    wanted = {event.operation.to_revision for event in sides.events}
    lists: dict[str, tuple[Event, ...]] = {}
    kept = {sides.since: dict(lists)}
    for event in _unknown(sides):
        operation = event.operation
        if operation.kind == "ROLLBACK":
            everything = {**dict.fromkeys(sides.base.skills), **dict.fromkeys(lists)}
            for i in [operation.skill_id] if operation.skill_id else everything:
                lists[i] = _went_back(event, i, sides, kept)
        elif operation.kind != "POLICY":
            for i in {operation.skill_id, operation.merged_id or operation.skill_id}:
                lists[i] = (*lists.get(i, ()), event)
        if event.revision in wanted:
            kept[event.revision] = dict(lists)
    return lists


def _went_back(
    event: Event, skill_id: str, sides: Sides, kept: Mapping[int, Mapping[str, tuple[Event, ...]]]
) -> tuple[Event, ...]:
    """What counts of a skill's events after a rollback: those up to there, or where it is shared, the rollback."""
    to = event.operation.to_revision
    if to is not None and to in kept:
        return kept[to].get(skill_id, ())
    if to is None or to > sides.shared:
        return ()  # a state that is in the other log alone; whether another way leads to it is tried out
    return (event.model_copy(update={"operation": event.operation.model_copy(update={"skill_id": skill_id})}),)


def _unknown(sides: Sides) -> Iterator[Event]:
    """The other side's events without those that it has from ours."""
    known = Counter(operation.key("") for operation in sides.known)
    for event in sides.events:
        key = event.operation.key("")
        if known[key] > 0 and event.operation.kind != "ROLLBACK":
            known[key] -= 1
        else:
            yield event


def _revision(event: Event) -> int:
    return event.revision
