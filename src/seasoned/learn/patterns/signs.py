"""Signs of trouble in one run, short enough for a prompt, and what tells whether two runs failed in the same way.

Knows nothing of verdicts. Raises nothing.
"""

import re
from typing import NamedTuple

from seasoned.core.trace import Trace
from seasoned.learn.patterns.detectors import DETECTORS
from seasoned.learn.patterns.reading import is_tool_error, own_steps, tool_name

MAX_MESSAGE_CHARS = 80
"""Of an error's text in a signature."""

_QUOTED = re.compile(r"\"[^\"]{0,80}\"|'[^']{0,80}'|`[^`]{0,80}`")
_NAMED = re.compile(r"\b\w*\d\w*\b")
_TROUBLE = frozenset(d.name for d in DETECTORS if d.shows_trouble)


class Sign(NamedTuple):
    """A detector that saw something."""

    name: str
    """Of the detector."""
    step: int
    """Where it shows: the last step that the detector points at."""
    is_trouble: bool
    """Whether it is a reason to read the run where nobody said how it ended."""


class Signature(NamedTuple):
    """One way in which a run went wrong; equal ones sort together, the most telling kind first."""

    rank: int
    """0 for an error's text, 1 for the tool that failed, 2 for a detector."""
    text: str
    """May hold words of the trace."""


def signs(trace: Trace) -> tuple[Sign, ...]:
    """Everything that the detectors see, by detector and then by place."""
    return tuple(
        Sign(detector.name, steps[-1], detector.name in _TROUBLE)
        for detector in DETECTORS
        for steps in detector.find(trace)
        if steps
    )


def signatures(trace: Trace, seen: tuple[Sign, ...]) -> frozenset[Signature]:
    """The ways in which a run went wrong, for comparison with other runs.

    Args:
        trace: The run.
        seen: Its `signs`.
    """
    found: set[Signature] = set()
    for _, step in own_steps(trace):
        if is_tool_error(step) or step.kind == "error":
            tool = " ".join(tool_name(trace, step).split())[:MAX_MESSAGE_CHARS] or step.kind
            found.add(Signature(1, f"{tool} returned an error"))
            if message := _message(step.text):
                found.add(Signature(0, f"{tool} returned: {message}"))
    found.update(Signature(2, sign.name) for sign in seen if sign.is_trouble)
    return frozenset(found)


def _message(text: str) -> str:
    """The first line without what differs from one occurrence to the next."""
    line = next((line for line in text[:1_000].splitlines() if line.strip()), "")
    return " ".join(_NAMED.sub("#", _QUOTED.sub("'…'", line)).split())[:MAX_MESSAGE_CHARS]
