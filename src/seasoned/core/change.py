"""What one operation makes of a skillbook: the review state machine.

    proposed ── APPROVE ──▶ approved ── RETIRE ──▶ retired
        ├────── REJECT ───▶ rejected ── ADD, with evidence from a new run ──▶ proposed
        └────── MERGE ────▶ merged            (from approved only by a person) into a skill that stands

RESTORE takes the last verdict, approval, merge or proposed removal back. Pure: no I/O, no clock. Raises
`OperationError` for an operation that the present state forbids.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, assert_never
from unicodedata import normalize

from seasoned.core.finding import Evidence
from seasoned.core.operation import FOR_PERSONS, VERDICTS, Operation, OperationKind
from seasoned.core.policy import ONE_PERSON, ReviewPolicy, ReviewRule
from seasoned.core.scope import Scope
from seasoned.core.skill import Decision, Skill, SkillStatus, Wording
from seasoned.errors import OperationError

_OUTCOMES: dict[OperationKind, tuple[SkillStatus, SkillStatus]] = {
    "APPROVE": ("proposed", "approved"),
    "REJECT": ("proposed", "rejected"),
    "RETIRE": ("approved", "retired"),
}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an operation looks at: the book as it stands, loaded only as far as it is asked for."""

    skill_of: Callable[[str], Skill | None]
    """A skill by its id; None where the book does not have it."""
    policy: ReviewPolicy
    all: Callable[[], Mapping[str, Skill]]
    at: Callable[[int], Mapping[str, Skill]]
    """The skills as they stood at an earlier revision."""

    @classmethod
    def present(cls, skills: Mapping[str, Skill], policy: ReviewPolicy) -> Self:
        """The ground without history: an operation that goes back finds the book empty at every revision."""
        return cls(skills.get, policy, lambda: skills, lambda _: {})


@dataclass(frozen=True, slots=True)
class Change:
    """What an operation changes."""

    skills: tuple[Skill, ...] = ()
    """As they are afterwards."""
    gone: tuple[str, ...] = ()
    """Ids of skills that the book does not have afterwards."""
    policy: ReviewPolicy | None = None
    """None: it stays."""

    def carry_out(self, skills: dict[str, Skill]) -> None:
        """Let it come about in a book's skills."""
        skills.update((skill.id, skill) for skill in self.skills)
        for gone in self.gone:
            del skills[gone]


def change(ground: Ground, operation: Operation, revision: int, at: datetime) -> Change:
    """What an operation changes.

    Args:
        ground: The book as it stands.
        operation: What to apply.
        revision: Of the book, afterwards.
        at: When.

    Raises:
        OperationError: The book's state forbids the operation.
    """
    _refuse_author(operation)
    if operation.kind == "POLICY":
        if operation.policy is None:
            raise forbidden(operation, None, "it names no policy")
        return Change(policy=operation.policy)
    if operation.kind == "ROLLBACK":
        return _rolled_back(ground, operation, revision)
    return Change(skills=_changed(ground, operation, revision, at))


def tried(ground: Ground, operation: Operation, revision: int) -> Change | None:
    """What an operation would change, with times that mean nothing; None where the book's state forbids it."""
    try:
        return change(ground, operation, revision, _NO_TIME)
    except OperationError:
        return None


def rule_for(policy: ReviewPolicy, skill: Skill) -> ReviewRule:
    """The rule that says who must approve a skill: the first that fits it, else one person."""
    return next((rule for rule in policy.rules if _fits(rule, skill)), ONE_PERSON)


def is_among(name: str, names: Iterable[str]) -> bool:
    """Whether a person is one of several, however the name is spelled: case, spacing and form of letters aside."""
    return _person(name) in map(_person, names)


def _person(name: str) -> str:
    return " ".join(normalize("NFKC", name).casefold().split())


def forbidden(operation: Operation, skill: Skill | None, why: str) -> OperationError:
    """The error for an operation that a skill's state does not allow."""
    where = operation.skill_id or "the whole skillbook" if skill is None else f"{skill.id}, {skill.status}"
    what = "this skill" if operation.skill_id else "this skillbook"
    return OperationError(f"cannot {operation.kind} {what}", where=where, why=why)


def _refuse_author(operation: Operation) -> None:
    kind = operation.author.kind
    if kind == "learner" and operation.kind in VERDICTS:
        raise forbidden(operation, None, "a learner proposes; a person, or a policy that a person wrote, decides")
    if kind != "person" and operation.kind in FOR_PERSONS:
        raise forbidden(operation, None, f"only a person may do it, not a {kind}")


