"""One program run to its end: given bytes, its output taken up to a bound, and nothing of it left behind.

The program gets a process group of its own, which is killed when the program ends, uses up its time or says too much,
and when whoever waits is cancelled. Only what leaves the group on purpose (`setsid`) outlives it. There is no shell.
Knows nothing of agents. Raises `OSError` where the program cannot be started.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

_STDIN, _STDOUT = 0, 1
_STDERR_BYTES = 1 << 16
"""How much of the end of stderr is kept."""
_LINGER_S = 0.5
"""How long a child may go on writing once the program itself has ended, as the far end of a pipe does."""
_CLOSING_S = 5.0
"""How long the output may stay open after everything was killed; only a process that left the group holds it."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A program that has ended."""

    out: bytes
    err: bytes
    """The end of it."""
    code: int | None
    """Exit code; negative for the signal that killed it; None where it had to be killed and was not yet gone."""
    is_late: bool
    """It was killed for its time was up."""
    is_too_long: bool
    """It was killed for it wrote more than was allowed; `out` holds the beginning."""


class _Output(asyncio.SubprocessProtocol):
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self.out, self.err, self.is_too_long = bytearray(), bytearray(), False
        self.stopped, self.closed = asyncio.Event(), asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd != _STDOUT:
            self.err.extend(data)
            del self.err[:-_STDERR_BYTES]
            return
        self.out.extend(data[: self._max_bytes - len(self.out) + 1])
        if len(self.out) > self._max_bytes:
            self.is_too_long = True
            self.stopped.set()

    def process_exited(self) -> None:
        self.stopped.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002, as asyncio calls it
        self.stopped.set()
        self.closed.set()


async def run_program(
    argv: tuple[str, ...],
    given: bytes,
    *,
    timeout_s: float,
    max_bytes: int,
    cwd: str | None,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run a program.

    Args:
        argv: The program and its arguments.
        given: Its standard input; it need not read it.
        timeout_s: Seconds that it may take.
        max_bytes: How much it may write to its standard output.
        cwd: Where it runs; None: here.
        env: Its environment; None: ours.

    Raises:
        OSError: It cannot be started.
    """
    transport, output = await _started(argv, max_bytes, cwd, env)
    try:
        stdin = cast("asyncio.WriteTransport", transport.get_pipe_transport(_STDIN))
        stdin.write(given)
        stdin.close()
        is_late = not await _within(output.stopped, timeout_s)
        if not is_late and not output.is_too_long:
            await _within(output.closed, _LINGER_S)
    finally:
        await _end(transport, output)
    return Ran(
        out=bytes(output.out[:max_bytes]),
        err=bytes(output.err),
        code=transport.get_returncode(),
        is_late=is_late,
        is_too_long=output.is_too_long,
    )


async def _started(
    argv: tuple[str, ...], max_bytes: int, cwd: str | None, env: Mapping[str, str] | None
) -> tuple[asyncio.SubprocessTransport, _Output]:
    """The program; whoever is cancelled while it starts waits until it can be killed with all its children."""
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(
        loop.subprocess_exec(lambda: _Output(max_bytes), *argv, cwd=cwd, env=env, start_new_session=True)
    )
    try:
        await asyncio.wait([starting])
    except asyncio.CancelledError:
        await asyncio.wait([starting])
        if starting.exception() is None:
            await _end(*starting.result())
        raise
    return starting.result()


async def _end(transport: asyncio.SubprocessTransport, output: _Output) -> None:
    # The group bears the program's number for as long as anything is in it; macOS refuses where nothing is left.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    try:
        await _within(output.closed, _CLOSING_S)
    finally:
        transport.close()


async def _within(event: asyncio.Event, timeout_s: float) -> bool:
    """Whether the event came in time."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
