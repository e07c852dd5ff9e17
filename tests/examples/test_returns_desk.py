"""The returns desk: its tickets can be solved, its reward notices failures, and no model can crash it."""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from examples.returns_desk.runner import FinishedRun, run_task, to_record

from seasoned.evaluate.agents.text_calls import CallsAsText, find_call, write_call
from seasoned.evaluate.suites.returns_desk.reward import Verdict, judge
from seasoned.evaluate.suites.returns_desk.tasks import Task, load_database, load_prompt, load_tasks
from seasoned.evaluate.suites.returns_desk.tools import Desk, tool_specs
from seasoned.llm.model import Message, Model, Reply, Request, ToolRequest

NAMES = [spec.name for spec in tool_specs()]
OPENING = (Message(role="system", content=load_prompt("base")),)


class Scripted:
    """Answers with the given replies in turn, then with the last one for ever."""

    model_id = "test:scripted"

    def __init__(self, replies: Iterable[Reply]) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.replies[min(len(self.requests), len(self.replies)) - 1]


def calling(name: str, arguments: str) -> Reply:
    return Reply(tool_requests=(ToolRequest(call_id="c", name=name, arguments=arguments),))


def work(model: Model, task: Task) -> FinishedRun:
    return asyncio.run(run_task(model, task, OPENING, max_steps=5, temperature=0.0, seed=1))


def gold(task: Task) -> Verdict:
    replies = [calling(action.name, json.dumps(action.arguments)) for action in task.reference.actions]
    said = " ".join(fact[0] for fact in task.reference.facts)
    return work(Scripted([*replies, Reply(content=f"Done: {said}.")]), task).verdict


def task_on(topic: str) -> Task:
    return next(task for task in load_tasks() if task.topic == topic)


def after(task: Task, *calls: tuple[str, dict[str, Any]], said: str = "") -> Verdict:
    desk = Desk(load_database())
    for name, arguments in calls:
        assert "error" not in json.loads(desk.call(name, json.dumps(arguments)))
    return judge(task, desk.snapshot(), said)


@pytest.mark.parametrize("task", load_tasks(), ids=lambda task: task.task_id)
def test_the_reference_solution_earns_the_reward(task: Task) -> None:
    assert gold(task) == Verdict(reward=1)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(
    "words", ["", "Thank you for your message, we are looking into it.", "Your request is declined."]
)
def test_doing_nothing_earns_less_than_15_percent(split: str, words: str) -> None:
    tasks = load_tasks(split)
    rewards = [work(Scripted([Reply(content=words)]), task).verdict.reward for task in tasks]
    assert sum(rewards) / len(tasks) < 0.15


def test_splits_share_no_ticket_and_no_order() -> None:
    train, test = load_tasks("train"), load_tasks("test")
    assert len(train) >= 44
    assert len(test) >= 24
    assert len({task.task_id for task in load_tasks()}) == len(train) + len(test)
    assert not {task.ticket for task in train} & {task.ticket for task in test}
    orders = load_database()["orders"]
    named = [[key for task in split for key in orders if key in task.ticket] for split in (train, test)]
    assert [len(keys) for keys in named] == [len(train), len(test)]
    assert not set(named[0]) & set(named[1])
    assert {task.topic for task in train} == {task.topic for task in test}


def card(database: dict[str, Any], order_id: str) -> str:
    """The line about the order that a ticket ends with."""
    order = database["orders"][order_id]
    return f"Order {order_id}: {order['item']} ({order['category']}), ${order['price']:.2f}. Flag: {order['flag']}."


def test_every_ticket_describes_its_order_as_the_database_does() -> None:
    database = load_database()
    for task in load_tasks():
        words, described = task.ticket.split("\n\n")
        order_id = described.split()[1].rstrip(":")
        assert described == card(database, order_id)
        assert order_id in words
        assert all(action.arguments["order_id"] == order_id for action in task.reference.actions)


