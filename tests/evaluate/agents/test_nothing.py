"""The agent that does nothing."""

import asyncio

from seasoned.evaluate.agents.nothing import NothingAgent
from tests.evaluate.agents.trials import Counter, trial


def test_it_hears_the_task_and_keeps_silent() -> None:
    attempted = asyncio.run(NothingAgent().attempt(trial(), None))
    assert [(step.kind, step.text) for step in attempted.trace.steps] == [("user", "What is 2 + 2?"), ("assistant", "")]
    assert (attempted.ended, attempted.answer, attempted.state) == ("answered", "", None)


def test_it_leaves_the_world_as_it_is() -> None:
    world = Counter()
    world.total = 3
    assert asyncio.run(NothingAgent().attempt(trial(), world)).state == {"total": 3}
