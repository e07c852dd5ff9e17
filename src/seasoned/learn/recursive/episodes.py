"""Which traces are read together: episodes, planned without a language model.

In this order: runs of one task with different verdicts; tasks that only failed beside passed runs of the most similar
tasks; failures that share a pattern; runs without a verdict, those with signs of trouble first. A failed run and one
without a verdict is in one episode; a passed run can be in several, or in none where it helps no comparison. Pure and
deterministic: the same traces in the same order make the same plan. Knows nothing of the sandbox or of prompts; raises
nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal

from seasoned.core.ids import content_id
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.alike import Likeness, TaskRuns, by_task, tools_called
from seasoned.learn.patterns.signs import Sign, Signature, signatures, signs
from seasoned.learn.recursive.spreading import EpisodeLimits, Group, fits, n_chars, runs_of, spread

EpisodeKind = Literal["contrast", "similar", "failures", "unlabelled", "question"]
"""`question`: asked for by another episode, never planned."""

LEAST_PASSED = 4
"""Passed runs that stand beside a few failed ones of the same task, where there are so many."""
N_SIMILAR = 2
"""Similar tasks of which a passed run stands beside a task that only failed."""
MAX_WHY_CHARS = 240

_FailureOrder = tuple[tuple[int, int, str], str, tuple[str, ...], str]
_ALONE = (3, 0, "")
"""After every way of failing that runs share."""


class Episode(Value):
    """A group of traces that is worth reading together."""

    kind: EpisodeKind
    trace_ids: tuple[str, ...]
    n_chars: int
    task_keys: tuple[Text, ...] = ()
    why: Text = ""
    """What the runs have in common beyond their kind; the question of a `question`. May hold words of the traces."""

    @property
    def id(self) -> str:
        """Content hash of the traces in it."""
        return content_id("episode", list(self.trace_ids))


def plan(traces: Sequence[Trace], limits: EpisodeLimits | None = None) -> tuple[Episode, ...]:
    """The episodes, most informative first."""
    limits = limits or EpisodeLimits()
    unique = list({trace.id: trace for trace in traces if trace.steps}.values())
    contrasts, only_failed, with_passed = _by_verdicts(unique, limits)
    similar, left_over = _similar(only_failed, with_passed, limits)
    unlabelled = _unlabelled([trace for trace in unique if trace.verdict is None])
    kinds: tuple[EpisodeKind, ...] = ("contrast", "similar", "failures", "unlabelled")
    packed = spread([contrasts, similar, _failures(left_over, limits), unlabelled], limits)
    return tuple(_episode(kind, groups) for kind, parts in zip(kinds, packed, strict=True) for groups in parts)


def _episode(kind: EpisodeKind, groups: Sequence[Group]) -> Episode:
    runs = runs_of(groups)
    if kind == "unlabelled":
        signs_shown = Counter(name for group in groups for name in group.why.split(", ") if name)
        why = ", ".join(f"{name} in {n} of {len(runs)} runs" for name, n in signs_shown.most_common())
    else:
        reasons = Counter(group.why for group in groups if group.why)
        why = "; ".join(f"{why} ({n} times)" if n > 1 else why for why, n in reasons.items())
    return Episode(
        kind=kind,
        trace_ids=tuple(run.id for run in runs),
        n_chars=sum(map(n_chars, runs)),
        task_keys=tuple(dict.fromkeys(run.task.key for run in runs)),
        why=why if len(why) <= MAX_WHY_CHARS else why[: MAX_WHY_CHARS - 1] + "…",
    )


def _by_verdicts(traces: Sequence[Trace], limits: EpisodeLimits) -> tuple[list[Group], list[TaskRuns], list[TaskRuns]]:
    """Groups that hold both verdicts on one task, the tasks that only failed, and those with a passed run."""
    groups: list[Group] = []
    only_failed: list[TaskRuns] = []
    with_passed: list[TaskRuns] = []
    for task in by_task([trace for trace in traces if trace.verdict is not None]):
        failed = sorted((run for run in task.runs if run.verdict is False), key=n_chars)
        passed = sorted((run for run in task.runs if run.verdict is True), key=n_chars)
        if passed:
            with_passed.append(TaskRuns(task.key, task.text, tuple(passed)))
        if failed and passed and limits.max_traces > 1:
            groups += (Group(_alternating(*sides)) for sides in _sides(failed, passed, limits))
        elif failed:
            only_failed.append(TaskRuns(task.key, task.text, tuple(failed)))
    # The nearer to half passed, the more pairs there are to compare.
    groups.sort(key=lambda group: -min(_n_failed(group), len(group.runs) - _n_failed(group)))
    return groups, only_failed, with_passed


def _sides(
    failed: Sequence[Trace], passed: Sequence[Trace], limits: EpisodeLimits
) -> Iterable[tuple[Sequence[Trace], Sequence[Trace]]]:
    """Failed runs in shares that fit an episode, each beside passed runs, which come again where they are few."""
    n_shares = -(-len(failed) // max(1, limits.max_traces // 2))
    while True:
        shares = [_share(failed[k::n_shares], passed[k % len(passed) :: n_shares], limits) for k in range(n_shares)]
        if n_shares >= len(failed) or all(fits([*share[0], *share[1]], limits) for share in shares):
            return shares
        n_shares += 1


def _share(
    failed: Sequence[Trace], passed: Sequence[Trace], limits: EpisodeLimits
) -> tuple[Sequence[Trace], Sequence[Trace]]:
    """So many of the passed runs as there is room and use for, and one in any case."""
    n = min(len(passed), max(len(failed), LEAST_PASSED))
    while n > 1 and not fits([*failed, *passed[:n]], limits):
        n -= 1
    return failed, passed[:n]


def _alternating(failed: Sequence[Trace], passed: Sequence[Trace]) -> tuple[Trace, ...]:
    return tuple(run for pair in zip_longest(failed, passed) for run in pair if run is not None)


def _n_failed(group: Group) -> int:
    return sum(run.verdict is False for run in group.runs)


def _similar(
    only_failed: Sequence[TaskRuns], with_passed: Sequence[TaskRuns], limits: EpisodeLimits
) -> tuple[list[Group], list[TaskRuns]]:
    """Tasks that only failed beside the shortest passed runs of similar tasks, and the tasks that have no such."""
    if limits.max_traces < 2 or not with_passed:
        return [], list(only_failed)
    likeness = Likeness(only_failed, with_passed)
    found: list[tuple[float, str, list[Group]]] = []
    left_over: list[TaskRuns] = []
    for task in only_failed:
        nearest = likeness.nearest(task, N_SIMILAR)
        if not nearest:
            left_over.append(task)
            continue
        passed = [other.runs[0] for other, _ in nearest]
        why = f"task {task.key[:40]} is like {', '.join(other.key[:40] for other, _ in nearest)}"
        groups = [Group((*a, *b), why) for a, b in _sides(task.runs, passed, limits)]
        found.append((nearest[0][1], nearest[0][0].key, groups))
    # Tasks beside the same passed run share an episode, where it is then read once.
    best: dict[str, float] = {}
    for score, key, _ in found:
        best[key] = max(score, best.get(key, 0.0))
    found.sort(key=lambda item: (-best[item[1]], item[1], -item[0]))
    return [group for _, _, groups in found for group in groups], left_over


def _failures(tasks: Sequence[TaskRuns], limits: EpisodeLimits) -> list[Group]:
    """The runs of one task together, and tasks that failed in the same way side by side."""
    units = [TaskRuns(task.key, task.text, part) for task in tasks for part in _parts(task.runs, limits)]
    ways = [_ways(unit.runs) for unit in units]
    counts = Counter(way for each in ways for way in each)
    found: list[tuple[_FailureOrder, Group]] = []
    for unit, each in zip(units, ways, strict=True):
        # What failed in the same way comes first, the common before the rare; the rest by agent and tools.
        alike = min(((way.rank, -counts[way], way.text) for way in each if counts[way] > 1), default=_ALONE)
        found.append(((alike, unit.agent, tuple(sorted(unit.tools)), unit.key), Group(unit.runs, alike[2])))
    found.sort(key=lambda item: item[0])
    return [group for _, group in found]


def _ways(runs: Sequence[Trace]) -> frozenset[Signature]:
    return frozenset(way for run in runs for way in signatures(run, signs(run)))


def _parts(runs: Sequence[Trace], limits: EpisodeLimits) -> list[tuple[Trace, ...]]:
    """The runs of one task in equal parts that fit half an episode, so that they can be spread."""
    n = -(-len(runs) // max(1, limits.max_traces // 2))
    while n < len(runs) and not all(fits(runs[k::n], limits) for k in range(n)):
        n += 1
    return [tuple(runs[k::n]) for k in range(n)]


def _unlabelled(traces: Sequence[Trace]) -> list[Group]:
    """Single runs by agent and tools: first those in which something looks wrong, the like together."""
    seen = {trace.id: _troubles(signs(trace)) for trace in traces}
    most = Counter[tuple[str, tuple[str, ...]]]()
    for trace in traces:
        most[_profile(trace)] += len(seen[trace.id])

    def order(trace: Trace) -> tuple[bool, int, tuple[str, tuple[str, ...]], int, tuple[str, ...], str]:
        troubles, profile = seen[trace.id], _profile(trace)
        return not troubles, -most[profile], profile, -len(troubles), troubles, trace.task.key

    return [Group((trace,), ", ".join(seen[trace.id])) for trace in sorted(traces, key=order)]


def _profile(trace: Trace) -> tuple[str, tuple[str, ...]]:
    return trace.agent, tuple(sorted(tools_called(trace)))


def _troubles(found: Iterable[Sign]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sign.name for sign in found if sign.is_trouble))
