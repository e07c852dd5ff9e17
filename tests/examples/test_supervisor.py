"""The supervisor reads some failed runs and says what should have been done."""

from typing import Any

import pytest
from examples.returns_desk.supervisor import corrections, with_correction

from seasoned.evaluate.suites.returns_desk.tasks import load_tasks
from seasoned.evaluate.suites.returns_desk.tools import tool_specs


def record(*, reward: int = 0, trial: int = 0, topic: str = "gift") -> dict[str, Any]:
    return {"reward": reward, "trial": trial, "reference": {"topic": topic}, "messages": [{"role": "user"}]}


def test_a_failed_first_attempt_is_corrected() -> None:
    last = with_correction(record())["messages"][-1]
    assert (last["name"], "store_credit" in last["content"]) == ("supervisor", True)


@pytest.mark.parametrize("kept", [record(reward=1), record(trial=1), record(topic="cancel")])
def test_other_runs_stay_as_they_are(kept: dict[str, Any]) -> None:
    assert with_correction(kept) == kept


def test_corrections_are_about_topics_that_exist_and_name_the_tool_that_is_due() -> None:
    tasks = load_tasks()
    tools = {spec.name for spec in tool_specs()}
    assert set(corrections()) <= {task.topic for task in tasks}
    for task in tasks:
        said = corrections().get(task.topic)
        if said is not None:
            due = {action.name for action in task.reference.actions}
            named = {tool for tool in tools if tool in said or tool.removesuffix("_request") in said.lower()}
            assert due <= named | ({"escalate"} if "escalate" in said else set()), task.task_id
