"""What is particular to the Monty sandbox."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seasoned.errors import SandboxError
from seasoned.sandbox.monty import MontyPool, MontySandbox
from seasoned.sandbox.sandbox import Limits, SandboxPool

ONE_TURN = """
import asyncio
from seasoned.sandbox.monty import MontyPool

async def work():
    async with MontyPool() as pool:
        sandbox = pool.sandbox()
        await sandbox.start(inputs={}, functions={})
        print((await sandbox.run("1 + 1")).value)

asyncio.run(work())
"""


ENDLESS = """
import asyncio
from seasoned.sandbox.monty import MontyPool
from seasoned.sandbox.sandbox import Limits

async def one(pool):
    sandbox = pool.sandbox()
    await sandbox.start(inputs={}, functions={}, limits=Limits(duration_s=60))
    print("open", flush=True)
    await sandbox.run("while True:\\n    pass")

async def work():
    async with MontyPool() as pool, asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(one(pool))

try:
    asyncio.run(work())
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interruption_that_ends_the_workers_too_is_quiet() -> None:
    # A terminal sends Ctrl-C to every process of the group.
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(2):
            assert process.stdout.readline() == "open\n"
        time.sleep(0.3)
        os.killpg(process.pid, signal.SIGINT)
        said, complaints = process.communicate(timeout=60)
    assert (said, complaints) == ("interrupted\n", "")


@pytest.mark.parametrize("attempt", range(3))
def test_a_process_that_used_it_ends_cleanly(attempt: int) -> None:
    # The interpreter's own async client aborts four of ten such processes as they exit.
    done = subprocess.run([sys.executable, "-c", ONE_TURN], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def test_importing_it_does_not_load_the_interpreter() -> None:
    code = "import sys, seasoned.sandbox.monty; print('pydantic_monty' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_an_interpreter_that_is_not_there_is_a_sandbox_error(tmp_path: Path) -> None:
    async def work() -> None:
        async with MontyPool(binary_path=tmp_path / "nothing"):
            pass

    with pytest.raises(SandboxError, match="could not start the sandbox"):
        asyncio.run(work())


def test_it_is_a_sandbox_pool() -> None:
    assert isinstance(MontyPool(), SandboxPool)


def test_what_a_turn_changed_before_it_was_stopped_is_undone_and_functions_still_work() -> None:
    async def ask() -> int:
        return 7

    async def work() -> list[str | None]:
        async with MontyPool(max_processes=1) as pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions={"ask": ask}, limits=Limits(duration_s=0.3))
            await sandbox.run("import statistics\ndef f():\n    return ask() + 1\nx = 1")
            await sandbox.run("x = 2\nwhile True:\n    pass")
            return [(await sandbox.run(code)).value for code in ("x", "f()", "statistics.mean([1, 3])")]

    assert asyncio.run(work()) == ["1", "8", "2.0"]


def test_a_cancelled_turn_leaves_the_pool_able_to_close() -> None:
    async def work() -> str:
        async with MontyPool() as pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions={}, limits=Limits(duration_s=0.5))
            turn = asyncio.create_task(sandbox.run("while True:\n    pass"))
            await asyncio.sleep(0.05)
            turn.cancel()
            with pytest.raises(asyncio.CancelledError):
                await turn
            return str((await sandbox.run("'alive'")).value)

    assert asyncio.run(work()) == "'alive'"


def test_a_cancelled_start_gives_its_worker_back() -> None:
    async def work() -> str:
        async with MontyPool(max_processes=1) as pool:
            for _ in range(3):
                start = asyncio.create_task(pool.sandbox().start(inputs={}, functions={}))
                await asyncio.sleep(0)
                start.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await start
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions={})
            return str((await sandbox.run("'alive'")).value)

    assert asyncio.run(work()) == "'alive'"


def test_a_pool_closes_every_sandbox_that_was_left_open() -> None:
    async def work() -> list[MontySandbox]:
        async with MontyPool() as pool:
            opened = [pool.sandbox() for _ in range(4)]
            for sandbox in opened:
                await sandbox.start(inputs={}, functions={})
        return opened

    for sandbox in asyncio.run(work()):
        with pytest.raises(SandboxError, match="the sandbox is not open"):
            asyncio.run(sandbox.run("1"))


def test_more_sandboxes_than_workers_wait_their_turn() -> None:
    async def work() -> list[str | None]:
        async with MontyPool(max_processes=2) as pool:

            async def one(number: int) -> str | None:
                sandbox = pool.sandbox()
                await sandbox.start(inputs={"number": number}, functions={}, limits=Limits(memory_bytes=32 << 20))
                await sandbox.run("'a' * 10 ** 10")
                turn = await sandbox.run("number")
                await sandbox.close()
                return turn.value

            return await asyncio.gather(*(one(number) for number in range(6)))

    assert asyncio.run(work()) == ["0", "1", "2", "3", "4", "5"]


def test_coroutines_that_nobody_waits_for_use_up_the_time() -> None:
    async def work() -> list[str | None]:
        async with MontyPool() as pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions={}, limits=Limits(duration_s=0.3))
            codes = ("import asyncio\nwhile True:\n    asyncio.sleep(1)", "1")
            return [(await sandbox.run(code)).error_kind for code in codes]

    assert asyncio.run(work()) == ["limit", None]


def test_waiting_for_the_host_is_not_counted_as_running() -> None:
    async def slow() -> str:
        await asyncio.sleep(0.4)
        return "done"

    async def work() -> str | None:
        async with MontyPool() as pool:
            sandbox = pool.sandbox()
            await sandbox.start(inputs={}, functions={"slow": slow}, limits=Limits(duration_s=0.2))
            return (await sandbox.run("slow()")).value

    assert asyncio.run(work()) == "'done'"
