"""Answers of a given shape: by tool call, by the provider's JSON schema, or in words, and checked in each case."""

import asyncio
import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.profiles import ModelProfile

from seasoned.core.value import Value
from seasoned.errors import ProviderError
from seasoned.llm.model import Message, Model, OutputShape, Reply, Request, ShapeMode, ToolSpec
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.llm.shaping import in_words, shape_mode
from seasoned.llm.structured import answer_of
from seasoned.llm.testing import TestModel
from tests.llm.standin import Fault, StandIn


class City(Value):
    name: str
    n_people: int


OSLO = City(name="Oslo", n_people=717_710)
JSON = OSLO.model_dump_json()
WRONG = '{"name": "Oslo", "n_people": "many"}'
QUESTION = Request(messages=(Message(role="system", content="Be brief."), Message(role="user", content="Which city?")))
ONCE = ProviderConfig(max_retries=0, timeout_s=5)


def ask(model: Model, question: Request = QUESTION) -> City:
    return asyncio.run(answer_of(model, question, City))


def to(standin: StandIn) -> Model:
    return resolve("openai:some-model", base_url=standin.url, config=ONCE)


def reply_of(model: Model, question: Request = QUESTION) -> Reply:
    """The reply to the request that a shaped question makes."""
    shaped = TestModel([JSON])
    ask(shaped, question)
    return asyncio.run(model.complete(shaped.requests[0]))


def asking_by(mode: ShapeMode, standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model of which pydantic-ai's table says that this is what it does best."""

    def best(_: ModelProfile) -> ShapeMode:
        return mode

    monkeypatch.setattr("seasoned.llm.remote.shape_mode", best)
    return to(standin)


# --- the three ways


def test_a_tool_call_carries_the_answer(standin: StandIn):
    standin.content, standin.fills_shape = JSON, True
    assert ask(to(standin)) == OSLO
    [body] = standin.bodies
    [tool] = body["tools"]
    assert tool["function"]["name"] == "city"
    assert set(tool["function"]["parameters"]["properties"]) == {"name", "n_people"}
    assert body["tool_choice"] == "required"
    assert "response_format" not in body


def test_the_reply_of_a_tool_call_reads_like_any_other(standin: StandIn):
    standin.content, standin.fills_shape = JSON, True
    reply = reply_of(to(standin))
    assert (reply.content, reply.tool_requests, reply.finish_reason) == (JSON, (), "stop")
    assert reply.shape_mode == "tool"


def test_a_model_that_answers_in_text_although_a_call_was_asked_for_is_understood(standin: StandIn):
    standin.content = JSON
    assert ask(to(standin)) == OSLO


def test_tools_of_the_request_stay_beside_the_shape(standin: StandIn):
    standin.content, standin.tool_calls = None, [("search", "{}")]
    reply = reply_of(to(standin), QUESTION.model_copy(update={"tools": (ToolSpec(name="search"),)}))
    assert [tool["function"]["name"] for tool in standin.bodies[0]["tools"]] == ["search", "city"]
    assert ([asked.name for asked in reply.tool_requests], reply.finish_reason) == (["search"], "tool_call")


def test_the_schema_of_the_provider_carries_the_answer(standin: StandIn, monkeypatch: pytest.MonkeyPatch):
    standin.content = JSON
    model = asking_by("native", standin, monkeypatch)
    assert ask(model) == OSLO
    wanted = standin.bodies[0]["response_format"]
    assert (wanted["type"], wanted["json_schema"]["name"]) == ("json_schema", "city")
    assert set(wanted["json_schema"]["schema"]["properties"]) == {"name", "n_people"}
    assert "tools" not in standin.bodies[0]
    assert reply_of(model).shape_mode == "native"


def test_a_model_that_can_do_neither_is_asked_in_words(standin: StandIn, monkeypatch: pytest.MonkeyPatch):
    standin.content = JSON
    model = asking_by("prompted", standin, monkeypatch)
    assert ask(model) == OSLO
    [body] = standin.bodies
    assert not {"tools", "response_format"} & body.keys()
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    asked = str(body["messages"][1]["content"])
    assert asked.startswith("Which city?\n\nAnswer with one JSON object")
    assert '"n_people"' in asked
    assert reply_of(model).shape_mode == "prompted"


def test_in_words_after_a_tool_result_the_schema_stands_in_a_message_of_its_own():
    answered = Request(messages=(Message(role="tool", call_id="c1", content="{{schema}}"),))
    asked = in_words(answered, OutputShape(name="city", json_schema={"type": "object"}))
    assert [message.role for message in asked.messages] == ["tool", "user"]
    assert '{"type": "object"}' in asked.messages[1].content


@pytest.mark.parametrize(
    ("profile", "mode"),
    [
        ({}, "tool"),
        ({"supports_tools": False}, "prompted"),
        ({"supports_tools": False, "supports_json_schema_output": True}, "native"),
        ({"default_structured_output_mode": "native", "supports_json_schema_output": True}, "native"),
        ({"default_structured_output_mode": "native"}, "tool"),
        ({"default_structured_output_mode": "prompted"}, "prompted"),
    ],
)
def test_the_way_is_the_one_that_the_model_can(profile: dict[str, Any], mode: ShapeMode):
    assert shape_mode(cast("ModelProfile", profile)) == mode


# --- servers that refuse


def test_a_server_that_refuses_tools_is_asked_in_words_from_then_on(standin: StandIn):
    standin.content, standin.takes_tools = JSON, False
    model = to(standin)
    assert [ask(model), ask(model)] == [OSLO, OSLO]
    assert [("tools" in body) for body in standin.bodies] == [True, False, False]
    assert reply_of(model).shape_mode == "prompted"


def test_a_server_that_refuses_response_format_is_asked_in_words_from_then_on(
    standin: StandIn, monkeypatch: pytest.MonkeyPatch
):
    standin.content, standin.takes_schema = JSON, False
    model = asking_by("native", standin, monkeypatch)
    assert [ask(model), ask(model)] == [OSLO, OSLO]
    assert [("response_format" in body) for body in standin.bodies] == [True, False, False]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (422, "extra fields"),
        (500, "tools param requires --jinja flag"),
        (404, "No endpoints found that support tool use"),
    ],
)
def test_other_words_for_the_same_refusal_are_understood(standin: StandIn, status: int, message: str):
    standin.content = JSON
    standin.faults = [Fault(status=status, body=json.dumps({"error": {"message": message}}))]
    assert ask(to(standin)) == OSLO
    assert standin.n_calls == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=401),
        Fault(status=402),
        Fault(status=403),
        Fault(status=404),
        Fault(status=429),
        Fault(status=500),
        Fault(status=400, body='{"error": {"message": "too long", "code": "context_length_exceeded"}}'),
        Fault(body="<html>busy</html>"),
    ],
    ids=lambda fault: f"{fault.status} {fault.body[:20]}",
)
def test_what_is_no_refusal_of_the_shape_costs_no_second_call(standin: StandIn, fault: Fault):
    standin.content, standin.faults = JSON, [fault]
    with pytest.raises(ProviderError):
        ask(to(standin))
    assert standin.n_calls == 1


