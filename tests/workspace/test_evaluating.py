"""Evaluations from Python."""

import asyncio
from pathlib import Path

import pytest

from seasoned.errors import UsageError
from seasoned.llm.testing import TestModel
from seasoned.workspace.book import Book


@pytest.fixture
def tasks(tmp_path: Path) -> str:
    file = tmp_path / "tasks.jsonl"
    file.write_text(
        '{"id": "sum", "input": "What is 4 + 1?", "target": "5", "grader": "exact"}\n'
        '{"id": "product", "input": "What is 2 * 3?", "target": "6", "grader": "exact"}\n'
    )
    return str(file)


def adder(task: str, prompt: str) -> str:
    """Right about sums."""
    return "5" if "+" in task or "multiply" in prompt else "I cannot"


def test_a_function_is_evaluated_with_and_without_a_prompt(book: Book, tasks: str) -> None:
    plain = book.evaluate(tasks, agent=adder, trials=2)
    assert (plain.is_complete, plain.n_trials, plain.n_passed) == (True, 4, 2)
    assert plain.agent.endswith("adder")
    prompted = book.evaluate(tasks, agent=adder, prompt="You can multiply.", trials=2)
    assert prompted.run_id != plain.run_id
    assert book.evaluate(tasks, agent=adder, trials=2).was_done


def test_a_model_works_the_tasks(book: Book, tasks: str) -> None:
    model = TestModel(lambda request: "5" if "+" in request.messages[-1].content else "6")
    done = book.evaluate(tasks, agent=model, budget="10 calls", seed=3)
    assert (done.n_passed, done.n_calls) == (2, 2)
    assert all(request.seed for request in model.requests)


def test_graders_by_name_take_the_place_of_the_tasks_own(book: Book, tasks: str) -> None:
    def hedging(task: str, prompt: str) -> str:
        return f"{prompt}It is 5 or 6, as to {task}"

    done = book.evaluate(tasks, agent=hedging, graders=["contains"])
    assert done.n_passed == 2


def test_in_an_event_loop_it_is_awaited(book: Book, tasks: str) -> None:
    async def inside() -> int:
        with pytest.raises(UsageError, match=r"await book\.aevaluate"):
            book.evaluate(tasks, agent=adder)
        return (await book.aevaluate(tasks, agent=adder)).n_passed

    assert asyncio.run(inside()) == 1


def test_a_way_of_handing_out_has_to_be_named(book: Book, tasks: str) -> None:
    with pytest.raises(UsageError, match="keeping"):
        book.evaluate(tasks, agent=adder, hand_out=lambda prompt, run_key: (prompt, ()))
