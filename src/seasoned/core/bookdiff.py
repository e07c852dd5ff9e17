"""What differs between two skillbooks, skill by skill, as values and as text.

Pure and deterministic; knows nothing of stores and terminals. Raises nothing.
"""

import difflib
import re
from collections.abc import Iterator
from typing import Literal

from seasoned.core.finding import Evidence
from seasoned.core.policy import ReviewPolicy
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Value

DiffKind = Literal["came", "went", "changed"]


class FieldChange(Value):
    """One field of a skill, or the book's policy, on both sides."""

    field: str
    before: str
    """Empty where the field holds nothing."""
    after: str


class SkillDiff(Value):
    """What differs in one skill."""

    skill_id: str
    kind: DiffKind
    text: str
    """Its wording: afterwards, or for one that went, before."""
    changes: tuple[FieldChange, ...] = ()
    """Of one that came or went: every field that holds something."""
    evidence_added: tuple[Evidence, ...] = ()
    evidence_removed: tuple[Evidence, ...] = ()


class BookDiff(Value):
    """What differs between two skillbooks, or two revisions of one."""

    before: str
    """`name@revision`."""
    after: str
    skills: tuple[SkillDiff, ...] = ()
    """What came, then what went, then what changed, each in order of birth."""
    policy: FieldChange | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not self.skills and self.policy is None

    @property
    def summary(self) -> str:
        """How many skills came, went and changed, and whether the rules of review did."""
        counts = [(kind, sum(skill.kind == kind for skill in self.skills)) for kind in ("came", "went", "changed")]
        parts = [f"{n} {kind}" for kind, n in counts if n]
        return ", ".join([*parts, *([] if self.policy is None else ["other rules of review"])]) or "no difference"


def fields_of(skill: Skill) -> dict[str, str]:
    """What a skill is besides its evidence, each field as text; equal texts mean equal fields.

    When and in which revision something was said is no part of it, and neither is how the skill came to be so: its
    earlier wordings and its verdicts.
    """
    removal = skill.removal
    return {
        "text": skill.text,
        "reason": skill.reason,
        "section": skill.section,
        "status": skill.status if skill.merged_into is None else f"merged into {skill.merged_into}",
        "approvals": ", ".join(sorted(skill.approvals)) if skill.status == "proposed" else "",
        "removal": "" if removal is None else f"proposed: {removal.reason}",
        "scope": scope_text(skill.scope),
        "conflicts": "; ".join(sorted(f"{c.kind} {c.skill_id}" for c in skill.conflicts)),
        "taints": "; ".join(sorted(skill.taints)),
        "confidence": "" if skill.confidence is None else f"{skill.confidence:.4g}",
        "because": skill.status_reason,
    }


def scope_text(scope: Scope) -> str:
    """A scope on one line; empty where the skill applies everywhere."""
    parts = {
        "agent": scope.agent,
        "tools": ", ".join(scope.tools),
        "tenant": scope.tenant,
        "models": ", ".join(scope.models),
        "tags": ", ".join(scope.tags),
        "from": "" if scope.valid_from is None else str(scope.valid_from),
        "until": "" if scope.valid_until is None else str(scope.valid_until),
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items() if value)


def policy_text(policy: ReviewPolicy) -> str:
    """Rules of review as text, one line each; empty where one person decides on everything."""
    lines = [] if policy.agreement == "widens" else [f"agreement: {policy.agreement}"]
    lines += [f"{rule.name}: {rule.model_dump_json(exclude_defaults=True, exclude={'name'})}" for rule in policy.rules]
    return "\n".join(lines)


