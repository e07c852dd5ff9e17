"""What a dry run says about episodes and cost."""

from dataclasses import dataclass

import pytest

from seasoned.cli.plan import EPISODES_SHOWN, planned, print_plan
from seasoned.core.trace import Trace
from seasoned.learn.recursive.learner import RecursiveConfig
from seasoned.llm.budget import Budget
from seasoned.llm.model import Reply, Request
from tests.learn.runs import refund_run

CONFIG = RecursiveConfig()


@dataclass(frozen=True)
class Named:
    """A model that is never asked."""

    model_id: str

    async def complete(self, request: Request) -> Reply:
        raise AssertionError("a dry run asks nothing")


def traces_of(n_tasks: int) -> list[Trace]:
    return [refund_run(passed=passed, task=f"task {n}") for n in range(n_tasks) for passed in (False, True)]


def test_a_known_price_makes_a_cost_and_more_turns_a_higher_one() -> None:
    need = planned(traces_of(3), CONFIG, Named("openai:gpt-4o"))
    assert need.cost_usd is not None
    assert need.max_cost_usd is not None
    assert 0 < need.cost_usd < need.max_cost_usd


@pytest.mark.parametrize("model_id", ["openai:no-such-model", "nobody:knows"])
def test_an_unknown_price_is_unknown_and_not_nothing(model_id: str) -> None:
    assert planned(traces_of(1), CONFIG, Named(model_id)).cost_usd is None


def test_so_is_the_price_at_an_address_of_the_user_s_and_that_of_no_model() -> None:
    assert planned(traces_of(1), CONFIG, None).max_cost_usd is None


@pytest.mark.parametrize("model_id", ["replay:calls.jsonl", "local:smollm2", "ollama:qwen3"])
def test_what_runs_here_costs_nothing(model_id: str) -> None:
    need = planned(traces_of(1), CONFIG, Named(model_id))
    assert (need.cost_usd, need.max_cost_usd) == (0.0, 0.0)


def test_as_many_episodes_as_the_learner_runs_at_once() -> None:
    config = CONFIG.model_copy(update={"concurrency": 4})
    assert planned(traces_of(20), config, None).n_episodes == 4


def test_the_first_episodes_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    need = planned(traces_of(12), CONFIG, None)
    print_plan(need, None, Budget(max_calls=1_200, max_duration_s=600))
    shown = capsys.readouterr().err
    assert "12 episodes over 24 traces" in shown
    assert "unknown cost" in shown
    assert shown.count("contrast") == EPISODES_SHOWN
    assert "and 4 more" in shown
    assert "stops it at 1,200 calls, 600 s." in shown
    assert "--model provider:model gives its price" in shown


def test_nothing_to_read_makes_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(planned([], CONFIG, Named("local:smollm2")), Named("local:smollm2"), Budget())
    shown = capsys.readouterr().err
    assert "0 episodes" in shown
    assert "contrast" not in shown
