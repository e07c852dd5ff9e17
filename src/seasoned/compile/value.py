"""What a skill is worth where not all fit. Pure; knows nothing of prompts, raises nothing."""

from collections.abc import Mapping

from seasoned.core.skill import Skill

UNSTATED_CONFIDENCE = 0.5


def birth(skill: Skill) -> tuple[int, str]:
    """Where a skill stands among all that were ever born."""
    return skill.born.revision, skill.id


def entry(skill: Skill) -> tuple[int, str]:
    """When a skill first came to stand in prompts: the revision of the approval that completed it, else its birth.

    A skill that was retired and restored has its old place again.
    """
    for number, decision in enumerate(skill.decisions):
        is_last = number + 1 == len(skill.decisions) or skill.decisions[number + 1].kind != "APPROVE"
        if decision.kind == "APPROVE" and is_last:
            return decision.revision, skill.id
    return birth(skill)


def rank(skill: Skill, rates: Mapping[str, float]) -> tuple[float, int]:
    """A key that sorts the most valuable skill first; among equals the sort keeps the order, which is that of birth.

    By its rate of helpfulness where one was observed, else by its confidence: a person's own wording counts as certain,
    a learner's without a stated confidence as 0.5. Then the one with more evidence.
    """
    sure = rates.get(skill.id)
    if sure is None:
        stated = UNSTATED_CONFIDENCE if skill.confidence is None else skill.confidence
        sure = 1.0 if skill.born.author.kind == "person" else stated
    return -sure, -len(skill.evidence)
