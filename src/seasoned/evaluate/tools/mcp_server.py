"""A trial's tools as a server of the Model Context Protocol, by its official SDK (extra `mcp`).

Streamable HTTP without sessions and with JSON answers, so that frameworks and coding agents that speak the protocol can
be evaluated as they are. The package need not be there, so it is loaded here, and here only. What is wrong with a call,
the world says, so that arguments are not checked against the tool's schema here. Raises `ConfigError`
where the package does not load.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from seasoned.errors import ConfigError, boundary
from seasoned.evaluate.tools.handed import HandedTools, NotNow

App = Callable[..., Awaitable[None]]
"""An ASGI application for one path."""
_NAME = "seasoned"
_MAJOR = "2"
"""The SDK's; what other ones are called by differs."""


@dataclass(frozen=True, kw_only=True)
class _Package:
    """What is used of the SDK; untyped, as it may not be there."""

    types: Any
    server: Any
    sessions: Any


@asynccontextmanager
async def spoken(handed: HandedTools, max_bytes: int) -> AsyncGenerator[App | None]:
    """The tools as a server of the protocol, for as long as the block lasts; None where the extra is not installed.

    Args:
        handed: The tools of one trial.
        max_bytes: Of one request.
    """
    if not is_installed():
        yield None
        return
    with boundary(ConfigError, "the extra `mcp` does not load"):
        # It takes a second, in which the trials that run are not to stand still.
        package = await asyncio.to_thread(_loaded)
    server = package.server(_NAME, on_list_tools=_listing(handed, package), on_call_tool=_calling(handed, package))
    sessions = package.sessions(app=server, stateless=True, json_response=True, max_request_body_size=max_bytes)
    begun, over = asyncio.Event(), asyncio.Event()

    async def serve() -> None:
        async with sessions.run():
            begun.set()
            await over.wait()

    # In a task of its own: the SDK makes an ExceptionGroup of every error that passes through its block.
    serving = asyncio.create_task(serve())
    serving.add_done_callback(lambda _: begun.set())
    try:
        await begun.wait()
        yield sessions.handle_request
    finally:
        over.set()
        await asyncio.wait([serving])


@cache
def is_installed() -> bool:
    """Whether the SDK is there, in the version that is used here."""
    try:
        return version("mcp").partition(".")[0] == _MAJOR
    except PackageNotFoundError:
        return False


@cache
def _loaded() -> _Package:
    return _Package(
        types=import_module("mcp.types"),
        server=import_module("mcp.server.lowlevel").Server,
        sessions=import_module("mcp.server.streamable_http_manager").StreamableHTTPSessionManager,
    )


def _listing(handed: HandedTools, package: _Package) -> Callable[[Any, Any], Awaitable[Any]]:
    tools = [
        package.types.Tool(
            name=tool.name, description=tool.description, input_schema={"type": "object", **tool.parameters}
        )
        for tool in handed.tools
    ]

    async def listed(_context: Any, _params: Any) -> Any:
        return package.types.ListToolsResult(tools=tools)

    return listed


def _calling(handed: HandedTools, package: _Package) -> Callable[[Any, Any], Awaitable[Any]]:
    async def called(_context: Any, params: Any) -> Any:
        try:
            text, is_error = await handed.call(params.name, json.dumps(params.arguments or {})), False
        except NotNow as cause:
            text, is_error = str(cause), True
        content = package.types.TextContent(type="text", text=text)
        return package.types.CallToolResult(content=[content], is_error=is_error)

    return called
