"""Every call is on record before it is sent, and a resumed run does not pay twice."""

import asyncio
import gc
import threading
from dataclasses import dataclass, field

import pytest
from pydantic import JsonValue

from seasoned.core.journal import Replayed, Started
from seasoned.errors import ProviderError, StoreError
from seasoned.llm.journal import JournaledModel, call_key, redacted_request
from seasoned.llm.model import Message, Reply, Request, TokenUsage, ToolRequest, ToolSpec, request_hash
from seasoned.llm.testing import TestModel
from tests.llm.memory_journal import MemoryJournal

HI = Request(messages=(Message(role="user", content="hi"),))


def unchanged(text: str) -> str:
    return text


def hide(text: str) -> str:
    return text.replace("sk-secret", "<SECRET>")


def ask(model: JournaledModel, request: Request = HI) -> Reply:
    return asyncio.run(model.complete(request))


def test_the_call_is_on_record_before_it_is_sent():
    journal = MemoryJournal()
    seen: list[list[str]] = []

    def look(_: Request) -> str:
        seen.append([row.state for row in journal.rows])
        return "ok"

    ask(JournaledModel(TestModel(look), journal, "run-1", unchanged))
    assert seen == [["started"]]
    assert [(row.run_id, row.key, row.state) for row in journal.rows] == [
        ("run-1", call_key("test:scripted", HI), "done")
    ]


def test_the_whole_reply_and_its_cost_are_kept():
    reply = Reply(
        content="42",
        tool_requests=(ToolRequest(call_id="c", name="f", arguments="{}"),),
        usage=TokenUsage(input_tokens=3, output_tokens=1),
        cost_usd=0.5,
    )
    journal = MemoryJournal()
    ask(JournaledModel(TestModel([reply]), journal, "run-1", unchanged))
    assert (Reply.model_validate(journal.rows[0].reply), journal.rows[0].cost_usd) == (reply, 0.5)


def test_a_resumed_run_replays_what_was_finished_and_pays_only_for_the_rest():
    journal = MemoryJournal()
    first = JournaledModel(TestModel(["one", "two"]), journal, "run-1", unchanged)
    assert [ask(first).content, ask(first).content] == ["one", "two"]

    inner = TestModel(["three"])
    resumed = JournaledModel(inner, journal.reopened(), "run-1", unchanged)
    assert [ask(resumed).content for _ in range(3)] == ["one", "two", "three"]
    assert len(inner.requests) == 1


def test_equal_requests_within_a_run_are_separate_calls():
    inner = TestModel(["one", "two"])
    model = JournaledModel(inner, MemoryJournal(), "run-1", unchanged)
    assert [ask(model).content, ask(model).content] == ["one", "two"]
    assert len(inner.requests) == 2


def test_two_models_of_one_run_that_are_asked_the_same_are_separate_calls():
    journal = MemoryJournal()
    for model_id in ("test:main", "test:sub"):
        ask(JournaledModel(TestModel([model_id], model_id=model_id), journal, "run-1", unchanged))
    resumed = journal.reopened()
    for model_id in ("test:sub", "test:main"):
        replayed = JournaledModel(TestModel([], model_id=model_id), resumed, "run-1", unchanged)
        assert ask(replayed).content == model_id


def test_another_run_shares_nothing():
    journal = MemoryJournal()
    ask(JournaledModel(TestModel(["one"]), journal, "run-1", unchanged))
    assert ask(JournaledModel(TestModel(["other"]), journal.reopened(), "run-2", unchanged)).content == "other"


def test_a_failed_call_is_marked_and_asked_again_on_resume():
    journal = MemoryJournal()
    failing = JournaledModel(TestModel([ProviderError("refused sk-secret")]), journal, "run-1", hide)
    with pytest.raises(ProviderError, match="refused"):
        ask(failing)
    assert (journal.rows[0].state, journal.rows[0].error) == ("failed", "ProviderError: refused <SECRET>")
    assert ask(JournaledModel(TestModel(["ok"]), journal.reopened(), "run-1", hide)).content == "ok"


