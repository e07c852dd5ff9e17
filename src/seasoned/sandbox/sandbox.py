"""The `Sandbox` protocol and the values that cross it.

Code in a sandbox is hostile: it reaches no file, network, environment, process or host object, only the inputs and the
host functions that it was given. Whatever the code does wrong is a `Turn` that says so in words its author can act on;
`SandboxError` means that the sandbox itself failed. The module knows nothing of language models, traces or skills.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Literal, Protocol, Self, runtime_checkable

from pydantic import Field, JsonValue

from seasoned.core.value import Value

HostFunction = Callable[..., Awaitable[JsonValue]]
"""A function of ours that sandboxed code calls by name. It takes and returns JSON values only. A `ValueError`,
`TypeError`, `LookupError` or `SeasonedError` that it raises is raised in the code, readable; anything else, and
`BudgetExceeded` or `StoreError`, ends the turn and reaches the caller of `run`."""

ErrorKind = Literal["code", "limit", "crash"]
"""`code`: the code raised; state is as it left it. `limit`: it was stopped. `crash`: it took the sandbox down."""


class Limits(Value):
    """What code may use."""

    duration_s: float = Field(default=5.0, gt=0)
    """Execution time of one turn, waiting for host functions not counted: see `host_duration_s`."""
    host_duration_s: float = Field(default=10.0, gt=0)
    """Time that the host calls of one turn may take together."""
    memory_bytes: int = Field(default=256 << 20, ge=1 << 20)
    output_chars: int = Field(default=8_000, ge=100)
    """Characters of output, value and error each that a turn hands back; the rest is cut out of the middle."""
    host_calls: int = Field(default=1_000, ge=1)
    """Host calls (imports and look-ups of undefined names count too) in one turn."""
    code_chars: int = Field(default=20_000, ge=1)
    recursion: int = Field(default=200, ge=10)


class Turn(Value):
    """What became of one piece of code."""

    stdout: str = ""
    value: str | None = None
    """The trailing expression as `repr` shows it; None without one, or where it is None."""
    error: str | None = None
    """For the code's author: what went wrong, where, and what state is left."""
    error_kind: ErrorKind | None = None
    final: JsonValue = None
    """What the final function returned; only where `ended`."""
    ended: bool = False
    """The final function accepted: the code went no further and no more turns can be run."""
    truncated: bool = False
    """Something was cut; the text says where."""


class Sandbox(Protocol):
    """One isolated session; names persist from turn to turn."""

    async def start(
        self,
        *,
        inputs: Mapping[str, JsonValue],
        functions: Mapping[str, HostFunction],
        final: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open the session.

        Args:
            inputs: Variables by name.
            functions: Host functions by name, called without `await`.
            final: Name of the function whose normal return ends the session. It rejects by raising.
            limits: Bounds on every turn.

        Raises:
            SandboxError: The session cannot be opened.
        """
        ...

    async def run(self, code: str) -> Turn:
        """Run one piece of code; after a limit or a crash the state is that of the end of the turn before.

        Raises:
            SandboxError: The session is not open, or cannot be brought back after a crash.
        """
        ...

    async def close(self) -> None:
        """Give everything back; closing twice does nothing."""
        ...


@runtime_checkable
class SandboxPool(Protocol):
    """Makes sandboxes and owns what they share; an async context manager."""

    @property
    def dialect(self) -> str:
        """What code may be written here, in a few sentences for its author."""
        ...

    def sandbox(self) -> Sandbox:
        """A new sandbox, not started yet."""
        ...

    async def __aenter__(self) -> Self:
        """Open; raises `SandboxError`."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Close, sandboxes included."""
        ...
