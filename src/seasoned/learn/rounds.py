"""Pieces of a learner's work done side by side: progress told, a failed piece a note, a spent budget the end of it.

Raises `StoreError` and `SandboxError`; a provider that fails and a budget that is spent are told in the result.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from seasoned.errors import BudgetExceeded, ProviderError
from seasoned.learn.learner import LearnContext, Progress

Piece = TypeVar("Piece")
Result = TypeVar("Result")


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
    results: dict[int, Result] = {}
    problems: dict[int, str] = {}
    spent: list[str] = []

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
        totals = context.account.totals
        done = Progress(
            done=len(results) + len(problems),
            total=len(pieces),
            unit=unit,
            n_calls=totals.n_calls,
            cost_usd=totals.cost_usd,
        )
        context.on_progress(done)

    tasks = [asyncio.ensure_future(one(place, piece)) for place, piece in enumerate(pieces)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    n_undone = len(pieces) - len(results)
    notes = [f"{len(problems)} of {len(pieces)} {unit} failed: {why}" for why in dict.fromkeys(problems.values())][:3]
    if spent:
        notes.append(f"the work stopped with {n_undone - len(problems)} of {len(pieces)} {unit} not done: {spent[0]}")
    return Rounds(tuple(results[place] for place in sorted(results)), tuple(notes), n_undone)
