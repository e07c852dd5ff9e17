"""Taking back what a person did last, however many skills it concerned and in whatever process it was done.

An act is what one append of one person brought: its events stand in a row and have one time. What others have built on
since is not taken back, and said. Taking an act back is on record like any other, and is not itself an act to be taken
back: asked again, the act before goes. Raises `UsageError` where there is no act, `OperationError` where none of it can
be taken back.
"""

import re
from collections.abc import Mapping, Sequence

from seasoned.core.change import Ground, tried
from seasoned.core.operation import VERDICTS, Author, Event, Operation
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Value
from seasoned.errors import OperationError, UsageError
from seasoned.store.books.books import Books

_UNDOING = re.compile(r"undo of revisions? (\d+)(?: to (\d+))?")
_RECORD = frozenset({"decisions", "status_reason"})
"""What a verdict leaves behind though it was taken back."""
_MORE = _RECORD | {"evidence", "scope", "conflicts", "confidence"}
"""What more evidence changes as well, which is nobody's decision."""


class Act(Value):
    """What a person did in one append."""

    first: int
    """Revision that its first event made."""
    last: int
    events: tuple[Event, ...]

    @property
    def name(self) -> str:
        """What was done, in words."""
        kinds = dict.fromkeys(event.operation.kind for event in self.events)
        ids = tuple(dict.fromkeys(event.operation.skill_id for event in self.events))
        what = ids[0] or "the skillbook's rules" if len(ids) == 1 else f"{len(ids)} skills"
        return f"{' and '.join(kinds)} of {what}"

    @property
    def reason(self) -> str:
        """What the operations that take it back give as their reason, by which they are known again."""
        span = f" {self.first}" if self.first == self.last else f"s {self.first} to {self.last}"
        return f"undo of revision{span}"


class Kept(Value):
    """A skill, or the rules, that could not be taken back."""

    skill_id: str
    why: str


class Undone(Value):
    """What came of taking an act back."""

    act: Act
    n_undone: int
    kept: tuple[Kept, ...] = ()
    """What others have built on."""


def last_act(events: Sequence[Event], author: Author) -> Act:
    """The last act of a person that was not taken back yet.

    Raises:
        UsageError: There is none.
    """
    acts = [act for act in _acts(events) if _is_of(act, author)]
    gone: set[int] = set()
    for act in reversed(acts):
        undone = _UNDOING.fullmatch(act.events[0].operation.reason)
        if undone is not None:
            gone.add(int(undone[1]))
        elif act.first not in gone:
            return act
    raise UsageError(
        f"there is nothing to undo of what {author.name} did in this skillbook",
        hint="`seasoned skills restore ID` takes the last verdict on a skill back, whoever gave it",
    )


def take_back(books: Books, name: str, act: Act, author: Author) -> Undone:
    """Take an act back, as far as nobody has built on it.

    Args:
        books: The skillbooks.
        name: Of the skillbook.
        act: What to take back.
        author: Who does it.

    Raises:
        OperationError: Others have built on all of it; nothing was done.
    """
    before, left = books.at(name, act.first - 1), books.at(name, act.last)
    kept: list[Kept] = []

    def decide(now: Skillbook) -> list[Operation]:
        kept.clear()
        found: list[Operation] = []
        for event in act.events:
            found += _rules_back(event.operation, before, left, now, kept)
        for skill_id in _touched(act):
            operation = _back(skill_id, before, left, now, act)
            if operation is None:
                kept.append(Kept(skill_id=skill_id, why=_why(books, name, skill_id, act)))
            else:
                found.append(operation)
        return [each.model_copy(update={"author": author, "reason": act.reason}) for each in found]

    done = books.change(name, lambda now: _some(decide(now), kept, act))
    return Undone(act=act, n_undone=len(done.events), kept=tuple(kept))


def _some(operations: list[Operation], kept: Sequence[Kept], act: Act) -> list[Operation]:
    if not operations:
        why = kept[0].why if kept else "nothing of it stands any more"
        raise OperationError(f"the {act.name} cannot be undone", where=f"revision {act.first}", why=why)
    return operations


def _acts(events: Sequence[Event]) -> list[Act]:
    found: list[list[Event]] = []
    for event in events:
        if found and (found[-1][0].at, found[-1][0].operation.author) == (event.at, event.operation.author):
            found[-1].append(event)
        else:
            found.append([event])
    return [Act(first=each[0].revision, last=each[-1].revision, events=tuple(each)) for each in found]


def _is_of(act: Act, author: Author) -> bool:
    by = act.events[0].operation.author
    return (by.kind, by.name) == (author.kind, author.name)


def _touched(act: Act) -> list[str]:
    """The skills that an act changed; the merged one first, which must stand again before what it went into changes."""
    ids = [i for event in reversed(act.events) for i in (event.operation.merged_id, event.operation.skill_id) if i]
    return list(dict.fromkeys(ids))


def _back(skill_id: str, before: Skillbook, left: Skillbook, now: Skillbook, act: Act) -> Operation | None:
    """The operation that makes a skill what it was; None where somebody has changed it since."""
    was, is_now = before.skills.get(skill_id), now.skills.get(skill_id)
    mine = left.skills.get(skill_id)
    rollback = Operation(
        kind="ROLLBACK", skill_id=skill_id, to_revision=before.revision, author=act.events[0].operation.author
    )
    if mine is None or is_now is None:
        # An act that went back may have taken the skill out of the book.
        return rollback if (mine, is_now) == (None, None) and was is not None else None
    kinds = {e.operation.kind for e in act.events if skill_id in (e.operation.skill_id, e.operation.merged_id)}
    if was is not None and kinds <= VERDICTS and _is_same(mine, is_now, _MORE):
        restore = Operation(kind="RESTORE", skill_id=skill_id, author=act.events[0].operation.author)
        if _leads_to(restore, is_now, was, now):
            return restore
    return rollback if _is_same(mine, is_now, _RECORD) else None


def _leads_to(operation: Operation, skill: Skill, wanted: Skill, book: Skillbook) -> bool:
    after = tried(Ground.present({skill.id: skill}, book.policy), operation, book.revision + 1)
    return after is not None and len(after.skills) == 1 and _is_same(after.skills[0], wanted, _MORE)


def _is_same(one: Skill, other: Skill, but: frozenset[str]) -> bool:
    return all(getattr(one, field) == getattr(other, field) for field in Skill.model_fields if field not in but)


def _rules_back(
    operation: Operation, before: Skillbook, left: Skillbook, now: Skillbook, kept: list[Kept]
) -> list[Operation]:
    """The operation that sets the rules of before again; what concerns the whole book else is not taken back here."""
    if operation.skill_id:
        return []
    if operation.kind == "POLICY" and now.policy == left.policy:
        return [Operation(kind="POLICY", author=operation.author, policy=before.policy)]
    why = "the rules were set anew since" if operation.kind == "POLICY" else "it concerns the whole skillbook"
    kept.append(Kept(skill_id="", why=f"{why}; roll the skillbook back to a revision instead"))
    return []


def _why(books: Books, name: str, skill_id: str, act: Act) -> str:
    """Who has changed a skill since the act."""
    since: Mapping[int, Event] = {e.revision: e for e in books.events(name, skill_id=skill_id) if e.revision > act.last}
    if not since:
        return "the skill is not in the skillbook as it was left"
    event = since[max(since)]
    author = event.operation.author
    return f"{author.kind} {author.name} has built on it since: {event.operation.kind} in revision {event.revision}"
