"""Deterministic detectors of things that go wrong in a run: each looks at one trace and cites what it saw.

They read the canonical steps and nothing else, never steps that hold what we injected, and know nothing of verdicts:
whether an occurrence matters is for `learn.patterns` to count and for a person to judge. They raise nothing; a trace
without steps has no occurrences.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.ids import canonical_json
from seasoned.core.trace import Step, Trace
from seasoned.core.value import Value
from seasoned.learn.patterns.intent import assents, changes_state, ends_run, is_handoff

MAX_QUOTE_CHARS = 200
"""A longer step is cited by its beginning."""

MIN_REPEATS = 3
"""Identical calls anywhere in a run, from which on they count although other calls stand between them."""

MAX_CYCLE_CALLS = 6
"""Longest cycle of calls that counts as a loop."""

Indexed = tuple[int, Step]


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


def own_steps(trace: Trace) -> list[Indexed]:
    """The steps that the run itself produced, with their indexes."""
    return [(index, step) for index, step in enumerate(trace.steps) if not step.injected]


def tool_calls(trace: Trace) -> list[Indexed]:
    """The run's own tool calls, with their indexes."""
    return [(index, step) for index, step in own_steps(trace) if step.kind == "tool_call"]


def tool_name(trace: Trace, step: Step) -> str:
    """The tool of a call or of a result, from the paired step where the step itself does not say; else empty."""
    if step.name:
        return step.name
    return (trace.steps[step.pair].name or "") if step.pair is not None else ""


def is_tool_error(step: Step) -> bool:
    """Whether a step says that a tool call failed."""
    return (step.kind == "tool_result" and step.is_error) or (step.kind == "error" and step.pair is not None)


def with_call(trace: Trace, result: int) -> tuple[int, ...]:
    """The index of a result after that of its call, where it has one."""
    call = trace.steps[result].pair
    return (result,) if call is None else (call, result)


def _unrecovered(trace: Trace) -> Iterator[tuple[int, ...]]:
    errors: dict[str, int] = {}
    for index, step in own_steps(trace):
        if is_tool_error(step):
            errors[tool_name(trace, step)] = index
        elif step.kind == "tool_result":
            errors.pop(tool_name(trace, step), None)
    for name, index in errors.items():
        if name:
            yield with_call(trace, index)


def _signature(step: Step) -> bytes:
    arguments = step.text if step.arguments is None else step.arguments
    return canonical_json([step.name, arguments])


def _turns(trace: Trace) -> Iterator[list[Indexed]]:
    """The tool calls between one user message and the next: a new request may rightly start the same calls over."""
    turn: list[Indexed] = []
    for index, step in own_steps(trace):
        if step.kind == "tool_call":
            turn.append((index, step))
        elif step.kind == "user" and turn:
            yield turn
            turn = []
    if turn:
        yield turn


def _repeated(trace: Trace) -> Iterator[tuple[int, ...]]:
    places: dict[bytes, list[int]] = defaultdict(list)
    consecutive: dict[bytes, tuple[int, ...]] = {}
    for turn in _turns(trace):
        signed = [(index, _signature(step)) for index, step in turn]
        for index, signature in signed:
            places[signature].append(index)
        for (before, first), (after, second) in pairwise(signed):
            if first == second:
                consecutive.setdefault(first, (before, after))
    for signature, indexes in places.items():
        if len(indexes) >= MIN_REPEATS:
            yield tuple(indexes[:MIN_REPEATS])
        elif signature in consecutive:
            yield consecutive[signature]


def _loops(trace: Trace) -> Iterator[tuple[int, ...]]:
    for turn in _turns(trace):
        signatures = [_signature(step) for _, step in turn]
        start = 0
        while start < len(turn):
            end = _loop_end(signatures, start)
            if end > start:
                yield tuple(index for index, _ in turn[start:end])[: 2 * MAX_CYCLE_CALLS]
            start = max(end, start + 1)


def _loop_end(signatures: Sequence[bytes], start: int) -> int:
    """The end of the loop that begins here, or `start` where none does."""
    for length in range(2, MAX_CYCLE_CALLS + 1):
        cycle = signatures[start : start + length]
        end = start + length
        while signatures[end : end + length] == cycle:
            end += length
        if end > start + length and len(set(cycle)) > 1:
            return end
    return start


