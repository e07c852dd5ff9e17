"""The marks between which an agent is shown an example, and what stands between them in the traces that come back.

A mark names its exemplar, so that only what we showed is taken for ours: a mark whose id nobody knows, and one without
its end, is text like any other. Nothing that an agent or a tool says opens or closes an example; a system step may open
one only where nothing but system and user steps follow up to its end, and a user's message may hold a whole
conversation between its mark and the closing one, if the agent did nothing before it but in examples: later on, whoever
saw a mark could hide by it what comes next. Pure; linear in the text; raises nothing.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from seasoned.core.prompt import EXAMPLES_HEADING, EXAMPLES_INTRODUCTION

ACKNOWLEDGED = "Understood."
"""What the agent answers behind examples that are messages, so that the real user's turn comes next."""

GIVEN = frozenset({"system", "user"})
"""Kinds of steps in which a mark counts."""

_MARK = re.compile(r"\[(?P<end>end of )?example (?P<id>exemplar-[0-9a-f]{16})\]")
"""JSON and XML leave it as it is."""
_LIKE_A_MARK = re.compile(r"\[(?=(?:end\s+of\s+)?example)", re.IGNORECASE)

Span = tuple[int, int]
"""Offsets of the first character and behind the last one, in a text."""


def begin_mark(exemplar_id: str) -> str:
    """What stands before an example that is shown to an agent."""
    return f"[example {exemplar_id}]"


def end_mark(exemplar_id: str) -> str:
    """What stands behind it."""
    return f"[end of example {exemplar_id}]"


def marked_id(text: str) -> str | None:
    """The exemplar whose opening mark a text is; None for any other text."""
    found = _MARK.fullmatch(text)
    return None if found is None or found["end"] else found["id"]


def without_marks(text: str) -> str:
    """Text from outside in which no mark of ours can stand: anything like one is broken up by a space."""
    return _LIKE_A_MARK.sub("[ ", text)


class _Mark(NamedTuple):
    piece: int
    start: int
    end: int
    exemplar_id: str
    is_end: bool


def example_spans(
    pieces: Sequence[tuple[str, str]], is_known: Callable[[str], bool] = lambda _: True
) -> dict[int, tuple[Span, ...]]:
    """Where examples stand in the steps of a run, marks included, by index; in order.

    Args:
        pieces: Kind and text of each step, in order.
        is_known: Whether an exemplar of this id was ever there to be shown.
    """
    marks = [mark for n, (kind, text) in enumerate(pieces) if kind in GIVEN for mark in _marks(n, text, is_known)]
    ends: defaultdict[str, list[int]] = defaultdict(list)
    for number, mark in enumerate(marks):
        if mark.is_end:
            ends[mark.exemplar_id].append(number)
    n_others = [0, *accumulate(kind not in GIVEN for kind, _ in pieces)]
    found: defaultdict[int, list[Span]] = defaultdict(list)
    number = n_shown = 0
    while number < len(marks):
        end = _end_of(number, marks, ends)
        if end is None or not _reaches(marks[number], marks[end], pieces, n_others, n_shown):
            number += 1
            continue
        for piece, span in _between(marks[number], marks[end], pieces):
            found[piece].append(span)
            n_shown += pieces[piece][0] not in GIVEN
        number = end + 1
    return {piece: tuple(spans) for piece, spans in found.items()}


def shown_in(pieces: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The ids of the examples that stand in the steps of a run, as their opening marks say.

    Args:
        pieces: Kind and text of each step, in order.
    """
    spans = example_spans(pieces)
    opened = (mark for n in spans for mark in _marks(n, pieces[n][1], lambda _: True) if not mark.is_end)
    return frozenset(mark.exemplar_id for mark in opened)


def outside_examples(pieces: Sequence[tuple[str, str]]) -> list[str]:
    """The texts of steps without the examples in them; unchanged where no step holds one.

    Args:
        pieces: Kind and text of each step, in order.
    """
    spans = example_spans(pieces)
    return [_outside(text, spans[n]) if n in spans else text for n, (_, text) in enumerate(pieces)]


def _outside(text: str, spans: Sequence[Span]) -> str:
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    kept = "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
    return kept.replace(f"{EXAMPLES_HEADING}\n\n{EXAMPLES_INTRODUCTION}", "").replace(EXAMPLES_INTRODUCTION, "").strip()


def _marks(piece: int, text: str, is_known: Callable[[str], bool]) -> list[_Mark]:
    if "exemplar-" not in text:
        return []
    found = (_Mark(piece, *m.span(), m["id"], m["end"] is not None) for m in _MARK.finditer(text))
    return [mark for mark in found if is_known(mark.exemplar_id)]


def _end_of(number: int, marks: Sequence[_Mark], ends: dict[str, list[int]]) -> int | None:
    """The number of the next closing mark of an opening one."""
    if marks[number].is_end:
        return None
    of_it = ends.get(marks[number].exemplar_id, [])
    at = bisect_right(of_it, number)
    return of_it[at] if at < len(of_it) else None


def _reaches(
    begin: _Mark, end: _Mark, pieces: Sequence[tuple[str, str]], n_others: Sequence[int], n_shown: int
) -> bool:
    """Whether the marks belong together; `n_shown` of the steps before them are an agent's or a tool's in examples."""
    if n_others[end.piece] == n_others[begin.piece]:
        return True
    return pieces[begin.piece][0] == "user" and n_others[begin.piece] == n_shown


def _between(begin: _Mark, end: _Mark, pieces: Sequence[tuple[str, str]]) -> list[tuple[int, Span]]:
    if begin.piece == end.piece:
        return [(begin.piece, (begin.start, end.end))]
    spans = [(begin.piece, (begin.start, len(pieces[begin.piece][1])))]
    spans += [(piece, (0, len(pieces[piece][1]))) for piece in range(begin.piece + 1, end.piece)]
    spans.append((end.piece, (0, end.end)))
    behind = end.piece + 1
    if behind < len(pieces) and pieces[behind][0] == "assistant" and pieces[behind][1].strip() == ACKNOWLEDGED:
        spans.append((behind, (0, len(pieces[behind][1]))))
    return spans
