"""Which traces are read together: episodes, planned without a language model.

Contrasts first (runs of one task with different verdicts), then failures that look alike, then runs without a verdict.
Successful runs of a task that never failed are in none. Pure and deterministic: the same traces in the same order make
the same plan. Knows nothing of the sandbox or of prompts; raises nothing.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal

from pydantic import Field

from seasoned.core.ids import content_id
from seasoned.core.trace import Trace
from seasoned.core.value import Value

EpisodeKind = Literal["contrast", "failures", "unlabelled", "question"]
"""`question`: asked for by another episode, never planned."""


class EpisodeLimits(Value):
    """How large an episode may be."""

    max_traces: int = Field(default=24, ge=1)
    max_chars: int = Field(default=250_000, ge=1_000)
    """Characters of step text in one episode; a single longer trace is an episode of its own."""


class Episode(Value):
    """A group of traces that is worth reading together."""

    kind: EpisodeKind
    trace_ids: tuple[str, ...]
    n_chars: int
    why: str = ""
    """What brings these traces together, in words; the question of a `question`."""

    @property
    def id(self) -> str:
        """Content hash of the traces in it."""
        return content_id("episode", list(self.trace_ids))


class Estimate(Value):
    """What a plan will cost, before anything is asked."""

    n_episodes: int
    n_traces: int
    """Traces in some episode; the others are not read."""
    n_calls: int
    """Model calls as they usually come out."""
    max_calls: int
    """Model calls if every episode uses all its turns."""
    input_tokens: int
    output_tokens: int


USUAL_TURNS = 5
"""Look round, compare, read closely, cite, submit."""
OPENING_TOKENS = 1_800
"""System prompt and brief: characters by four, rounded up."""
OUTPUT_TOKENS = 700
"""What one turn's code shows."""
REPLY_TOKENS = 250


def plan(traces: Sequence[Trace], limits: EpisodeLimits | None = None) -> tuple[Episode, ...]:
    """The episodes, most informative first; every trace is in at most one."""
    limits = limits or EpisodeLimits()
    unique = list({trace.id: trace for trace in traces if trace.steps}.values())
    contrasts, failures = _contrasts(unique, limits)
    unlabelled = [trace for trace in unique if trace.verdict is None]
    return (
        *_episodes("contrast", _packed(contrasts, limits)),
        *_episodes("failures", _packed(_by_task(failures, limits), limits)),
        *_episodes("unlabelled", _packed(_by_task(unlabelled, limits), limits)),
    )


def estimate(episodes: Sequence[Episode], *, max_turns: int) -> Estimate:
    """Calls and tokens that the plan will need, from what an episode usually takes."""
    n_turns = min(USUAL_TURNS, max_turns)
    # Turn k sends the opening and everything said and shown in the k - 1 turns before it.
    history = (OUTPUT_TOKENS + REPLY_TOKENS) * n_turns * (n_turns - 1) // 2
    return Estimate(
        n_episodes=len(episodes),
        n_traces=sum(len(episode.trace_ids) for episode in episodes),
        n_calls=len(episodes) * n_turns,
        max_calls=len(episodes) * max_turns,
        input_tokens=len(episodes) * (OPENING_TOKENS * n_turns + history),
        output_tokens=len(episodes) * REPLY_TOKENS * n_turns,
    )


def n_chars(trace: Trace) -> int:
    """Characters of step text."""
    return sum(len(step.text) for step in trace.steps)


def _contrasts(traces: Iterable[Trace], limits: EpisodeLimits) -> tuple[list[list[Trace]], list[Trace]]:
    """Groups that hold both verdicts on one task, and the failures that found no partner."""
    tasks: dict[str, tuple[list[Trace], list[Trace]]] = {}
    for trace in traces:
        if trace.verdict is not None:
            tasks.setdefault(trace.task.key, ([], []))[trace.verdict].append(trace)
    groups: list[list[Trace]] = []
    left_over: list[Trace] = []
    for failed, passed in tasks.values():
        pairs = zip_longest(sorted(failed, key=n_chars), sorted(passed, key=n_chars))
        for group in _cut([trace for pair in pairs for trace in pair if trace is not None], limits):
            if {trace.verdict for trace in group} == {True, False}:
                groups.append(group)
            else:
                left_over += [trace for trace in group if trace.verdict is False]
    # The nearer to half passed, the more pairs there are to compare.
    groups.sort(key=lambda group: -min(_n_failed(group), len(group) - _n_failed(group)))
    return groups, left_over


def _by_task(traces: Iterable[Trace], limits: EpisodeLimits) -> list[list[Trace]]:
    """The runs of one task together, and tasks whose runs look alike side by side."""
    tasks: dict[str, list[Trace]] = {}
    for trace in sorted(traces, key=_likeness):
        tasks.setdefault(trace.task.key, []).append(trace)
    return [group for runs in tasks.values() for group in _cut(runs, limits)]


def _n_failed(group: list[Trace]) -> int:
    return sum(trace.verdict is False for trace in group)


def _packed(groups: Iterable[list[Trace]], limits: EpisodeLimits) -> list[list[Trace]]:
    """Small groups share an episode, for what an episode costs by itself is paid once."""
    packed: list[list[Trace]] = []
    for group in groups:
        if packed and _fits(packed[-1] + group, limits):
            packed[-1] += group
        else:
            packed.append(list(group))
    return packed


def _cut(traces: Iterable[Trace], limits: EpisodeLimits) -> list[list[Trace]]:
    return _packed(([trace] for trace in traces), limits)


def _fits(group: list[Trace], limits: EpisodeLimits) -> bool:
    return len(group) <= limits.max_traces and sum(map(n_chars, group)) <= limits.max_chars


def _likeness(trace: Trace) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Neighbours in this order failed in the same tools, then used the same tools, then had the same task."""
    failing = {step.name or step.kind for step in trace.steps if step.is_error or step.kind == "error"}
    called = {step.name or "" for step in trace.steps if step.kind == "tool_call"}
    # Reversed, so that runs with tool errors, which are the easier ones to explain, come first.
    return tuple(sorted(failing)) or ("\uffff",), tuple(sorted(called)), trace.task.key


def _episodes(kind: EpisodeKind, groups: Iterable[list[Trace]]) -> Iterable[Episode]:
    for group in groups:
        yield Episode(kind=kind, trace_ids=tuple(t.id for t in group), n_chars=sum(map(n_chars, group)))
