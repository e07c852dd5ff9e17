"""Which successful runs are read together: those of one agent that call the same tools in the same order for a while.

Pure and deterministic: the same runs in the same order make the same groups. Raises nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

from seasoned.core.trace import Step, Trace
from seasoned.learn.rounds import even_parts

LEAST_SHARED = 0.5
"""Share of the shorter run's pairs of successive tools that another run must have too."""


def calls(trace: Trace) -> list[Step]:
    """The run's own calls of tools that have a name."""
    return [step for step in trace.steps if step.kind == "tool_call" and step.name and not step.injected]


def sequence(trace: Trace) -> tuple[str, ...]:
    """The names of the tools in the order of calling, repeats in a row once."""
    names = [step.name or "" for step in calls(trace)]
    return tuple(name for place, name in enumerate(names) if place == 0 or names[place - 1] != name)


def follows(names: Sequence[str], trace: Trace) -> bool:
    """Whether the run calls these tools in this order, others between them or not."""
    called = iter([step.name for step in calls(trace)])
    return all(any(name == each for each in called) for name in names)


def grouped(traces: Sequence[Trace], size: int) -> list[tuple[Trace, ...]]:
    """Runs that share sequences of tools, in groups of at most `size`; runs of fewer than two calls are in none."""
    groups: list[tuple[str, frozenset[tuple[str, str]], list[Trace]]] = []
    for trace in traces:
        names = sequence(trace)
        pairs = frozenset(pairwise(names)) or frozenset((name, name) for name in names)
        if len(calls(trace)) < 2:
            continue
        near = (members for agent, known, members in groups if agent == trace.agent and _is_like(known, pairs))
        members = next(near, None)
        if members is None:
            groups.append((trace.agent, pairs, [trace]))
        else:
            members.append(trace)
    return [part for _, _, members in groups for part in even_parts(members, size)]


def _is_like(known: frozenset[tuple[str, str]], pairs: frozenset[tuple[str, str]]) -> bool:
    return len(known & pairs) >= LEAST_SHARED * min(len(known), len(pairs))
