"""A program as an agent: what it is told, how it ends, and that nothing of it is left."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seasoned.errors import AgentUnreachable, ConfigError, SeasonedError
from seasoned.evaluate.agents.command import CommandAgent
from seasoned.evaluate.attempt import Attempted
from seasoned.evaluate.tools.serving import serving
from seasoned.llm.model import ToolRequest
from tests.evaluate.agents.trials import Counter, appeared, ended, program, trial

_WITH_GRANDCHILD = """
import os, subprocess, sys, time
inner = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", inner, sys.argv[1] + ".new"])
while not os.path.exists(sys.argv[1] + ".new") or not open(sys.argv[1] + ".new").read():
    time.sleep(0.01)
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""
"""Starts a process that inherits its output, and writes that one's number down."""


def run(code: str, *words: str, timeout_s: float = 60) -> Attempted:
    return asyncio.run(CommandAgent(program(code, *words), timeout_s=timeout_s).attempt(trial(), None))


def test_it_is_told_the_trial_on_stdin() -> None:
    attempted = run("import json, sys; print(json.dumps({'answer': json.load(sys.stdin)}))")
    assert json.loads(attempted.answer) == {
        "task": {"key": "t1", "text": "What is 2 + 2?"},
        "prompt": "Be brief.",
        "inputs": {},
        "trial": 0,
        "seed": 7,
        "run_key": "t1 trial 0",
    }


def test_its_messages_become_the_steps() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"by": 2}'}}
    messages = [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "4"},
        {"role": "assistant", "content": "It is 4."},
    ]
    said = {"messages": messages, "usage": {"input_tokens": 5}, "model": "m", "state": {"total": 4}}
    attempted = run(f"print({json.dumps(json.dumps(said))})")
    kinds = [step.kind for step in attempted.trace.steps]
    assert kinds == ["system", "user", "tool_call", "tool_result", "assistant"]
    assert attempted.trace.steps[2].pair == 3
    assert (attempted.ended, attempted.answer, attempted.state) == ("answered", "It is 4.", {"total": 4})
    assert (attempted.trace.model, attempted.trace.usage.input_tokens) == ("m", 5)


def test_a_conversation_told_in_full_is_not_told_twice() -> None:
    messages = [
        {"role": "system", "content": "My own words."},
        {"role": "user", "content": "What is 2 + 2, please?"},
        {"role": "assistant", "content": "4"},
    ]
    attempted = run(f"print({json.dumps(json.dumps({'messages': messages, 'answer': '4'}))})")
    assert [step.text for step in attempted.trace.steps] == ["My own words.", "What is 2 + 2, please?", "4"]


def test_a_program_need_not_read_what_it_is_told() -> None:
    agent = CommandAgent(program("""print('{"answer": "4"}')"""))
    attempted = asyncio.run(agent.attempt(trial("x" * 1_000_000), None))
    assert attempted.answer == "4"


def test_no_shell_sees_its_words(tmp_path: Path) -> None:
    attempted = run("import json, sys; print(json.dumps({'answer': sys.argv[1]}))", f"$(touch {tmp_path}/x); `id` *")
    assert attempted.answer == f"$(touch {tmp_path}/x); `id` *"
    assert not (tmp_path / "x").exists()


def test_a_crash_is_told_by_the_end_of_stderr() -> None:
    attempted = run("import sys; print('x' * 9000, file=sys.stderr); raise KeyError('no such order')")
    assert attempted.ended == "crashed"
    assert attempted.error.startswith("it ended with exit code 1: ")
    assert attempted.error.endswith("KeyError: 'no such order'")
    assert len(attempted.error) == 500
    assert attempted.trace.steps[-1].kind == "error"
    assert attempted.answer == ""


def test_an_answer_does_not_excuse_an_exit_code() -> None:
    attempted = run("""print('{"answer": "4"}'); raise SystemExit(3)""")
    assert (attempted.ended, attempted.answer, attempted.error) == ("crashed", "4", "it ended with exit code 3")


def test_a_signal_is_named() -> None:
    assert "SIGKILL" in run("import os; os.kill(os.getpid(), 9)").error


def test_an_agent_that_says_it_failed_has_crashed() -> None:
    attempted = run("""print('{"error": "no idea", "answer": "4"}')""")
    assert (attempted.ended, attempted.error) == ("crashed", "no idea")


def test_exit_code_75_blames_something_outside() -> None:
    with pytest.raises(AgentUnreachable, match="the gateway is down"):
        run("import sys; print('the gateway is down', file=sys.stderr); sys.exit(75)")


@pytest.mark.parametrize("printed", ["", "not JSON", "{}", '{"messages": [1]}'])
def test_what_is_no_answer_is_unreadable(printed: str) -> None:
    attempted = run(f"import sys; print({printed!r}); print('and why', file=sys.stderr)")
    assert attempted.ended == "unreadable"
    assert attempted.error.startswith("what it printed is no answer: ")
    assert attempted.error.endswith("and why")