def _changed(ground: Ground, operation: Operation, revision: int, at: datetime) -> tuple[Skill, ...]:
    skill, policy = ground.skill_of(operation.skill_id), ground.policy
    if operation.kind == "ADD":
        return (_added(operation, revision, at) if skill is None else _proposed_again(skill, operation, revision, at),)
    if skill is None:
        raise forbidden(operation, None, "no such skill in the book")
    match operation.kind:
        case "EDIT":
            after = (_edited(skill, operation, revision, at, policy),)
        case "AGREE":
            after = (_agreed(skill, operation, policy),)
        case "MERGE":
            merged = None if operation.merged_id is None else ground.skill_of(operation.merged_id)
            after = _merged(skill, merged, operation, revision, at, policy)
        case "REMOVE":
            after = (_to_be_removed(skill, operation, revision, at),)
        case "APPROVE" | "REJECT" | "RETIRE":
            after = (_judged(skill, operation, revision, at, policy),)
        case "RESTORE":
            into = None if skill.merged_into is None else ground.skill_of(skill.merged_into)
            after = _restored(skill, into, operation, revision, at)
        case "ROLLBACK" | "POLICY":
            raise forbidden(operation, skill, "it is no change of one skill")
        case _ as never:
            assert_never(never)
    return after


def _added(operation: Operation, revision: int, at: datetime) -> Skill:
    if not operation.text:
        raise forbidden(operation, None, "a skill needs a text")
    if not operation.evidence and operation.author.kind != "person":
        raise forbidden(operation, None, "only a person may add a skill without evidence")
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


def _proposed_again(skill: Skill, operation: Operation, revision: int, at: datetime) -> Skill:
    if skill.status != "rejected":
        raise forbidden(operation, skill, "it is in the book already")
    if not {e.trace_id for e in operation.evidence} - skill.trace_ids:
        raise forbidden(operation, skill, "it was rejected, and no run behind it is new")
    again = _supported(skill, operation)
    confidence = operation.confidence or skill.confidence
    update = {"status": "proposed", "previous_status": None, "approvals": (), "confidence": confidence}
    return again.model_copy(update={**update, "decisions": _decided(skill, operation, revision, at)})


def _edited(skill: Skill, operation: Operation, revision: int, at: datetime, policy: ReviewPolicy) -> Skill:
    _refuse_unless_standing(skill, operation)
    edited = _reworded(skill, operation, operation.text or skill.text, revision, at)
    update = {
        "reason": operation.reason or skill.reason,
        "section": operation.section or skill.section,
        "scope": operation.scope or skill.scope,
    }
    edited = _supported(edited.model_copy(update=update), operation.model_copy(update={"scope": None}))
    return _approved_anew(skill, edited, operation, policy)


def _approved_anew(skill: Skill, edited: Skill, operation: Operation, policy: ReviewPolicy) -> Skill:
    """A reworded skill, or one that goes elsewhere, waits for the other persons again where a rule asks for several.

    The rules of before and of afterwards count, so that nothing is reworded on its way out from under one.
    """
    is_moved = operation.kind == "EDIT" and edited.scope != skill.scope
    if edited.text == skill.text and edited.section == skill.section and not is_moved:
        return edited
    n_persons = max(rule_for(policy, each).approvals for each in (skill, edited))
    if edited.status == "approved" and n_persons > 1:
        update = {"status": "proposed", "previous_status": None, "approvals": (operation.author.name,)}
        return edited.model_copy(update=update)
    return edited.model_copy(update={"approvals": ()})


def _reworded(skill: Skill, operation: Operation, text: str, revision: int, at: datetime) -> Skill:
    if operation.author.kind != "person":
        if skill.status == "approved":
            raise forbidden(operation, skill, "only a person may reword an approved skill")
        if skill.wordings[-1].author.kind == "person":
            raise forbidden(operation, skill, "a person has worded it, so only a person may reword it")
    wordings = (*skill.wordings, _wording(operation, text, revision, at))
    return skill.model_copy(update={"text": text, "taints": operation.taints, "wordings": wordings})


def _agreed(skill: Skill, operation: Operation, policy: ReviewPolicy) -> Skill:
    if skill.status == "merged":
        raise forbidden(operation, skill, f"it went into {skill.merged_into}; agree with that")
    return _supported(skill, _as_allowed(skill, operation, policy))


