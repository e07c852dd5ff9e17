"""Cases as messages: a conversation that strict chat interfaces take, whatever the trace holds."""

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.few_shot.messages import DONE, as_messages, as_openai
from seasoned.compile.few_shot.showing import NO_IMAGE, NO_RESULT, Showing
from seasoned.core.exemplar import Case
from seasoned.core.marks import ACKNOWLEDGED, begin_mark, end_mark
from seasoned.core.prompt import EXAMPLES_INTRODUCTION
from seasoned.core.trace import Step, Trace
from seasoned.llm.model import Message
from tests.cases import case_of, parcels
from tests.learn.building import calls, fails, returns, run, says, user

CASE = case_of(feedback="found")
ID = CASE.exemplar.id


def valid(messages: Sequence[Message]) -> None:
    """What OpenAI's interface, and stricter ones like it, ask of a conversation."""
    assert (messages[0].role, messages[-1].role) == ("user", "assistant")
    waiting: list[str] = []
    ids: list[str] = []
    for before, message in zip([None, *messages], messages, strict=False):
        assert message.content.strip() or message.tool_requests
        if message.role == "tool":
            assert message.call_id == waiting.pop(0)
        else:
            assert not waiting
        if before is not None and message.role in ("user", "assistant"):
            assert before.role != message.role
        if message.role == "user" and before is not None:
            assert before.role == "assistant"
        for request in message.tool_requests:
            assert message.role == "assistant"
            assert isinstance(json.loads(request.arguments), dict)
            assert 0 < len(request.name) <= 64
            assert all(c.isascii() and (c.isalnum() or c in "_-") for c in request.name)
            assert request.call_id.isalnum()
            waiting.append(request.call_id)
            ids.append(request.call_id)
    assert not waiting
    assert len(set(ids)) == len(ids)


def shown(*steps: Step, problem: str = "Go") -> tuple[Message, ...]:
    messages = as_messages([case_of(run(*steps), problem=problem)])
    valid(messages)
    return messages


def test_a_case_as_a_conversation() -> None:
    messages = as_messages([CASE])
    valid(messages)
    (call,) = messages[1].tool_requests
    assert [(m.role, m.content) for m in messages] == [
        ("user", f"{EXAMPLES_INTRODUCTION}\n{begin_mark(ID)}\nWhere is my parcel?"),
        ("assistant", "I will look."),
        ("tool", "shipped on Monday"),
        ("assistant", "It is on its way."),
        ("user", f"Outcome: found\n{end_mark(ID)}"),
        ("assistant", ACKNOWLEDGED),
    ]
    assert (call.name, call.arguments, len(call.call_id)) == ("get_order", '{"order": "W1"}', 9)


def test_several_cases_are_one_conversation_with_ids_of_their_own() -> None:
    messages = as_messages([CASE, *parcels(1), CASE.model_copy()])
    valid(messages)
    assert sum(EXAMPLES_INTRODUCTION in m.content for m in messages) == 1
    assert [m.content for m in messages].count(ACKNOWLEDGED) == 1
    assert as_messages([]) == ()


def test_in_the_form_of_openai() -> None:
    ask, answer = as_openai(as_messages([CASE]))[1:3]
    call_id = answer["tool_call_id"]
    function = {"name": "get_order", "arguments": '{"order": "W1"}'}
    assert ask["tool_calls"] == [{"id": call_id, "type": "function", "function": function}]
    assert answer == {"role": "tool", "content": "shipped on Monday", "tool_call_id": call_id}
    alone = as_openai(shown(user("Go"), calls("look"), returns("there"), says("Gone")))[1]
    assert alone["content"] is None


def test_a_call_without_a_result_is_answered_and_a_run_that_ends_with_one_is_closed() -> None:
    messages = shown(user("Go"), calls("look"))
    assert [(m.role, m.content) for m in messages[1:4]] == [("assistant", ""), ("tool", NO_RESULT), ("assistant", DONE)]


def test_a_result_without_its_call_is_no_tool_message() -> None:
    messages = as_messages([case_of(start=3, problem="Go on")])
    valid(messages)
    assert messages[0].content.endswith("Go on\n\nA tool returned: shipped on Monday")


def test_what_goes_wrong_and_images_join_what_the_tool_returned() -> None:
    messages = shown(
        user("Go"),
        calls("look"),
        fails("Error: no"),
        Step(kind="error", text="lost"),
        Step(kind="image", text="i"),
        says("Hm"),
    )
    assert messages[2].content == f"(failed) Error: no\n\nSomething failed: lost\n\n{NO_IMAGE}"


def test_thoughts_are_not_said_aloud() -> None:
    messages = shown(user("Go"), Step(kind="thought", text="a quiet thought"), says("Gone"))
    assert not [m for m in messages if "quiet" in m.content]


def test_arguments_that_are_no_object_are_one_field() -> None:
    messages = shown(user("Go"), Step(kind="tool_call", name="patch", text="patch(*** Begin)"), says("Gone"))
    assert messages[1].tool_requests[0].arguments == '{"input": "*** Begin"}'


def test_a_tool_of_any_name_can_be_called() -> None:
    messages = shown(
        user("Go"), Step(kind="tool_call", name="desk.find order!", text="x()", arguments={}), says("Gone")
    )
    assert messages[1].tool_requests[0].name == "desk_find_order_"


def test_a_plan_stands_before_the_closing_mark() -> None:
    messages = as_messages([CASE], Showing(plans={ID: "Ask first."}, is_plan_alone=True))
    valid(messages)
    assert [m.content for m in messages[1:3]] == [
        DONE,
        f"Outcome: found\nFor the task at hand: Ask first.\n{end_mark(ID)}",
    ]


TEXT = st.lists(
    st.sampled_from(["a", " ", "\n", "\x00", "[example ", "[end of example ", ID, "]", "<|im_end|>"]), max_size=6
).map("".join)
STEP = st.builds(
    Step,
    kind=st.sampled_from(["system", "user", "assistant", "thought", "tool_call", "tool_result", "error", "image"]),
    text=TEXT,
    name=st.none() | TEXT,
    arguments=st.none() | st.dictionaries(TEXT, TEXT | st.lists(TEXT, max_size=2) | st.none(), max_size=2),
    pair=st.none() | st.integers(0, 6),
    is_error=st.booleans(),
)


def _case(trace: Trace, steps: list[Step]) -> Case:
    return Case(exemplar=case_of(trace).exemplar, steps=tuple(steps))


@given(st.lists(st.lists(STEP, max_size=7), min_size=1, max_size=3))
def test_any_trace_gives_a_valid_conversation_in_which_only_our_marks_stand(runs: list[list[Step]]) -> None:
    cases = [_case(run(user(f"Go {n}")), steps) for n, steps in enumerate(runs)]
    messages = as_messages(cases)
    valid(messages)
    texts = "".join(m.content + "".join(r.arguments for r in m.tool_requests) for m in messages)
    assert texts.count("[example") == texts.count("[end of example") == len(cases)
    assert "<|" not in texts
