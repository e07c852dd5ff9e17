"""Skills, exemplars and reflections that are from the very tasks they are measured on.

What was learned from a task helps on that task, whatever it is worth elsewhere: such a comparison shows memory. What a
run of an arm was handed counts where a run that it is from was of a compared task: for a skill, one that its evidence
stands in. What a learner read without citing it is not looked at. Pure; raises nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from seasoned.core.value import Text, Value


class Contamination(Value):
    """One thing that an arm was handed, and the compared tasks that it was learned from."""

    arm: Text
    book: Text
    source_id: str
    """Of a skill, an exemplar or a reflection."""
    tasks: tuple[Text, ...]


def contaminations(
    handed: Mapping[str, Iterable[tuple[str, str]]],
    learned_from: Mapping[tuple[str, str], frozenset[str]],
    tasks: Sequence[str],
) -> tuple[Contamination, ...]:
    """Find what comes from the compared tasks.

    Args:
        handed: By arm, the ids of what its runs were handed, each with its book before it.
        learned_from: By book and id, the keys of the tasks that it comes from.
        tasks: The compared tasks.
    """
    compared = set(tasks)
    return tuple(
        Contamination(arm=arm, book=book, source_id=source_id, tasks=tuple(sorted(met)))
        for arm, ids in handed.items()
        for book, source_id in sorted(set(ids))
        if (met := learned_from.get((book, source_id), frozenset()) & compared)
    )
