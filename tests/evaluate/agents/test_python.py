"""A Python function as an agent: how it is called, what it may return, and what its errors mean."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from pydantic import BaseModel

from seasoned.core.outcome import Outcome
from seasoned.core.trace import Source, Step, Task, Trace, Usage
from seasoned.errors import AgentUnreachable, BudgetExceeded, ConfigError, ProviderError
from seasoned.evaluate.agents.python import PythonAgent
from seasoned.evaluate.attempt import Attempt, Attempted, World
from seasoned.llm.model import ToolRequest
from tests.evaluate.agents.trials import Counter, trial


def run(function: Callable[..., object], world: World | None = None, *, timeout_s: float = 60) -> Attempted:
    return asyncio.run(PythonAgent(function, timeout_s=timeout_s).attempt(trial(), world))


def called(name: str, arguments: str) -> dict[str, object]:
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}


def told(answer: str) -> Trace:
    """A run as a function may tell it itself."""
    steps = (Step(kind="user", text="What is 2 + 2?"), Step(kind="assistant", text=answer))
    return Trace.of(task=Task(key="t1", text="What is 2 + 2?"), steps=steps, source=Source(format="mine"))


def in_words(task: str, prompt: str) -> str:
    return f"{prompt} {task}"


async def in_words_later(task: str, prompt: str = "") -> str:
    return f"{prompt} {task}"


def in_words_that_are_awaited(task: str, prompt: str) -> Awaitable[str]:
    return in_words_later(task, prompt)


def from_an_attempt(attempt: Attempt) -> str:
    return f"{attempt.prompt} {attempt.task.text}"


def from_what_has_no_annotation(attempt) -> str:  # pyright: ignore[reportMissingParameterType, reportUnknownParameterType]
    return f"{attempt.prompt} {attempt.task.text}"  # pyright: ignore[reportUnknownMemberType]


def from_an_annotation_as_text(attempt: "Attempt", *, loud: bool = False) -> str:
    return f"{attempt.prompt} {attempt.task.text}"


def from_anything(*words: str) -> str:
    return f"{words[1]} {words[0]}"


class Desk:
    async def __call__(self, task: str, prompt: str) -> str:
        return f"{prompt} {task}"

    def method(self, task: str, prompt: str) -> str:
        return f"{prompt} {task}"


def with_more(more: str, task: str, prompt: str) -> str:
    return f"{prompt} {task}{more}"


@pytest.mark.parametrize(
    "function",
    [
        in_words,
        in_words_later,
        from_an_attempt,
        from_what_has_no_annotation,  # pyright: ignore[reportUnknownArgumentType]
        from_an_annotation_as_text,
        from_anything,
        Desk(),
        Desk().method,
        partial(with_more, ""),
        partial(in_words_later),
        in_words_that_are_awaited,
    ],
)
def test_it_is_called_as_its_signature_says(function: Callable[..., object]) -> None:
    attempted = run(function)
    assert (attempted.ended, attempted.answer) == ("answered", "Be brief. What is 2 + 2?")


def test_an_agent_of_the_core_gives_its_trace() -> None:
    async def agent(task: Task, prompt: str) -> Trace:
        steps = Step(kind="user", text=task.text), Step(kind="assistant", text=prompt)
        return Trace.of(
            task=Task(key="its own", text="its own"),
            steps=steps,
            source=Source(format="its own", run_key="its own"),
            usage=Usage(input_tokens=3),
            model="m",
            tools=("add",),
            outcome=Outcome(success=True, source="verifier", name="its own"),
        )

    attempted = run(agent)
    assert attempted.answer == "Be brief."
    assert attempted.trace.task == trial().task
    assert attempted.trace.source == Source(format="evaluation", run_key="t1 trial 0")
    assert (attempted.trace.usage.input_tokens, attempted.trace.model, attempted.trace.tools) == (3, "m", ("add",))
    assert attempted.trace.outcome is None


def test_a_function_may_work_in_the_suites_world() -> None:
    async def agent(attempt: Attempt, world: World) -> str:
        return await world.call(ToolRequest(call_id="1", name="add", arguments='{"by": 4}'))

    attempted = run(agent, Counter())
    assert (attempted.answer, attempted.state) == ('{"total": 4}', {"total": 4})


CLAIMED = {"role": "assistant", "content": None, "tool_calls": [called("add", '{"by": 40}')]}


@pytest.mark.parametrize(
    "answer",
    ["four", {"messages": [CLAIMED, {"role": "assistant", "content": "four"}]}, told("four")],
    ids=["in words", "as messages that claim another call", "as a trace"],
)
def test_the_calls_of_a_function_are_in_its_run_whatever_it_tells_of_them(answer: object) -> None:
    async def agent(attempt: Attempt, world: World) -> object:
        await world.call(ToolRequest(call_id="1", name="add", arguments='{"by": 4}'))
        return answer

    steps = run(agent, Counter()).trace.steps
    calls = [(step.kind, step.arguments or step.text) for step in steps if step.kind.startswith("tool")]
    assert calls == [("tool_call", {"by": 4}), ("tool_result", '{"total": 4}')]
    assert steps[-1].text == "four"


@pytest.mark.parametrize("broken", [OSError("the database is gone"), asyncio.CancelledError(), None], ids=repr)
def test_a_world_that_fails_is_no_fault_of_a_function_that_makes_something_of_it(broken: BaseException | None) -> None:
    class Broken(Counter):
        async def call(self, request: ToolRequest) -> str:
            if broken is None:
                return cast("str", None)
            raise broken

    async def agent(attempt: Attempt, world: World) -> str:
        try:
            return await world.call(ToolRequest(call_id="1", name="add", arguments="{}"))
        except AgentUnreachable:
            return "I could not add."

    with pytest.raises(AgentUnreachable, match="a tool of the suite failed"):
        run(agent, Broken())


def test_a_function_that_goes_on_after_its_time_changes_nothing_more() -> None:
    world, over, tried = Counter(), threading.Event(), threading.Event()
    found: list[Exception] = []

    def agent(attempt: Attempt, world: World) -> str:
        over.wait(60)
        try:
            asyncio.run(call_of(world))
        except AgentUnreachable as error:
            found.append(error)
        tried.set()
        return "late"

    async def call_of(world: World) -> str:
        return await world.call(ToolRequest(call_id="1", name="add", arguments='{"by": 4}'))

    attempted = run(agent, world, timeout_s=0.05)
    over.set()
    assert tried.wait(60)
    assert (attempted.ended, world.total, len(found)) == ("timed out", 0, 1)


def test_a_function_without_a_world_cannot_be_handed_tools() -> None:
    with pytest.raises(ConfigError, match="worked with add"):
        run(in_words, Counter())


def returning(value: object) -> Callable[[str, str], object]:
    def agent(task: str, prompt: str) -> object:
        return value

    return agent


class ClientMessage(BaseModel):
    """As the objects of a model's client are."""

    role: str
    content: str
    refusal: str | None = None


