"""The end state: what differs, what does not matter, and that nothing of the expected state is told."""

import asyncio
import copy
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.evaluate.attempt import GradedTask, Suite
from seasoned.evaluate.graders.registry import grader_named
from seasoned.evaluate.graders.state import State, StateConfig, differing, same
from seasoned.evaluate.suites.registry import suite_named
from seasoned.llm.model import ToolRequest
from tests.evaluate.graders.building import answered, grade, refusal, task

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def ignored(*paths: str) -> list[tuple[str, ...]]:
    return [tuple(path.split(".")) for path in paths]


@pytest.mark.parametrize(
    ("expected", "found", "ignore", "places"),
    [
        ({"a": 1}, {"a": 1.0}, (), []),
        ({"a": 1}, {"a": True}, (), ["a"]),
        ({"orders": {"W1": {"state": "sent"}}}, {"orders": {"W1": {"state": "open"}}}, (), ["orders.W1.state"]),
        ({"log": [1], "a": 1}, {"log": [2], "a": 1}, ("log",), []),
        ({"o": {"x": {"at": 1}, "y": {"at": 1}}}, {"o": {"x": {"at": 2}, "y": {"at": 3}}}, ("o.*.at",), []),
        ({"o": {"W2": 1}}, {"o": {}}, (), ["o"]),
        ({"o": {}}, {"o": {"W2": 1}}, (), ["o.W2"]),
        ({"o": {}}, {"o": {"W2": 1}}, ("o.W2",), []),
        ([1, 2], [1, 2, 3], (), ["2"]),
        ([1], {"0": 1}, (), [""]),
    ],
)
def test_states_differ_where_they_do_but_for_what_does_not_matter(
    expected: JsonValue, found: JsonValue, ignore: Sequence[str], places: list[str]
) -> None:
    assert [".".join(place) for place in differing(expected, found, ignored(*ignore))] == places


@given(JSON)
def test_a_state_never_differs_from_itself(state: JsonValue) -> None:
    assert differing(state, copy.deepcopy(state)) == ()


@given(JSON, JSON)
def test_states_differ_where_and_only_where_they_are_not_the_same(one: JsonValue, other: JsonValue) -> None:
    assert bool(differing(one, other)) == (not same(one, other))


def test_what_is_missing_from_the_state_is_not_named() -> None:
    expected: JsonValue = {"orders": {"W-SECRET": {"state": "sent-secret"}, "W1": "done-secret"}}
    found = grade(State(config()), task({"state": expected}), answered(state={"orders": {"W1": "open"}}))
    assert found.outcome is not None
    assert found.outcome.success is False
    assert [(each.kind, each.where) for each in found.differences] == [
        ("other state", "orders"),
        ("other state", "orders.W1"),
    ]
    assert "secret" not in found.model_dump_json().lower()


def config() -> StateConfig:
    return StateConfig()


def test_a_world_whose_state_cannot_be_seen_is_no_pass() -> None:
    found = grade(grader_named("state"), task({"state": {}}), answered())
    assert found.outcome is not None
    assert found.outcome.feedback == "there is no end state to look at"


def test_a_reference_without_state_and_actions_is_refused() -> None:
    assert "no field 'state'" in refusal(grader_named("state"), {"answer": "x"})


def test_actions_need_a_world_to_call_them_in() -> None:
    assert "no world to call them in" in refusal(grader_named("state"), {"actions": []})


def desk_task() -> GradedTask:
    return next(
        each
        for each in suite_named("returns_desk").tasks
        if len(json.loads(json.dumps(each.reference))["actions"]) == 1
    )


def worked(desk: Suite, of: GradedTask, *, right: bool) -> JsonValue:
    """The state of a desk after the reference's actions, or after none."""
    world = desk.world(of)
    assert world is not None
    reference = json.loads(json.dumps(of.reference))
    for number, action in enumerate(reference["actions"] if right else ()):
        request = ToolRequest(call_id=str(number), name=action["name"], arguments=json.dumps(action["arguments"]))
        asyncio.run(world.call(request))
    return world.state()


@pytest.mark.parametrize("right", [True, False])
def test_the_expected_state_is_what_the_references_actions_lead_to(right: bool) -> None:
    desk, of = suite_named("returns_desk"), desk_task()
    grader = State(config()).in_suite(desk)
    outcome = grade(grader, of, answered(state=worked(desk, of, right=right))).outcome
    assert outcome is not None
    assert outcome.success is right
