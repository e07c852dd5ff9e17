"""What every agent under test does, whichever way it is called."""

import asyncio
import json
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.evaluate.agents.command import CommandAgent
from seasoned.evaluate.agents.http import HttpAgent
from seasoned.evaluate.agents.model import ModelAgent, ModelAgentConfig
from seasoned.evaluate.agents.nothing import NothingAgent
from seasoned.evaluate.agents.python import PythonAgent
from seasoned.evaluate.attempt import Attempt, Attempted, EvaluatedAgent, World
from seasoned.llm.model import Reply, Request, ToolRequest
from seasoned.llm.testing import TestModel
from seasoned.store.store import Store
from tests.evaluate.agents.trials import Counter, appeared, ended, program, trial
from tests.evaluate.agents.web_agent import Says, serving
from tests.evaluate.tools.asking import asked

ECHO, HANG = "\x01echo", "\x01hang"
"""Instead of a text to give: say the task again; or say that it has begun, and then nothing more."""

_PROGRAM = """
import json, os, sys, time
folder, what = sys.argv[1], open(sys.argv[1] + "/says", encoding="utf-8", newline="").read()
asked = json.load(sys.stdin)
if what == "\\x01hang":
    with open(folder + "/pid.new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(folder + "/pid.new", folder + "/pid")
    time.sleep(600)
said = json.dumps({"answer": asked["task"]["text"]}) if what == "\\x01echo" else what
sys.stdout.buffer.write(said.encode("utf-8"))
"""

Make = Callable[[ExitStack, Path, str], EvaluatedAgent]
"""Makes an agent that gives a text: as its whole output where it has one, else as its words."""


def python(_stack: ExitStack, folder: Path, says: str) -> EvaluatedAgent:
    async def agent(task: str, prompt: str) -> str:
        if says == HANG:
            (folder / "begun").touch()
            await asyncio.sleep(600)
        return task if says == ECHO else says

    return PythonAgent(agent)


def command(_stack: ExitStack, folder: Path, says: str) -> EvaluatedAgent:
    (folder / "says").write_text(says, encoding="utf-8", newline="")
    return CommandAgent(program(_PROGRAM, str(folder)))


def web(stack: ExitStack, folder: Path, says: str) -> EvaluatedAgent:
    def say(told: dict[str, Any]) -> Says:
        if says == HANG:
            (folder / "begun").touch()
            return Says(hangs=True)
        return Says(json.dumps({"answer": told["task"]["text"]}).encode() if says == ECHO else says.encode())

    return HttpAgent(stack.enter_context(serving(say)).url)


def model(_stack: ExitStack, folder: Path, says: str) -> EvaluatedAgent:
    async def answer(request: Request) -> str:
        if says == HANG:
            (folder / "begun").touch()
            await asyncio.sleep(600)
        return request.messages[-1].content if says == ECHO else says

    return ModelAgent(TestModel(answer), ModelAgentConfig(max_steps=3))


def nothing(_stack: ExitStack, _folder: Path, _says: str) -> EvaluatedAgent:
    return NothingAgent()


_WITH_TOOLS = """
import json, sys
from urllib.request import ProxyHandler, Request, build_opener
url = json.load(sys.stdin)["tools_url"] + "/add"
for by in (2, 3):
    with build_opener(ProxyHandler({})).open(Request(url, json.dumps({"by": by}).encode())) as answer:
        total = json.loads(json.load(answer)["result"])["total"]
print(json.dumps({"answer": f"It is {total}."}))
"""


def command_with_tools(_stack: ExitStack) -> EvaluatedAgent:
    return CommandAgent(program(_WITH_TOOLS))


def web_with_tools(stack: ExitStack) -> EvaluatedAgent:
    def say(told: dict[str, Any]) -> Says:
        url = f"{told['tools_url']}/add"
        asked(url, b'{"by": 2}')
        total = json.loads(asked(url, b'{"by": 3}')[1]["result"])["total"]
        return Says(json.dumps({"answer": f"It is {total}."}).encode())

    return HttpAgent(stack.enter_context(serving(say)).url)


def _add(by: int) -> ToolRequest:
    return ToolRequest(call_id=f"call {by}", name="add", arguments=json.dumps({"by": by}))


