"""Whether two skills of one prompt contradict each other. Pure; decides nothing and raises nothing.

Known from the log, where curation or a reviewer said so, and by the words, where two skills read the same but for a
negation or an opposite verb. Other numbers are no sign of it: rules about different cases differ in them too.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from seasoned.compile.value import birth
from seasoned.core.prompt import Contradiction
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.curate.wording import but_for_polarity, is_opposed, plain

MAX_ALIKE = 20
"""Wordings that differ in polarity alone; more of them are not compared with each other."""


def contradictions(book: Skillbook, skills: Sequence[Skill]) -> tuple[Contradiction, ...]:
    """The pairs among some skills that contradict each other, each once, the oldest first.

    Args:
        book: That the skills are from.
        skills: What goes into a prompt.
    """
    found: dict[tuple[str, str], Contradiction] = {}
    born = {skill.id: birth(skill) for skill in skills}
    for one, other, reason in (*_said(book, skills), *_read(skills)):
        first, second = sorted((one, other), key=born.__getitem__)
        found.setdefault((first, second), Contradiction(skill_id=first, other_id=second, reason=reason))
    return tuple(sorted(found.values(), key=lambda each: (born[each.skill_id], born[each.other_id])))


def _said(book: Skillbook, skills: Sequence[Skill]) -> Iterator[tuple[str, str, str]]:
    """What the log says; a skill that went into another one is that one."""
    included = {skill.id for skill in skills}
    for skill in skills:
        for conflict in skill.conflicts:
            if conflict.kind == "contradicts" and conflict.skill_id in book.skills:
                other = book.standing(conflict.skill_id).id
                if other in included and other != skill.id:
                    yield skill.id, other, conflict.reason


def _read(skills: Sequence[Skill]) -> Iterator[tuple[str, str, str]]:
    """What the words say."""
    alike: defaultdict[tuple[str, ...], dict[tuple[str, ...], Skill]] = defaultdict(dict)
    for skill in skills:
        of_one = alike[but_for_polarity(skill.text)]
        if len(of_one) < MAX_ALIKE:
            of_one.setdefault(plain(skill.text), skill)
    for of_one in alike.values():
        for one, other in combinations(of_one.values(), 2):
            if reason := is_opposed(one.text, other.text):
                yield one.id, other.id, reason
