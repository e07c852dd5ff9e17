"""Yes/no features of a trace that can be compared between runs, each with the steps that show it.

Knows nothing of verdicts or of statistics. Raises nothing.
"""

from dataclasses import dataclass
from typing import Literal

from seasoned.core.trace import Trace
from seasoned.learn.patterns.detectors import DETECTORS, occurrences
from seasoned.learn.patterns.intent import changes_state
from seasoned.learn.patterns.reading import is_tool_error, own_steps, tool_calls, with_call

FeatureKind = Literal["detector", "errors", "tool", "order", "length"]

MAX_NAME_CHARS = 80
"""Longer tool names, which a confused model can make up, are cut."""

MAX_TOOLS = 40
"""Tools per run whose order is compared; the pairs grow with its square."""

LENGTH_BUCKETS = (8, 16, 32, 64, 128, 256)
"""Lower bounds of the number of steps that have text, without system messages."""

_KIND_ORDER: dict[FeatureKind, int] = {"detector": 0, "errors": 1, "tool": 2, "order": 3, "length": 4}
_DESCRIPTIONS = {detector.name: detector.description for detector in DETECTORS}


@dataclass(frozen=True, slots=True)
class Feature:
    """What a run may show or not show."""

    kind: FeatureKind
    name: str
    description: str

    @property
    def rank(self) -> tuple[int, str]:
        """Sorts features by kind and then by name."""
        return _KIND_ORDER[self.kind], self.name


Features = dict[Feature, tuple[int, ...]]
"""The features that a trace shows, with the indexes of steps that show each."""


def features(trace: Trace) -> Features:
    """All features of a trace."""
    return {**_detected(trace), **_errors(trace), **_tools(trace), **_length(trace)}


def _detected(trace: Trace) -> Features:
    found: Features = {}
    for occurrence in occurrences(trace):
        name = occurrence.detector
        feature = Feature("detector", name, _DESCRIPTIONS[name])
        found.setdefault(feature, tuple(e.step for e in occurrence.evidence))
    return found


def _errors(trace: Trace) -> Features:
    errors = [with_call(trace, index) for index, step in own_steps(trace) if is_tool_error(step)]
    found: Features = {}
    if errors:
        found[Feature("errors", "any tool error", "A tool returned an error.")] = errors[0]
    if len(errors) > 1:
        found[Feature("errors", "two or more tool errors", "Tools returned two or more errors.")] = (
            errors[0] + errors[1]
        )
    return found


def _tools(trace: Trace) -> Features:
    first: dict[str, int] = {}
    for index, step in tool_calls(trace):
        first.setdefault(_label(step.name or ""), index)
    first.pop("", None)
    found: Features = {}
    for name, index in first.items():
        found[Feature("tool", f"calls {name}", f"The agent called {name}.")] = (index,)
    if writes := [index for name, index in first.items() if changes_state(name)]:
        description = "The agent called a tool that by its name changes something."
        found[Feature("tool", "changes something", description)] = (writes[0],)
    in_order = list(first.items())[:MAX_TOOLS]
    for place, (earlier, start) in enumerate(in_order):
        for later, end in in_order[place + 1 :]:
            description = f"The agent called {earlier} before its first call of {later}."
            found[Feature("order", f"{earlier} before {later}", description)] = (start, end)
    return found


def _length(trace: Trace) -> Features:
    steps = [index for index, step in own_steps(trace) if step.kind != "system" and step.text.strip()]
    return {
        Feature("length", f"{bound} or more steps", f"The run took {bound} or more steps."): (steps[bound - 1],)
        for bound in LENGTH_BUCKETS
        if len(steps) >= bound
    }


def _label(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME_CHARS]
