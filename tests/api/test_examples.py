"""`POST /v1/examples` over a socket."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from seasoned.core.marks import begin_mark
from tests.api.served import Served, served
from tests.banks import bank

TASK = "I want a refund, my order W2 came broken."


@pytest.fixture
def server(tmp_path: Path) -> Generator[Served]:
    with served(tmp_path) as running:
        yield running


def test_a_task_is_answered_with_its_examples_and_why(server: Served) -> None:
    refund, *_ = bank(server.store)
    answer = server.post("/v1/examples", {"task": TASK, "n": 1, "by": "text"})
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    document = answer.json()
    assert [each["exemplar_id"] for each in document["examples"]] == [refund.id]
    assert "number 1 by words" in document["examples"][0]["why"]
    assert begin_mark(refund.id) in document["text"]


def test_messages_stand_before_the_conversation(server: Served) -> None:
    bank(server.store)
    document = server.post("/v1/examples", {"task": TASK, "as": "messages", "tools": ["get_order"]}).json()
    assert [document["messages"][0]["role"], document["messages"][-1]["role"]] == ["user", "assistant"]
    assert document["text"] == ""


def test_the_bank_of_another_book(server: Served) -> None:
    bank(server.store, book="team/refunds")
    assert len(server.post("/v1/examples", {"task": TASK, "book": "team/refunds", "n": 1}).json()["examples"]) == 1
    empty = server.post("/v1/examples", {"task": TASK}).json()
    assert (empty["examples"], empty["text"]) == ([], "")
    assert "seasoned exemplars fill" in empty["notes"][0]


def test_the_budget_holds(server: Served) -> None:
    bank(server.store)
    document = server.post("/v1/examples", {"task": TASK, "budget_tokens": 150, "by": "text"}).json()
    assert document["n_tokens"] <= 150


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, "task: Field required"),
        ({"task": ""}, "task: String should have at least 1 character"),
        ({"task": "x", "n": 0}, "n: Input should be greater than or equal to 1"),
        ({"task": "x", "as": "poem"}, "as: Input should be 'text', 'transcript' or 'messages'"),
        ({"task": "x", "adapt": True}, "adapt: Extra inputs are not permitted"),
        ({"task": "x", "by": "meaning"}, "no embedder was named"),
    ],
)
def test_what_cannot_be_answered_is_said(server: Served, asked: dict[str, object], why: str) -> None:
    bank(server.store)
    answer = server.post("/v1/examples", asked)
    assert answer.status == 400
    assert why in answer.json()["message"]


def test_nobody_is_answered_without_the_token(tmp_path: Path) -> None:
    with served(tmp_path, token="open sesame") as server:
        bank(server.store)
        assert server.post("/v1/examples", {"task": TASK}).status == 401
        headers = {"Authorization": "Bearer open sesame"}
        assert server.post("/v1/examples", {"task": TASK}, **headers).status == 200


def test_nothing_is_written(server: Served) -> None:
    bank(server.store)
    before = server.store.traces.count()
    server.post("/v1/examples", {"task": TASK})
    assert server.store.traces.count() == before
    assert json.loads(server.post("/v1/examples", b"{").body)["code"] == 3
