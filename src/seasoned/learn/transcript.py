"""A run as lines of JSON that fit a question: what tools returned is cut first, the longest of it most.

Pure; raises nothing.
"""

import json
from collections.abc import Mapping, Sequence

from seasoned.core.text import shortened
from seasoned.core.trace import Trace
from seasoned.learn.injected import NOTHING, HandedOut

TASK_CHARS = 2_000
FEEDBACK_CHARS = 1_000
LEAST_CHARS = 200
"""Of a step that is cut, so much of its beginning stays at least, while there is room for it."""
_LINE_CHARS = 60
"""Of a step's line beside its text."""


def verdict(trace: Trace) -> str:
    """The word for how the run ended."""
    return {True: "passed", False: "failed", None: "unknown"}[trace.verdict]


def head_of(trace: Trace, ours: HandedOut = NOTHING) -> dict[str, str]:
    """What was asked and how it ended, as whoever judged it says."""
    head = {"task": shortened(ours.without(trace.task.text), TASK_CHARS), "outcome": verdict(trace)}
    if trace.outcome is not None and trace.outcome.feedback:
        head["feedback"] = shortened(trace.outcome.feedback, FEEDBACK_CHARS)
    return head


def run_lines(
    trace: Trace, max_chars: int, ours: HandedOut = NOTHING, instead: Mapping[int, str] | None = None
) -> list[str]:
    """The steps of a run, one JSON object a line, in about so many characters.

    Args:
        trace: The run.
        max_chars: Upper bound on the characters of all lines, before JSON escapes them.
        ours: What agents were handed, which is withheld.
        instead: By step, what stands in the place of its text.
    """
    instead = instead or {}
    texts = [instead.get(index) or ours.shown(trace, index) for index in range(len(trace.steps))]
    left = max_chars - _LINE_CHARS * len(texts)
    returned = [step.kind == "tool_result" for step in trace.steps]
    said = sum(len(text) for text, is_returned in zip(texts, returned, strict=True) if not is_returned)
    most_returned = _level([len(t) for t, r in zip(texts, returned, strict=True) if r], left - said)
    least = max(LEAST_CHARS, most_returned)
    n_returned = sum(min(len(text), least) for text, r in zip(texts, returned, strict=True) if r)
    most_said = max(
        LEAST_CHARS, _level([len(t) for t, r in zip(texts, returned, strict=True) if not r], left - n_returned)
    )
    lines = [
        _line(trace, index, text, least if is_returned else most_said)
        for index, (text, is_returned) in enumerate(zip(texts, returned, strict=True))
    ]
    return _without_middle(lines, max_chars)


def _level(lengths: Sequence[int], budget: int) -> int:
    """The largest length to which all can be cut so that they fit together; at least 0."""
    left = budget
    ordered = sorted(lengths)
    for n_before, length in enumerate(ordered):
        even = left // (len(ordered) - n_before)
        if length > even:
            return max(0, even)
        left -= length
    return max(ordered, default=0)


def _line(trace: Trace, index: int, text: str, max_chars: int) -> str:
    step = trace.steps[index]
    line: dict[str, object] = {"step": index, "kind": step.kind}
    if step.name:
        line["name"] = step.name[:_LINE_CHARS]
    if step.is_error:
        line["failed"] = True
    line["text"] = text[:max_chars]
    if len(text) > max_chars:
        line["characters left out here"] = len(text) - max_chars
    return json.dumps(line, ensure_ascii=False)


def _without_middle(lines: list[str], max_chars: int) -> list[str]:
    """The lines, or of too many the first and the last ones and how many are left out between them."""
    # JSON may double what it escapes, and a run of very many short steps cannot be cut within them.
    bound = 2 * max_chars
    if sum(map(len, lines)) <= bound:
        return lines
    head, tail = _fitting(lines, bound // 2), _fitting(lines[::-1], bound // 2)[::-1]
    n_left_out = len(lines) - len(head) - len(tail)
    return [*head, json.dumps({"steps left out here": n_left_out}), *tail]


def _fitting(lines: Sequence[str], max_chars: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        max_chars -= len(line)
        if max_chars < 0:
            break
        kept.append(line)
    return kept
