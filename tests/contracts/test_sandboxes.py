"""What every sandbox must do: run the code that models write, survive what they should not write, and hold."""

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import JsonValue

from seasoned.errors import BudgetExceeded, SandboxError, StoreError
from seasoned.sandbox.cpython.pool import CPythonPool
from seasoned.sandbox.monty import MontyPool
from seasoned.sandbox.sandbox import HostFunction, Limits, SandboxPool, Turn
from tests.contracts.sandbox_attacks import ATTACKS
from tests.contracts.sandbox_code import BOMBS, ERRORS, QUICK, SNIPPETS
from tests.sandbox.having import need_cpython

POOLS: Mapping[str, Callable[[], SandboxPool]] = {"monty": MontyPool, "cpython": CPythonPool}
SMALL = Limits(duration_s=0.5, memory_bytes=48 << 20, output_chars=2_000, host_calls=100, code_chars=5_000)
TRACES: JsonValue = [
    {"id": "a", "steps": [{"kind": "user", "text": "Cancel it"}, {"kind": "tool_call", "text": "cancel()"}]},
    {"id": "b", "steps": [{"kind": "user", "text": "Refund 80 €"}]},
]
SIGNS = {
    "kernel": r"Operation not permitted|can't start new thread|32512|EOFError",
    "absent": r"(ModuleNotFound|Name|Attribute|Index|Key|Type|ZipImport)Error",
    "empty": r"environ\(\{\}\)|None|\{\}|\[\]",
    "inside": r"object at|<class|<module|<code|__name__|can be called only|\bb'|\b0\b",
}
"""How a wall shows in what the code's author sees; 32512 is the shell that could not be started."""
SECRET = "the-planted-secret-4711"


@pytest.fixture(params=sorted(POOLS))
def pool(request: pytest.FixtureRequest) -> SandboxPool:
    if request.param == "cpython":
        need_cpython()
    return POOLS[request.param]()


async def ask(question: JsonValue, times: JsonValue = 1) -> JsonValue:
    return [question] * times if isinstance(times, int) else None


async def submit(answer: JsonValue) -> JsonValue:
    if answer == "wrong":
        raise ValueError("that is wrong: say something else")
    return {"accepted": answer}


FUNCTIONS: Mapping[str, HostFunction] = {"ask": ask, "submit": submit}


def turns(
    pool: SandboxPool,
    codes: Sequence[str],
    *,
    limits: Limits = SMALL,
    functions: Mapping[str, HostFunction] = FUNCTIONS,
) -> list[Turn]:
    """What became of the codes, run one after the other in one session."""

    async def work() -> list[Turn]:
        async with pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={"traces": TRACES}, functions=functions, final="submit", limits=limits)
            done = [await sandbox.run(code) for code in codes]
            await sandbox.close()
            return done

    return asyncio.run(work())


@pytest.mark.parametrize("name", SNIPPETS)
def test_it_runs_what_models_write(pool: SandboxPool, name: str) -> None:
    code, printed = SNIPPETS[name]
    (turn,) = turns(pool, [code])
    assert turn.error is None
    if printed is not None:
        assert turn.stdout == printed


def test_names_persist_from_turn_to_turn_and_the_last_expression_is_the_value(pool: SandboxPool) -> None:
    first, second, third = turns(pool, ["x = [t['id'] for t in traces]", "x + ['ü']", "None"])
    assert (first.value, second.value, third.value) == (None, "['a', 'b', 'ü']", None)


def test_equal_code_gives_equal_turns(pool: SandboxPool) -> None:
    codes = [
        "import random, datetime, time\nprint(random.random(), datetime.datetime.now(), time.time())",
        "print({'b', 'a', 'c'}, lambda: 1)\nobject()",
        "1 / 0",
    ]
    assert turns(pool, codes) == turns(pool, codes)


def test_host_functions_are_called_by_name_without_await(pool: SandboxPool) -> None:
    turn, bad, wrong = turns(pool, ["def twice(q):\n    return ask(q, times=2)\ntwice('so?')", "ask()", "ask({1, 2})"])
    assert turn.value == "['so?', 'so?']"
    assert bad.error_kind == "code"
    assert "ask(): missing a required argument: 'question'" in str(bad.error)
    assert "ask(): only text, numbers, lists and dicts can be passed, not set" in str(wrong.error)


def test_a_readable_error_of_a_host_function_is_an_exception_in_the_code(pool: SandboxPool) -> None:
    turn, told = turns(pool, ["try:\n    submit('wrong')\nexcept ValueError as e:\n    print(e)", "submit('wrong')"])
    assert turn.stdout == "that is wrong: say something else\n"
    assert (turn.ended, told.ended) == (False, False)
    assert "that is wrong" in str(told.error)


