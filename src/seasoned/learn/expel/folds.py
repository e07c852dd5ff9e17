"""Tasks in folds: which rules may be tried on which tasks, so that nothing is tried on what it was learned from.

Each fold learns from its own tasks alone, and its tasks are for trying the rules of the other folds. Where a rule is
from is told by its evidence, not by a mark that could be lost: every operation rests on quotes, a quote names its
trace, and a trace its task. Pure; raises nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from seasoned.core.finding import Evidence
from seasoned.core.ids import content_id
from seasoned.core.value import Text, Value


class Fold(Value):
    """Some of the tasks."""

    number: int
    """From 1."""
    task_keys: tuple[Text, ...]


class Evidenced(Protocol):
    """What rests on evidence: a finding, a rule that became a skill."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The quotes behind it."""
        ...


EvidencedT = TypeVar("EvidencedT", bound=Evidenced)


def folds_of(task_keys: Iterable[str], k_folds: int, seed: int) -> tuple[Fold, ...]:
    """The tasks in folds of equal size, or one more; the same tasks are in the same folds, in whatever order they come.

    Args:
        task_keys: Each once or more often.
        k_folds: How many; fewer where there are fewer tasks.
        seed: Of the shuffle.
    """
    keys = shuffled(set(task_keys), seed)
    n_folds = min(k_folds, len(keys))
    return tuple(Fold(number=n + 1, task_keys=tuple(keys[n::n_folds])) for n in range(n_folds))


def shuffled(keys: Iterable[str], seed: int) -> list[str]:
    """The keys in an order that depends on the keys and the seed alone, on every machine."""
    return sorted(keys, key=lambda key: content_id("place", [seed, key]))


def tasks_behind(evidenced: Evidenced, task_of: Callable[[str], str]) -> frozenset[str]:
    """The keys of the tasks that something was learned from.

    Args:
        evidenced: A finding or a skill.
        task_of: The key of a trace's task, by the trace's id.
    """
    return frozenset(task_of(each.trace_id) for each in evidenced.evidence)


def held_out(fold: Fold, evidenced: Sequence[EvidencedT], task_of: Callable[[str], str]) -> tuple[EvidencedT, ...]:
    """What may be tried on the tasks of a fold: all that no run of any of them is behind.

    That is strict: a rule to which two folds came on their own is tried on neither.

    Args:
        fold: The tasks to try on.
        evidenced: Findings or skills.
        task_of: The key of a trace's task, by the trace's id.
    """
    tried = frozenset(fold.task_keys)
    return tuple(each for each in evidenced if not tried & tasks_behind(each, task_of))