@pytest.mark.parametrize(
    "returned",
    [
        [{"role": "assistant", "content": "4"}],
        ({"role": "assistant", "content": "4"},),
        [ClientMessage(role="assistant", content="4")],
        {"messages": [ClientMessage(role="assistant", content="4")]},
        {"answer": "4"},
        "4",
    ],
)
def test_it_may_return_words_or_messages(returned: object) -> None:
    attempted = run(returning(returned))
    assert (attempted.ended, attempted.answer) == ("answered", "4")


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        (None, "NoneType"),
        (4, "int"),
        ([], "neither"),
        ([4], "no role"),
        ({"x": object()}, "object"),
        ([{4}], "no role"),
    ],
)
def test_anything_else_is_unreadable(returned: object, why: str) -> None:
    attempted = run(returning(returned))
    assert attempted.ended == "unreadable"
    assert why in attempted.error


def test_a_value_that_holds_itself_is_unreadable() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    assert run(returning(cycle)).ended == "unreadable"


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


ERRORS = [
    (ValueError("no such order"), "ValueError: no such order"),
    (SystemExit(3), "it tried to end the program (SystemExit: 3)"),
    (StopIteration(), "StopIteration"),
    (TimeoutError("its own"), "TimeoutError: its own"),
    (asyncio.CancelledError(), "it cancelled itself (CancelledError)"),
    (Wordless(), "Wordless"),
]


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize(("error", "said"), ERRORS, ids=[said for _, said in ERRORS])
def test_what_it_raises_is_a_crash(error: BaseException, said: str, is_async: bool) -> None:
    def now(task: str, prompt: str) -> NoReturn:
        raise error

    async def later(task: str, prompt: str) -> NoReturn:
        raise error

    attempted = run(later if is_async else now)
    assert attempted.ended == "crashed"
    assert said in attempted.error
    assert attempted.trace.steps[-1].kind == "error"


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize(
    "error", [ProviderError("down"), AgentUnreachable("down"), ConfigError("no key"), BudgetExceeded("spent")]
)
def test_what_lies_outside_of_it_passes_through(error: Exception, is_async: bool) -> None:
    def now(task: str, prompt: str) -> NoReturn:
        raise error

    async def later(task: str, prompt: str) -> NoReturn:
        raise error

    with pytest.raises(type(error)) as raised:
        run(later if is_async else now)
    assert raised.value is error


