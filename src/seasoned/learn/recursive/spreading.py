"""How many episodes there are and what goes into each: groups of runs, spread evenly and never torn apart.

A small collection becomes about as many episodes as run at once, since then all of them are done in the time of one; a
large one fills episodes, in whole rounds of as many as run at once. Pure; knows nothing of how groups come about.
Raises nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Self

from pydantic import Field

from seasoned.core.trace import Trace
from seasoned.core.value import Value


class EpisodeLimits(Value):
    """How large an episode may be, and how many are worth having."""

    max_traces: int = Field(default=24, ge=1)
    max_chars: int = Field(default=250_000, ge=1_000)
    """Characters of step text in one episode. A single longer trace is an episode of its own, and a failed run stays
    with the passed run that it is compared with, however long both are."""
    n_at_once: int = Field(default=16, ge=1)
    """Episodes that run at the same time."""

    def at_once(self, n: int) -> Self:
        """The same limits with another number of episodes at the same time."""
        return self.model_copy(update={"n_at_once": n})


@dataclass(frozen=True)
class Group:
    """Runs that must be read together."""

    runs: tuple[Trace, ...]
    why: str = ""
    """What they have in common; may hold words of a trace."""


def n_chars(trace: Trace) -> int:
    """Characters of step text."""
    return sum(len(step.text) for step in trace.steps)


def runs_of(groups: Sequence[Group]) -> list[Trace]:
    """The runs of all groups, each once, in order."""
    return list({run.id: run for group in groups for run in group.runs}.values())


def spread(kinds: Sequence[Sequence[Group]], limits: EpisodeLimits) -> list[list[list[Group]]]:
    """For each kind of groups, in the order given, its episodes as lists of groups."""
    counts = _counts(kinds, limits)
    return [_merged(_cut(groups, n, limits), limits) for groups, n in zip(kinds, counts, strict=True)]


def fits(runs: Sequence[Trace], limits: EpisodeLimits) -> bool:
    """Whether the runs are few and short enough for one episode."""
    return len(runs) <= limits.max_traces and sum(map(n_chars, runs)) <= limits.max_chars


def _counts(kinds: Sequence[Sequence[Group]], limits: EpisodeLimits) -> list[int]:
    """How many episodes each kind gets: what it needs at least, and more up to a whole round of all."""
    sizes = [len(runs_of(groups)) for groups in kinds]
    counts = [len(_cut(groups, _least(groups, limits), limits)) for groups in kinds]
    wanted = ceil(sum(counts) / limits.n_at_once) * limits.n_at_once
    while sum(counts) < wanted:
        # Those whose episodes would be the largest get the next one, unless a run would be left alone.
        roomy = [k for k, groups in enumerate(kinds) if counts[k] < min(len(groups), sizes[k] // 2)]
        if not roomy:
            break
        counts[max(roomy, key=lambda k: (sizes[k] / counts[k], -k))] += 1
    return counts


def _least(groups: Sequence[Group], limits: EpisodeLimits) -> int:
    """Episodes that the groups need if all of them can be filled to the brim."""
    n_all = sum(map(n_chars, runs_of(groups)))
    return max(ceil(len(runs_of(groups)) / limits.max_traces), ceil(n_all / limits.max_chars))


def _cut(groups: Sequence[Group], n: int, limits: EpisodeLimits) -> list[list[Group]]:
    """The groups in order, in `n` parts of nearly equal numbers of runs, or in a few more so that none is too large."""
    parts: list[list[Group]] = []
    for n_parts in range(n, n + max(2, n // 4) + 1):
        parts = _evenly(groups, n_parts)
        if all(len(part) == 1 or fits(runs_of(part), limits) for part in parts):
            return parts
    return [piece for part in parts for piece in _halved(part, limits)]


def _evenly(groups: Sequence[Group], n: int) -> list[list[Group]]:
    parts: dict[int, list[Group]] = {}
    total, before = sum(len(group.runs) for group in groups), 0
    for group in groups:
        # The part in which the group's middle lies.
        parts.setdefault((2 * before + len(group.runs)) * n // (2 * total), []).append(group)
        before += len(group.runs)
    return list(parts.values())


def _halved(part: list[Group], limits: EpisodeLimits) -> list[list[Group]]:
    if len(part) == 1 or fits(runs_of(part), limits):
        return [part]
    half = len(part) // 2
    return [*_halved(part[:half], limits), *_halved(part[half:], limits)]


def _merged(parts: list[list[Group]], limits: EpisodeLimits) -> list[list[Group]]:
    """No run is read alone where a neighbour has room for it."""
    merged: list[list[Group]] = []
    for part in parts:
        is_lone = bool(merged) and min(len(runs_of(part)), len(runs_of(merged[-1]))) < 2
        if is_lone and fits(runs_of([*merged[-1], *part]), limits):
            merged[-1] = [*merged[-1], *part]
        else:
            merged.append(part)
    return merged