def _as_allowed(skill: Skill, operation: Operation, policy: ReviewPolicy) -> Operation:
    """The operation without its scope where the policy keeps a learner from widening what is approved."""
    is_settled = skill.status == "approved" and operation.author.kind != "person"
    if is_settled and policy.agreement == "evidence only":
        return operation.model_copy(update={"scope": None})
    return operation


def _supported(skill: Skill, operation: Operation, more: tuple[Evidence, ...] | None = None) -> Skill:
    """The skill with more evidence, the conflicts that were seen with it, and its scope as wide as that is."""
    given = operation.evidence if more is None else more
    new = tuple(e for e in dict.fromkeys(given) if e not in skill.evidence)
    conflicts = tuple(c for c in operation.conflicts if c not in skill.conflicts)
    scope = skill.scope if operation.scope is None else skill.scope.widened(operation.scope)
    update = {"evidence": skill.evidence + new, "conflicts": skill.conflicts + conflicts, "scope": scope}
    return skill.model_copy(update=update)


def _merged(
    skill: Skill, merged: Skill | None, operation: Operation, revision: int, at: datetime, policy: ReviewPolicy
) -> tuple[Skill, Skill]:
    if merged is None or merged.id == skill.id:
        raise forbidden(operation, skill, "MERGE needs another skill of the book to go into this one")
    _refuse_unless_standing(skill, operation)
    _refuse_unless_standing(merged, operation)
    if merged.status == "approved":
        if operation.author.kind != "person":
            raise forbidden(operation, merged, "only a person may merge an approved skill away")
        if skill.status != "approved":
            why = f"an approved skill goes into an approved one, not a {skill.status} one"
            raise forbidden(operation, merged, why)
    kept = skill if operation.text is None else _reworded(skill, operation, operation.text, revision, at)
    had = skill.evidence + operation.evidence
    gone = merged.model_copy(
        update={
            "status": "merged",
            "previous_status": merged.status,
            "status_reason": operation.reason,
            "merged_into": skill.id,
            "given": tuple(i for i, e in enumerate(merged.evidence) if e not in had),
            "decisions": _decided(merged, operation, revision, at),
        }
    )
    widened = operation if operation.scope is not None else operation.model_copy(update={"scope": merged.scope})
    kept = _supported(kept, _as_allowed(skill, widened, policy), operation.evidence + merged.evidence)
    return _approved_anew(skill, kept, operation, policy), gone


def _to_be_removed(skill: Skill, operation: Operation, revision: int, at: datetime) -> Skill:
    _refuse_unless_standing(skill, operation)
    if skill.removal is not None:
        raise forbidden(operation, skill, "its removal is proposed already")
    return skill.model_copy(update={"removal": _decision(operation, revision, at)})


def _judged(skill: Skill, operation: Operation, revision: int, at: datetime, policy: ReviewPolicy) -> Skill:
    before, after = _OUTCOMES[operation.kind]
    if skill.status != before:
        raise forbidden(operation, skill, f"it is {skill.status}, not {before}")
    if operation.text is not None and operation.text != skill.text:
        raise forbidden(operation, skill, "its wording has changed since it was shown; look at it again")
    update: dict[str, object] = {"decisions": _decided(skill, operation, revision, at)}
    if operation.kind == "APPROVE":
        approvals = _approvals(skill, operation, policy)
        update["approvals"] = approvals
        if operation.author.kind == "person" and len(approvals) < rule_for(policy, skill).approvals:
            return skill.model_copy(update=update)
    update |= {"status": after, "previous_status": before, "status_reason": operation.reason, "removal": None}
    return skill.model_copy(update=update)


def _approvals(skill: Skill, operation: Operation, policy: ReviewPolicy) -> tuple[str, ...]:
    """Who has approved the skill by now; raises for one who may not."""
    rule, author = rule_for(policy, skill), operation.author
    if author.kind == "person":
        if is_among(author.name, skill.approvals):
            if len(skill.approvals) >= rule.approvals:
                return skill.approvals  # the rule asked for more when they were given
            why = f"{author.name} has approved it, and the rule {rule.name!r} asks for {rule.approvals} persons"
            raise forbidden(operation, skill, why)
        return (*skill.approvals, author.name)
    if skill.taints:
        raise forbidden(operation, skill, f"it is tainted ({'; '.join(skill.taints)}), so a person must decide")
    if skill.conflicts:
        raise forbidden(operation, skill, "it conflicts with another skill, so a person must decide")
    if rule.approvals:
        raise forbidden(operation, skill, f"the rule {rule.name!r} asks for a person")
    return skill.approvals