def python_with_tools(_stack: ExitStack) -> EvaluatedAgent:
    async def agent(attempt: Attempt, world: World) -> str:
        await world.call(_add(2))
        return f"It is {json.loads(await world.call(_add(3)))['total']}."

    return PythonAgent(agent)


def model_with_tools(_stack: ExitStack) -> EvaluatedAgent:
    def answer(request: Request) -> Reply:
        n_calls = sum(message.role == "tool" for message in request.messages)
        if n_calls < 2:
            return Reply(tool_requests=(_add(2 + n_calls),))
        return Reply(content=f"It is {json.loads(request.messages[-1].content)['total']}.")

    return ModelAgent(TestModel(answer))


THOSE_THAT_WORK_WITH_TOOLS = [python_with_tools, command_with_tools, web_with_tools, model_with_tools]
AGENTS: list[Make] = [python, command, web, model, nothing]
THOSE_THAT_CAN_HANG: list[Make] = [python, command, web, model]


@pytest.fixture
def stack() -> Generator[ExitStack]:
    with ExitStack() as open_things:
        yield open_things


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store]:
    with Store(tmp_path_factory.mktemp("store") / "s.db") as opened:
        yield opened


def worked(agent: EvaluatedAgent, attempt: Attempt) -> Any:
    return asyncio.run(agent.attempt(attempt, None))


@pytest.mark.parametrize("make", AGENTS)
def test_it_says_who_it_is_in_json_that_stays_the_same(make: Make, stack: ExitStack, tmp_path: Path) -> None:
    agent = make(stack, tmp_path, ECHO)
    before = json.dumps(agent.identity, allow_nan=False, sort_keys=True)
    worked(agent, trial())
    assert agent.name
    assert json.dumps(agent.identity, allow_nan=False, sort_keys=True) == before


@pytest.mark.parametrize("make", AGENTS)
def test_a_trial_is_known_by_its_task_and_its_run_key(make: Make, stack: ExitStack, tmp_path: Path) -> None:
    agent = make(stack, tmp_path, ECHO)
    first, second = (worked(agent, trial("one task", number=number)).trace for number in (0, 1))
    for run, number in ((first, 0), (second, 1)):
        assert run.task == trial("one task").task
        assert (run.source.format, run.source.run_key) == ("evaluation", f"t1 trial {number}")
        assert run.agent == agent.name
        assert run.usage.duration_s >= 0
        assert run.started_at is not None
        assert run.outcome is None
    assert first.id != second.id


@pytest.mark.parametrize("make", THOSE_THAT_WORK_WITH_TOOLS)
def test_it_works_in_a_world_with_tools(make: Callable[[ExitStack], EvaluatedAgent], stack: ExitStack) -> None:
    agent = make(stack)
    worlds = [Counter() for _ in range(3)]

    async def all_at_once() -> list[Attempted]:
        return await asyncio.gather(*(agent.attempt(trial(key=f"t{n}"), each) for n, each in enumerate(worlds)))

    for world, attempted in zip(worlds, asyncio.run(all_at_once()), strict=True):
        assert world.total == 5
        assert (attempted.ended, attempted.answer, attempted.state) == ("answered", "It is 5.", {"total": 5})
        steps = attempted.trace.steps
        calls = [(step.name, step.arguments) for step in steps if step.kind == "tool_call"]
        results = [step.text for step in steps if step.kind == "tool_result"]
        assert calls == [("add", {"by": 2}), ("add", {"by": 3})]
        assert results == ['{"total": 2}', '{"total": 5}']
        assert [step.pair for step in steps] == [None, None, 3, 2, 5, 4, None]
        assert attempted.trace.tools == ("add",)


@pytest.mark.parametrize("make", AGENTS)
def test_trials_at_the_same_time_do_not_mix(make: Make, stack: ExitStack, tmp_path: Path) -> None:
    agent = make(stack, tmp_path, ECHO)
    trials = [trial(f"task number {n}", key=f"t{n}") for n in range(8)]

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(agent.attempt(each, None) for each in trials))

    for each, attempted in zip(trials, asyncio.run(all_at_once()), strict=True):
        assert attempted.trace.task == each.task
        assert attempted.trace.source.run_key == each.run_key
        assert attempted.answer == ("" if make is nothing else each.task.text)


