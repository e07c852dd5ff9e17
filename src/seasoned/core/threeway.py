"""Three-way comparison of one skill: what it becomes where two books changed it since they had it in common.

Pure; knows nothing of how a state is reached. Raises nothing.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

from seasoned.core.bookdiff import fields_of
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill
from seasoned.core.value import Value

T = TypeVar("T")
Side = Literal["ours", "theirs"]

WORDING = frozenset({"text", "section"})
"""What a verdict is about: a verdict on one side and another wording on the other touch each other."""
STANDING = frozenset({"status", "approvals", "removal"})
_BY_THE_WAY = frozenset({"confidence", "because"})
"""A learner's estimate and the words of a verdict: no operation sets them alone, so that ours stand."""
_LIMITS = ("tenant", "models", "tags", "valid_from", "valid_until")
_ATTRIBUTES = {
    "text": ("text",),
    "reason": ("reason",),
    "section": ("section",),
    "status": ("status", "merged_into", "status_reason", "previous_status", "given", "approvals"),
    "approvals": ("approvals",),
    "removal": ("removal",),
}


class FieldConflict(Value):
    """One field that both sides changed, each its own way."""

    skill_id: str
    field: str
    """`skill` where one side does not have the skill any more."""
    base: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Combined:
    """What comes of one skill."""

    skill: Skill | None
    """The state that is wanted; None: the skill is not in the book."""
    conflicts: tuple[FieldConflict, ...] = ()
    """Decided for the side that was preferred, else for ours."""


def essence(skill: Skill) -> dict[str, object]:
    """What of a skill a merge carries over: two skills are the same where this is equal.

    Not part of it: revisions and times, earlier wordings and verdicts, what RESTORE would go back to, the order of the
    evidence, the confidence, and the words of the last verdict.
    """
    fields = {name: value for name, value in fields_of(skill).items() if name not in _BY_THE_WAY}
    return {**fields, "evidence": frozenset(skill.evidence), "taints": frozenset(skill.taints)}


def is_same(one: Skill | None, other: Skill | None) -> bool:
    """Whether a skill is the same on both sides, but for what `essence` leaves out."""
    if one is None or other is None:
        return one is other
    return essence(one) == essence(other)


def combined(base: Skill | None, ours: Skill | None, theirs: Skill | None, prefer: Side | None = None) -> Combined:
    """What a skill becomes.

    Args:
        base: As both sides had it; None: it was born on one side or on both.
        ours: As it stands here; None: the book does not have it.
        theirs: As it stands there.
        prefer: Whose fields are taken where both sides changed them.
    """
    if is_same(ours, theirs) or is_same(base, theirs):
        return Combined(ours)
    if is_same(base, ours):
        return Combined(theirs)
    if ours is None or theirs is None:
        shown = FieldConflict(
            skill_id=next(skill.id for skill in (ours, theirs, base) if skill is not None),
            field="skill",
            base=_shown(base),
            ours=_shown(ours),
            theirs=_shown(theirs),
        )
        return Combined(theirs if prefer == "theirs" else ours, (shown,))
    return _both(base or _born(ours, theirs), ours, theirs, prefer or "ours")


def _both(base: Skill, ours: Skill, theirs: Skill, prefer: Side) -> Combined:
    was, here, there = fields_of(base), fields_of(ours), fields_of(theirs)
    by_us = {f for f in _ATTRIBUTES if here[f] not in (was[f], there[f])}
    by_them = {f for f in _ATTRIBUTES if there[f] not in (was[f], here[f])}
    clashing = by_us & by_them
    if (by_us & WORDING and by_them & STANDING) or (by_us & STANDING and by_them & WORDING):
        clashing |= (by_us | by_them) & (WORDING | STANDING)
    taken = by_them - clashing if prefer == "ours" else by_them | clashing
    update: dict[str, object] = {
        attribute: getattr(theirs, attribute) for field in taken for attribute in _ATTRIBUTES[field]
    }
    limits = _limits(base.scope, ours.scope, theirs.scope)
    if limits is None:
        clashing.add("scope")
        limits = theirs.scope if prefer == "theirs" else ours.scope
    update |= {
        "scope": _learned(limits, base.scope, ours.scope, theirs.scope),
        "conflicts": _union(base.conflicts, ours.conflicts, theirs.conflicts),
        "taints": _taints(base, ours, theirs, is_reworded="text" in by_us | by_them, is_theirs="text" in taken),
        "evidence": _union(base.evidence, ours.evidence, theirs.evidence),
    }
    conflicts = tuple(
        FieldConflict(skill_id=ours.id, field=f, base=was[f], ours=here[f], theirs=there[f])
        for f in was
        if f in clashing
    )
    return Combined(ours.model_copy(update=update), conflicts)


def _born(ours: Skill, theirs: Skill) -> Skill:
    """What both sides had in common where each of them added the skill: the proposal, before anything was decided."""
    learned = ours.scope.widened(theirs.scope)
    update = {
        "text": ours.born.text if ours.born.text == theirs.born.text else "",
        "section": "",
        "reason": theirs.reason,  # two learners give two reasons for one wording: ours stands
        "status": "proposed",
        "merged_into": None,
        "approvals": (),
        "removal": None,
        "evidence": (),
        "conflicts": (),
        "taints": (),
        "scope": Scope(agent=learned.agent, tools=learned.tools),  # no limit was common: what either side set stays
    }
    return ours.model_copy(update=update)


def _union(base: tuple[T, ...], ours: tuple[T, ...], theirs: tuple[T, ...]) -> tuple[T, ...]:
    """What either side has, without what either side took away."""
    gone = {item for item in base if item not in ours or item not in theirs}
    return tuple(item for item in dict.fromkeys((*ours, *theirs)) if item not in gone)


def _taints(base: Skill, ours: Skill, theirs: Skill, *, is_reworded: bool, is_theirs: bool) -> tuple[str, ...]:
    """The taints of the wording that is taken; of one wording on both sides, what either side found."""
    if is_reworded:
        return theirs.taints if is_theirs else ours.taints
    return _union(base.taints, ours.taints, theirs.taints)


def _limits(base: Scope, ours: Scope, theirs: Scope) -> Scope | None:
    """The limits that persons set, each as the side that changed it has it; None where they contradict each other."""
    update: dict[str, object] = {}
    for name in _LIMITS:
        was, here, there = (getattr(scope, name) for scope in (base, ours, theirs))
        if was not in (here, there) and here != there:
            return None
        update[name] = there if here == was else here
    both = ours.model_copy(update=update)
    is_empty = both.valid_from is not None and both.valid_until is not None and both.valid_until < both.valid_from
    return None if is_empty else both


def _learned(limits: Scope, base: Scope, ours: Scope, theirs: Scope) -> Scope:
    """The limits with the agent and the tools that the runs of both sides show."""
    learned = ours.widened(theirs)
    if (ours.agent, ours.tools) == (base.agent, base.tools):
        learned = theirs
    elif (theirs.agent, theirs.tools) == (base.agent, base.tools):
        learned = ours
    return limits.learned(learned.agent, learned.tools)


def _shown(skill: Skill | None) -> str:
    return "not in the book" if skill is None else f"{skill.status}: {skill.text}"
