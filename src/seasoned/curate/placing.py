"""Where a skill belongs: its section in the book, and the runs that it is known to apply to. Pure; raises nothing."""

import re
from collections.abc import Iterable, Sequence

from seasoned.core.scope import Scope
from seasoned.core.trace import Trace
from seasoned.curate.wording import plain

GENERAL = "general"
MAX_SECTIONS = 36
"""So many sections a book may have; what would be one more goes to `general`."""
MAX_WORDS = 5
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")


def section_of(wanted: str, known: Sequence[str]) -> str:
    """The section for a new skill: one that the book has where it is the same but for spelling, else in lower case.

    Args:
        wanted: As the learner words it; its first words count.
        known: The sections of the book.
    """
    words = [word.lower() for word in _WORD.findall(wanted)[:MAX_WORDS]]
    key = _key(wanted)
    same = next((section for section in known if _key(section) == key), None)
    if same is not None:
        return same
    return " ".join(words) if words and len(known) < MAX_SECTIONS else GENERAL


def _key(section: str) -> tuple[str, ...]:
    return plain(" ".join(_WORD.findall(section.replace("-", " "))[:MAX_WORDS]))


def scope_of(text: str, traces: Iterable[Trace]) -> Scope:
    """Where a wording applies, as far as the runs behind it show.

    Args:
        text: The wording; tools that it names and that the runs have are in the scope.
        traces: The runs behind it; their agent is in the scope if it is the same one in all.
    """
    agents: set[str] = set()
    tools: set[str] = set()
    for trace in traces:
        agents.add(trace.agent)
        tools |= {*trace.tools, *(step.name for step in trace.steps if step.kind == "tool_call" and step.name)}
    named = set(re.findall(r"[\w.-]+\w", text))
    return Scope(agent=agents.pop() if len(agents) == 1 else "", tools=tuple(sorted(tools & named)))
