"""The skillbook: the fold of an append-only event log, and the one place that knows the review state machine.

    proposed ── APPROVE ──▶ approved ── RETIRE ──▶ retired
        └────── REJECT ───▶ rejected          RESTORE takes the last verdict back

Pure: no I/O, no clock. Raises `OperationError` for an operation that the present state forbids.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from pydantic import Field

from seasoned.core.operation import Event, Operation, OperationKind
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
        operation = event.operation
        skills[operation.skill_id] = changed(skills.get(operation.skill_id), operation, event.revision, event.at)
        revision = event.revision
    return Skillbook(name=book.name, revision=revision, skills=skills)


def changed(skill: Skill | None, operation: Operation, revision: int, at: datetime) -> Skill:
    """One skill after one operation; `skill` is None where the book does not have it yet.

    Raises:
        OperationError: The skill's state forbids the operation.
    """
    if operation.kind == "ADD":
        if skill is not None:
            raise _forbidden(operation, skill, "it is in the book already")
        return _added(operation, revision, at)
    if skill is None:
        raise _forbidden(operation, None, "no such skill in the book")
    match operation.kind:
        case "EDIT":
            return _edited(skill, operation, revision, at)
        case "AGREE":
            new = tuple(e for e in operation.evidence if e not in skill.evidence)
            return skill.model_copy(update={"evidence": skill.evidence + new})
        case "APPROVE" | "REJECT" | "RETIRE":
            return _judged(skill, operation)
        case "RESTORE":
            if skill.previous_status is None:
                raise _forbidden(operation, skill, "no verdict has been given yet")
            update = {
                "status": skill.previous_status,
                "previous_status": None,
                "status_reason": operation.reason,
            }
            if skill.status == "retired":
                update["previous_status"] = "proposed"
            return skill.model_copy(update=update)
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
        wordings=(_wording(operation, operation.text, revision, at),),
    )


def _edited(skill: Skill, operation: Operation, revision: int, at: datetime) -> Skill:
    if skill.status in ("rejected", "retired"):
        raise _forbidden(operation, skill, f"it is {skill.status}; restore it first")
    if operation.author.kind != "person" and skill.status == "approved":
        raise _forbidden(operation, skill, "only a person may reword an approved skill")
    text = operation.text or skill.text
    reason = operation.reason or skill.reason
    return skill.model_copy(
        update={
            "text": text,
            "reason": reason,
            "section": operation.section or skill.section,
            "taints": operation.taints,
            "wordings": (*skill.wordings, _wording(operation, text, revision, at)),
        }
    )


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