def _restored(skill: Skill, into: Skill | None, operation: Operation, revision: int, at: datetime) -> tuple[Skill, ...]:
    update: dict[str, object] = {"decisions": _decided(skill, operation, revision, at)}
    if skill.removal is not None:
        return (skill.model_copy(update={**update, "removal": None}),)
    if skill.status == "proposed" and skill.approvals:
        return (skill.model_copy(update={**update, "approvals": skill.approvals[:-1]}),)
    if skill.previous_status is None:
        raise forbidden(operation, skill, "no verdict has been given yet")
    before: SkillStatus | None = "proposed" if skill.previous_status == "approved" else None
    update |= {"status": skill.previous_status, "previous_status": before, "status_reason": operation.reason}
    if skill.previous_status == "proposed":
        update["approvals"] = ()
    if into is None:
        return (skill.model_copy(update=update),)
    if into.status == "merged":
        raise forbidden(operation, skill, f"{into.id}, which it went into, went into {into.merged_into}; restore that")
    taken_back = [skill.evidence[i] for i in skill.given]
    kept = into.model_copy(update={"evidence": tuple(e for e in into.evidence if e not in taken_back)})
    return skill.model_copy(update={**update, "merged_into": None, "given": ()}), kept


def _rolled_back(ground: Ground, operation: Operation, revision: int) -> Change:
    if operation.to_revision is None or operation.to_revision >= revision - 1:
        raise forbidden(operation, None, "it needs a revision before the present one")
    then, now = ground.at(operation.to_revision), ground.all()
    if not operation.skill_id:
        skills = tuple(skill for i, skill in then.items() if now.get(i) != skill)
        return Change(skills=skills, gone=tuple(i for i in now if i not in then))
    skill = then.get(operation.skill_id)
    if skill is None:
        if operation.skill_id not in now:
            raise forbidden(operation, None, f"neither the book nor its revision {operation.to_revision} has it")
        if holds := [s.id for s in now.values() if s.merged_into == operation.skill_id]:
            raise forbidden(operation, now[operation.skill_id], f"{holds[0]} went into it; restore that first")
        return Change(gone=(operation.skill_id,))
    _refuse_dangling(skill, now, operation)
    present = now.get(skill.id)
    if skill.given and (present is None or present.merged_into != skill.merged_into):
        # What it gave to that skill then was taken back since: what stands there now is that skill's own.
        skill = skill.model_copy(update={"given": ()})
    return Change(skills=() if now.get(skill.id) == skill else (skill,))


def _refuse_dangling(skill: Skill, now: Mapping[str, Skill], operation: Operation) -> None:
    """Refuse a state in which the skill went into one that the book no longer has, or, by turns, into itself."""
    into = skill.merged_into
    while into is not None:
        if into not in now or into == skill.id:
            raise forbidden(operation, skill, f"it had gone into {skill.merged_into}, which does not stand any more")
        into = now[into].merged_into


def _fits(rule: ReviewRule, skill: Skill) -> bool:
    section = skill.section.casefold()
    return (
        (not rule.sections or section in [s.casefold() for s in rule.sections])
        and (not rule.tags or bool(set(rule.tags) & set(skill.scope.tags)))
        and len(skill.trace_ids) >= rule.min_runs
        and (skill.confidence or 0.0) >= rule.min_confidence
    )


def _refuse_unless_standing(skill: Skill, operation: Operation) -> None:
    if skill.status not in ("proposed", "approved"):
        raise forbidden(operation, skill, f"it is {skill.status}; restore it first")


def _decided(skill: Skill, operation: Operation, revision: int, at: datetime) -> tuple[Decision, ...]:
    return (*skill.decisions, _decision(operation, revision, at))


def _decision(operation: Operation, revision: int, at: datetime) -> Decision:
    return Decision(
        revision=revision,
        kind=operation.kind,
        author=operation.author,
        at=at,
        reason=operation.reason,
        code=operation.code,
    )


def _wording(operation: Operation, text: str, revision: int, at: datetime) -> Wording:
    return Wording(revision=revision, text=text, reason=operation.reason, author=operation.author, at=at)
