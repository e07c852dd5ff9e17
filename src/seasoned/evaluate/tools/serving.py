"""The worlds of trials, served on 127.0.0.1 for as long as an evaluation lasts.

    POST /SECRET/tools/NAME    the arguments as a JSON object    200 {"result": "…"}, also where the call was wrong
                                                                 4xx, 5xx {"error": "…"}, and nothing was recorded
    POST /SECRET/mcp           the same tools by the Model Context Protocol, where the extra `mcp` is installed

Each trial has a path of its own that nobody can guess, which leads nowhere once the trial is over. A page in a browser
can reach this machine too, so that requests with an Origin or under another host's name are refused. There is one
server for an evaluation, started when the first trial needs it, on a port that the system picks; the libraries are
loaded then. Raises `AgentUnreachable` where it cannot be started.
"""

import asyncio
import contextvars
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from seasoned.errors import AgentUnreachable, boundary
from seasoned.evaluate.attempt import World
from seasoned.evaluate.tools.handed import HandedTools, NotNow
from seasoned.evaluate.tools.mcp_server import App, spoken
from seasoned.evaluate.tools.watched import MadeCall
from seasoned.llm.model import ToolSpec

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send
    from uvicorn import Server

T = TypeVar("T")

MAX_BYTES = 1 << 20
"""The longest arguments of one call."""
_BODY_S = 10.0
"""How long a body may take to arrive."""
_HOST = "127.0.0.1"
_NOT_TAKEN = f"arguments longer than {MAX_BYTES:,} bytes, or that do not arrive, are not taken"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What an agent is told of the tools."""

    tools: tuple[ToolSpec, ...]
    tools_url: str
    """A tool is called by a POST to this address, a slash and its name."""
    mcp_url: str | None = None
    """The same tools by the Model Context Protocol; None where the extra is not installed."""


@dataclass(frozen=True)
class _Open:
    """A trial that runs."""

    handed: HandedTools
    mcp: App | None


async def handing(
    world: World | None, work: Callable[[Offer | None], Coroutine[Any, Any, T]]
) -> tuple[T, tuple[MadeCall, ...] | None]:
    """Let an agent work with a world's tools.

    Args:
        world: What the trial is worked in.
        work: What the agent does with the offer; it is given none where the world has no tools.

    Returns:
        What came of it, and the calls that were made; None where there were no tools to call.

    Raises:
        ProviderError: A model that the world asks did not answer.
        AgentUnreachable: The world failed, or cannot be served.
    """
    if world is None or not world.tools:
        return await work(None), None
    async with serving() as server, server.handing(world) as (handed, offer):
        return await handed.until_failed(work(offer)), handed.made


@asynccontextmanager
async def serving() -> AsyncGenerator["ToolServer"]:
    """The server of this evaluation: within another such block the one that is there, and the outermost stops it."""
    server = _SERVER.get()
    if server is not None and server.loop is asyncio.get_running_loop():
        yield server
        return
    server = ToolServer()
    before = _SERVER.set(server)
    try:
        yield server
    finally:
        _SERVER.reset(before)
        await server.stop()


class ToolServer:
    """Hands out worlds by their secret paths."""

    def __init__(self) -> None:
        """It listens when the first world is handed out."""
        self.loop = asyncio.get_running_loop()
        self._trials: dict[str, _Open] = {}
        self._running: tuple[Server, asyncio.Task[None]] | None = None
        self._port = 0

    @asynccontextmanager
    async def handing(self, world: World) -> AsyncGenerator[tuple[HandedTools, Offer]]:
        """A path of its own for a world, for as long as the block lasts."""
        if self._running is None:
            self._start()
        handed, secret = HandedTools(world), secrets.token_urlsafe(32)
        here = f"http://{_HOST}:{self._port}/{secret}"
        async with spoken(handed, MAX_BYTES) as mcp:
            self._trials[secret] = _Open(handed, mcp)
            mcp_url = None if mcp is None else f"{here}/mcp"
            try:
                yield handed, Offer(tools=world.tools, tools_url=f"{here}/tools", mcp_url=mcp_url)
            finally:
                del self._trials[secret]

    async def stop(self) -> None:
        """Listen no more; nothing of it is left."""
        if self._running is not None:
            server, task = self._running
            server.should_exit = True
            await asyncio.wait([task])

    def _start(self) -> None:
        from uvicorn import Config

        from seasoned.evaluate.tools.quiet import QuietServer

        with boundary(AgentUnreachable, "the suite's tools could not be served", where=_HOST):
            listener = socket.create_server((_HOST, 0))
        self._port = listener.getsockname()[1]
        config = Config(
            self._app,
            interface="asgi3",
            http="h11",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="critical",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = QuietServer(config)
        # It outlives the trial that it is started for, and is to take nothing of that one's context along.
        task = self.loop.create_task(server.serve(sockets=[listener]), context=contextvars.Context())
        self._running = server, task

    async def _app(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        from starlette.requests import Request

        request = Request(scope, receive)
        _, secret, kind, name = (*scope["path"].split("/", 3), "", "", "")[:4]
        found = self._trials.get(secret) if self._is_from_here(request) else None
        if found is not None and found.mcp is not None and (kind, name) == ("mcp", "") and request.method == "POST":
            if (body := await _body(request)) is not None:
                await found.mcp(scope, _bringing(body, receive), send)
                return
            response = _said(413, _NOT_TAKEN)
        else:
            response = await self._answer(request, found, kind, name)
        # A connection that is kept could be one that a later trial's program believes to be open.
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

    async def _answer(self, request: "Request", found: _Open | None, kind: str, name: str) -> "Response":
        if not self._is_from_here(request):
            return _said(403, "only programs on this machine may call tools")
        if found is None or (kind, bool(name)) not in (("tools", True), ("mcp", False)):
            return _said(404, "there is no such address, or its run has ended")
        if request.method != "POST":
            # The protocol has streams and sessions by other methods; there are none here.
            return _said(405, "call a tool by POST, with its arguments as a JSON object")
        if kind == "mcp":
            return _said(404, "the Model Context Protocol needs the extra `mcp` of Seasoned")
        return await _called(found.handed, name, request)

    def _is_from_here(self, request: "Request") -> bool:
        host = request.headers.get("host", "").lower()
        return "origin" not in request.headers and host in (f"{_HOST}:{self._port}", f"localhost:{self._port}")


_SERVER: contextvars.ContextVar[ToolServer | None] = contextvars.ContextVar("tool server", default=None)


async def _called(handed: HandedTools, name: str, request: "Request") -> "Response":
    from starlette.responses import JSONResponse

    body = await _body(request)
    if body is None:
        return _said(413, _NOT_TAKEN)
    try:
        return JSONResponse({"result": await handed.call(name, body.decode() or "{}")})
    except UnicodeDecodeError:
        return _said(400, "the arguments are not UTF-8")
    except NotNow as cause:
        return _said(503, str(cause))


async def _body(request: "Request") -> bytes | None:
    """The body; None where it is too long, or does not come."""
    from starlette.requests import ClientDisconnect

    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BYTES:
                    return None
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(body)


def _bringing(body: bytes, receive: "Receive") -> "Receive":
    """What brings a body that was read before, once, and then what else comes."""
    left = [body]

    async def received() -> "Message":
        return {"type": "http.request", "body": left.pop(), "more_body": False} if left else await receive()

    return received


def _said(status: int, error: str) -> "Response":
    from starlette.responses import JSONResponse

    return JSONResponse({"error": error}, status_code=status)
