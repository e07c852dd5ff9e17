"""A model at work in a world."""

import asyncio
import json
from collections.abc import Sequence
from typing import Literal

import pytest
from pydantic import JsonValue

from seasoned.core.trace import Task
from seasoned.errors import AgentUnreachable, BudgetExceeded, ConfigError, ProviderError, UsageError
from seasoned.evaluate.agents.model import ModelAgent, ModelAgentConfig
from seasoned.evaluate.attempt import Attempt, Attempted, World
from seasoned.evaluate.suites.returns_desk.suite import DeskWorld
from seasoned.evaluate.suites.returns_desk.tasks import load_prompt, load_tasks
from seasoned.llm.model import Message, Reply, Request, TokenUsage, ToolRequest, request_hash
from seasoned.llm.testing import Answer, TestModel
from tests.evaluate.agents.trials import Counter, trial


def calling(arguments: str, name: str = "add", **usage: int) -> Reply:
    call = ToolRequest(call_id="c", name=name, arguments=arguments)
    return Reply(tool_requests=(call,), usage=TokenUsage(**usage))


def run(
    model: TestModel, world: World | None, attempt: Attempt | None = None, config: ModelAgentConfig | None = None
) -> Attempted:
    return asyncio.run(ModelAgent(model, config).attempt(attempt or trial(), world))


def test_it_works_until_it_answers_without_a_call() -> None:
    replies = [calling('{"by": 2}', input_tokens=10, output_tokens=2), calling('{"by": 3}'), Reply(content="It is 5.")]
    attempted = run(TestModel(replies), Counter())
    assert (attempted.ended, attempted.answer, attempted.state) == ("answered", "It is 5.", {"total": 5})
    kinds = [step.kind for step in attempted.trace.steps]
    assert kinds == ["system", "user", "tool_call", "tool_result", "tool_call", "tool_result", "assistant"]
    assert [step.pair for step in attempted.trace.steps] == [None, None, 3, 2, 5, 4, None]
    assert attempted.trace.steps[3].text == '{"total": 2}'
    assert attempted.trace.tools == ("add",)
    assert attempted.trace.model == "test:scripted"
    assert (attempted.trace.usage.input_tokens, attempted.trace.usage.output_tokens) == (10, 2)


def test_an_end_without_an_answer_is_out_of_steps() -> None:
    adding = calling('{"by": 1}').model_copy(update={"content": "I add one."})
    attempted = run(TestModel(lambda _: adding), Counter(), config=ModelAgentConfig(max_steps=3))
    assert (attempted.ended, attempted.answer, attempted.state) == ("out of steps", "", {"total": 3})
    assert attempted.error == "it was not done after 3 model calls"
    assert [step.kind for step in attempted.trace.steps][-3:] == ["tool_call", "tool_result", "error"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add", "{"),
        ("add", ""),
        ("add", "[" * 100_000),
        ("no_such_tool", '{"by": 1}'),
        ("", "\0"),
        ("add", '{"by": {}}'),
    ],
)
def test_what_is_wrong_with_a_call_the_world_answers(name: str, arguments: str) -> None:
    attempted = run(TestModel([calling(arguments, name), Reply(content="Sorry.")]), Counter())
    assert (attempted.ended, attempted.answer) == ("answered", "Sorry.")
    assert attempted.trace.steps[3].is_error


def test_a_model_without_tools_that_calls_one_is_told_so() -> None:
    attempted = run(TestModel([calling("{}"), Reply(content="4")]), None)
    assert (attempted.answer, attempted.state) == ("4", None)
    assert "no tools" in attempted.trace.steps[3].text


def test_the_cost_is_known_where_that_of_every_call_is() -> None:
    priced = calling('{"by": 1}').model_copy(update={"cost_usd": 0.25})
    known = run(TestModel([priced, Reply(content="1", cost_usd=0.5)]), Counter())
    assert known.trace.usage.cost_usd == 0.75
    assert run(TestModel([priced, Reply(content="1")]), Counter()).trace.usage.cost_usd is None


def test_it_goes_on_from_earlier_messages_and_reads_other_inputs() -> None:
    call: JsonValue = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"by": 1}'}}
    earlier: JsonValue = [
        {"role": "user", "content": [{"type": "text", "text": "Hello."}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "1"},
    ]
    inputs: dict[str, JsonValue] = {"messages": earlier, "customer": "Ada", "orders": [1, 2]}
    model = TestModel(["4"])
    opening = (Message(role="user", content="An example."), Message(role="assistant", content="As it is answered."))
    run(model, None, trial().model_copy(update={"inputs": inputs}), ModelAgentConfig(opening=opening))
    assert model.requests[0].messages == (
        Message(role="system", content="Be brief."),
        *opening,
        Message(role="user", content="Hello."),
        Message(
            role="assistant", tool_requests=(ToolRequest(call_id="c", name="add", arguments='{"by": 1}'),), content=""
        ),
        Message(role="tool", content="1", call_id="c"),
        Message(role="user", content="What is 2 + 2?\n\ncustomer: Ada\n\norders: [1, 2]"),
    )


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ("Hello.", "no list"),
        ([1], "no role"),
        ([{"role": "robot", "content": ""}], "no role"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "other than text"),
        ([{"role": "user", "content": 4}], "other than text"),
    ],
)
def test_earlier_messages_that_are_none_stop_everything(messages: JsonValue, why: str) -> None:
    attempt = trial().model_copy(update={"inputs": {"messages": messages}})
    with pytest.raises(UsageError, match=why) as raised:
        run(TestModel([]), None, attempt)
    assert raised.value.where == "task t1"


