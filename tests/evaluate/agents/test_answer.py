"""What counts as an answer of an agent, and what it may say beside it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.trace import Usage
from seasoned.evaluate.agents.answer import Unreadable, given_bytes, given_value

SAID = {"role": "assistant", "content": "four"}


def test_an_answer_may_come_with_usage_model_and_state() -> None:
    usage = {"input_tokens": 12, "output_tokens": 3, "cost_usd": 0.25}
    found = given_bytes(json.dumps({"answer": "four", "usage": usage, "model": "m", "state": {"a": [1]}}).encode())
    assert (found.answer, found.model, found.state) == ("four", "m", {"a": [1]})
    assert found.usage == Usage(input_tokens=12, output_tokens=3, cost_usd=0.25)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"messages": [SAID]}),
        json.dumps([SAID]),
        json.dumps(SAID),
        f"\n{json.dumps(SAID)}\n\n",
    ],
)
def test_messages_may_stand_in_an_object_or_a_list_or_alone(text: str) -> None:
    assert given_bytes(text.encode()).messages == (SAID,)


def test_json_lines_of_messages_are_messages() -> None:
    asked = {"role": "user", "content": "2 + 2?"}
    assert given_bytes(f"{json.dumps(asked)}\n{json.dumps(SAID)}\n".encode()).messages == (asked, SAID)


@pytest.mark.parametrize(
    ("value", "text"), [(42, "42"), (True, "true"), ([1, "a"], '[1, "a"]'), ({"a": 1}, '{"a": 1}')]
)
def test_an_answer_that_is_no_text_is_taken_as_json(value: object, text: str) -> None:
    assert given_bytes(json.dumps({"answer": value}).encode()).answer == text


def test_an_empty_answer_is_one() -> None:
    assert given_bytes(b'{"answer": ""}').answer == ""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"Loading the model ...\n{}", "to stderr"),
        (b"42", "no JSON object"),
        (b'"four"', "no JSON object"),
        (b"{}", "neither"),
        (b'{"anwser": "four"}', "neither"),
        (b'{"messages": [], "answer": null}', "neither"),
        (b'{"messages": "four"}', "no list"),
        (b'{"answer": ' + b"[" * 101 + b"]" * 101 + b"}", "nested"),
        (b"[" * 100_000, "nested"),
        (b'{"answer": 18446744073709551616}', "64 bits"),
        (b'{"role": "assistant"}\n[1]', "stderr"),
    ],
)
def test_anything_else_is_none_and_says_why(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        given_bytes(body)


def test_numbers_that_json_lacks_become_text() -> None:
    found = given_bytes(b'{"answer": "x", "state": [NaN, -Infinity, 1e999]}')
    assert found.state == ["NaN", "-Infinity", "Infinity"]


def test_usage_that_cannot_be_is_not_known() -> None:
    found = given_value({"answer": "", "usage": {"input_tokens": 1e300, "output_tokens": -3, "cost_usd": "free"}})
    assert found.usage == Usage()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["messages", "answer", "role", "x"]), inner),
)


@given(VALUES)
def test_any_json_is_read_or_refused(value: object) -> None:
    with suppress(Unreadable):
        found = given_bytes(json.dumps(value).encode())
        json.dumps([found.messages, found.state], allow_nan=False)


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Unreadable):
        given_bytes(body)
