"""A scripted model and a network guard, for tests of anything that asks a language model.

`TestModel` answers from a script, `no_network` turns any connection that leaves this machine into an error. Knows
nothing of pytest or of providers. Raises `AssertionError`s (`ScriptExhausted`, `NetworkBlocked`), since what they
report is a mistake in a test, which code that tolerates a `ProviderError` must not hide.
"""

import inspect
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from unittest import mock

from seasoned.llm.model import Reply, Request

Answer = Reply | str
Script = Sequence[Answer | Exception] | Callable[[Request], Answer | Awaitable[Answer]]


class ScriptExhausted(AssertionError):
    """More requests were made than the script has replies."""


class NetworkBlocked(AssertionError):
    """A connection to something other than this machine was tried."""


class TestModel:
    """A model that answers from a script and remembers what it was asked.

    Args:
        script: The replies in order (a string is a reply with that content; an exception is raised), or a function,
            plain or async, from the request to the reply.
        model_id: What `model_id` says.
    """

    __test__: ClassVar[bool] = False
    """Tells pytest that this is no test class."""

    def __init__(self, script: Script, *, model_id: str = "test:scripted") -> None:
        """Start at the script's beginning."""
        self._script = script if callable(script) else tuple(script)
        self._model_id = model_id
        self._requests: list[Request] = []

    @property
    def model_id(self) -> str:
        """As given."""
        return self._model_id

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far, in the order of asking."""
        return tuple(self._requests)

    async def complete(self, request: Request) -> Reply:
        """Answer from the script; raises `ScriptExhausted`, or what the script holds."""
        self._requests.append(request)
        answer = self._script(request) if callable(self._script) else self._next()
        if isinstance(answer, Exception):
            raise answer
        if inspect.isawaitable(answer):
            answer = await answer
        return Reply(content=answer, finish_reason="stop") if isinstance(answer, str) else answer

    def _next(self) -> Answer | Exception:
        n_replies = 0 if callable(self._script) else len(self._script)
        if callable(self._script) or len(self._requests) > n_replies:
            last = self._requests[-1].messages[-1:]
            asked = f"; it asked: {last[0].role}: {last[0].content[:200]!r}" if last else ""
            raise ScriptExhausted(f"call {len(self._requests)} of a script of {n_replies} replies{asked}")
        return self._script[len(self._requests) - 1]


@contextmanager
def no_network() -> Generator[None]:
    """Block every connection and name lookup that is not for this machine, in this process, inside the block.

    Loopback addresses and Unix sockets stay open. A blocked attempt raises at once and again at the end of the block,
    so that code which tolerates failed connections cannot hide it. Processes that the block starts are not guarded.

    Raises:
        NetworkBlocked: Naming the address.
    """
    blocked: list[str] = []

    def guard(address: object) -> None:
        if not _is_local(address):
            blocked.append(str(address))
            raise NetworkBlocked(f"a test tried to reach {address}; use a loopback server or a TestModel")

    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        guard(_host(self, address))
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        guard(_host(self, address))
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        guard(host)
        return getaddrinfo(host, *args, **kwargs)

    with (
        mock.patch.object(socket.socket, "connect", guarded_connect),
        mock.patch.object(socket.socket, "connect_ex", guarded_connect_ex),
        mock.patch.object(socket, "getaddrinfo", guarded_getaddrinfo),
    ):
        yield
    if blocked:
        raise NetworkBlocked(f"a test tried to reach {', '.join(blocked)}, and the code under test hid the error")


def _host(sock: socket.socket, address: object) -> object:
    """The host of an internet address; None for a family that does not leave the machine."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple):
        return None
    return address[0] if address else None  # pyright: ignore[reportUnknownVariableType]


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host is None or host in {"", "localhost", "localhost.localdomain"}:
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False
