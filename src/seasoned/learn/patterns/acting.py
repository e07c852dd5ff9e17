"""What goes wrong in a run's tool calls: functions from a trace to the steps that show it, a tuple for an occurrence.

They read canonical steps and never those that we injected; they know nothing of verdicts and raise nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from seasoned.core.ids import canonical_json
from seasoned.core.trace import Step, Trace
from seasoned.learn.patterns.intent import assents, changes_state, ends_run, is_handoff
from seasoned.learn.patterns.reading import Indexed, is_tool_error, own_steps, tool_calls, tool_name, with_call
from seasoned.retrieve.lexical import words

MIN_REPEATS = 3
"""Identical calls anywhere in a run, from which on they count although other calls stand between them."""

MAX_CYCLE_CALLS = 6
"""Longest cycle of calls that counts as a loop."""

MAX_COMPARED_CHARS = 5_000
"""Of a call's text, to see whether it is a changed version of an earlier one."""

LEAST_SHARED = 0.3
"""Share of the words of both calls that they have in common, from which on the later one is a retry."""


def unrecovered(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the last error of each tool that never worked afterwards, with its call."""
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


def repeated(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the calls that are the same."""
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


def loops(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the calls of the loop, the first ones of a long one."""
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


def cut_off(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the last thing that happened."""
    spoken = [(i, s) for i, s in own_steps(trace) if s.kind not in ("system", "thought", "image")]
    if not spoken:
        return
    index, last = spoken[-1]
    if last.kind == "error" or (last.kind in ("tool_call", "tool_result") and not ends_run(tool_name(trace, last))):
        yield (index,) if last.kind == "tool_call" else with_call(trace, index)


def unconfirmed_writes(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the user's last message and the call that it did not agree to."""
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


def handoffs(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the call that hands over."""
    yield from ((index,) for index, step in tool_calls(trace) if is_handoff(step.name or ""))


def unparsed(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the call."""
    calls = tool_calls(trace)
    structured = {step.name for _, step in calls if step.arguments is not None}
    for index, step in calls:
        given = step.text.partition("(")[2].removesuffix(")").strip()
        if step.arguments is None and (given.startswith("{") or (given and step.name in structured)):
            yield (index,)


def unknown_tools(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the call."""
    if trace.tools:
        known = frozenset(trace.tools)
        yield from ((index,) for index, step in tool_calls(trace) if step.name and step.name not in known)


def retried(trace: Trace) -> Iterator[tuple[int, ...]]:
    """Cites the error, the call that came after it, and that call's result: together they show what the fix was."""
    errors: dict[str, tuple[int, Step]] = {}
    for index, step in own_steps(trace):
        if is_tool_error(step) and step.pair is not None:
            errors[tool_name(trace, step)] = (index, trace.steps[step.pair])
        elif step.kind == "tool_call" and step.name in errors:
            error, before = errors.pop(step.name)
            if _is_another_try(before, step):
                yield (error, index) if step.pair is None else (error, index, step.pair)


def _is_another_try(before: Step, after: Step) -> bool:
    """Whether a call does again what another did, with a change; a shell's next command is no retry of the last one."""
    if _signature(before) == _signature(after):
        return False
    old, new = (set(words(_given(step))) for step in (before, after))
    return len(old & new) >= LEAST_SHARED * len(old | new)


def _given(step: Step) -> str:
    """What a call was given, without the names of the arguments, which are the same in any call of the tool."""
    given = step.text if step.arguments is None else canonical_json(list(step.arguments.values())).decode()
    return given[:MAX_COMPARED_CHARS]
