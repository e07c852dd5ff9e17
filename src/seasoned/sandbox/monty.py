"""The default sandbox: a Python subset interpreted by `pydantic-monty`, each in a worker with an empty environment.

Knows nothing of what the code is for. Raises `SandboxError` where the interpreter is missing or does not come up.

Two things here are decisions. Monty's own async client finishes its futures on threads of its Rust runtime, and a
process that exits soon afterwards aborts in about four of ten runs (1.4.0 on CPython 3.11); so the synchronous client
runs on threads of ours. And a worker serves one session and is then thrown away, so nothing can pass from one to the
next.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from pydantic import JsonValue

from seasoned.errors import SandboxError, SeasonedError, boundary
from seasoned.sandbox.calls import HostCalls
from seasoned.sandbox.modules import MODULES
from seasoned.sandbox.monty_failures import failed
from seasoned.sandbox.sandbox import HostFunction, Limits, Turn
from seasoned.sandbox.stops import FLOOD, WAITS, Stopped, refused
from seasoned.sandbox.values import cut, shown
from seasoned.threads import finished

if TYPE_CHECKING:
    import pydantic_monty as pm

    Stopping = pm.FunctionSnapshot | pm.NameLookupSnapshot | pm.FutureSnapshot
    Snapshot = Stopping | pm.MontyComplete

T = TypeVar("T")

DIALECT = """\
A subset of Python. Names persist from turn to turn; the value of a trailing expression is shown as in a REPL.
Supported: functions, lambdas, closures, comprehensions, f-strings, try/except, with, match, slices, sets, simple \
classes and @dataclass without inheritance. Modules that you can import: re, json, math, \
collections (Counter, defaultdict, deque, namedtuple), itertools, functools, datetime, random, copy, csv, typing, \
bisect, \
statistics (mean, median, stdev, pstdev), textwrap (shorten, wrap, fill, dedent), \
heapq (nlargest, nsmallest; numbers only).
Not supported: yield, class inheritance, own exception classes, Enum, @property and other method decorators, \
del (use d.pop(k)), next(x for …) (use [x for …][0]), re.sub with a function, re.VERBOSE, json.dumps(default=…), \
async and await (call functions directly), files, network, any other import."""
"""Each point of it was tried against 1.4.0; its documentation describes other versions."""

MAX_THREADS = 8
"""Blocking calls of the client at once; each thread that was ever used holds memory of its own."""
BACKSTOP_S = 120.0
"""A worker that does not answer at all is killed then."""
_NOW = datetime(2000, 1, 1)  # noqa: DTZ001
"""The sandbox's frozen clock: equal code must give equal output, for its text keys recordings."""


