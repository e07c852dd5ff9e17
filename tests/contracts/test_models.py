"""What every `Model` does, whatever is behind it: a provider, a script, a recording, or another model."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from seasoned.errors import ProviderError
from seasoned.llm.account import Account, BudgetedModel
from seasoned.llm.budget import Budget
from seasoned.llm.journal import JournaledModel
from seasoned.llm.model import Message, Model, Reply, Request, ToolSpec
from seasoned.llm.pacing import Pace, PacedModel
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.llm.recording import Recorder, ReplayModel
from seasoned.llm.shares import Shares
from seasoned.llm.testing import TestModel
from tests.llm.memory_journal import MemoryJournal
from tests.llm.standin import Fault, serving

PLAIN = Request(messages=(Message(role="system", content="Be brief."), Message(role="user", content="hi")))
WITH_TOOLS = PLAIN.model_copy(update={"tools": (ToolSpec(name="search"),), "temperature": 0.0})

Make = Callable[[ExitStack, Path, bool], Model]
"""Makes a model that answers "hello" to any request; with True, one whose provider fails."""


def scripted(_stack: ExitStack, _folder: Path, fails: bool) -> Model:
    def answer(_: Request) -> str:
        if fails:
            raise ProviderError("down")
        return "hello"

    return TestModel(answer)


def provider(stack: ExitStack, _folder: Path, fails: bool) -> Model:
    standin = stack.enter_context(serving())
    standin.faults = [Fault(status=400)] if fails else []
    return resolve("openai:gpt-4o", base_url=standin.url, config=ProviderConfig(max_retries=0))


def recorder(stack: ExitStack, folder: Path, fails: bool) -> Model:
    return Recorder(scripted(stack, folder, fails), folder / "recorder.jsonl")


def replay(stack: ExitStack, folder: Path, fails: bool) -> Model:
    recording = recorder(stack, folder, False)
    for request in () if fails else (PLAIN, WITH_TOOLS):
        asyncio.run(recording.complete(request))
    return ReplayModel(folder / "recorder.jsonl")


def journaled(stack: ExitStack, folder: Path, fails: bool) -> Model:
    return JournaledModel(scripted(stack, folder, fails), MemoryJournal(), "run-1", str)


def budgeted(stack: ExitStack, folder: Path, fails: bool) -> Model:
    return BudgetedModel(scripted(stack, folder, fails), Account(Budget(max_calls=100)))


def paced(stack: ExitStack, folder: Path, fails: bool) -> Model:
    return PacedModel(scripted(stack, folder, fails), Pace())


def shared(stack: ExitStack, folder: Path, fails: bool) -> Model:
    account = Account(Budget(max_calls=100))
    return Shares(account, 2).open().of(BudgetedModel(scripted(stack, folder, fails), account))


def all_wrapped(stack: ExitStack, folder: Path, fails: bool) -> Model:
    recording = Recorder(provider(stack, folder, fails), folder / "wrapped.jsonl")
    return BudgetedModel(JournaledModel(recording, MemoryJournal(), "run-1", str), Account(Budget(max_calls=100)))


MAKERS: list[Make] = [scripted, provider, recorder, replay, journaled, budgeted, paced, shared, all_wrapped]


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Callable[[bool], Model]]:
    with ExitStack() as stack:
        yield lambda fails: request.param(stack, tmp_path, fails)


def test_it_is_a_model_with_an_id_of_provider_and_name(make: Callable[[bool], Model]):
    model = make(False)
    assert isinstance(model, Model)
    before, colon, after = model.model_id.partition(":")
    assert all((before, colon, after))


@pytest.mark.parametrize("request_", [PLAIN, WITH_TOOLS], ids=["plain", "tools"])
def test_it_answers_with_a_reply_and_leaves_the_request_alone(make: Callable[[bool], Model], request_: Request):
    before = request_.model_dump_json()
    reply = asyncio.run(make(False).complete(request_))
    assert (reply.content, reply.finish_reason) == ("hello", "stop")
    assert reply.cost_usd is None or reply.cost_usd > 0
    assert Reply.model_validate_json(reply.model_dump_json()) == reply
    assert request_.model_dump_json() == before


def test_it_serves_many_tasks_at_once_and_one_event_loop_after_another(make: Callable[[bool], Model]):
    model = make(False)

    async def many() -> list[Reply]:
        return await asyncio.gather(*(model.complete(PLAIN) for _ in range(5)))

    assert [reply.content for reply in asyncio.run(many()) + asyncio.run(many())] == ["hello"] * 10


def test_a_failure_is_a_provider_error(make: Callable[[bool], Model]):
    model = make(True)
    with pytest.raises(ProviderError):
        asyncio.run(model.complete(PLAIN))


def test_a_cancelled_call_ends_as_cancelled_and_the_model_goes_on(make: Callable[[bool], Model]):
    model = make(False)

    async def cancel_then_ask() -> Reply:
        task = asyncio.create_task(model.complete(PLAIN))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await model.complete(PLAIN)

    assert asyncio.run(cancel_then_ask()).content == "hello"
