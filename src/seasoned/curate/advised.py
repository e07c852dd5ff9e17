"""Findings that say themselves which skill of the book they are about: no model is asked whether they mean it.

What the skill is by now decides whether the finding still counts. Pure; raises nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from seasoned.core.finding import Advice, Finding
from seasoned.core.skillbook import Skillbook
from seasoned.learn.learner import DroppedFinding


class Sorted(NamedTuple):
    """Findings by what they ask for."""

    worded: list[Finding]
    """They word a skill: a new one, or an EDIT of one."""
    said: list[Finding]
    """They agree with a skill, or speak against it."""
    noted: list[Finding]
    """They ask for nothing."""
    dropped: list[DroppedFinding]
    """They are about a skill that takes nothing more."""


def sorted_out(findings: Sequence[Finding], book: Skillbook) -> Sorted:
    """The findings by what they ask for; advice about a skill that does not stand is dropped with the reason."""
    found = Sorted([], [], [], [])
    for finding in findings:
        if finding.advice is None:
            (found.noted if finding.draft is None else found.worded).append(finding)
        elif why := _why_not(finding, finding.advice, book):
            found.dropped.append(DroppedFinding(claim=finding.claim, reason=why))
        else:
            (found.worded if finding.advice.kind == "EDIT" else found.said).append(finding)
    return found


def text_of(finding: Finding, book: Skillbook) -> str:
    """The wording that a finding is about: its draft's, or that of the skill that it agrees with or speaks against."""
    advice = finding.advice
    if advice is not None and advice.kind != "EDIT":
        return book.standing(advice.skill_id).text
    return "" if finding.draft is None else finding.draft.text


def _why_not(finding: Finding, advice: Advice, book: Skillbook) -> str:
    if advice.skill_id not in book.skills:
        return f"the skillbook has no skill {advice.skill_id}"
    skill = book.skills[advice.skill_id]
    if skill.status == "merged" and advice.kind != "AGREE":
        return f"{skill.id} went into {book.standing(skill.id).id}, and its wording with it"
    standing = book.standing(skill.id)
    if standing.status not in ("proposed", "approved"):
        because = f": {standing.status_reason}" if standing.status_reason else ""
        return f"{standing.id} is {standing.status}{because}"
    if advice.kind == "EDIT" and finding.draft is None:
        return f"it words nothing better than {skill.id} does"
    return ""
