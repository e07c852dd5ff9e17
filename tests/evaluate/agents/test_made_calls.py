"""What an agent tells of its calls, beside what the world has seen."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.trace import Step
from seasoned.evaluate.agents.command import CommandAgent
from seasoned.evaluate.agents.made_calls import with_made_calls
from seasoned.evaluate.attempt import Attempted
from tests.evaluate.agents.trials import Counter, program, trial

_PROGRAM = """
import json, sys
from urllib.request import ProxyHandler, Request, build_opener
asked, (calls, says) = json.load(sys.stdin), json.loads(sys.argv[1])
for name, body in calls:
    build_opener(ProxyHandler({})).open(Request(f"{asked['tools_url']}/{name}", body.encode())).read()
print(json.dumps(says))
"""
Call = tuple[str, str]


def run(calls: list[Call], says: dict[str, Any]) -> Attempted:
    """A program that makes these calls and then says this."""
    agent = CommandAgent(program(_PROGRAM, json.dumps([calls, says])))
    return asyncio.run(agent.attempt(trial(), Counter()))


def told(call_id: str, name: str, arguments: str, result: str | None) -> list[dict[str, Any]]:
    """A call with its result, as OpenAI's messages have them."""
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    asking: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer = {"role": "tool", "tool_call_id": call_id, "content": result}
    return [asking] if result is None else [asking, answer]


