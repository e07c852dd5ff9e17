"""The skillbook: the fold of an append-only event log, and the one place that knows the review state machine.

    proposed ── APPROVE ──▶ approved ── RETIRE ──▶ retired
        ├────── REJECT ───▶ rejected          RESTORE takes the last verdict back
        └────── MERGE ────▶ merged            (from approved only by a person) into a skill that stands

Pure: no I/O, no clock. Raises `OperationError` for an operation that the present state forbids.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import assert_never

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.operation import Event, Operation, OperationKind, Scope
from seasoned.core.skill import Skill, SkillStatus, Wording
from seasoned.core.value import Value
from seasoned.errors import OperationError, UsageError

_VERDICTS: dict[OperationKind, tuple[SkillStatus, SkillStatus]] = {
    "APPROVE": ("proposed", "approved"),
    "REJECT": ("proposed", "rejected"),
    "RETIRE": ("approved", "retired"),
}


class Skillbook(Value):
    """The skills of one book at one revision."""

    name: str
    revision: int = Field(default=0, ge=0)
    skills: dict[str, Skill] = Field(default_factory=dict[str, Skill])
    """By id, in order of birth."""

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


def fold(name: str, events: Iterable[Event]) -> Skillbook:
    """The skillbook that the events make, in order.

    Raises:
        OperationError: An event is not allowed where it stands, or the numbering has a gap.
    """
    return extended(Skillbook(name=name), events)


def extended(book: Skillbook, events: Iterable[Event]) -> Skillbook:
    """The skillbook some events later, in one pass over them; raises `OperationError` as `fold` does."""
    skills, revision = dict(book.skills), book.revision
    for event in events:
        if event.revision != revision + 1:
            raise OperationError(
                f"event {event.revision} does not follow revision {revision} of {book.name!r}",
                hint="the event log has a gap; restore the store from a backup",
            )
        for skill in changed(skills.get, event.operation, event.revision, event.at):
            skills[skill.id] = skill
        revision = event.revision
    return Skillbook(name=book.name, revision=revision, skills=skills)


def changed(
    skill_of: Callable[[str], Skill | None], operation: Operation, revision: int, at: datetime
) -> tuple[Skill, ...]:
    """The skills that an operation changes, as they are afterwards.

    Args:
        skill_of: A skill by its id; None where the book does not have it yet.
        operation: What to apply.
        revision: Of the book, afterwards.
        at: When.

    Raises:
        OperationError: A skill's state forbids the operation.
    """
    skill = skill_of(operation.skill_id)
    if operation.kind == "ADD":
        if skill is not None:
            raise _forbidden(operation, skill, "it is in the book already")
        return (_added(operation, revision, at),)
    if skill is None:
        raise _forbidden(operation, None, "no such skill in the book")
    if operation.author.kind == "learner" and operation.kind in ("APPROVE", "REJECT", "RETIRE", "RESTORE"):
        raise _forbidden(operation, skill, "a learner proposes; a person, or a policy that a person wrote, decides")
    match operation.kind:
        case "EDIT":
            return (_edited(skill, operation, revision, at),)
        case "AGREE":
            if skill.status == "merged":
                raise _forbidden(operation, skill, f"it went into {skill.merged_into}; agree with that")
            return (_supported(skill, operation, operation.evidence),)
        case "MERGE":
            merged = None if operation.merged_id is None else skill_of(operation.merged_id)
            return _merged(skill, merged, operation, revision, at)
        case "APPROVE" | "REJECT" | "RETIRE":
            return (_judged(skill, operation),)
        case "RESTORE":
            into = None if skill.merged_into is None else skill_of(skill.merged_into)
            return _restored(skill, into, operation)
        case _ as never:
            assert_never(never)


def _added(operation: Operation, revision: int, at: datetime) -> Skill:
    if not operation.text:
        raise _forbidden(operation, None, "a skill needs a text")
    if not operation.evidence and operation.author.kind != "person":
        raise _forbidden(operation, None, "only a person may add a skill without evidence")
    return Skill(
        id=operation.skill_id,
        text=operation.text,
        reason=operation.reason,
        section=operation.section or "general",
        evidence=operation.evidence,
        confidence=operation.confidence,
        taints=operation.taints,
        conflicts=operation.conflicts,
        scope=operation.scope or Scope(),
        wordings=(_wording(operation, operation.text, revision, at),),
    )


def _edited(skill: Skill, operation: Operation, revision: int, at: datetime) -> Skill:
    _refuse_unless_standing(skill, operation)
    edited = _reworded(skill, operation, operation.text or skill.text, revision, at)
    update = {
        "reason": operation.reason or skill.reason,
        "section": operation.section or skill.section,
        "scope": operation.scope or skill.scope,
    }
    return _supported(edited.model_copy(update=update), operation.model_copy(update={"scope": None}))


def _reworded(skill: Skill, operation: Operation, text: str, revision: int, at: datetime) -> Skill:
    if operation.author.kind != "person":
        if skill.status == "approved":
            raise _forbidden(operation, skill, "only a person may reword an approved skill")
        if skill.wordings[-1].author.kind == "person":
            raise _forbidden(operation, skill, "a person has worded it, so only a person may reword it")
    wordings = (*skill.wordings, _wording(operation, text, revision, at))
    return skill.model_copy(update={"text": text, "taints": operation.taints, "wordings": wordings})


def _supported(skill: Skill, operation: Operation, more: tuple[Evidence, ...] | None = None) -> Skill:
    """The skill with more evidence, the conflicts that were seen with it, and its scope as wide as that is."""
    given = operation.evidence if more is None else more
    new = tuple(e for e in dict.fromkeys(given) if e not in skill.evidence)
    conflicts = tuple(c for c in operation.conflicts if c not in skill.conflicts)
    scope = skill.scope if operation.scope is None else skill.scope.widened(operation.scope)
    update = {"evidence": skill.evidence + new, "conflicts": skill.conflicts + conflicts, "scope": scope}
    return skill.model_copy(update=update)


def _merged(
    skill: Skill, merged: Skill | None, operation: Operation, revision: int, at: datetime
) -> tuple[Skill, Skill]:
    if merged is None or merged.id == skill.id:
        raise _forbidden(operation, skill, "MERGE needs another skill of the book to go into this one")
    _refuse_unless_standing(skill, operation)
    _refuse_unless_standing(merged, operation)
    if merged.status == "approved":
        if operation.author.kind != "person":
            raise _forbidden(operation, merged, "only a person may merge an approved skill away")
        if skill.status != "approved":
            raise _forbidden(
                operation, merged, f"an approved skill goes into an approved one, not a {skill.status} one"
            )
    kept = skill if operation.text is None else _reworded(skill, operation, operation.text, revision, at)
    had = skill.evidence + operation.evidence
    gone = merged.model_copy(
        update={
            "status": "merged",
            "previous_status": merged.status,
            "status_reason": operation.reason,
            "merged_into": skill.id,
            "given": tuple(i for i, e in enumerate(merged.evidence) if e not in had),
        }
    )
    widened = operation if operation.scope is not None else operation.model_copy(update={"scope": merged.scope})
    return _supported(kept, widened, operation.evidence + merged.evidence), gone


def _restored(skill: Skill, into: Skill | None, operation: Operation) -> tuple[Skill, ...]:
    if skill.previous_status is None:
        raise _forbidden(operation, skill, "no verdict has been given yet")
    before: SkillStatus | None = "proposed" if skill.previous_status == "approved" else None
    update = {"status": skill.previous_status, "previous_status": before, "status_reason": operation.reason}
    if into is None:
        return (skill.model_copy(update=update),)
    if into.status == "merged":
        raise _forbidden(operation, skill, f"{into.id}, which it went into, went into {into.merged_into}; restore that")
    taken_back = [skill.evidence[i] for i in skill.given]
    kept = into.model_copy(update={"evidence": tuple(e for e in into.evidence if e not in taken_back)})
    return skill.model_copy(update={**update, "merged_into": None, "given": ()}), kept


def _refuse_unless_standing(skill: Skill, operation: Operation) -> None:
    if skill.status not in ("proposed", "approved"):
        raise _forbidden(operation, skill, f"it is {skill.status}; restore it first")


def _judged(skill: Skill, operation: Operation) -> Skill:
    before, after = _VERDICTS[operation.kind]
    if skill.status != before:
        raise _forbidden(operation, skill, f"it is {skill.status}, not {before}")
    if operation.text is not None and operation.text != skill.text:
        raise _forbidden(operation, skill, "its wording has changed since it was shown; look at it again")
    if operation.kind == "APPROVE" and skill.taints and operation.author.kind != "person":
        raise _forbidden(operation, skill, f"it is tainted ({'; '.join(skill.taints)}), so a person must decide")
    update = {"status": after, "previous_status": before, "status_reason": operation.reason}
    return skill.model_copy(update=update)


def _wording(operation: Operation, text: str, revision: int, at: datetime) -> Wording:
    return Wording(revision=revision, text=text, reason=operation.reason, author=operation.author, at=at)


def _forbidden(operation: Operation, skill: Skill | None, why: str) -> OperationError:
    where = operation.skill_id if skill is None else f"{skill.id}, {skill.status}"
    return OperationError(f"cannot {operation.kind} this skill", where=where, why=why)