def test_the_rules_name_every_flag_and_the_flags_name_no_tool() -> None:
    flags = {order["flag"] for order in load_database()["orders"].values()}
    everyday = {"IN TRANSIT", "NOT SHIPPED"}
    assert everyday < flags
    for flag in flags - everyday:
        assert re.search(rf"^Flag {flag}\b", load_prompt("procedures"), re.MULTILINE)
        assert flag in load_prompt("policy")
    assert not {word for flag in flags for word in flag.lower().split()} & {
        word for name in NAMES for word in name.split("_")
    }


def test_an_unknown_split_or_prompt_is_named() -> None:
    with pytest.raises(ValueError, match="no split 'dev'"):
        load_tasks("dev")
    with pytest.raises(ValueError, match="no prompt 'best'"):
        load_prompt("best")


def test_prompts_differ_and_the_base_keeps_the_policy_to_itself() -> None:
    base = load_prompt("base")
    for name in ("policy", "procedures"):
        assert load_prompt(name).startswith(base)
        assert "15" in load_prompt(name)
    for word in ("15", "30", "200", "gift", "final", "gold", "workshop", "hygiene"):
        assert word not in base.lower()


def test_tool_schemas_are_json_schemas_that_their_calls_fit() -> None:
    assert 6 <= len(tool_specs()) <= 10
    schemas = {spec.name: spec.parameters for spec in tool_specs()}
    for schema in schemas.values():
        assert schema["type"] == "object"
        assert set(schema["required"]) <= set(schema["properties"])
        assert all(field["type"] in {"string", "integer"} for field in schema["properties"].values())
    for task in load_tasks():
        for action in task.reference.actions:
            assert set(action.arguments) <= set(schemas[action.name]["properties"])


def test_the_reward_notices_each_kind_of_failure() -> None:
    task = task_on("electronics_fee")
    right = task.reference.actions[0]
    order_id = right.arguments["order_id"]
    fact = task.reference.facts[0][0]
    assert after(task, (right.name, right.arguments), said=f"You get {fact}.").reward == 1
    missing = after(task, said=f"You get {fact}.")
    assert (missing.reward, missing.missing_writes) == (0, (f"issue_refund {order_id}",))
    extra = after(task, (right.name, right.arguments), ("send_replacement", {"order_id": order_id}), said=fact)
    assert (extra.reward, extra.extra_writes) == (0, (f"send_replacement {order_id}",))
    wrong = after(task, (right.name, {**right.arguments, "fee_percent": 0}), said=fact)
    assert (wrong.reward, wrong.wrong_arguments) == (0, (f"issue_refund {order_id}: fee_percent=0",))
    silent = after(task, (right.name, right.arguments), said="All done.")
    assert (silent.reward, silent.missing_facts) == (0, (fact,))


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("you get $1,062.00 back", True),
        ("You get $1062!", True),
        ("$1062.", True),
        ("you get $1062.50", False),
        ("you get $10620", False),
        ("you get 51062.00", False),
    ],
)
def test_facts_are_matched_leniently_but_whole(said: str, counts: bool) -> None:
    task = task_on("delivery_date")
    reference = task.reference.model_copy(update={"facts": (("$1062.00",),)})
    verdict = judge(task.model_copy(update={"reference": reference}), load_database(), said)
    assert bool(verdict.reward) is counts


HOSTILE = [
    calling("get_rich", "{}"),
    calling("", ""),
    calling("issue_refund", "{not json"),
    calling("issue_refund", "[1, 2]"),
    calling("issue_refund", '{"order_id": 7, "method": null, "fee_percent": "all"}'),
    calling("issue_refund", '{"order_id": "R1", "method": "original_payment", "fee_percent": 1e999}'),
    calling("escalate", '{"order_id": "R1", "team": "carrier", "order_id2": ""}'),
    calling("track_parcel", '{"order_id": "' + "x" * 5000 + '"}'),
    calling("track_parcel", "[" * 100_000),
    Reply(content='{"name": "issue_refund", "arguments": {"order_id": '),
    Reply(content="<tool_call>\nnonsense\n</tool_call>"),
    Reply(content="escalate(" + "-" * 3000 + "1)"),
    Reply(content="escalate(*args, **everything)"),
    Reply(content="{" * 20_000),
]


