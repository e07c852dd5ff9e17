"""Pieces of work side by side: one that fails is a note, a spent budget ends it, all others are finished."""

import asyncio

import pytest

from seasoned.core.skillbook import Skillbook
from seasoned.errors import BudgetExceeded, ProviderError, StoreError
from seasoned.learn.learner import LearnContext, Progress
from seasoned.learn.rounds import Rounds, in_rounds
from seasoned.llm.testing import TestModel


def done(pieces: list[int], fails: dict[int, Exception], told: list[Progress] | None = None) -> Rounds[int]:
    async def work(piece: int) -> int:
        await asyncio.sleep(0)
        if piece in fails:
            raise fails[piece]
        return piece * piece

    context = LearnContext(
        model=TestModel([]), book=Skillbook(name="b"), on_progress=lambda p: None if told is None else told.append(p)
    )
    return asyncio.run(in_rounds(pieces, work, context, unit="pairs", concurrency=1))


def test_results_come_in_the_order_of_the_pieces_and_progress_is_told() -> None:
    told: list[Progress] = []
    assert done([3, 1, 2], {}, told) == Rounds((9, 1, 4), (), 0)
    assert [(p.done, p.total, p.unit) for p in told] == [(1, 3, "pairs"), (2, 3, "pairs"), (3, 3, "pairs")]


def test_a_piece_that_fails_is_a_note_and_the_others_go_on() -> None:
    rounds = done([1, 2, 3], {2: ProviderError("the model is away")})
    assert rounds.results == (1, 9)
    assert rounds.n_undone == 1
    assert rounds.notes == ("1 of 3 pairs failed: the model is away",)


def test_a_spent_budget_ends_the_work_and_says_how_much_is_left() -> None:
    rounds = done([1, 2, 3], {2: BudgetExceeded("the budget of 1 calls does not allow another call")})
    assert rounds.results == (1,)
    assert rounds.n_undone == 2
    assert "2 of 3 pairs not done: the budget of 1 calls" in rounds.notes[0]


def test_no_pieces_are_no_work() -> None:
    assert done([], {}) == Rounds((), (), 0)


def test_calls_that_cannot_be_written_down_end_everything() -> None:
    with pytest.raises(StoreError, match="disk"):
        done([1, 2], {1: StoreError("the disk is full")})