class MontyPool:
    """Worker processes for sandboxes, started as they are needed."""

    def __init__(self, *, max_processes: int = 16, binary_path: Path | None = None) -> None:
        """Start nothing yet.

        Args:
            max_processes: Sandboxes that can be open at once; one more waits. About 8 MB each, and its data.
            binary_path: The interpreter, or a wrapper that confines it further; None finds the installed one.
        """
        self._max_processes, self._binary_path = max_processes, binary_path
        self._pool: pm.Monty | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._free = asyncio.Semaphore(max_processes)
        """Waiting for a worker on a thread would keep the thread that is to give one back."""
        self._opened: list[MontySandbox] = []

    @property
    def dialect(self) -> str:
        """What code may be written here."""
        return DIALECT

    def sandbox(self) -> "MontySandbox":
        """A new sandbox, not started yet."""
        sandbox = MontySandbox(self)
        self._opened.append(sandbox)
        return sandbox

    async def __aenter__(self) -> Self:
        """Start the first worker; raises `SandboxError`."""
        # A sandbox keeps no thread while it waits for a model, or for an episode that its code has started.
        n_threads = min(self._max_processes, MAX_THREADS)
        self._threads = ThreadPoolExecutor(n_threads, thread_name_prefix="seasoned-sandbox")
        try:
            with boundary(SandboxError, "could not start the sandbox"):
                import pydantic_monty as pm

                self._pool = pm.Monty(
                    binary_path=self._binary_path,
                    max_processes=self._max_processes,
                    max_checkouts_per_worker=1,
                    request_timeout=BACKSTOP_S,
                )
                await self.call(self._pool.__enter__)
        except BaseException:
            self._threads.shutdown()
            self._pool = self._threads = None
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close every sandbox and end the workers."""
        if self._pool is None or self._threads is None:
            return
        for sandbox in list(self._opened):  # each takes itself out
            await sandbox.close()
        self._opened.clear()
        await self.call(self._pool.__exit__, None, None, None)
        self._threads.shutdown()
        self._pool = self._threads = None

    def forget(self, sandbox: "MontySandbox") -> None:
        """The sandbox has closed itself."""
        if sandbox in self._opened:
            self._opened.remove(sandbox)

    async def call(self, function: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run a blocking call of the client on a thread; a cancelled caller waits until the worker has answered."""
        if self._threads is None:
            raise SandboxError("the sandbox pool is not open", hint="use it in `async with`")
        return await finished(self._threads, function, *args, **named)

    async def checkout(self, limits: Limits) -> "pm.MontySession":
        """A fresh session on a worker of its own."""
        import pydantic_monty as pm

        if self._pool is None:
            raise SandboxError("the sandbox pool is not open", hint="use it in `async with`")
        session = self._pool.checkout(
            limits={
                "max_feed_duration_secs": limits.duration_s,
                "max_memory": limits.memory_bytes,
                "max_recursion_depth": limits.recursion,
                # Counted per turn in `_drive`; the client's own count is per session.
                "max_suspensions": 1_000_000_000,
            },
            os_policy={"sleep": "zero", "random_start": {"seed": 0}, "datetime": _NOW},
            # The values only lend their names: a call comes back to `_drive` as `module.name`.
            external_modules={
                name: pm.ExternalModule({each: _named(each) for each in functions})
                for name, functions in MODULES.items()
            },
        )
        await self._free.acquire()
        try:
            await self.call(session.__enter__)
        except BaseException:
            # After a cancellation the worker is ours all the same, and nobody else would give it back.
            await self.leave(session)
            raise
        return session

    async def leave(self, session: "pm.MontySession") -> None:
        """Give a session's worker back."""
        import pydantic_monty as pm

        try:
            await self.call(session.__exit__, None, None, None)
        except (pm.MontyError, RuntimeError):
            # A worker that is gone, or one left in the middle of a call, cannot be given back; the pool replaces it.
            return
        finally:
            self._free.release()


