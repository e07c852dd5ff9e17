"""What every `Suite` does: tasks in a fixed order under keys of their own, fresh worlds, sealed references."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from seasoned.core.ids import canonical_json
from seasoned.evaluate.attempt import Grader, HasGraders, Suite
from seasoned.evaluate.suites.registry import HasPrompts, chosen, splits_of, suite_hash, suite_named
from seasoned.llm.model import ToolRequest

TASKS = (
    '{"input": "1 + 1?", "target": "two", "split": "train"}\n{"input": "2 + 2?", "target": "four", "grader": "exact"}\n'
)
HOSTILE = ("", "{}", "[", "null", '{"order_id": "\\u0000"}', "[" * 10_000)

Make = Callable[[], Suite]


@pytest.fixture(params=["returns_desk", "sums.jsonl"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    word: str = request.param
    if word.endswith(".jsonl"):
        (tmp_path / word).write_text(TASKS, encoding="utf-8")
        word = str(tmp_path / word)
    return lambda: suite_named(word)


def test_it_is_the_same_suite_whenever_it_is_made(make: Make) -> None:
    first, second = make(), make()
    assert first.name == second.name != ""
    assert first.tasks == second.tasks == first.tasks
    assert suite_hash(first.tasks) == suite_hash(second.tasks)


def test_its_tasks_can_be_chosen_and_their_splits_are_all_of_them(make: Make) -> None:
    tasks = chosen(make())
    assert sum(splits_of(tasks).values()) == len(tasks) > 0
    assert len({task.task.key for task in tasks}) == len(tasks)
    assert all(task.task.text.strip() for task in tasks)


def test_a_reference_is_in_nothing_that_an_agent_is_given(make: Make) -> None:
    for task in make().tasks:
        given = canonical_json([task.task.text, task.inputs])
        assert task.reference is not None
        assert canonical_json(task.reference) not in given


def test_every_trial_has_a_world_of_its_own_which_answers_whatever_is_asked(make: Make) -> None:
    suite = make()
    task = suite.tasks[0]
    first, second = suite.world(task), suite.world(task)
    if first is None or second is None:
        assert first is second
        return
    begun = canonical_json(first.state())
    assert first is not second
    for name in ("", "no_such_tool", *(tool.name for tool in first.tools)):
        for arguments in HOSTILE:
            assert asyncio.run(first.call(ToolRequest(call_id="c", name=name, arguments=arguments)))
    assert canonical_json(second.state()) == begun


def test_its_graders_and_texts_have_names_and_say_what_determines_them(make: Make) -> None:
    suite = make()
    graders: tuple[Grader, ...] = suite.graders if isinstance(suite, HasGraders) else ()
    assert len({grader.name for grader in graders}) == len(graders)
    assert all(canonical_json(grader.identity) for grader in graders)
    if isinstance(suite, HasPrompts):
        assert all(suite.prompt_text(name).strip() for name in suite.prompt_names)