def test_output_without_end_is_cut_off_and_the_program_killed() -> None:
    attempted = run("import sys\nwhile True: sys.stdout.write('x' * 100_000)")
    assert attempted.ended == "unreadable"
    assert "more than 16,777,216 bytes" in attempted.error


def test_stderr_without_end_is_not_kept() -> None:
    attempted = run("""import sys; sys.stderr.write('x' * 20_000_000); print('{"answer": "4"}')""")
    assert attempted.answer == "4"


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    # A busy machine takes its time to start two programs.
    for timeout_s in (2, 8, 32):
        attempted = run(f"{_WITH_GRANDCHILD}\ntime.sleep(600)", str(child), timeout_s=timeout_s)
        assert attempted.ended == "timed out"
        assert attempted.error == f"it had not ended after {timeout_s} s and was killed"
        if child.exists():
            break
    assert ended(int(child.read_text()))


def test_a_child_that_holds_the_output_open_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    child = tmp_path / "child"
    attempted = run(f"""{_WITH_GRANDCHILD}\nprint('{{"answer": "4"}}')""", str(child))
    assert (attempted.ended, attempted.answer) == ("answered", "4")
    assert ended(int(child.read_text()))


def test_a_child_may_end_the_answer_after_the_program() -> None:
    attempted = run("""
import os, time
if os.fork() == 0:
    time.sleep(0.05)
    os.write(1, b'"4"}')
else:
    os.write(1, b'{"answer": ')
    os._exit(0)
""")
    assert attempted.answer == "4"