class MontySandbox:
    """One session of a `MontyPool`; see `Sandbox`."""

    def __init__(self, pool: MontyPool) -> None:
        """Hold nothing until `start`."""
        self._pool = pool
        self._session: pm.MontySession | None = None
        self._saved = b""
        """The session as it stood at the end of the last turn that was not stopped."""
        self._saving: asyncio.Task[bytes] | None = None
        """Its saving, which goes on while the code's author reads what the turn has shown."""
        self._is_stale = False
        """The session must be replaced by the saved one before it runs anything."""
        self._functions: dict[str, HostFunction] = {}
        self._final: str | None = None
        self._limits = Limits()

    async def start(
        self,
        *,
        inputs: Mapping[str, JsonValue],
        functions: Mapping[str, HostFunction],
        final: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open the session; see `Sandbox.start`."""
        self._limits, self._final = limits or Limits(), final
        self._functions = {**self._module_functions(), **functions}
        with boundary(SandboxError, "could not open a sandbox"):
            self._session = await self._pool.checkout(self._limits)
            names = {**inputs, **{name: _named(name) for name in functions}}
            await self._pool.call(self._session.feed_run, "None", inputs=names)
        self._save(self._session)

    async def run(self, code: str) -> Turn:
        """Run one piece of code; see `Sandbox.run`."""
        limits = self._limits
        if self._session is None:
            raise SandboxError("the sandbox is not open", hint="start it, and do not use it once it has ended")
        if (too_long := refused(code, limits)) is not None:
            return too_long
        if self._saving is not None:
            await self._keep_saved(self._saving)
        if self._is_stale:
            await self._restore()
        import pydantic_monty as pm

        output = pm.CollectString(FLOOD * limits.output_chars * 4)
        try:
            turn = await self._drive(self._session, code, output)
        except (pm.MontyError, Stopped) as error:
            turn = failed(error, output, limits)
            if turn.error_kind != "code":
                await self._restore()
                return turn
        except BaseException:
            self._is_stale = True
            raise
        if turn.ended:
            await self.close()
        else:
            self._save(self._session)
        return turn

    async def close(self) -> None:
        """Give the worker back; closing twice does nothing."""
        session, self._session = self._session, None
        saving, self._saving = self._saving, None
        if saving is not None:
            await asyncio.wait([saving])
        if session is not None:
            await self._pool.leave(session)
        # The functions refer back to here, so the state would wait for the garbage collector.
        self._functions, self._saved = {}, b""
        self._pool.forget(self)

    def _save(self, session: "pm.MontySession") -> None:
        saving = self._saving = asyncio.create_task(self._pool.call(session.dump))
        # A sandbox that runs nothing more needs no saved state, nor anyone to hear that there is none.
        saving.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _keep_saved(self, saving: asyncio.Task[bytes]) -> None:
        await asyncio.wait([saving])
        self._saving = None
        with boundary(SandboxError, "could not save the sandbox's state"):
            self._saved = saving.result()

    async def _restore(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await self._pool.leave(session)
        with boundary(SandboxError, "could not bring the sandbox back"):
            self._session = await self._pool.checkout(self._limits)
            await self._pool.call(self._session.load_session, self._saved)
        self._is_stale = False

    async def _drive(self, session: "pm.MontySession", code: str, output: "pm.CollectString") -> Turn:
        import pydantic_monty as pm

        call, limits = self._pool.call, self._limits
        snapshot = await call(_advanced, limits.output_chars, session.feed_start, code, print_callback=output)
        calls = HostCalls(self._functions, limits)
        while not isinstance(snapshot, _Completed):
            calls.count()
            if isinstance(snapshot, pm.NameLookupSnapshot):
                snapshot = await call(_advanced, limits.output_chars, snapshot.resume)
            elif isinstance(snapshot, pm.FutureSnapshot):
                raise Stopped(f"{WAITS}; call functions without await")
            elif snapshot.is_os_function:
                is_import = snapshot.function_name == "import"
                resume = snapshot.resume_auto if is_import else snapshot.resume_not_handled
                snapshot = await call(_advanced, limits.output_chars, resume)
            else:
                answer: Any = await calls.answer(snapshot.function_name, snapshot.args, snapshot.kwargs)
                if snapshot.function_name == self._final and "return_value" in answer:
                    stdout, is_cut = cut(output.output, limits.output_chars, "of output")
                    return Turn(stdout=stdout, final=answer["return_value"], ended=True, truncated=is_cut)
                snapshot = await call(_advanced, limits.output_chars, snapshot.resume, answer)
        stdout, is_cut = cut(output.output, limits.output_chars, "of output")
        return Turn(stdout=stdout, value=snapshot.value, truncated=is_cut)

    def _module_functions(self) -> dict[str, HostFunction]:
        def on_thread(function: Callable[..., JsonValue]) -> HostFunction:
            async def call(*args: JsonValue, **named: JsonValue) -> JsonValue:
                try:
                    return await self._pool.call(function, *args, **named)
                except (ValueError, TypeError, LookupError, SeasonedError):
                    raise
                except Exception as error:
                    # The code chose the numbers, so what they do to the library (OverflowError) is the code's to read.
                    raise ValueError(f"{type(error).__name__}: {error}") from error

            return call

        return {
            f"{module}.{name}": on_thread(function)
            for module, functions in MODULES.items()
            for name, function in functions.items()
        }


def _named(name: str) -> Callable[[], None]:
    def function() -> None:
        """Never called: the client takes only the name."""

    function.__name__ = name
    return function


class _Completed(NamedTuple):
    """The code has come to its end."""

    value: str | None
    """Of the trailing expression, as it is shown."""


def _advanced(max_chars: int, resume: "Callable[..., Snapshot]", *args: Any, **named: Any) -> "Stopping | _Completed":
    """Go on to where the code next needs us, or to its end, where its value is shown on the same thread."""
    import pydantic_monty as pm

    snapshot = resume(*args, **named)
    if not isinstance(snapshot, pm.MontyComplete):
        return snapshot
    value = snapshot.output
    return _Completed(None if value is None else cut(shown(value, max_chars), max_chars, "of the value")[0])