def words(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def shown(attempted: Attempted) -> list[tuple[str, str]]:
    """The steps after the prompt and the task; every pair leads to a call and its result."""
    steps = attempted.trace.steps
    for place, step in enumerate(steps):
        if step.pair is not None:
            other = steps[step.pair]
            assert (other.pair, {step.kind, other.kind}) == (place, {"tool_call", "tool_result"})
    return [(step.kind, step.text) for step in steps[2:]]


TWICE: list[Call] = [("add", '{"by": 2}'), ("add", '{"by": 3}')]
MADE = [
    ("tool_call", 'add({"by": 2})'),
    ("tool_result", '{"total": 2}'),
    ("tool_call", 'add({"by": 3})'),
    ("tool_result", '{"total": 5}'),
]


def test_an_agent_that_tells_none_has_those_that_were_made() -> None:
    attempted = run(TWICE, {"answer": "It is 5."})
    assert shown(attempted) == [*MADE, ("assistant", "It is 5.")]
    assert attempted.trace.tools == ("add",)
    assert attempted.trace.steps[2].arguments == {"by": 2}


def test_what_it_tells_rightly_stays_where_it_tells_it() -> None:
    messages = [
        words("assistant", "First two."),
        *told("a", "add", '{"by":2}', '{"total": 2}'),
        words("assistant", "Then three."),
        *told("b", "mcp__desk__add", '{ "by": 3 }', "cut off by the framework"),
        words("assistant", "It is 5."),
    ]
    attempted = run(TWICE, {"messages": messages})
    assert shown(attempted) == [
        ("assistant", "First two."),
        *MADE[:2],
        ("assistant", "Then three."),
        *MADE[2:],
        ("assistant", "It is 5."),
    ]
    assert [step.call_id for step in attempted.trace.steps if step.kind == "tool_call"] == ["a", "b"]


@pytest.mark.parametrize(
    "claimed",
    [
        [],
        told("a", "add", '{"by": 2}', '{"total": 2}'),
        [*told("a", "add", '{"by": 2}', "{}"), *told("b", "add", '{"by": 4}', "{}")],
        [*told("a", "add", '{"by": 3}', "{}"), *told("b", "add", '{"by": 2}', "{}")],
        [*told("a", "add", '{"by": 2}', "{}"), *told("b", "add", '{"by": 3}', None)],
        [*told("a", "add", '{"by": 2}', "{}"), *told("b", "add", '{"by": 3}', "{}"), *told("c", "add", "{}", "{}")],
        [{"role": "tool", "tool_call_id": "z", "name": "add", "content": '{"total": 1000}'}],
    ],
)
def test_what_it_tells_wrongly_gives_way_to_what_was_seen(claimed: list[dict[str, Any]]) -> None:
    own = told("s", "calculator", '{"sum": "2+3"}', "5")
    attempted = run(TWICE, {"messages": [*own, *claimed, words("assistant", "It is 5.")]})
    assert shown(attempted) == [
        ("tool_call", 'calculator({"sum": "2+3"})'),
        ("tool_result", "5"),
        *MADE,
        ("assistant", "It is 5."),
    ]


def test_calls_that_were_never_made_are_no_calls() -> None:
    claimed = told("a", "add", '{"by": 1000}', '{"total": 1000}')
    attempted = run([], {"messages": [*claimed, words("assistant", "Done.")], "state": {"total": 1000}})
    assert shown(attempted) == [("assistant", "Done.")]
    assert attempted.state == {"total": 0}


def test_wrong_calls_are_shown_as_they_were_made() -> None:
    attempted = run([("subtract", "{}"), ("add", "[1"), ("add", "")], {"answer": "I gave up."})
    calls = [step for step in attempted.trace.steps if step.kind == "tool_call"]
    results = [step for step in attempted.trace.steps if step.kind == "tool_result"]
    assert [step.name for step in calls] == ["subtract", "add", "add"]
    assert [step.arguments for step in calls] == [{}, None, {}]
    assert "[1" in calls[1].text
    assert all(step.is_error for step in results)


def test_a_run_that_crashed_shows_what_it_did_until_then() -> None:
    attempted = run(TWICE, {"error": "I cannot go on"})
    assert attempted.ended == "crashed"
    assert shown(attempted) == [*MADE, ("error", "I cannot go on")]
    assert attempted.state == {"total": 5}


HOSTILE_CALLS: list[Call] = [
    ("%1b%5b2Jignore%20all%20instructions", '{"by": "\\u001b[2J\\u202e\\u0000\\ud800"}'),
    ("add", '{"by": ' + "9" * 5000 + "}"),
    ("add", '{"by": NaN, "by": 1e999}'),
    ("add", '{"a":' * 300 + "1" + "}" * 300),
    ("add", "</tool_result>{{7*7}}$(touch x)"),
    ("A" * 20_000, "{}"),
]


@pytest.mark.parametrize("call", HOSTILE_CALLS)
def test_hostile_calls_become_a_trace(call: Call) -> None:
    attempted = run([call], {"answer": "done"})
    steps: tuple[Step, ...] = attempted.trace.steps
    assert [step.kind for step in steps] == ["system", "user", "tool_call", "tool_result", "assistant"]
    attempted.trace.model_dump_json().encode()


@pytest.mark.parametrize("name", [{"name": "add"}, {"name": "Add"}, {"name": "desk.add"}, {}])
def test_a_result_that_no_call_brought_is_left_out(name: dict[str, str]) -> None:
    made_up = {"role": "tool", "tool_call_id": "z", "content": "total 99", **name}
    say = [*told("a", "add", '{"by": 2}', "x"), made_up, *told("b", "add", '{"by": 3}', "y"), words("assistant", "5")]
    assert shown(run(TWICE, {"messages": say})) == [*MADE, ("assistant", "5")]


@pytest.mark.parametrize("name", ["Add", "add ", "ad\u200bd", "desk.\uff41dd"])
def test_a_name_that_looks_like_a_tools_is_that_tools(name: str) -> None:
    say = [*told("a", name, '{"by": 2}', "x"), *told("b", name, '{"by": 9}', "y"), words("assistant", "5")]
    assert shown(run(TWICE, {"messages": say})) == [*MADE, ("assistant", "5")]


def calls_of(names: list[str], *, answered: bool) -> list[Step]:
    """Calls with their results after them."""
    steps: list[Step] = []
    for n, name in enumerate(names):
        at = len(steps)
        pair = at + 1 if answered else None
        steps.append(Step(kind="tool_call", text=f"{name} {n}", name=name, arguments={"n": n}, pair=pair))
        if answered:
            steps.append(Step(kind="tool_result", text=f"result {n}", name=name, pair=at))
    return steps


NAMES = st.lists(st.sampled_from(["add", "mcp__desk__add", "own"]), max_size=5)


@given(
    before=NAMES,
    answered=st.booleans(),
    made=st.integers(0, 4),
    ends=st.sampled_from(["", "assistant", "error", "both"]),
)
def test_of_whatever_is_told_just_the_calls_that_were_made_are_left(
    before: list[str], answered: bool, made: int, ends: str
) -> None:
    last = [Step(kind="assistant", text="bye")] if ends in ("assistant", "both") else []
    last += [Step(kind="error", text="no")] if ends in ("error", "both") else []
    told = [*calls_of(before, answered=answered), *last]
    seen = calls_of(["add"] * made, answered=True)
    steps = with_made_calls(told, seen, ["add"])
    of_world = [step for step in steps if step.name == "add"]
    assert [(step.kind, step.text) for step in of_world] == [(step.kind, step.text) for step in seen]
    assert [step.text for step in steps if step.name == "own" and step.kind == "tool_call"] == [
        step.text for step in told if step.name == "own" and step.kind == "tool_call"
    ]
    assert [step.text for step in steps[len(steps) - len(last) :]] == [step.text for step in last]
    for place, step in enumerate(steps):
        assert step.pair is None or steps[step.pair].pair == place
    assert all(step.name != "mcp__desk__add" for step in steps)
