"""In which order a person decides: what is most likely worth it first, with the reasons, and what reads alike together.

The value of a decision is a weighted mean of five parts, each in [0, 1] (`WEIGHTS`):

    severity   the share of failed runs among the runs behind the skill that carry a verdict; 1/2 where none does
    support    n / (n + 3) for n different runs behind it: the first ones say most
    confidence of the learner; 1/2 where none is known
    novelty    1 less the likeness to the approved skill that reads most like it
    urgency    1 for a proposed removal, or a conflict with an approved skill; 1/2 for a conflict with a proposal

Equal values go by more quotes, then by age. Deterministic and pure; raises nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Value
from seasoned.curate.clusters import NEAR
from seasoned.curate.wording import content_words, is_other_case

PartName = Literal["severity", "support", "confidence", "novelty", "urgency"]

WEIGHTS: Mapping[PartName, float] = {
    "severity": 0.30,
    "support": 0.25,
    "confidence": 0.15,
    "novelty": 0.15,
    "urgency": 0.15,
}
"""How much each part counts; they add up to 1."""
HALF_SUPPORT_RUNS = 3
"""So many runs are half of all the support there can be."""
UNKNOWN = 0.5
"""A part of which nothing is known."""


class Part(Value):
    """One part of a value."""

    name: PartName
    value: float
    """In [0, 1]."""
    reason: str
    """In words for the reviewer; empty where there is nothing to say."""


class Waiting(Value):
    """A skill that waits for a decision."""

    skill: Skill
    kind: Literal["proposal", "removal"]
    value: float
    """In [0, 1]."""
    parts: tuple[Part, ...]
    group: str
    """Id of the best one of those that read alike: its own where it stands alone."""
    n_group: int = 1
    """How many read alike, itself included."""

    @property
    def why(self) -> str:
        """Why it stands where it stands."""
        return ", ".join(part.reason for part in self.parts if part.reason)


def waiting(book: Skillbook) -> tuple[Skill, ...]:
    """The skills that wait for a decision, in order of birth: proposals and proposed removals."""
    return tuple(s for s in book.with_status("proposed", "approved") if s.status == "proposed" or s.removal is not None)


def ordered(book: Skillbook, verdicts: Mapping[str, bool | None]) -> tuple[Waiting, ...]:
    """What waits for a decision, the most valuable first, and what reads alike right behind the best of its kind.

    Args:
        book: The skillbook.
        verdicts: Of the runs behind its skills, by their ids; what is not there is not known.
    """
    approved = book.with_status("approved")
    known = _Wordings(skill.text for skill in approved)
    found: list[Waiting] = []
    for skill in waiting(book):
        parts = (
            *_of_runs(skill, verdicts),
            _confidence(skill),
            _novelty(skill, approved, known),
            _urgency(skill, book),
        )
        value = sum(WEIGHTS[part.name] * part.value for part in parts)
        kind = "proposal" if skill.removal is None else "removal"
        found.append(Waiting(skill=skill, kind=kind, value=round(value, 6), parts=parts, group=skill.id))
    found.sort(key=lambda each: (-each.value, -len(each.skill.evidence), each.skill.born.revision, each.skill.id))
    return _grouped(found)


def _of_runs(skill: Skill, verdicts: Mapping[str, bool | None]) -> tuple[Part, Part]:
    """Severity and support."""
    runs = skill.trace_ids
    said = [verdicts[i] for i in runs if verdicts.get(i) is not None]
    n_failed = sum(not verdict for verdict in said)
    if not runs:
        failed, behind = "", "no run behind it"
    else:
        behind = f"{len(runs)} run" + ("" if len(runs) == 1 else "s")
        failed = f"{n_failed} of {len(said)} with a verdict failed" if len(said) < len(runs) else f"{n_failed} failed"
        failed = failed if said else "nobody has said how they ended"
    severity = Part(name="severity", value=n_failed / len(said) if said else UNKNOWN, reason=failed)
    support = Part(name="support", value=len(runs) / (len(runs) + HALF_SUPPORT_RUNS), reason=behind)
    return support, severity


def _confidence(skill: Skill) -> Part:
    if skill.confidence is None:
        return Part(name="confidence", value=UNKNOWN, reason="")
    return Part(name="confidence", value=skill.confidence, reason=f"confidence {skill.confidence:.2f}")


def _novelty(skill: Skill, approved: Sequence[Skill], known: "_Wordings") -> Part:
    alike = known.alike(skill.text)
    others = [(likeness, approved[i].id) for i, likeness in alike.items() if approved[i].id != skill.id]
    likeness, nearest = max(others, default=(0.0, ""))
    reason = f"reads like the approved {nearest}" if likeness >= NEAR else "" if not approved else "new to the book"
    return Part(name="novelty", value=1 - likeness, reason=reason)


def _urgency(skill: Skill, book: Skillbook) -> Part:
    if skill.removal is not None:
        return Part(name="urgency", value=1.0, reason="its removal is proposed")
    others = {c.skill_id: book.skills[c.skill_id] for c in skill.conflicts if c.skill_id in book.skills}
    if approved := [i for i, other in others.items() if other.status == "approved"]:
        return Part(name="urgency", value=1.0, reason=f"in conflict with the approved {approved[0]}")
    if proposed := [i for i, other in others.items() if other.status == "proposed"]:
        return Part(name="urgency", value=0.5, reason=f"in conflict with {proposed[0]}")
    return Part(name="urgency", value=0.0, reason="")


def _grouped(found: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """Each one behind the best of those that it reads like, where that reads like no better one itself.

    A group is all that reads like its best one, so no chain of small likenesses joins what has nothing in common.
    """
    best: list[Waiting] = []
    seen = _Wordings()
    groups: dict[str, list[Waiting]] = {}
    for each in found:
        text = each.skill.text
        alike = [(-likeness, i) for i, likeness in seen.alike(text).items() if likeness >= NEAR]
        first = next((best[i] for _, i in sorted(alike) if _may_join(best[i], each)), None)
        if first is None:
            seen.add(text)
            best.append(each)
            first = each
        groups.setdefault(first.skill.id, []).append(each)
    return tuple(
        each if len(group) == 1 else each.model_copy(update={"group": name, "n_group": len(group)})
        for name, group in groups.items()
        for each in group
    )


def _may_join(best: Waiting, other: Waiting) -> bool:
    """Whether two that read alike may be decided on as one: both are proposed, or both are to go."""
    return best.kind == other.kind and not is_other_case(best.skill.text, other.skill.text)


class _Wordings:
    """Texts by their words, for finding those that are alike without comparing all pairs."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._sizes: list[int] = []
        self._with: defaultdict[str, list[int]] = defaultdict(list)
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        words = content_words(text)
        for word in words:
            self._with[word].append(len(self._sizes))
        self._sizes.append(len(words))

    def alike(self, text: str) -> dict[int, float]:
        """The likeness, as `curate.wording.likeness` has it, to every text that shares a word, by its place."""
        words = content_words(text)
        shared = Counter[int]()
        for word in words:
            shared.update(self._with.get(word, ()))
        return {i: 2 * n / (len(words) + self._sizes[i]) for i, n in shared.items()}
