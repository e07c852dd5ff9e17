"""Skills that were learned from the very tasks they are measured on.

What was learned from a task helps on that task, whatever it is worth elsewhere: such a comparison shows memory. A skill
counts where a run of an arm was handed it, and where a run that its evidence stands in was of a compared task. What a
learner read without citing it is not looked at. Pure; raises nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from seasoned.core.value import Text, Value


class Contamination(Value):
    """One skill that an arm was handed, and the compared tasks that it was learned from."""

    arm: Text
    book: Text
    skill_id: str
    tasks: tuple[Text, ...]


def contaminations(
    handed: Mapping[str, Iterable[tuple[str, str]]],
    learned_from: Mapping[tuple[str, str], frozenset[str]],
    tasks: Sequence[str],
) -> tuple[Contamination, ...]:
    """Find the skills whose evidence comes from the compared tasks.

    Args:
        handed: By arm, the skills that its runs were handed, each with its book before it.
        learned_from: By book and skill, the keys of the tasks that its evidence comes from.
        tasks: The compared tasks.
    """
    compared = set(tasks)
    return tuple(
        Contamination(arm=arm, book=book, skill_id=skill_id, tasks=tuple(sorted(met)))
        for arm, skills in handed.items()
        for book, skill_id in sorted(set(skills))
        if (met := learned_from.get((book, skill_id), frozenset()) & compared)
    )
