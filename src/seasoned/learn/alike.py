"""Which tasks are alike: by the words of their texts, and where these say nothing, by the tools that their runs called.

Words that a large part of the tasks share, such as a common template, tell no task from another and are left out, which
also bounds the work. Pure and deterministic; knows nothing of verdicts or episodes. Raises nothing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from seasoned.core.trace import Trace
from seasoned.retrieve.lexical import LexicalIndex, words

LEAST_ALIKE_TEXT = 0.25
"""Share of a text's own score, as weighted by rarity, that another text must reach to count as alike."""
LEAST_ALIKE_TOOLS = 0.5
"""Share of the tools that runs of both tasks called."""
LEAST_TERMS = 2
"""Telling words from which on a text says something."""
MAX_TERMS = 24
"""Telling words of one text, the rarest first."""
MAX_TEXT_CHARS = 8_000
"""Of a task's text."""
MAX_HITS = 48
"""Texts that are looked at for one task."""
MAX_TOOLSETS = 500
"""Different sets of tools that one is compared with."""
TOOLS_WEIGHT = 0.5
"""How much common tools count beside common words: the nearest text alone is a weak sign of a like procedure."""

_COMMON_WORDS = """
    a about all also am an and any are as at be been but by can could did do does for from had has have he help her hi
    hello hey him his how i if in into is it its just like looking m me my need no not of on one or our please s she
    should so some t than thanks that the their them then there they this to up us ve want was we were what when where
    which who whom whose why will with would you your
    """
_COMMON = frozenset(words(_COMMON_WORDS))
_HAS_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class TaskRuns:
    """The runs of one task."""

    key: str
    text: str
    runs: tuple[Trace, ...]

    @cached_property
    def tools(self) -> frozenset[str]:
        """Names of the tools that the runs called."""
        return frozenset(name for run in self.runs for name in tools_called(run))

    @property
    def agent(self) -> str:
        """Of the first run."""
        return self.runs[0].agent


class Likeness:
    """Finds, for one task, the tasks that are most like it."""

    def __init__(self, asking: Sequence[TaskRuns], known: Sequence[TaskRuns]) -> None:
        """Count words and tools once.

        Args:
            asking: Tasks for which `nearest` will be asked.
            known: Tasks among which it looks.
        """
        self._known = tuple(known)
        self._tasks = (*known, *asking)
        found = [_words_of(task.text) for task in self._tasks]
        counts = Counter(word for each in found for word in each)
        at_most = _at_most(len(self._tasks))
        self._terms = {
            task.key: sorted((w for w in each if counts[w] <= at_most), key=lambda w: (counts[w], w))[:MAX_TERMS]
            for task, each in zip(self._tasks, found, strict=True)
        }
        self._index = LexicalIndex([" ".join(self._terms[task.key]) for task in self._tasks])
        self._by_tools: dict[tuple[str, frozenset[str]], list[int]] = {}
        for place, task in enumerate(self._known):
            self._by_tools.setdefault((task.agent, task.tools), []).append(place)

    def nearest(self, task: TaskRuns, n: int) -> list[tuple[TaskRuns, float]]:
        """At most so many known tasks that are alike enough, the likest first, with a likeness that sorts them."""
        terms = self._terms[task.key]
        found = self._by_text(task, terms) if len(terms) >= LEAST_TERMS else self._by_tool(task)
        best = sorted(found, key=lambda item: (-item[1], item[0]))[:n]
        return [(self._known[place], score) for place, score in best]

    def _by_text(self, task: TaskRuns, terms: Sequence[str]) -> list[tuple[int, float]]:
        hits = self._index.nearest(" ".join(terms), MAX_HITS)
        own = max((hit.score for hit in hits if self._tasks[hit.index].key == task.key), default=0.0)
        own = own or (hits[0].score if hits else 1.0)
        alike = [(hit.index, hit.score / own) for hit in hits if hit.index < len(self._known)]
        return [
            (place, min(score, 1.0) + TOOLS_WEIGHT * _overlap(task.tools, self._known[place].tools))
            for place, score in alike
            # One word in common is a coincidence in short texts, however rare it is.
            if score >= LEAST_ALIKE_TEXT and len(set(terms).intersection(self._terms[self._known[place].key])) > 1
        ]

    def _by_tool(self, task: TaskRuns) -> list[tuple[int, float]]:
        found: list[tuple[int, float]] = []
        for (agent, tools), places in list(self._by_tools.items())[:MAX_TOOLSETS]:
            overlap = _overlap(task.tools, tools)
            if agent == task.agent and overlap >= LEAST_ALIKE_TOOLS:
                found += [(place, overlap) for place in places[:MAX_HITS]]
        return found


def tools_called(trace: Trace) -> frozenset[str]:
    """Names of the tools that a run called."""
    return frozenset(step.name for step in trace.steps if step.kind == "tool_call" and step.name and not step.injected)


def by_task(traces: Sequence[Trace]) -> list[TaskRuns]:
    """The traces by their task, in the order in which the tasks appear."""
    tasks: dict[str, list[Trace]] = {}
    for trace in traces:
        tasks.setdefault(trace.task.key, []).append(trace)
    return [TaskRuns(key, runs[0].task.text, tuple(runs)) for key, runs in tasks.items()]


def _words_of(text: str) -> set[str]:
    """Words that can tell: numbers and ids name a thing, not a kind of task."""
    return {w for w in words(text[:MAX_TEXT_CHARS]) if len(w) > 1 and w not in _COMMON and not _HAS_DIGIT.search(w)}


def _at_most(n_tasks: int) -> int:
    """Tasks that a word may be in and still tell them apart: most of a few, a small part of many."""
    return n_tasks if n_tasks < 4 else min(n_tasks * 4 // 5, max(50, n_tasks // 20))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
