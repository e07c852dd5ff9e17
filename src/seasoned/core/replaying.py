"""Ways to reach a wanted state: the other side's operations over again, or new ones of the person who merges.

A way counts only if, carried out by `core.change`, it ends in the wanted state; so nothing is reached that the rules of
review forbid. Pure: no I/O, no clock. Raises nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seasoned.core.change import Ground, tried
from seasoned.core.operation import Author, Event, Operation, OperationKind
from seasoned.core.policy import ReviewPolicy
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.threeway import essence, is_same

_STANDING: tuple[SkillStatus, ...] = ("proposed", "approved")
_VERDICTS: Mapping[tuple[SkillStatus, SkillStatus], tuple[OperationKind, ...]] = {
    ("proposed", "approved"): ("APPROVE",),
    ("proposed", "rejected"): ("REJECT",),
    ("proposed", "retired"): ("APPROVE", "RETIRE"),
    ("approved", "proposed"): ("RESTORE",),
    ("approved", "rejected"): ("RESTORE", "REJECT"),
    ("approved", "retired"): ("RETIRE",),
}


@dataclass(frozen=True, slots=True)
class Here:
    """The book that takes changes in, as far as some skills of it are concerned."""

    skills: Mapping[str, Skill]
    policy: ReviewPolicy
    revision: int
    at: Callable[[int], Mapping[str, Skill]]
    """All skills of the book at an earlier revision."""


@dataclass(frozen=True, slots=True)
class Merger:
    """Who merges, and what is told of operations that are new."""

    by: Author
    reason: str


class Trial:
    """Operations tried out, of which those that the state forbids are left out."""

    def __init__(self, here: Here) -> None:
        """Begin where the book stands."""
        self._at, self._revision = here.at, here.revision
        self.skills, self.policy = dict(here.skills), here.policy
        self.done: list[Operation] = []

    def step(self, operation: Operation) -> bool:
        """Carry one out; False where the state forbids it."""
        ground = Ground(self.skills.get, self.policy, lambda: self.skills, self._at)
        what = tried(ground, operation, self._revision + 1)
        if what is None:
            return False
        self._revision += 1
        what.carry_out(self.skills)
        self.policy = what.policy or self.policy
        self.done.append(operation)
        return True

    def is_at(self, wanted: Mapping[str, Skill | None]) -> bool:
        """Whether the skills are as wanted."""
        return all(is_same(self.skills.get(i), skill) for i, skill in wanted.items())


def replayed(here: Here, events: Sequence[Event], wanted: Mapping[str, Skill | None]) -> tuple[Event, ...] | None:
    """Those of the events that lead to the wanted state, with their authors; None where they do not.

    Args:
        here: Where to begin.
        events: Of the other side, those of POLICY among them where the policy is taken over.
        wanted: The skills by id; None: not in the book.
    """
    trial, taken = Trial(here), list[Event]()
    for event in events:
        for operation in _as_here(event.operation, trial.skills):
            if trial.step(operation):
                taken.append(event.model_copy(update={"operation": operation}))
                break
    return tuple(taken) if trial.is_at(wanted) else None


def _as_here(operation: Operation, skills: Mapping[str, Skill]) -> tuple[Operation, ...]:
    """The operation, and where it adds a skill that is here already, agreement with that one instead."""
    if operation.kind != "ADD" or operation.skill_id not in skills:
        return (operation,)
    agreement = Operation(
        kind="AGREE",
        skill_id=operation.skill_id,
        author=operation.author,
        reason=operation.reason,
        evidence=operation.evidence,
        conflicts=operation.conflicts,
        scope=operation.scope,
        finding_id=operation.finding_id,
    )
    return operation, agreement


def reached(here: Here, wanted: Mapping[str, Skill | None], merger: Merger) -> tuple[Operation, ...] | None:
    """New operations of the person who merges that lead to the wanted state; None where none do."""
    trial = Trial(here)
    # What others went into must stand before they go into it.
    for i, skill in sorted(wanted.items(), key=lambda item: item[1] is not None and item[1].merged_into is not None):
        _reach(trial, i, skill, merger)
    return tuple(trial.done) if trial.is_at(wanted) else None


def _reach(trial: Trial, skill_id: str, wanted: Skill | None, merger: Merger) -> None:
    if is_same(trial.skills.get(skill_id), wanted):
        return
    if wanted is None:
        before = trial.skills[skill_id].born.revision - 1
        trial.step(_operation("ROLLBACK", skill_id, merger).model_copy(update={"to_revision": before}))
        return
    if skill_id not in trial.skills:
        trial.step(_wording("ADD", wanted, merger))
    if skill_id not in trial.skills:
        return
    _reword(trial, wanted, merger)
    _judge(trial, wanted, merger)


def _reword(trial: Trial, wanted: Skill, merger: Merger) -> None:
    """Let the skill stand if it must, and give it the wanted wording, scope and evidence."""
    restore = _operation("RESTORE", wanted.id, merger)
    now = trial.skills[wanted.id]
    if now.removal is not None and now.removal != wanted.removal:
        trial.step(restore)
    goal, has = essence(wanted), essence(now)
    differing = {name for name in goal if goal[name] != has[name]}
    if differing <= {"removal"}:
        return
    for _ in _VERDICTS:
        if trial.skills[wanted.id].status in _STANDING or not trial.step(restore):
            break
    if differing - {"status", "approvals", "removal"}:
        trial.step(_wording("EDIT", wanted, merger))


def _judge(trial: Trial, wanted: Skill, merger: Merger) -> None:
    status = trial.skills[wanted.id].status
    if wanted.merged_into is not None and status in _STANDING:
        merge = _operation("MERGE", wanted.merged_into, merger)
        trial.step(merge.model_copy(update={"merged_id": wanted.id}))
    for kind in _VERDICTS.get((status, wanted.status), ()):
        trial.step(_operation(kind, wanted.id, merger))
    if wanted.removal is not None and trial.skills[wanted.id].removal is None:
        update = {"reason": wanted.removal.reason, "code": wanted.removal.code}
        trial.step(_operation("REMOVE", wanted.id, merger).model_copy(update=update))


def _operation(kind: OperationKind, skill_id: str, merger: Merger) -> Operation:
    return Operation(kind=kind, skill_id=skill_id, author=merger.by, reason=merger.reason)


def _wording(kind: OperationKind, wanted: Skill, merger: Merger) -> Operation:
    return Operation(
        kind=kind,
        skill_id=wanted.id,
        author=merger.by,
        text=wanted.text,
        reason=wanted.reason,
        section=wanted.section,
        evidence=wanted.evidence,
        conflicts=wanted.conflicts,
        scope=wanted.scope,
        taints=wanted.taints,
        confidence=wanted.confidence if kind == "ADD" else None,
    )