def test_numbers_too_large_for_a_library_are_an_error_of_the_code(pool: SandboxPool) -> None:
    _, bad, after = turns(pool, ["keep = 1", "import statistics\nstatistics.fmean([1e308, 1e308])", "keep"])
    assert bad.error_kind == "code"
    assert "OverflowError" in str(bad.error)
    assert after.value == "1"


async def wait_forever() -> JsonValue:
    await asyncio.Event().wait()
    return None


async def keep_busy() -> JsonValue:
    time.sleep(0.03)  # noqa: ASYNC251
    return None


@pytest.mark.parametrize("work", [wait_forever, keep_busy])
def test_host_calls_that_take_too_long_together_stop_the_code(pool: SandboxPool, work: HostFunction) -> None:
    limits = SMALL.model_copy(update={"host_duration_s": 0.1})
    codes = ["keep = 1", "keep = 2\nfor _ in range(50):\n    work()", "keep"]
    _, stopped, after = turns(pool, codes, limits=limits, functions={"work": work, "submit": submit})
    assert stopped.error_kind == "limit"
    assert "the host calls of the code took longer than 0.1 s" in str(stopped.error)
    assert after.value == "1"


@pytest.mark.parametrize("error", [BudgetExceeded("the run has spent its 2 USD"), StoreError("the disk is full")])
def test_what_ends_the_run_in_a_host_function_reaches_the_caller_and_the_state_survives(
    pool: SandboxPool, error: Exception
) -> None:
    async def spend() -> JsonValue:
        raise error

    async def work() -> Turn:
        async with pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions={"spend": spend}, limits=SMALL)
            await sandbox.run("x = 1")
            with pytest.raises(type(error)):
                await sandbox.run("x = 2\ntry:\n    spend()\nexcept BaseException:\n    pass")
            return await sandbox.run("x")

    assert asyncio.run(work()).value == "1"


def test_the_final_function_ends_the_session_and_cannot_be_caught(pool: SandboxPool) -> None:
    async def work() -> Turn:
        async with pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions=FUNCTIONS, final="submit", limits=SMALL)
            turn = await sandbox.run("print('so')\ntry:\n    submit([1])\nfinally:\n    print('more')")
            with pytest.raises(SandboxError, match="not open"):
                await sandbox.run("1")
            return turn

    turn = asyncio.run(work())
    assert (turn.ended, turn.final, turn.stdout) == (True, {"accepted": [1]}, "so\n")


def test_an_error_names_the_line_and_keeps_what_was_done_before_it(pool: SandboxPool) -> None:
    broken, after = turns(pool, ["x = 1\nprint(x)\nx = traces[7]", "x"])
    assert (broken.stdout, broken.error_kind) == ("1\n", "code")
    assert broken.error == "IndexError: list index out of range\n  at line 3: x = traces[7]"
    assert after.value == "1"


def test_long_output_is_cut_in_the_middle_with_a_note(pool: SandboxPool) -> None:
    printed, shown = turns(pool, ["print('a' * 3000 + 'b')", "'c' * 3000"])
    assert printed.truncated
    assert printed.stdout.startswith("aaa")
    assert printed.stdout.endswith("ab\n")
    assert "[… 1,002 of 3,002 characters of output cut here: print slices …]" in printed.stdout
    assert len(str(shown.value)) < 2_200


@pytest.mark.parametrize("name", BOMBS)
def test_a_limit_is_an_error_to_read_and_the_state_is_the_one_before(pool: SandboxPool, name: str) -> None:
    _, bomb, after = turns(pool, ["keep = [1, 2]", f"keep.append(3)\n{BOMBS[name]}", "keep"])
    assert bomb.error_kind in ("limit", "crash")
    assert "rolled back to the end of your previous turn" in str(bomb.error)
    assert len(str(bomb.error)) < 500
    assert after.value == "[1, 2]"


@pytest.mark.parametrize("name", ERRORS)
def test_what_goes_wrong_is_a_short_error_and_the_session_goes_on(pool: SandboxPool, name: str) -> None:
    _, bad, after = turns(pool, ["keep = [1, 2]", ERRORS[name], "keep"])
    assert bad.error
    assert len(bad.error) < 4_000
    assert after.value == "[1, 2]"


@pytest.mark.parametrize("name", QUICK)
def test_what_would_hang_a_host_does_not(pool: SandboxPool, name: str) -> None:
    _, turn, after = turns(pool, ["keep = [1, 2]", QUICK[name], "keep"])
    assert len(str(turn.value)) < 3_000
    assert after.value == "[1, 2]"


