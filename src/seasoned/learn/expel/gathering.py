"""Which runs are read together: successes with failures of the same task, then successes in groups.

The agent's own attempts, as they were recorded, stand where ExpeL's authors let Reflexion make them. Pure and
deterministic; a run that nobody has judged is in no pair and no group. Raises nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

from seasoned.core.ids import content_id
from seasoned.core.trace import Trace
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.folds import Fold, folds_of, shuffled
from seasoned.retrieve.lexical import LexicalIndex

NEEDED = (
    "ExpeL learns from runs that somebody has judged: it needs runs that passed, and best the same tasks failed and "
    "passed. `seasoned traces label` says how runs ended"
)


class Attempts(NamedTuple):
    """The judged runs of one task, as recorded."""

    key: str
    text: str
    successes: tuple[Trace, ...]
    failures: tuple[Trace, ...]


class Reading(NamedTuple):
    """What one call reads: a success and a failure, or a group of successes."""

    title: str
    traces: tuple[Trace, ...]
    is_pair: bool


class Gathered(NamedTuple):
    """What one fold reads, in order."""

    fold: Fold
    readings: tuple[Reading, ...]

    @property
    def n_pairs(self) -> int:
        """Readings of a success and a failure."""
        return sum(reading.is_pair for reading in self.readings)


def attempts_of(traces: Sequence[Trace]) -> tuple[Attempts, ...]:
    """The judged runs by task, in the order in which the tasks first came.

    A run that repeats another one of its task word for word, as those of an agent at temperature 0 do, is left out:
    reading it again costs as much and shows nothing.
    """
    by_task: dict[str, list[Trace]] = {}
    seen: set[str] = set()
    for trace in traces:
        words = content_id("run", [trace.task.key, trace.verdict, [[step.kind, step.text] for step in trace.steps]])
        if trace.verdict is not None and words not in seen:
            by_task.setdefault(trace.task.key, []).append(trace)
            seen.add(words)
    return tuple(
        Attempts(
            key,
            runs[0].task.text,
            tuple(run for run in runs if run.verdict),
            tuple(run for run in runs if not run.verdict),
        )
        for key, runs in by_task.items()
    )


def is_across_tasks(tasks: Sequence[Attempts]) -> bool:
    """Whether failures must be compared with successes of other tasks, since no task has both."""
    return not any(task.successes and task.failures for task in tasks)


def gathered(traces: Sequence[Trace], config: ExpelConfig) -> tuple[Gathered, ...]:
    """What is read by each fold; empty where there is nothing to learn from."""
    tasks = attempts_of(traces)
    if not any(task.successes for task in tasks):
        return ()
    across = is_across_tasks(tasks)
    found: list[Gathered] = []
    for fold in folds_of((task.key for task in tasks), config.k_folds, config.seed):
        own = [task for task in tasks if task.key in frozenset(fold.task_keys)]
        pairs = _across(own, config) if across else _within(own, config)
        found.append(Gathered(fold, (*pairs, *_groups(own, config))))
    return tuple(found)


def remarks(traces: Sequence[Trace], folds: Sequence[Gathered]) -> tuple[str, ...]:
    """What the reader must know of how the runs were put together."""
    tasks = attempts_of(traces)
    n_unjudged = sum(trace.verdict is None for trace in traces)
    n_only_failed = sum(not task.successes for task in tasks)
    notes: list[str] = []
    if not any(task.successes for task in tasks):
        what = "no run passed" if tasks else "none of the runs has a verdict"
        return (f"{what}. {NEEDED}",)
    if is_across_tasks(tasks) and n_only_failed:
        notes.append("no task both failed and passed, so failures were compared with successes of similar tasks")
    elif n_only_failed:
        notes.append(f"{_count(n_only_failed, 'task')} only failed, with no success to be compared with; left unread")
    if n_unjudged:
        notes.append(f"{_count(n_unjudged, 'run')} without a verdict left unread")
    for each in folds:
        n_groups = len(each.readings) - each.n_pairs
        counts = f"{_count(each.n_pairs, 'pair')} and {_count(n_groups, 'group')} of successes"
        notes.append(f"fold {each.fold.number} of {len(folds)}: {counts}, {_count(len(each.fold.task_keys), 'task')}")
    return tuple(notes)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def _within(tasks: Sequence[Attempts], config: ExpelConfig) -> list[Reading]:
    return [
        Reading(f"a success and a failure of {task.key}", (success, failure), True)
        for task in tasks
        for success in task.successes
        for failure in task.failures[: config.max_reflection_depth]
    ]


def _across(tasks: Sequence[Attempts], config: ExpelConfig) -> list[Reading]:
    """Failures, each with the first success of the task that reads most like theirs; none where no word is shared."""
    passed = [task for task in tasks if task.successes]
    index = LexicalIndex([task.text for task in passed])
    found: list[Reading] = []
    for task in tasks:
        for hit in index.nearest(task.text, 1) if task.failures else ():
            other = passed[hit.index]
            title = f"a failure of {task.key} and a success of {other.key}"
            found += [
                Reading(title, (other.successes[0], failure), True)
                for failure in task.failures[: config.max_reflection_depth]
            ]
    return found


def _groups(tasks: Sequence[Attempts], config: ExpelConfig) -> list[Reading]:
    by_id = {success.id: success for task in tasks for success in task.successes}
    successes = [by_id[each] for each in shuffled(by_id, config.seed)]
    size = config.success_critique_num
    cut = [tuple(successes[start : start + size]) for start in range(0, len(successes), size)]
    return [Reading(f"{len(group)} successes, group {n} of {len(cut)}", group, False) for n, group in enumerate(cut, 1)]
