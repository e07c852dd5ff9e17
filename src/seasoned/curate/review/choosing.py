"""Which skills a verdict on many of them is for: the named ones, and those that a filter finds.

What a filter finds is looked at less closely than what is named, so it passes over what a person must look at by
itself, and says so. Pure; raises nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Value
from seasoned.curate.review.queue import Waiting

BulkKind = Literal["APPROVE", "REJECT", "RETIRE"]


class Filter(Value):
    """Skills to decide on together: those that fit all that is said."""

    section: str | None = None
    """Of this section, whatever its case."""
    tag: str | None = None
    """With this tag."""
    min_runs: int | None = None
    """With evidence from so many different runs."""
    min_confidence: float | None = None
    """Of a learner that was so sure."""
    group: str | None = None
    """Those that read alike: the id of any of them."""
    all_shown: bool = False
    """All that waits for such a verdict in the queue."""

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return self == Filter()


class PassedOver(Value):
    """A skill that a filter found and that is not decided on."""

    skill_id: str
    why: str


class Chosen(Value):
    """What a verdict is for."""

    skill_ids: tuple[str, ...]
    passed_over: tuple[PassedOver, ...] = ()


def chosen(
    kind: BulkKind,
    named: Collection[str],
    which: Filter,
    book: Skillbook,
    found: Sequence[Waiting],
    others: Mapping[str, str],
) -> Chosen:
    """The skills that a verdict is for.

    Args:
        kind: The verdict.
        named: Ids that it is for in any case.
        which: Finds more; an empty one finds none.
        book: The skillbook.
        found: What waits for a decision.
        others: Why skills are not this reviewer's to decide on, by their ids.
    """
    ids, passed = list(dict.fromkeys(named)), list[PassedOver]()
    candidates = () if which.is_empty else _candidates(kind, which, book, found)
    for skill in candidates:
        if skill.id in ids or not _fits(skill, which):
            continue
        if why := others.get(skill.id) or (_must_be_named(skill) if kind == "APPROVE" else ""):
            passed.append(PassedOver(skill_id=skill.id, why=why))
        else:
            ids.append(skill.id)
    return Chosen(skill_ids=tuple(ids), passed_over=tuple(passed))


def group_of(skill_id: str, found: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """What reads like a skill that waits, itself included; empty where it does not wait."""
    found = tuple(found)
    name = next((each.group for each in found if each.skill.id == skill_id), None)
    return tuple(each for each in found if each.group == name)


def _candidates(kind: BulkKind, which: Filter, book: Skillbook, found: Sequence[Waiting]) -> tuple[Skill, ...]:
    group = found if which.group is None else group_of(which.group, found)
    if kind == "RETIRE" and which.group is None and not which.all_shown:
        return book.with_status("approved")
    status = "approved" if kind == "RETIRE" else "proposed"
    return tuple(each.skill for each in group if each.skill.status == status)


def _fits(skill: Skill, which: Filter) -> bool:
    return (
        (which.section is None or skill.section.casefold() == which.section.casefold())
        and (which.tag is None or which.tag in skill.scope.tags)
        and len(skill.trace_ids) >= (which.min_runs or 0)
        and (which.min_confidence is None or (skill.confidence or 0.0) >= which.min_confidence)
    )


def _must_be_named(skill: Skill) -> str:
    """Why a proposal is approved only by somebody who names it."""
    if skill.taints:
        return f"it is tainted ({'; '.join(skill.taints)})"
    if skill.conflicts:
        return f"it {skill.conflicts[0].kind} {skill.conflicts[0].skill_id}"
    return "its removal is proposed" if skill.removal is not None else ""
