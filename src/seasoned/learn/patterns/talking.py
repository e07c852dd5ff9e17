"""What goes wrong in a run's conversation: functions from a trace to the steps that show it, a tuple for an occurrence.

Signs that need no verdict: what a person says to set the agent right, and what the agent says of itself. Only words of
a person count as the user's, never what a harness sends in that role. They never read steps that we injected, know
nothing of verdicts and raise nothing.
"""

from collections.abc import Callable, Iterator

from seasoned.core.trace import Trace
from seasoned.learn.patterns.intent import assents
from seasoned.learn.patterns.reading import own_steps, person_messages
from seasoned.learn.patterns.tone import backtracks, corrects, gives_up, is_dissatisfied
from seasoned.retrieve.lexical import words

MIN_REPEATED_WORDS = 6
"""Different words that a message must have before saying it again means something."""

LEAST_REPEATED = 0.6
"""Share of the words of two messages that they have in common, from which on the later one repeats the earlier."""

MAX_EARLIER = 30
"""Earlier messages that a message is compared with, the latest ones."""


def empty_replies(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites what was left without an answer, since an empty step has no text to quote."""
    steps = [(i, s) for i, s in own_steps(trace) if s.kind != "system"]
    for place, (_, step) in enumerate(steps):
        following = steps[place + 1][1].kind if place + 1 < len(steps) else "user"
        if step.kind == "assistant" and not step.text.strip() and following == "user":
            before = [index for index, earlier in steps[:place] if earlier.text.strip()]
            yield tuple(before[-1:])


def corrections(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites what the agent said or did last, and the correction."""
    yield from _answers(trace, corrects)


def complaints(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites what the agent said or did last, and the complaint."""
    yield from _answers(trace, is_dissatisfied)


def repeated_requests(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the earlier message and the one that repeats it; another number or id makes another request."""
    said: list[tuple[int, frozenset[str]]] = []
    for index, step in person_messages(trace):
        found = frozenset(words(step.text))
        if len(found) < MIN_REPEATED_WORDS or assents(step.text):
            continue
        for earlier, before in reversed(said[-MAX_EARLIER:]):
            changed = any(any(c.isdigit() for c in word) for word in found ^ before)
            if not changed and len(found & before) >= LEAST_REPEATED * len(found | before):
                if any(s.kind in ("assistant", "tool_call") for s in trace.steps[earlier:index]):
                    yield (earlier, index)
                break
        said.append((index, found))


def backtracking(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the agent's message in which it takes something back."""
    yield from ((i,) for i, step in own_steps(trace) if step.kind == "assistant" and backtracks(step.text))


def given_up(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the agent's last message."""
    spoken = [(i, s) for i, s in own_steps(trace) if s.kind in ("assistant", "tool_call", "tool_result", "error")]
    if spoken and spoken[-1][1].kind == "assistant" and gives_up(spoken[-1][1].text):
        yield (spoken[-1][0],)


def _answers(trace: Trace, speaks: Callable[[str], bool]) -> Iterator[tuple[int, ...]]:
    persons = dict(person_messages(trace))
    last: int | None = None
    for index, step in own_steps(trace):
        if step.kind in ("assistant", "tool_call") and step.text.strip():
            last = index
        elif last is not None and index in persons and speaks(step.text):
            yield (last, index)