@pytest.mark.parametrize("make", THOSE_THAT_CAN_HANG)
def test_a_cancelled_trial_ends_at_once_and_leaves_no_process(make: Make, stack: ExitStack, tmp_path: Path) -> None:
    agent = make(stack, tmp_path, HANG)
    begun = tmp_path / ("pid" if make is command else "begun")

    async def cancelled() -> bool:
        working = asyncio.ensure_future(agent.attempt(trial(), None))
        assert await asyncio.to_thread(appeared, begun)
        working.cancel()
        await asyncio.wait([working])
        return working.cancelled()

    assert asyncio.run(cancelled())
    if make is command:
        assert ended(int(begun.read_text()))


HOSTILE = {
    "nothing at all": "",
    "spaces": " \n\t ",
    "no JSON": "Traceback (most recent call last):",
    "nul": "\0\0\0",
    "nul and a lone surrogate": '{"answer": "a\\u0000b\\ud800c", "model": "\\udfff", "state": {"\\ud800": "\\u0000"}}',
    "brackets without end": "[" * 200_000,
    "deep": '{"answer": ' + "[" * 400 + "]" * 400 + "}",
    "deep state": '{"answer": "x", "state": ' + '{"a":' * 150 + "1" + "}" * 150 + "}",
    "deep arguments": json.dumps({"messages": [{"role": "assistant", "tool_calls": [
        {"function": {"name": "f", "arguments": '{"a":' + "[" * 5000 + "]" * 5000 + "}"}}]}]}),
    "messages that are none": '{"messages": [1, null, "x", [], {}]}',
    "messages that are no list": '{"messages": {"role": "assistant"}}',
    "a role that is no text": '{"messages": [{"role": 7, "content": 7}]}',
    "contents of no known kind": '{"messages": [{"role": "assistant", "content": [[], 1, {"type": {}}]}]}',
    "infinite": '{"answer": 1e999, "state": [NaN, -Infinity, 1e999]}',
    "numbers without end": '{"answer": ' + "9" * 5000 + "}",
    "beyond 64 bits": '{"answer": "x", "state": ' + "9" * 40 + "}",
    "impossible usage": '{"answer": "x", "usage": {"input_tokens": 1e308, "output_tokens": -1, "cost_usd": NaN}}',
    "no usage": '{"answer": "x", "usage": [], "model": {}, "error": ""}',
    "its own verdict": '{"answer": "x", "score": 1.0, "reward": 1, "success": true, "reference": "x", "task_id": "y"}',
    "its own error": '{"error": {"why": ["\\u001b[31m", null]}}',
    "escapes of a terminal": '{"error": "\\u001b[2J\\u202e"}',
    "a long text": "A" * 2_000_000,
    "a long answer": json.dumps({"answer": "A" * 2_000_000}),
    "base64": json.dumps({"answer": "data:image/png;base64," + "iVBORw0KGgo" * 5000}),
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("make", AGENTS)
def test_whatever_it_gives_becomes_a_trial_that_can_be_stored(
    make: Make, hostile: str, stack: ExitStack, tmp_path: Path, store: Store
) -> None:
    attempted = worked(make(stack, tmp_path, HOSTILE[hostile]), trial())
    run: Trace = attempted.trace
    assert attempted.ended in {"answered", "crashed", "unreadable"}
    assert (attempted.ended == "answered") == (not attempted.error)
    assert len(attempted.error) <= 500
    assert "\x1b" not in attempted.error
    assert run.outcome is None
    assert run.task == trial().task
    json.dumps(attempted.state, allow_nan=False).encode()
    store.traces.add([Parsed(trace=run)])
    assert store.traces.get(run.id).steps == run.steps


@pytest.mark.parametrize("make", THOSE_THAT_CAN_HANG)
def test_it_is_told_the_prompt_and_the_trace_shows_it(make: Make, stack: ExitStack, tmp_path: Path) -> None:
    attempted = worked(make(stack, tmp_path, '{"answer": "four"}'), trial(prompt="Count well."))
    kinds = [(step.kind, step.text) for step in attempted.trace.steps[:2]]
    assert kinds == [("system", "Count well."), ("user", "What is 2 + 2?")]