def test_a_cancelled_call_stays_started_because_nobody_knows_whether_it_was_paid():
    journal = MemoryJournal()

    async def cancel() -> None:
        sent = asyncio.Event()

        async def forever(_: Request) -> str:
            sent.set()
            await asyncio.Event().wait()
            return "never"

        task = asyncio.create_task(JournaledModel(TestModel(forever), journal, "run-1", unchanged).complete(HI))
        await sent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert [row.state for row in journal.rows] == ["started"]


@dataclass
class SlowJournal(MemoryJournal):
    """Its disk is slow: a write says that it waits, and waits until it may end."""

    waits: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def finish(self, call_id: str, reply: JsonValue, cost_usd: float | None) -> None:
        self.waits.set()
        assert self.may_end.wait(60)
        super().finish(call_id, reply, cost_usd)


def test_the_event_loop_goes_on_while_the_disk_is_waited_for():
    async def work() -> Reply:
        journal = SlowJournal()
        task = asyncio.create_task(JournaledModel(TestModel(["ok"]), journal, "run-1", unchanged).complete(HI))
        assert await asyncio.to_thread(journal.waits.wait, 60)
        journal.may_end.set()
        return await task

    assert asyncio.run(work()).content == "ok"


def test_a_reply_is_written_down_even_where_the_caller_is_cancelled_meanwhile():
    async def work() -> SlowJournal:
        journal = SlowJournal()
        task = asyncio.create_task(JournaledModel(TestModel(["ok"]), journal, "run-1", unchanged).complete(HI))
        assert await asyncio.to_thread(journal.waits.wait, 60)
        task.cancel()
        await asyncio.sleep(0)
        journal.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return journal

    assert [row.state for row in asyncio.run(work()).rows] == ["done"]


def test_a_write_that_fails_for_a_caller_who_is_gone_is_not_printed_by_asyncio():
    class Full(MemoryJournal):
        started = threading.Event()
        may_end = threading.Event()

        def begin(self, run_id: str, key: str, request: JsonValue) -> Started | Replayed:
            self.started.set()
            self.may_end.wait()
            raise StoreError("the disk is full")

    async def work() -> list[object]:
        printed: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: printed.append(what))
        journal = Full()
        task = asyncio.create_task(JournaledModel(TestModel(["ok"]), journal, "run-1", unchanged).complete(HI))
        await asyncio.to_thread(journal.started.wait)
        task.cancel()
        await asyncio.sleep(0)
        journal.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        gc.collect()
        return printed

    assert asyncio.run(work()) == []


def test_secrets_are_neither_sent_nor_stored():
    request = Request(
        messages=(
            Message(role="user", content="key sk-secret"),
            Message(
                role="assistant",
                content="using sk-secret",
                tool_requests=(ToolRequest(call_id="c", name="f", arguments='{"key": "sk-secret"}'),),
            ),
            Message(role="tool", call_id="c", content="sk-secret accepted"),
        ),
        tools=(ToolSpec(name="f", description="takes sk-secret"),),
    )
    journal, inner = MemoryJournal(), TestModel(["ok"])
    ask(JournaledModel(inner, journal, "run-1", hide), request)
    assert "sk-secret" not in repr(inner.requests) + repr(journal.rows)
    assert repr(inner.requests).count("<SECRET>") == 5
    assert journal.rows[0].key == call_key(inner.model_id, redacted_request(request, hide))


def test_a_stored_reply_that_cannot_be_read_is_a_store_error():
    journal = MemoryJournal()
    ask(JournaledModel(TestModel(["ok"]), journal, "run-1", unchanged))
    journal.finish("0", {"contents": "?"}, None)
    with pytest.raises(StoreError, match=r"stored reply cannot be read.*run-1"):
        ask(JournaledModel(TestModel([]), journal.reopened(), "run-1", unchanged))


def test_a_request_keeps_its_hash_when_defaults_are_spelled_out():
    assert request_hash(HI) == request_hash(Request(messages=HI.messages, tools=(), temperature=None))
    assert request_hash(HI) != request_hash(Request(messages=HI.messages, temperature=0))