@pytest.mark.parametrize("error", [ProviderError("down"), BudgetExceeded("spent")])
def test_a_model_that_does_not_answer_is_none_of_its_faults(error: Exception) -> None:
    with pytest.raises(type(error)):
        run(TestModel([calling('{"by": 1}'), error]), Counter())


class Broken(Counter):
    async def call(self, request: ToolRequest) -> str:
        raise KeyError(request.name)


def test_a_tool_that_fails_itself_is_none_of_its_faults() -> None:
    with pytest.raises(AgentUnreachable, match="KeyError"):
        run(TestModel([calling("{}")]), Broken())


def test_a_trial_that_takes_too_long_keeps_what_was_done() -> None:
    async def answer(request: Request) -> Answer:
        if len(request.messages) > 2:
            await asyncio.sleep(600)
        return calling('{"by": 1}')

    attempted = run(TestModel(answer), Counter(), config=ModelAgentConfig(timeout_s=0.2))
    assert (attempted.ended, attempted.state) == ("timed out", {"total": 1})
    assert attempted.error == "it was not done after 0.2 s, with 1 replies"
    assert [step.kind for step in attempted.trace.steps][2:] == ["tool_call", "tool_result", "error"]


def test_a_timeout_of_the_model_itself_is_none_of_its_faults() -> None:
    with pytest.raises(AgentUnreachable, match="did not answer"):
        run(TestModel([TimeoutError()]), None, config=ModelAgentConfig(timeout_s=60))


def test_it_needs_a_step_and_time() -> None:
    with pytest.raises(ConfigError, match="0 steps"):
        ModelAgent(TestModel([]), ModelAgentConfig(max_steps=0))
    with pytest.raises(ConfigError, match="0 s"):
        ModelAgent(TestModel([]), ModelAgentConfig(timeout_s=0))


def test_calls_as_text_describe_the_tools_even_without_a_prompt() -> None:
    model = TestModel(["add(by=4)", "Done."])
    attempted = run(model, Counter(), trial(prompt=""), ModelAgentConfig(calls="text"))
    assert attempted.state == {"total": 4}
    assert model.requests[0].tools == ()
    told, *rest = model.requests[0].messages
    assert "add(by)" in told.content
    assert "answer with one call" in told.content
    assert [message.content for message in rest] == ["What is 2 + 2?"]


def test_words_that_look_like_a_call_are_words_where_there_are_no_tools() -> None:
    said = '{"name": "Ada", "arguments": {}}'
    assert run(TestModel([said]), None).answer == said


SCRIPTS: dict[str, Sequence[Answer]] = {
    "an answer": ["Your order is on its way."],
    "a native call": [calling('{"order_id": "R1001"}', "track_parcel"), "It comes tomorrow."],
    "a call in words": ['Let me see. track_parcel(order_id="R1001")', "It comes tomorrow."],
    "a malformed call": ['<tool_call>{"name": "track_parcel", "arguments": {', "Sorry."],
    "calls without end": ['cancel_order(order_id="R1002")'] * 5,
}


LAST_REQUESTS = {
    ("native", "an answer"): "request-b7f5ec0a3827b477",
    ("native", "a native call"): "request-1114c170b96cf64d",
    ("native", "a call in words"): "request-350a50aee8718221",
    ("native", "a malformed call"): "request-1ebf5f568e747510",
    ("native", "calls without end"): "request-f2261a77d1d3c48b",
    ("text", "an answer"): "request-f198210d8565e8b1",
    ("text", "a native call"): "request-be6ba4dcfa79755f",
    ("text", "a call in words"): "request-702272f5b760e5c8",
    ("text", "a malformed call"): "request-f0ce5c791172087f",
    ("text", "calls without end"): "request-b8ee589d700a5f05",
}
"""What was asked last, with all that was said before, when the desk was first recorded: recorded replies are found by
the request, so another wording of one would lose them."""


@pytest.mark.parametrize(("calls", "script"), LAST_REQUESTS)
def test_the_desk_is_asked_as_when_it_was_recorded(calls: Literal["native", "text"], script: str) -> None:
    ticket, model = load_tasks("train")[0], TestModel(SCRIPTS[script])
    config = ModelAgentConfig(max_steps=5, temperature=0.7, max_tokens=160, calls=calls)
    task = Task(key=ticket.task_id, text=ticket.ticket)
    attempted = run(model, DeskWorld(), Attempt(task=task, prompt=load_prompt("base"), seed=300), config)
    assert request_hash(model.requests[-1]) == LAST_REQUESTS[calls, script]
    assert attempted.ended == ("out of steps" if script == "calls without end" else "answered")


def test_the_settings_are_its_identity() -> None:
    config = ModelAgentConfig(opening=(Message(role="user", content="Hello."),))
    identity = ModelAgent(TestModel([]), config).identity
    assert json.loads(json.dumps(identity)) == identity
    assert identity["opening"] == [{"role": "user", "content": "Hello."}]
    assert identity != ModelAgent(TestModel([])).identity
