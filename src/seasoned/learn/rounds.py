"""Pieces of a learner's work done side by side: progress told, a failed piece a note, a spent budget the end of it.

Raises `StoreError` and `SandboxError`; a provider that fails and a budget that is spent are told in the result.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.learner import LearnContext

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def even_parts(pieces: Sequence[Piece], size: int) -> list[tuple[Piece, ...]]:
    """The pieces in parts of at most `size`, as even as may be, so that none is left alone where it need not be.

    Each part takes every n-th piece, so that pieces that stand together go to different parts.
    """
    n = -(-len(pieces) // size)
    return [tuple(pieces[k::n]) for k in range(n)]


@dataclass(frozen=True)
class Rounds(Generic[Result]):
    """What came of the pieces."""

    results: tuple[Result, ...]
    """Of those that were finished, in the order of the pieces."""
    notes: tuple[str, ...]
    """Why the others were not."""
    n_undone: int
    """Pieces without a result."""


async def in_rounds(
    pieces: Sequence[Piece],
    work: Callable[[Piece], Awaitable[Result]],
    context: LearnContext,
    *,
    unit: str,
    concurrency: int,
) -> Rounds[Result]:
    """Do the work on every piece.

    Args:
        pieces: What to do.
        work: Done once for each; the pieces do not depend on each other.
        context: Is told the progress.
        unit: What a piece is called, in the plural, such as `groups`.
        concurrency: Pieces at once.
    """
    slots = asyncio.Semaphore(concurrency)
    results, problems, spent = dict[int, Result](), dict[int, str](), list[str]()

    async def one(place: int, piece: Piece) -> None:
        async with slots:
            if spent:
                return
            try:
                results[place] = await work(piece)
            except BudgetExceeded as error:
                spent.append(str(error))
            except ProviderError as error:
                problems[place] = str(error)
        context.tell(len(results) + len(problems), len(pieces), unit)

    await _all_or_none([asyncio.ensure_future(one(place, piece)) for place, piece in enumerate(pieces)])
    in_order = tuple(results[place] for place in sorted(results))
    return Rounds(in_order, _notes(problems, spent, len(pieces), len(results), unit), len(pieces) - len(results))


async def _all_or_none(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Wait for all; where one raises, the others are over before it goes on."""
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _notes(problems: Mapping[int, str], spent: Sequence[str], n_pieces: int, n_done: int, unit: str) -> tuple[str, ...]:
    notes = [f"{len(problems)} of {n_pieces} {unit} failed: {why}" for why in dict.fromkeys(problems.values())][:3]
    if spent:
        n_left = n_pieces - n_done - len(problems)
        notes.append(f"the work stopped with {n_left} of {n_pieces} {unit} not done: {spent[0]}")
    return tuple(notes)