def diff_books(before: Skillbook, after: Skillbook) -> BookDiff:
    """What differs between two skillbooks."""
    came = [_one_sided(skill, "came") for i, skill in after.skills.items() if i not in before.skills]
    went = [_one_sided(skill, "went") for i, skill in before.skills.items() if i not in after.skills]
    both = [(skill, after.skills[i]) for i, skill in before.skills.items() if i in after.skills]
    changed = [found for a, b in both if a != b and (found := _changed(a, b)) is not None]
    was, now = policy_text(before.policy), policy_text(after.policy)
    return BookDiff(
        before=f"{before.name}@{before.revision}",
        after=f"{after.name}@{after.revision}",
        skills=(*came, *went, *changed),
        policy=None if was == now else FieldChange(field="policy", before=was, after=now),
    )


def rendered(diff: BookDiff) -> str:
    """The difference as text: a line for each skill, below it what differs, indented. Empty where nothing does."""
    if diff.is_empty:
        return ""
    lines = [f"--- {' '.join(diff.before.split())}", f"+++ {' '.join(diff.after.split())}"]
    for skill in diff.skills:
        lines += _skill_lines(skill)
    if diff.policy is not None:
        lines += ["changed the rules of review", *_line_diff(diff.policy)]
    return "".join(f"{line}\n" for line in lines)


def _one_sided(skill: Skill, kind: Literal["came", "went"]) -> SkillDiff:
    is_new = kind == "came"
    changes = tuple(
        FieldChange(field=name, before="" if is_new else value, after=value if is_new else "")
        for name, value in fields_of(skill).items()
        if value
    )
    added, removed = (skill.evidence, ()) if is_new else ((), skill.evidence)
    return SkillDiff(
        skill_id=skill.id, kind=kind, text=skill.text, changes=changes, evidence_added=added, evidence_removed=removed
    )


def _changed(before: Skill, after: Skill) -> SkillDiff | None:
    was, now = fields_of(before), fields_of(after)
    changes = tuple(FieldChange(field=f, before=was[f], after=now[f]) for f in was if was[f] != now[f])
    added = tuple(e for e in after.evidence if e not in before.evidence)
    removed = tuple(e for e in before.evidence if e not in after.evidence)
    if not changes and not added and not removed:
        return None
    return SkillDiff(
        skill_id=after.id,
        kind="changed",
        text=after.text,
        changes=changes,
        evidence_added=added,
        evidence_removed=removed,
    )


def _skill_lines(skill: SkillDiff) -> Iterator[str]:
    yield f"{skill.kind} {skill.skill_id}"
    for change in skill.changes:
        if "\n" in change.before + change.after or (change.field == "text" and skill.kind != "changed"):
            yield f"  {change.field}:"
            yield from _line_diff(change)
        elif change.field == "text":
            yield f"  text: {word_diff(change.before, change.after)}"
        elif change.before and change.after:
            yield f"  {change.field}: {change.before} -> {change.after}"
        else:
            yield f"  {'+' if change.after else '-'} {change.field}: {change.after or change.before}"
    for sign, quotes in (("+", skill.evidence_added), ("-", skill.evidence_removed)):
        for quote in quotes:
            words = "(erased)" if quote.is_erased else " ".join(quote.quote.split())
            yield f"  {sign} evidence: {quote.trace_id} step {quote.step}: {words}"


def _line_diff(change: FieldChange) -> Iterator[str]:
    before = change.before.split("\n") if change.before else []
    after = change.after.split("\n") if change.after else []
    # The first two lines name the sides; a line of the text itself always has a sign or a space before it.
    for line in list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]:
        if not line.startswith("@@"):
            yield f"    {line[:1]} {line[1:]}"


def word_diff(before: str, after: str) -> str:
    """Two texts as one: `[-words that went-]` and `{+words that came+}` where they stood."""
    a, b = re.findall(r"\s+|\w+|[^\w\s]", before), re.findall(r"\s+|\w+|[^\w\s]", after)
    found: list[str] = []
    for what, a_from, a_to, b_from, b_to in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        gone, new = "".join(a[a_from:a_to]), "".join(b[b_from:b_to])
        if what == "equal":
            found.append(gone)
            continue
        found.append((f"[-{gone}-]" if gone else "") + (f"{{+{new}+}}" if new else ""))
    return "".join(found)