class Reached(NamedTuple):
    """What one attack came to."""

    turns: list[Turn]
    text: str
    """All that its author gets to see, and all that the host is handed."""
    leaks: str
    """What it got hold of that it must not."""


def walls_of(pool: SandboxPool, text: str) -> set[str]:
    """The walls that the text shows; a subset of Python has only one."""
    if isinstance(pool, MontyPool):
        return {"refused"} if "Error" in text or "supported" in text else set()
    return {wall for wall, sign in SIGNS.items() if re.search(sign, text)} or {"inside"}


async def attacked(pool: SandboxPool, code: str, places: Mapping[str, object], folder: Path) -> Reached:
    path, marker = folder / "secret.txt", folder / "marker"
    path.write_text(SECRET)
    plain = code.replace("; ", "\n").format(path=str(path), marker=str(marker), **places).strip()
    *setup, last = plain.split("\n")
    before = "\n".join(setup)
    seen: list[JsonValue] = []

    async def report(*got: JsonValue) -> JsonValue:
        seen.append(list(got))
        return None

    # Whatever the code gets hold of is shown as the value, printed, and passed to the host.
    wrapped = f"{before}\ntry:\n    print(repr({last}))\nexcept Exception as e:\n    print(repr(e), str(e))"
    codes = (plain, wrapped, f"{before}\nask({last.strip()})", "keep = 1 + 1\nkeep")
    sandbox = pool.sandbox()
    await sandbox.start(
        inputs={"traces": TRACES}, functions={"ask": report, "submit": submit}, final="submit", limits=SMALL
    )
    done = [await sandbox.run(each) for each in codes]
    await sandbox.close()
    text = "".join(turn.model_dump_json() for turn in done[:-1]) + repr(seen)
    leaks = {
        "the secret": SECRET in text,
        "the environment": "SEASONED_TEST_SECRET=" in text,
        "a file written": marker.exists() or marker.with_suffix(".db").exists(),
        "a file changed": not path.exists() or path.read_text() != SECRET,
    }
    return Reached(done, text, ", ".join(what for what, is_so in leaks.items() if is_so))


@pytest.mark.parametrize("way", ATTACKS)
def test_nothing_of_the_host_can_be_reached(
    pool: SandboxPool, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEASONED_TEST_SECRET", SECRET)
    visits: list[str] = []

    async def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visits.append("the network")
        writer.close()

    async def work(victim: int) -> list[Reached]:
        server = await asyncio.start_server(visited, "127.0.0.1", 0)
        places = {"pid": os.getpid(), "victim": victim, "port": server.sockets[0].getsockname()[1]}
        reached: list[Reached] = []
        async with server, pool:
            for number, (_, code) in enumerate(ATTACKS[way]):
                folder = tmp_path / str(number)
                folder.mkdir()
                reached.append(await attacked(pool, code, places, folder))
        return reached

    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as victim:
        reached = asyncio.run(work(victim.pid))
        assert victim.poll() is None
    assert visits == []
    for (wall, code), each in zip(ATTACKS[way], reached, strict=True):
        assert each.leaks == "", code
        assert walls_of(pool, each.text) & {wall, "refused"}, (code, each.text[:500])
        assert each.turns[-1].value == "2", code


def test_there_are_enough_attacks() -> None:
    codes = [code for attacks in ATTACKS.values() for _, code in attacks]
    assert len(set(codes)) == len(codes) >= 120


def test_code_that_breaks_off_does_not_harm_the_others(pool: SandboxPool) -> None:
    async def work() -> list[str | None]:
        async with pool:

            async def one(number: int) -> str | None:
                sandbox = pool.sandbox()
                await sandbox.start(inputs={"number": number}, functions={}, limits=SMALL)
                if number % 2:
                    await sandbox.run("'a' * 10 ** 10")
                turn = await sandbox.run("number")
                await sandbox.close()
                await sandbox.close()
                return turn.value

            return await asyncio.gather(*(one(number) for number in range(6)))

    assert asyncio.run(work()) == ["0", "1", "2", "3", "4", "5"]


def test_a_sandbox_runs_only_between_start_and_close(pool: SandboxPool) -> None:
    async def work() -> None:
        async with pool:
            with pytest.raises(SandboxError, match="not open"):
                await pool.sandbox().run("1")
        with pytest.raises(SandboxError, match="pool is not open"):
            await pool.sandbox().start(inputs={}, functions={})

    asyncio.run(work())


def test_the_dialect_tells_what_can_be_written(pool: SandboxPool) -> None:
    assert "Supported" in pool.dialect
    assert "Not supported" in pool.dialect
