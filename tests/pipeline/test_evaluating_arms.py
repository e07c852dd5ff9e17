"""Arms of a comparison: each a run of its own, one account for all, and no arm begun that could not be finished."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from seasoned.errors import UsageError
from seasoned.evaluate.agents.model import ModelAgent, ModelAgentConfig
from seasoned.evaluate.suites.registry import chosen, suite_named
from seasoned.learn.learner import Progress
from seasoned.llm.budget import Budget
from seasoned.llm.model import Reply, Request
from seasoned.llm.testing import TestModel
from seasoned.pipeline.evaluating import evaluate_sync
from seasoned.pipeline.evaluating_arms import evaluate_arms, evaluate_arms_sync
from seasoned.pipeline.evaluation.options import EvaluateOptions
from seasoned.store.store import Store
from tests.pipeline.evaluation.desk import Answer, Scripted, down, in_turn, options, right


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:") as opened:
        yield opened


def arms(agent: Scripted, **more: Any) -> list[EvaluateOptions]:
    """The agent without a prompt, then with one."""
    bare = options(agent, **more)
    return [bare, replace(bare, prompt="Be careful.")]


def test_each_arm_is_the_run_that_it_would_be_alone(store: Store) -> None:
    agent = Scripted(right)
    both = arms(agent)
    alone = evaluate_sync(store, both[1])
    bare, careful = evaluate_arms_sync(store, both)
    assert (careful.run_id, careful.was_done, bare.was_done) == (alone.run_id, True, False)
    assert len(agent.attempts) == 6
    seeds = [[each.seed for each in agent.attempts if each.prompt == arm.prompt] for arm in both]
    assert seeds[0] == seeds[1]


def test_the_budget_is_that_of_all_arms_together(store: Store) -> None:
    agent = Scripted(right)
    bare, careful = evaluate_arms_sync(store, arms(agent, budget=Budget(max_calls=4)))
    assert (bare.is_complete, careful.is_complete, careful.n_trials) == (True, False, 1)
    bare, careful = evaluate_arms_sync(store, arms(agent, budget=Budget(max_calls=2)))
    assert (bare.was_done, careful.is_complete, careful.n_trials, len(agent.attempts)) == (True, True, 3, 6)


def test_an_arm_that_is_cut_off_leaves_the_later_ones_unbegun(store: Store) -> None:
    (bare,) = evaluate_arms_sync(store, arms(Scripted(right), budget=Budget(max_calls=2)))
    assert (bare.is_complete, bare.n_trials) == (False, 2)
    assert len(store.runs.all()) == 1


def test_a_single_trial_that_cannot_be_reached_leaves_no_arm_out(store: Store) -> None:
    answers: list[Answer] = [*down(1)]
    bare, careful = evaluate_arms_sync(store, arms(Scripted(in_turn(answers)), n_retries=0))
    assert (bare.is_complete, bare.n_unreachable, careful.is_complete) == (False, 1, True)


def test_progress_is_that_of_all_arms(store: Store) -> None:
    told: list[Progress] = []
    evaluate_arms_sync(store, arms(Scripted(right), on_progress=told.append))
    assert ([each.done for each in told], {each.total for each in told}) == ([0, 1, 2, 3, 3, 4, 5, 6], {6})


def test_calls_of_a_model_are_counted_for_each_arm(store: Store) -> None:
    def answers(_: Request) -> Reply:
        return Reply(content="Done.")

    told: list[Progress] = []
    suite, agent = suite_named("returns_desk"), ModelAgent(TestModel(answers), ModelAgentConfig())
    bare = EvaluateOptions(suite=suite, tasks=chosen(suite, first=2), agent=agent, on_progress=told.append)
    done = evaluate_arms_sync(store, [bare, replace(bare, prompt="Be careful.")])
    assert [each.n_calls for each in done] == [2, 2]
    assert told[-1].n_calls == 4


def test_it_is_refused_where_an_event_loop_runs(store: Store) -> None:
    async def within() -> None:
        with pytest.raises(UsageError, match="evaluate_arms_sync"):
            evaluate_arms_sync(store, arms(Scripted(right)))
        assert len(await evaluate_arms(store, arms(Scripted(right)))) == 2

    asyncio.run(within())