@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_models_end_in_a_scored_run(reply: Reply) -> None:
    run = work(Scripted([reply]), load_tasks()[1])
    assert run.verdict.reward == 0
    results = [json.loads(message.content) for message in run.messages if message.role == "tool"]
    assert all(list(result) == ["error"] for result in results)
    json.dumps(to_record(run, trial=0, facts={}))


def test_endless_calls_stop_at_the_step_limit() -> None:
    task = task_on("cancel")
    action = task.reference.actions[0]
    model = Scripted([calling(action.name, json.dumps(action.arguments))])
    run = work(model, task)
    assert (run.ended, len(model.requests)) == ("max_steps", 5)
    assert run.verdict.missing_facts
    assert not run.verdict.missing_writes


def test_runs_do_not_see_each_other() -> None:
    task = task_on("cancel")
    assert gold(task).reward == gold(task).reward == 1


@pytest.mark.parametrize(
    ("content", "name", "arguments", "said"),
    [
        ('When lost: escalate(order_id="R1", team="carrier")', "escalate", {"team": "carrier"}, "When lost:"),
        ("escalate(order_id=R1, team=carrier) and more", "escalate", {"team": "carrier"}, ""),
        ('<tool_call>\n{"name": "track_parcel", "arguments": {}}\n</tool_call>', "track_parcel", {}, ""),
        (
            'I will:\n```json\n{"name": "x", // a note\n "arguments": {"a": 1}}\n```',
            "x",
            {"a": 1},
            "I will:",
        ),
        ('cancel_order(order_id="R1")\nescalate(order_id="R1")', "cancel_order", {"order_id": "R1"}, ""),
    ],
)
def test_calls_written_as_text_are_found(content: str, name: str, arguments: dict[str, Any], said: str) -> None:
    call = find_call(content, NAMES)
    assert call is not None
    assert (call.name, call.said) == (name, said)
    assert arguments.items() <= json.loads(call.arguments).items()


@pytest.mark.parametrize("content", ["", "Your refund is on its way (see above).", "size {L}", "f(x)"])
def test_ordinary_words_are_no_call(content: str) -> None:
    assert find_call(content, NAMES) is None


def test_text_calls_read_back_as_they_were_written() -> None:
    written = ToolRequest(call_id="c", name="create_exchange", arguments='{"order_id": "R1", "size": "M"}')
    found = find_call(write_call(written), NAMES)
    assert found is not None
    assert (found.name, found.arguments) == (written.name, written.arguments)


def test_calls_as_text_tell_the_tools_and_keep_the_whole_conversation() -> None:
    task = task_on("cancel")
    order_id = task.reference.actions[0].arguments["order_id"]
    model = Scripted([Reply(content=f'When unwanted: cancel_order(order_id="{order_id}")'), Reply(content="Bye.")])
    run = work(CallsAsText(model), task)
    assert (run.model_id, run.messages[2].tool_requests[0].name) == (model.model_id, "cancel_order")
    last = model.requests[1]
    assert last.tools == ()
    assert {message.role for message in last.messages} == {"system", "user", "assistant"}
    assert all(name in last.messages[0].content for name in NAMES)
    assert last.messages[0].content.endswith(load_prompt("base"))
    assert last.messages[-3] == Message(role="user", content=task.ticket)
    assert last.messages[-2].content == f'When unwanted: cancel_order(order_id="{order_id}")'
    assert last.messages[-1].content.startswith("Result: ")


def test_a_record_keeps_the_solution_under_one_key() -> None:
    task = task_on("gift")
    record = to_record(work(Scripted([Reply(content="Sorry.")]), task), trial=2, facts={"date": "2026-11-22"})
    assert (record["task_id"], record["trial"], record["reward"]) == (task.task_id, 2, 0)
    assert record["metadata"]["date"] == "2026-11-22"
    assert record["reference"]["actions"][0]["arguments"]["method"] == "store_credit"
    rest = json.dumps({key: value for key, value in record.items() if key not in {"reference", "tools"}})
    assert "store_credit" not in rest
    assert task.reference.facts[0][0] not in rest.replace(json.dumps(task.ticket), "")