def test_an_async_function_that_hangs_is_cancelled() -> None:
    cancelled: list[bool] = []

    async def agent(task: str, prompt: str) -> str:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return ""

    attempted = run(agent, timeout_s=0.05)
    assert (attempted.ended, attempted.error, cancelled) == ("timed out", "it had not returned after 0.05 s", [True])


def test_a_function_that_hangs_on_a_thread_is_left_to_itself() -> None:
    hold = threading.Event()

    def agent(task: str, prompt: str) -> str:
        hold.wait()
        return ""

    try:
        assert run(agent, timeout_s=0.05).ended == "timed out"
    finally:
        hold.set()


def test_a_thread_that_hangs_does_not_hold_up_the_end_of_the_program() -> None:
    code = """
import asyncio, threading
from seasoned.evaluate.agents.python import PythonAgent
from tests.evaluate.agents.trials import trial
agent = PythonAgent(lambda task, prompt: threading.Event().wait(), timeout_s=0.05)
print(asyncio.run(agent.attempt(trial(), None)).ended)
"""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "timed out\n"


def nothing_to_take() -> str:
    return ""


def no_prompt(task: str) -> str:
    return task


def too_much(task: str, prompt: str, more: str) -> str:
    return task


def needs_more(task: str, prompt: str, *, more: str) -> str:
    return task


@pytest.mark.parametrize("function", [nothing_to_take, no_prompt, too_much, needs_more])
def test_a_function_that_cannot_be_called_with_a_trial_is_refused(function: Callable[..., object]) -> None:
    with pytest.raises(ConfigError, match="cannot be called with a trial") as raised:
        PythonAgent(function)
    assert raised.value.where == f"{__name__}:{function.__name__}"


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ConfigError, match="no function"):
        PythonAgent("agent")  # pyright: ignore[reportArgumentType]


def test_it_needs_time() -> None:
    with pytest.raises(ConfigError, match="0 s"):
        PythonAgent(in_words, timeout_s=0)


def test_another_source_or_other_settings_make_another_agent() -> None:
    plain = PythonAgent(in_words)
    assert plain.identity == PythonAgent(in_words).identity
    assert plain.identity != PythonAgent(from_anything).identity
    assert plain.identity != PythonAgent(in_words, settings={"model": "m"}).identity
    assert PythonAgent(in_words, "mine").name == "mine"