def _cut_off(trace: Trace) -> Iterator[tuple[int, ...]]:
    spoken = [(i, s) for i, s in own_steps(trace) if s.kind not in ("system", "thought", "image")]
    if not spoken:
        return
    index, last = spoken[-1]
    if last.kind == "error" or (last.kind in ("tool_call", "tool_result") and not ends_run(tool_name(trace, last))):
        yield (index,) if last.kind == "tool_call" else with_call(trace, index)


def _unconfirmed_writes(trace: Trace) -> Iterator[tuple[int, ...]]:
    steps = own_steps(trace)
    # Words that come when the agent is done (a reviewer's, say) do not make a conversation of a ticket.
    last_act = max((index for index, step in steps if step.kind in ("assistant", "tool_call")), default=-1)
    if sum(step.kind == "user" and index < last_act for index, step in steps) < 2:
        return
    last_user: int | None = None
    has_spoken = in_user_turn = confirmed = False
    for index, step in steps:
        if step.kind == "user":
            agrees = has_spoken and assents(step.text)
            confirmed = agrees or (in_user_turn and confirmed)
            last_user, in_user_turn = index, True
            continue
        in_user_turn = False
        has_spoken = has_spoken or (step.kind == "assistant" and bool(step.text.strip()))
        if step.kind == "tool_call" and changes_state(step.name or "") and not confirmed:
            yield (index,) if last_user is None else (last_user, index)


def _handoffs(trace: Trace) -> Iterator[tuple[int, ...]]:
    yield from ((index,) for index, step in tool_calls(trace) if is_handoff(step.name or ""))


def _unparsed(trace: Trace) -> Iterator[tuple[int, ...]]:
    calls = tool_calls(trace)
    structured = {step.name for _, step in calls if step.arguments is not None}
    for index, step in calls:
        given = step.text.partition("(")[2].removesuffix(")").strip()
        if step.arguments is None and (given.startswith("{") or (given and step.name in structured)):
            yield (index,)


def _unknown_tools(trace: Trace) -> Iterator[tuple[int, ...]]:
    if trace.tools:
        known = frozenset(trace.tools)
        yield from ((index,) for index, step in tool_calls(trace) if step.name and step.name not in known)


def _empty_replies(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites what was left without an answer, since an empty step has no text to quote."""
    steps = [(i, s) for i, s in own_steps(trace) if s.kind != "system"]
    for place, (_, step) in enumerate(steps):
        following = steps[place + 1][1].kind if place + 1 < len(steps) else "user"
        if step.kind == "assistant" and not step.text.strip() and following == "user":
            before = [index for index, earlier in steps[:place] if earlier.text.strip()]
            yield tuple(before[-1:])


DETECTORS: tuple[Detector, ...] = (
    Detector(
        name="tool error then no recovery",
        description="A tool returned an error and no later call of the same tool succeeded.",
        find=_unrecovered,
    ),
    Detector(
        name="identical repeated call",
        description="The same tool was called with the same arguments twice in a row, or three times in the run.",
        find=_repeated,
    ),
    Detector(
        name="loop",
        description="A cycle of two or more calls was repeated with the same arguments within one user turn.",
        find=_loops,
    ),
    Detector(
        name="cut off",
        description="The run ends with a tool call, its result or an error, without a reply: a step limit or a crash.",
        find=_cut_off,
    ),
    Detector(
        name="write without confirmation",
        description="In a conversation, a call that by its name changes something did not follow the user's agreement.",
        find=_unconfirmed_writes,
    ),
    Detector(
        name="handoff",
        description="The agent gave the conversation to a person or to another agent.",
        find=_handoffs,
    ),
    Detector(
        name="arguments that do not parse",
        description="A tool was called with arguments that are not a JSON object.",
        find=_unparsed,
    ),
    Detector(
        name="unknown tool",
        description="A tool was called that the agent had not been offered.",
        find=_unknown_tools,
    ),
    Detector(
        name="empty reply",
        description="The agent answered with nothing.",
        find=_empty_replies,
    ),
)
"""In the order in which they are reported."""
