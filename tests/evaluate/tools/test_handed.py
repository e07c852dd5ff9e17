"""A trial's tools in an agent's hands: one call after another, while the trial runs, all of it on record."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from pydantic import JsonValue

from seasoned.errors import AgentUnreachable, ProviderError, SeasonedError
from seasoned.evaluate.tools import handed as module
from seasoned.evaluate.tools.handed import HandedTools, NotNow
from seasoned.llm.model import ToolRequest, ToolSpec
from tests.evaluate.agents.trials import Counter


class Does(Counter):
    """A world whose one tool does as a test says."""

    def __init__(self, do: Callable[[ToolRequest], Awaitable[str]]) -> None:
        super().__init__()
        self._do = do

    async def call(self, request: ToolRequest) -> str:
        return await self._do(request)


def test_calls_at_the_same_time_run_one_after_another() -> None:
    n_inside = 0

    async def do(request: ToolRequest) -> str:
        nonlocal n_inside
        assert n_inside == 0
        n_inside += 1
        await asyncio.sleep(0.001)
        n_inside -= 1
        return request.arguments

    async def trial() -> HandedTools:
        handed = HandedTools(Does(do))

        async def work() -> list[str]:
            return await asyncio.gather(*(handed.call("add", str(n)) for n in range(20)))

        assert await handed.until_failed(work()) == [str(n) for n in range(20)]
        return handed

    made = asyncio.run(trial()).made
    assert [(each.request.arguments, each.result) for each in made] == [(str(n), str(n)) for n in range(20)]
    assert len({each.request.call_id for each in made}) == 20


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (ProviderError("the simulated user's model is busy", status=503), ProviderError),
        (AgentUnreachable("the database is down"), AgentUnreachable),
        (KeyError("a mistake of the world"), AgentUnreachable),
        (asyncio.CancelledError(), AgentUnreachable),
    ],
)
def test_a_world_that_fails_ends_the_trial_whatever_the_agent_makes_of_it(
    raised: BaseException, expected: type[SeasonedError]
) -> None:
    async def do(_: ToolRequest) -> str:
        raise raised

    async def trial() -> None:
        handed = HandedTools(Does(do))

        async def work() -> None:
            with pytest.raises(NotNow, match="cannot be reached now"):
                await handed.call("add", "{}")
            await asyncio.sleep(600)

        await handed.until_failed(work())

    with pytest.raises(expected, match=r"busy|down|KeyError: 'a mistake|cancelled from within"):
        asyncio.run(trial())


def test_what_an_agent_says_of_a_world_that_failed_is_not_heard() -> None:
    async def do(_: ToolRequest) -> str:
        raise AgentUnreachable("the database is down")

    async def trial() -> str:
        handed = HandedTools(Does(do))

        async def work() -> str:
            with pytest.raises(NotNow):
                await handed.call("add", "{}")
            raise ValueError("the agent gave up")

        return await handed.until_failed(work())

    with pytest.raises(AgentUnreachable, match="database is down"):
        asyncio.run(trial())


def test_the_end_of_the_trial_ends_a_call_that_runs_and_those_that_wait() -> None:
    begun, changed = asyncio.Event(), list[str]()

    async def do(request: ToolRequest) -> str:
        begun.set()
        await asyncio.sleep(600)
        changed.append(request.arguments)
        return "done"

    async def trial() -> HandedTools:
        handed = HandedTools(Does(do))
        calls = [asyncio.ensure_future(handed.call("add", str(n))) for n in range(3)]
        await handed.until_failed(begun.wait())
        came = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(each) for each in came] == [NotNow] * 3
        with pytest.raises(NotNow, match="has ended"):
            await handed.call("add", "4")
        return handed

    made = asyncio.run(trial()).made
    assert changed == []
    assert [(each.request.arguments, each.result) for each in made] == [("0", None)]


def test_a_call_that_cannot_be_ended_voids_the_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STOPPING_S", 0.05)
    begun, enough = asyncio.Event(), asyncio.Event()

    async def do(_: ToolRequest) -> str:
        begun.set()
        while not enough.is_set():
            try:
                await enough.wait()
            except asyncio.CancelledError:
                continue
        return "done"

    async def trial() -> None:
        handed = HandedTools(Does(do))
        calling = asyncio.ensure_future(handed.call("add", "{}"))
        try:
            await handed.until_failed(begun.wait())
        finally:
            enough.set()
            await asyncio.wait([calling])
            calling.exception()

    with pytest.raises(AgentUnreachable, match="cannot be cancelled"):
        asyncio.run(trial())


def test_who_goes_away_does_not_take_the_call_along() -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()

    async def do(_: ToolRequest) -> str:
        begun.set()
        await going_on.wait()
        return "done"

    async def trial() -> HandedTools:
        handed = HandedTools(Does(do))

        async def work() -> None:
            calling = asyncio.ensure_future(handed.call("add", "1"))
            await begun.wait()
            calling.cancel()
            await asyncio.wait([calling])
            going_on.set()
            await handed.call("add", "2")

        await handed.until_failed(work())
        return handed

    assert [each.result for each in asyncio.run(trial()).made] == ["done", "done"]


def test_calls_without_end_are_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CALLS", 2)
    assert made_of(['{"by": 1}'] * 3) == (['{"total": 1}', '{"total": 2}', "used up"], 2)


def test_arguments_without_end_are_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHARS", 24)
    assert made_of(['{"by": 1}', '{"by": 1}', '{"by": 1}']) == (['{"total": 1}', '{"total": 2}', "used up"], 2)


def test_names_without_end_are_told_to_stop_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHARS", 20)

    async def trial() -> tuple[str, int]:
        handed = HandedTools(Counter())

        async def work() -> str:
            return await handed.call("a" * 20, "{}")

        return await handed.until_failed(work()), len(handed.made)

    answer, n_made = asyncio.run(trial())
    assert ("used up" in answer, n_made) == (True, 0)


def made_of(arguments: list[str]) -> tuple[list[str], JsonValue]:
    """What the calls are answered, shortened where they were not run, and the total in the end."""
    world = Counter()

    async def trial() -> list[str]:
        handed = HandedTools(world)

        async def work() -> list[str]:
            return [await handed.call("add", each) for each in arguments]

        return await handed.until_failed(work())

    return ["used up" if "used up" in said else said for said in asyncio.run(trial())], world.total


def test_a_world_that_answers_no_text_has_failed() -> None:
    async def do(_: ToolRequest) -> str:
        return {"total": 1}  # pyright: ignore[reportReturnType], a world of somebody else's

    async def trial() -> None:
        handed = HandedTools(Does(do))
        await handed.until_failed(handed.call("add", "{}"))

    with pytest.raises(AgentUnreachable, match="a tool of the suite failed"):
        asyncio.run(trial())


def test_the_tools_are_those_of_the_world() -> None:
    async def names() -> tuple[ToolSpec, ...]:
        return HandedTools(Counter()).tools

    assert [tool.name for tool in asyncio.run(names())] == ["add"]


def test_a_world_that_asks_a_model_does_so_on_the_trials_account() -> None:
    trial_is: contextvars.ContextVar[str] = contextvars.ContextVar("trial", default="nobody's")

    async def do(_: ToolRequest) -> str:
        return trial_is.get()

    async def trial(name: str) -> str:
        trial_is.set(name)
        handed = HandedTools(Does(do))

        async def work() -> str:
            # As a request comes in, in the context of whoever carries it.
            elsewhere = asyncio.get_running_loop().create_task(handed.call("add", "{}"), context=contextvars.Context())
            return await elsewhere

        return await handed.until_failed(work())

    async def both() -> tuple[str, str]:
        first, second = await asyncio.gather(trial("first"), trial("second"))
        return first, second

    assert asyncio.run(both()) == ("first", "second")


def test_a_world_that_answers_with_no_text_has_failed() -> None:
    async def do(_: ToolRequest) -> str:
        return cast("str", None)

    async def trial() -> None:
        handed = HandedTools(Does(do))
        await handed.until_failed(handed.call("add", "{}"))

    with pytest.raises(AgentUnreachable, match="no text but NoneType"):
        asyncio.run(trial())
