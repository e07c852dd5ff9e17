"""In what a run differs from the reference solution: writes that are missing, too many or wrong, and words unsaid.

For references that list the expected actions (tau-bench's, tau2-bench's, the returns desk's). A write is a call of a
tool whose name says that it changes something, or which the reference calls and whose name does not say that it only
looks something up; a call that failed wrote nothing. Calls are matched by tool, then by most arguments in common, each
once. Nothing here says what the run does not show: neither the argument that was due nor the words that were, nor a
tool that the run neither called nor was offered. Pure; raises nothing.

What a reference does not name within an argument does not matter, and the words with which a case is handed to a person
are nobody's to compare.

It compares calls, not states: two calls that come to the same as one expected call are a difference, though the state
may be right, so differences explain a failed run and are no verdict. For the idea: the error analyses of tau-bench
(Yao et al. 2024, arXiv:2406.12045), there by a model.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import JsonValue

from seasoned.core.trace import Step, Trace
from seasoned.core.trial import Difference
from seasoned.evaluate.graders.expected import Expected, expected_of
from seasoned.evaluate.graders.facts import states
from seasoned.evaluate.graders.state import same
from seasoned.learn.patterns.intent import changes_state, is_handoff, only_reads

_Arguments = dict[str, JsonValue]
_NOT_SHOWN = "a tool that the run does not show"
_LEFT_OUT = "one that was left out"
_PROSE_WORDS = 4
"""A text of so many words is somebody's wording, no id."""


def differences_of(trace: Trace, reference: JsonValue) -> tuple[Difference, ...] | None:
    """How a run differs from the reference solution, tool by tool.

    Args:
        trace: The run.
        reference: The sealed answer of its task.

    Returns:
        None where the reference lists no expected actions; empty where nothing differs.
    """
    expected = expected_of(reference)
    if expected is None:
        return None
    due = defaultdict[str, list[_Arguments]](list)
    for call in expected.calls:
        if not only_reads(call.tool):
            due[call.tool].append(call.arguments)
    made = _writes_made(trace, due)
    tools = sorted(due.keys() | made.keys())
    shown = {*trace.tools, *(step.name for step in trace.steps)}
    found = [each for tool in tools for each in _of_tool(tool, due.get(tool, []), made.get(tool, []), shown)]
    return (*found, *_unsaid(trace, expected))


def _writes_made(trace: Trace, due: Mapping[str, Sequence[_Arguments]]) -> dict[str, list[_Arguments]]:
    made = defaultdict[str, list[_Arguments]](list)
    for step in trace.steps:
        if step.kind != "tool_call" or not step.name or _failed(trace, step):
            continue
        if step.name in due or changes_state(step.name):
            made[step.name].append(step.arguments or {})
    return made


def _failed(trace: Trace, call: Step) -> bool:
    return call.pair is not None and trace.steps[call.pair].is_error


def _of_tool(
    tool: str, due: list[_Arguments], made: list[_Arguments], shown: Collection[str | None]
) -> Iterator[Difference]:
    pairs = _matched(tool, due, made)
    for wanted, given in pairs:
        for name in _wrong_arguments(tool, due[wanted], made[given]):
            yield Difference(kind="wrong argument", where=f"{tool}: {name if name in made[given] else _LEFT_OUT}")
    for _ in range(len(due) - len(pairs)):
        yield Difference(kind="missing write", where=tool if tool in shown else _NOT_SHOWN)
    for _ in range(len(made) - len(pairs)):
        yield Difference(kind="extra write", where=tool)


def _matched(tool: str, due: Sequence[_Arguments], made: Sequence[_Arguments]) -> list[tuple[int, int]]:
    """Pairs of calls of one tool, those with the fewest wrong arguments first, each call once."""
    ranked = sorted(
        (len(_wrong_arguments(tool, wanted, given)), i, k)
        for i, wanted in enumerate(due)
        for k, given in enumerate(made)
    )
    pairs: dict[int, int] = {}
    taken = set[int]()
    for _, i, k in ranked:
        if i not in pairs and k not in taken:
            pairs[i] = k
            taken.add(k)
    return sorted(pairs.items())


def _wrong_arguments(tool: str, due: _Arguments, made: _Arguments) -> list[str]:
    """Names of the arguments that differ; leaving out one that is due empty is the same as giving it empty."""
    names = sorted(due.keys() | made.keys())
    hands_off = is_handoff(tool)
    return [
        name
        for name in names
        if not _agrees(_plain(due.get(name)), _plain(made.get(name))) and not (hands_off and _is_prose(made.get(name)))
    ]


def _plain(value: JsonValue) -> JsonValue:
    return None if value in ("", [], {}) else value


def _is_prose(value: JsonValue) -> bool:
    return isinstance(value, str) and len(value.split()) >= _PROSE_WORDS


def _agrees(due: JsonValue, made: JsonValue) -> bool:
    """Whether a value is the one that is due, but for fields of objects that the reference does not name."""
    if isinstance(due, dict) and isinstance(made, dict):
        return all(_agrees(value, made.get(name)) for name, value in due.items())
    if isinstance(due, list) and isinstance(made, list):
        return len(due) == len(made) and all(map(_agrees, due, made))
    return same(due, made)


def _unsaid(trace: Trace, expected: Expected) -> Iterator[Difference]:
    said = "\n".join(step.text for step in trace.steps if step.kind == "assistant")
    for number, spellings in enumerate(expected.said, start=1):
        if not states(said, spellings):
            yield Difference(kind="missing output", where=f"fact {number} of {len(expected.said)}")
