"""The returns desk as a suite: its keys are those of its recordings, its worlds are apart, its grader is its reward."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Task, Trace
from seasoned.core.trial import Difference, Ended
from seasoned.errors import ConfigError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, HasGraders, Suite
from seasoned.evaluate.suites.registry import suite_named
from seasoned.evaluate.suites.returns_desk.grader import DeskReward
from seasoned.evaluate.suites.returns_desk.suite import DeskWorld, ReturnsDesk
from seasoned.evaluate.suites.returns_desk.tasks import load_database, load_tasks
from seasoned.ingest.files.document import Document
from seasoned.ingest.formats.openai_chat import OpenAIChat
from seasoned.llm.model import ToolRequest

RECORDING = Path(__file__).parents[4] / "src/seasoned/demo/runs.jsonl.gz"
DESK = ReturnsDesk()
TASKS = {task.task.key: task for task in DESK.tasks}


def request(name: str, arguments: str) -> ToolRequest:
    return ToolRequest(call_id="c", name=name, arguments=arguments)


def attempted(answer: str = "", state: JsonValue = None, ended: Ended = "answered") -> Attempted:
    trace = Trace.of(task=Task(key="t", text="t"), steps=(), source=Source(format="evaluation"))
    return Attempted(trace=trace, answer=answer, state=state, ended=ended)


def grade(task: GradedTask, attempt: Attempted) -> Grade:
    (grader,) = DESK.graders
    return asyncio.run(grader.grade(task, attempt))


def after(*calls: tuple[str, dict[str, Any]]) -> JsonValue:
    """The end state of a desk at which these calls were made."""
    world = DeskWorld()
    for name, arguments in calls:
        assert "error" not in json.loads(asyncio.run(world.call(request(name, json.dumps(arguments)))))
    return world.state()


def task_on(topic: str) -> GradedTask:
    return next(task for task in DESK.tasks if task.labels["topic"] == topic)


def right(task: GradedTask) -> tuple[str, dict[str, Any], str]:
    """The first due call of a ticket, and an answer that states every fact."""
    ticket = next(each for each in load_tasks() if each.task_id == task.task.key)
    action = ticket.reference.actions[0]
    return action.name, action.arguments, " ".join(fact[0] for fact in ticket.reference.facts)


def test_its_tickets_are_its_tasks() -> None:
    assert [task.task.key for task in DESK.tasks] == [ticket.task_id for ticket in load_tasks()]
    assert {task.split for task in DESK.tasks} == {"train", "test"}
    suite: Suite = suite_named("returns_desk")
    assert isinstance(suite, HasGraders)
    assert suite.tasks == DESK.tasks


def test_nothing_of_a_reference_stands_where_an_agent_looks() -> None:
    for task in DESK.tasks:
        assert not task.inputs
        assert isinstance(task.reference, dict)
        assert set(task.reference) == {"actions", "facts"}


def test_recorded_runs_have_the_same_keys_texts_and_rewards() -> None:
    lines = gzip.decompress(RECORDING.read_bytes()).decode().splitlines()
    runs = list(OpenAIChat().read(Document(str(RECORDING), lambda: RECORDING.open("rb"))))
    n_same = 0
    for run, record in zip(runs, map(json.loads, lines), strict=True):
        assert isinstance(run, Parsed)
        task = TASKS[run.trace.task.key]
        assert run.trace.task.text == task.task.text
        messages = [message for message in record["messages"] if message.get("name") != "supervisor"]
        calls = [call["function"] for message in messages for call in message.get("tool_calls", ())]
        world = DeskWorld()
        for call in calls:
            asyncio.run(world.call(request(call["name"], call["arguments"])))
        found = grade(task, attempted(messages[-1]["content"], world.state()))
        assert found.outcome is not None
        assert found.outcome.score == record["reward"]
        assert found.outcome.success is run.trace.verdict
        n_same += 1
    assert n_same == len(lines) > 100


@pytest.mark.parametrize("task", DESK.tasks, ids=lambda task: task.task.key)
def test_what_is_due_passes_and_nothing_else_is_said_of_it(task: GradedTask) -> None:
    ticket = next(each for each in load_tasks() if each.task_id == task.task.key)
    state = after(*((action.name, action.arguments) for action in ticket.reference.actions))
    said = " ".join(fact[0] for fact in ticket.reference.facts)
    found = grade(task, attempted(said, state))
    assert found.outcome is not None
    assert (found.outcome.score, found.outcome.success, found.outcome.feedback) == (1.0, True, "")
    assert (found.outcome.source, found.outcome.name, found.grader) == ("verifier", "desk_reward", "desk_reward")
    assert found.differences == ()


def test_each_way_to_fail_is_told_by_what_the_agent_did() -> None:
    task = task_on("electronics_fee")
    name, arguments, said = right(task)
    order = arguments["order_id"]

    def differences(state: JsonValue, answer: str = said) -> list[tuple[str, str]]:
        found = grade(task, attempted(answer, state))
        assert found.outcome is not None
        assert found.outcome.success is False
        return [(each.kind, each.where) for each in found.differences]

    assert differences(after()) == [("missing write", order)]
    assert differences(None) == [("missing write", order)], "no state is a desk that nothing was done at"
    done = (name, arguments)
    assert differences(after(done, ("send_replacement", {"order_id": order}))) == [
        ("extra write", f"send_replacement {order}")
    ]
    assert differences(after((name, {**arguments, "fee_percent": 0}))) == [
        ("wrong argument", f"{name} {order}: fee_percent=0")
    ]
    assert differences(after(done), "All done.") == [("missing output", "the answer")]
    (state,) = [after(done)]
    assert isinstance(state, dict)
    assert differences({**state, "orders": {}}) == [("other state", "the database")]


def test_feedback_never_says_what_was_due() -> None:
    for task in DESK.tasks:
        ticket = next(each for each in load_tasks() if each.task_id == task.task.key)
        found = grade(task, attempted("", after()))
        told = found.model_dump_json().replace(task.task.key, "")
        for action in ticket.reference.actions:
            assert action.name not in told
            assert not any(
                str(value) in told for key, value in action.arguments.items() if key not in ("order_id", "fee_percent")
            )
        assert not any(fact[0] in told for fact in ticket.reference.facts)


@pytest.mark.parametrize("ended", ["out of steps", "timed out", "crashed", "unreadable"])
def test_a_run_that_did_not_come_to_its_end_fails_whatever_its_state(ended: Ended) -> None:
    task = task_on("cancel")
    name, arguments, said = right(task)
    found = grade(task, attempted(said, after((name, arguments)), ended))
    assert found.outcome is not None
    assert found.outcome.score == 0
    assert ended in found.outcome.feedback
    assert found.differences == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
WRITES = st.dictionaries(st.text(), st.dictionaries(st.text(), st.dictionaries(st.text(), JSON)), min_size=1)


@given(state=JSON | st.fixed_dictionaries({"writes": JSON | WRITES}), answer=st.text())
def test_an_end_state_that_an_agent_made_up_fails(state: JsonValue, answer: str) -> None:
    if state is None:
        return
    found = grade(task_on("cancel"), attempted(answer, state))
    assert found.outcome is not None
    assert found.outcome.success is False
    assert found.differences


def test_what_an_agent_made_up_is_shown_shortened() -> None:
    state: JsonValue = {**load_database(), "writes": {"R1": {"x" * 5000: {}}}}
    found = grade(task_on("cancel"), attempted("", state))
    assert all(len(each.where) < 250 for each in found.differences)
    assert Difference(kind="extra write", where="x" * 200 + "… (+4,803 characters)") in found.differences


def test_worlds_are_apart_and_begin_alike() -> None:
    task = task_on("cancel")
    name, arguments, _ = right(task)
    first, second = DESK.world(task), DESK.world(task)
    asyncio.run(first.call(request(name, json.dumps(arguments))))
    assert first.state() != second.state() == load_database()
    assert [tool.name for tool in first.tools][:2] == ["track_parcel", "issue_refund"]
    assert list(json.loads(asyncio.run(first.call(request("get_rich", "{}"))))) == ["error"]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (None, "the task is no ticket"),
        (
            {"actions": [{"name": "cancel_order", "arguments": {"order_id": "R0"}}], "facts": []},
            "cannot be carried out",
        ),
    ],
)
def test_a_task_without_a_tickets_reference_cannot_be_graded(reference: JsonValue, why: str) -> None:
    task = DESK.tasks[0].model_copy(update={"reference": reference})
    with pytest.raises(ConfigError, match=why):
        grade(task, attempted())


def test_the_grader_says_what_determines_it() -> None:
    assert DeskReward().identity == DeskReward().identity
    assert json.dumps(DeskReward().identity)