def test_ctrl_c_kills_the_program_and_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = """
import asyncio, sys
from seasoned.evaluate.agents.command import CommandAgent
from tests.evaluate.agents.trials import program, trial
agent = CommandAgent(program(sys.argv[1] + "\\ntime.sleep(600)", sys.argv[2]))
asyncio.run(agent.attempt(trial(), None))
"""
    root = Path(__file__).parents[3]
    words = [sys.executable, "-c", code, _WITH_GRANDCHILD, str(child)]
    ours = subprocess.Popen(words, cwd=root, stderr=subprocess.PIPE, start_new_session=True)
    while not child.exists() and ours.poll() is None:
        time.sleep(0.01)
    os.kill(ours.pid, signal.SIGINT)
    _, said = ours.communicate(timeout=60)
    assert b"KeyboardInterrupt" in said
    assert ended(int(child.read_text()))


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("./no-such-program",), "No such file"),
        (("no-such-program-anywhere",), "No such file"),
        (("/",), "Permission denied"),
    ],
)
def test_a_command_that_cannot_be_started_stops_everything(argv: tuple[str, ...], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        asyncio.run(CommandAgent(argv).attempt(trial(), None))


def test_a_file_that_is_no_program_stops_everything(tmp_path: Path) -> None:
    script = tmp_path / "agent"
    script.write_text("no program")
    with pytest.raises(ConfigError, match="Permission denied"):
        asyncio.run(CommandAgent((str(script),)).attempt(trial(), None))
    script.chmod(0o755)
    with pytest.raises(ConfigError, match="Exec format"):
        asyncio.run(CommandAgent((str(script),)).attempt(trial(), None))


def test_a_machine_without_room_for_a_process_is_none_of_the_agents_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("seasoned.evaluate.agents.command.run_program", full)
    with pytest.raises(AgentUnreachable, match="temporarily unavailable"):
        asyncio.run(CommandAgent(("agent",)).attempt(trial(), None))


def test_it_runs_where_it_is_told(tmp_path: Path) -> None:
    agent = CommandAgent(program("import json, os; print(json.dumps({'answer': os.getcwd()}))"), cwd=str(tmp_path))
    assert asyncio.run(agent.attempt(trial(), None)).answer == str(tmp_path)


def test_an_edited_script_is_another_agent(tmp_path: Path) -> None:
    script = tmp_path / "agent.py"
    script.write_text("one")
    command = sys.executable, "agent.py", "--seed", "1"
    before = CommandAgent(command, cwd=str(tmp_path)).identity
    assert CommandAgent(command, cwd=str(tmp_path)).identity == before
    script.write_text("two")
    assert CommandAgent(command, cwd=str(tmp_path)).identity != before


def test_only_files_are_looked_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    identity = CommandAgent(("agent", "pipe", "/dev/zero", ".", "x" * 5000), cwd=str(tmp_path)).identity
    assert identity["files"] == {}


def test_it_is_told_the_suites_tools() -> None:
    agent = CommandAgent(program("import json, sys; print(json.dumps({'answer': json.load(sys.stdin)}))"))
    told = json.loads(asyncio.run(agent.attempt(trial(), Counter())).answer)
    (tool,) = told["tools"]
    assert (tool["name"], tool["description"]) == ("add", "Add to the number.")
    assert tool["parameters"]["required"] == ["by"]
    assert told["tools_url"].startswith("http://127.0.0.1:")


def test_a_program_that_is_killed_while_it_calls_leaves_the_world_to_be_graded(tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    class Slow(Counter):
        async def call(self, request: ToolRequest) -> str:
            if request.arguments == "slow":
                begun.touch()
                await asyncio.sleep(600)
            return await super().call(request)

    code = """
import json, os, sys, threading, time
from urllib.request import ProxyHandler, Request, build_opener
url = json.load(sys.stdin)["tools_url"] + "/add"
def call(body):
    build_opener(ProxyHandler({})).open(Request(url, body)).read()
call(b'{"by": 2}')
threading.Thread(target=call, args=[b"slow"], daemon=True).start()
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
os.kill(os.getpid(), 9)
"""
    attempted = asyncio.run(CommandAgent(program(code, str(begun))).attempt(trial(), Slow()))
    assert (attempted.ended, attempted.error, attempted.state) == (
        "crashed",
        "it was killed by signal SIGKILL",
        {"total": 2},
    )
    kinds = [step.kind for step in attempted.trace.steps]
    assert kinds == ["system", "user", "tool_call", "tool_result", "tool_call", "error"]
    assert attempted.trace.steps[4].pair is None


def test_a_program_that_left_its_group_changes_nothing_after_the_end(tmp_path: Path) -> None:
    """It waits until its trial is over, and then writes down what its call was answered."""
    said, world = tmp_path / "said", Counter()
    later = """
import os, sys, time
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
url, said = sys.argv[1:]
while not os.path.exists(said + ".over"):
    time.sleep(0.01)
try:
    answer = build_opener(ProxyHandler({})).open(Request(url, b'{"by": 2}')).status
except HTTPError as error:
    answer = error.code
with open(said + ".new", "w") as file:
    file.write(str(answer))
os.rename(said + ".new", said)
"""
    code = f"""
import json, subprocess, sys
url = json.load(sys.stdin)["tools_url"] + "/add"
nowhere = subprocess.DEVNULL
words = [sys.executable, "-c", {later!r}, url, sys.argv[1]]
subprocess.Popen(words, start_new_session=True, stdout=nowhere, stderr=nowhere)
print('{{"answer": "4"}}')
"""

    async def evaluation() -> Attempted:
        async with serving():
            attempted = await CommandAgent(program(code, str(said))).attempt(trial(), world)
            (tmp_path / "said.over").touch()
            assert await asyncio.to_thread(appeared, said)
            return attempted

    attempted = asyncio.run(evaluation())
    assert (attempted.answer, said.read_text(), world.total) == ("4", "404", 0)


def test_a_world_that_fails_is_none_of_the_programs_faults(tmp_path: Path) -> None:
    class Down(Counter):
        async def call(self, request: ToolRequest) -> str:
            raise AgentUnreachable("the database is down")

    code = f"""{_WITH_GRANDCHILD}
import json
from urllib.request import ProxyHandler, build_opener
build_opener(ProxyHandler({{}})).open(json.load(sys.stdin)["tools_url"] + "/add", b"{{}}")
"""
    child = tmp_path / "child"
    with pytest.raises(AgentUnreachable, match="database is down"):
        asyncio.run(CommandAgent(program(code, str(child))).attempt(trial(), Down()))
    assert ended(int(child.read_text()))


@pytest.mark.parametrize(("argv", "timeout_s"), [((), 1.0), (("",), 1.0), (("a\0b",), 1.0), (("a",), 0.0)])
def test_a_command_that_makes_no_sense_is_refused(argv: tuple[str, ...], timeout_s: float) -> None:
    with pytest.raises(SeasonedError) as raised:
        CommandAgent(argv, timeout_s=timeout_s)
    assert isinstance(raised.value, ConfigError)


@pytest.mark.parametrize("direct", ["", "desk.example"])
def test_no_proxy_is_asked_for_the_tools(monkeypatch: pytest.MonkeyPatch, direct: str) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", direct)
    code = """
import json, os, sys
from urllib.request import Request, urlopen
url = json.load(sys.stdin)["tools_url"] + "/add"
total = urlopen(Request(url, b'{"by": 2}')).read().decode()
print(json.dumps({"answer": total + os.environ["no_proxy"] + os.environ["http_proxy"]}))
"""
    world = Counter()
    attempted = asyncio.run(CommandAgent(program(code)).attempt(trial(), world))
    assert (attempted.ended, world.total) == ("answered", 2)
    assert attempted.answer.endswith(f"{direct},127.0.0.1http://127.0.0.1:9".removeprefix(","))
