"""Deterministic detectors of things that go wrong in a run: each looks at one trace and cites what it saw.

They read the canonical steps and nothing else, never steps that hold what we injected, and know nothing of verdicts:
whether an occurrence matters is for `learn.patterns` to count and for a person to judge. They raise nothing; a trace
without steps has no occurrences.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.learn.patterns import acting, talking

MAX_QUOTE_CHARS = 200
"""A longer step is cited by its beginning."""


class Occurrence(Value):
    """One place where a detector saw its pattern."""

    detector: str
    evidence: tuple[Evidence, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Detector:
    """A named function from a trace to the steps that show the pattern, one tuple of step indexes an occurrence."""

    name: str
    description: str
    find: Callable[[Trace], Iterator[tuple[int, ...]]]
    shows_trouble: bool = True
    """Whether it is a reason to read a run without a verdict; some are as common where all goes well."""


def cite(trace: Trace, *steps: int) -> tuple[Evidence, ...]:
    """Evidence for the beginning of each step that has text and that we did not inject, in the order given."""
    return tuple(
        Evidence(trace_id=trace.id, step=index, start=0, end=len(quote), quote=quote)
        for index in steps
        if not trace.steps[index].injected and (quote := trace.steps[index].text[:MAX_QUOTE_CHARS]).strip()
    )


def occurrences(trace: Trace) -> tuple[Occurrence, ...]:
    """Everything that the detectors see in one trace, by detector and then by place."""
    return tuple(
        Occurrence(detector=detector.name, evidence=evidence)
        for detector in DETECTORS
        for steps in detector.find(trace)
        if (evidence := cite(trace, *steps))
    )


DETECTORS: tuple[Detector, ...] = (
    Detector(
        name="tool error then no recovery",
        description="A tool returned an error and no later call of the same tool succeeded.",
        find=acting.unrecovered,
    ),
    Detector(
        name="identical repeated call",
        description="The same tool was called with the same arguments twice in a row, or three times in the run.",
        find=acting.repeated,
    ),
    Detector(
        name="loop",
        description="A cycle of two or more calls was repeated with the same arguments within one user turn.",
        find=acting.loops,
    ),
    Detector(
        name="cut off",
        description="The run ends with a tool call, its result or an error, without a reply: a step limit or a crash.",
        find=acting.cut_off,
    ),
    Detector(
        name="write without confirmation",
        description="In a conversation, a call that by its name changes something did not follow the user's agreement.",
        find=acting.unconfirmed_writes,
        shows_trouble=False,
    ),
    Detector(
        name="handoff",
        description="The agent gave the conversation to a person or to another agent.",
        find=acting.handoffs,
        shows_trouble=False,
    ),
    Detector(
        name="arguments that do not parse",
        description="A tool was called with arguments that are not a JSON object.",
        find=acting.unparsed,
    ),
    Detector(
        name="unknown tool",
        description="A tool was called that the agent had not been offered.",
        find=acting.unknown_tools,
    ),
    Detector(
        name="empty reply",
        description="The agent answered with nothing.",
        find=talking.empty_replies,
    ),
    Detector(
        name="user correction",
        description="Right after the agent's turn the user said that it was wrong or not what they asked for.",
        find=talking.corrections,
    ),
    Detector(
        name="dissatisfied user",
        description="The user complained, was frustrated, said that it still does not work, or asked for a human.",
        find=talking.complaints,
    ),
    Detector(
        name="repeated request",
        description="The user asked again in much the same words after the agent had answered.",
        find=talking.repeated_requests,
    ),
    Detector(
        name="retry after an error",
        description="After an error the same tool was called again with other arguments: what changed may be the fix.",
        find=acting.retried,
    ),
    Detector(
        name="agent took something back",
        description="The agent apologized for a mistake of its own or said that it had been wrong.",
        find=talking.backtracking,
    ),
    Detector(
        name="gave up",
        description="The agent's last message says that it could not do it, or holds an error instead of an answer.",
        find=talking.given_up,
    ),
)
"""In the order in which they are reported."""