def test_a_refusal_for_another_reason_is_reported_and_not_remembered(standin: StandIn):
    standin.content, standin.fills_shape, standin.faults = JSON, True, [Fault(status=400)] * 2
    model = to(standin)
    with pytest.raises(ProviderError, match="status 400"):
        ask(model)
    assert ask(model) == OSLO
    assert "tools" in standin.bodies[-1]


# --- replies that do not fit


@pytest.mark.parametrize(
    "text",
    [
        JSON,
        f"```json\n{JSON}\n```",
        f"Here it is:\n```\n{JSON}\n```\nAnything else?",
        f"The answer is {JSON}, I think.",
        f"```python\nprint(1)\n```\n```json\n{JSON}\n```",
        f"\n  {JSON}\n",
    ],
)
def test_json_is_found_where_models_put_it(text: str):
    assert ask(TestModel([text])) == OSLO


def test_a_fence_inside_the_answer_is_part_of_it():
    named = City(name='```json\n{"name": "x", "n_people": 1}\n```', n_people=1)
    assert ask(TestModel([named.model_dump_json()])) == named


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (WRONG, "n_people: Input should be a valid integer"),
        ("{}", "name: Field required"),
        ('{"name": "Oslo", "n_people": 1, "more": 2}', "more: Extra inputs are not permitted"),
        ("I do not know.", "it holds no JSON object"),
        ('{"name": "Oslo", ', "it holds no JSON object"),
        ("[1, 2]", "it holds no JSON object"),
        ("", "it is empty"),
    ],
)
def test_what_does_not_fit_goes_back_once_with_the_reason(text: str, reason: str):
    model = TestModel([text, JSON])
    assert ask(model) == OSLO
    *_, said, correction = model.requests[1].messages
    assert (said.role, said.content) == ("assistant", text or "(nothing)")
    assert (correction.role, reason in correction.content) == ("user", True)


def test_a_reply_that_was_cut_off_is_asked_to_be_shorter():
    cut = Reply(content=JSON[:-5], finish_reason="length")
    model = TestModel([cut, JSON])
    assert ask(model) == OSLO
    assert "fewer words" in model.requests[1].messages[-1].content
    with pytest.raises(ProviderError, match=r"cut off at the limit.*Allow longer replies"):
        ask(TestModel([cut, cut]))


def test_a_wrong_shape_twice_is_a_provider_error_that_says_what_is_wrong():
    with pytest.raises(ProviderError, match=r"shape that was asked for.*n_people.*doctor --model"):
        ask(TestModel([WRONG, WRONG]))


def test_a_wrong_shape_twice_is_the_same_from_a_server(standin: StandIn):
    standin.content, standin.fills_shape = WRONG, True
    with pytest.raises(ProviderError, match=r"openai:some-model.*n_people"):
        ask(to(standin))
    assert standin.n_calls == 2


@pytest.mark.parametrize(
    ("first", "finish_reason"), [('{"name": "Os', "length"), ("", None), ("nothing of the kind", None)]
)
def test_broken_tool_arguments_are_corrected_too(standin: StandIn, first: str, finish_reason: str | None):
    standin.contents, standin.content, standin.fills_shape = [first], JSON, True
    standin.finish_reason = finish_reason
    assert ask(to(standin)) == OSLO
    assert standin.n_calls == 2


def test_nesting_beyond_all_bounds_is_no_answer():
    with pytest.raises(ProviderError, match="holds no JSON object"):
        ask(TestModel(['{"name":' * 100_000] * 2))


@given(st.text(max_size=200))
def test_no_text_gets_past_the_check_but_as_a_provider_error(text: str):
    try:
        found = ask(TestModel([text, text]))
    except ProviderError:
        return
    assert isinstance(found, City)
