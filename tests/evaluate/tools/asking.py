"""Calling tools as any program would: plain HTTP, with whatever a program may get wrong."""

import asyncio
import json
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from seasoned.evaluate.attempt import World
from seasoned.evaluate.tools.handed import HandedTools
from seasoned.evaluate.tools.serving import Offer, serving

Answer = tuple[int, dict[str, Any]]


def asked(
    url: str, body: bytes = b"{}", *, method: str = "POST", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the answer."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 0, timeout=30)
    try:
        connection.request(method, parts.path, body, headers or {})
        answer = connection.getresponse()
        body = answer.read()
        is_json = (answer.getheader("Content-Type") or "").startswith("application/json")
        return answer.status, json.loads(body) if is_json and body else {}
    finally:
        connection.close()


def is_refused(url: str) -> bool:
    """Whether nobody listens there."""
    try:
        asked(url)
    except (OSError, HTTPException):
        return True
    return False


def during_a_trial(world: World, ask: Callable[[Offer], Any]) -> tuple[Any, HandedTools]:
    """What a program is answered while a trial runs, and the trial's tools after it."""

    async def trial() -> tuple[Any, HandedTools]:
        async with serving() as server, server.handing(world) as (handed, offer):
            return await handed.until_failed(asyncio.to_thread(ask, offer)), handed

    return asyncio.run(trial())
