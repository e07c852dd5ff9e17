"""Skillbooks built by hand."""

from datetime import UTC, datetime

from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, skill_id
from seasoned.core.skill import Skill, SkillStatus, Wording
from seasoned.core.skillbook import Skillbook

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEARNER = Author(kind="learner", name="recursive")
PERSON = Author(kind="person", name="ada")


def skill(
    text: str,
    *,
    born: int = 1,
    section: str = "general",
    status: SkillStatus = "approved",
    confidence: float | None = 0.5,
    n_evidence: int = 0,
    author: Author = LEARNER,
) -> Skill:
    """A skill born in a revision of the book."""
    evidence = tuple(Evidence(trace_id=f"t{n}", step=0, start=0, end=1, quote="x") for n in range(n_evidence))
    return Skill(
        id=skill_id(text),
        text=text,
        section=section,
        status=status,
        confidence=confidence,
        evidence=evidence,
        wordings=(Wording(revision=born, text=text, reason="", author=author, at=NOON),),
    )


def book(*skills: Skill) -> Skillbook:
    """A book of these skills, at the revision of the youngest."""
    return Skillbook(name="desk", revision=len(skills), skills={s.id: s for s in skills})
