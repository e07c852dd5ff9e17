"""Asking a server for a prompt, once, within a time limit that holds for all of it.

The HTTP library is loaded with the first request. Knows nothing of caches. Raises `ServiceError`.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from seasoned.agents.place import PromptPlace
from seasoned.agents.pulled import PulledPrompt, ServedPrompt, checked
from seasoned.core.text import shortened, visible
from seasoned.errors import ServiceError, boundary

if TYPE_CHECKING:
    import httpx2

ANSWER_BYTES = 16 << 20
"""The longest answer that is read."""
_WHY_CHARS = 300
_MESSAGE = TypeAdapter(dict[str, object])

T = TypeVar("T")


async def ask(place: PromptPlace, *, token: str | None, timeout_s: float, known: PulledPrompt | None) -> PulledPrompt:
    """The prompt that the label points at now.

    Args:
        place: What to ask for, and where.
        token: Sent along; None: nothing.
        timeout_s: Seconds for all of it: looking the host up, connecting, and the whole answer. The first call also
            loads the HTTP library.
        known: What was had before, so that the server need not send it again.

    Raises:
        ServiceError: There was no answer in time, or not the one that was asked for.
    """
    # Loaded before the clock runs: it would take a good part of a short limit, once.
    import httpx2

    with boundary(ServiceError, "the server could not be asked for the prompt", where=place.url):
        try:
            async with asyncio.timeout(timeout_s), httpx2.AsyncClient(timeout=timeout_s) as client:
                return await _answered(client, place, token, known)
        except TimeoutError as cause:
            why = f"there was no whole answer within {timeout_s:g} s"
            raise ServiceError("the server did not send the prompt in time", where=place.url, why=why) from cause


async def _answered(
    client: "httpx2.AsyncClient", place: PromptPlace, token: str | None, known: PulledPrompt | None
) -> PulledPrompt:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if known is not None:
        headers["If-None-Match"] = f'"{known.version}"'
    asked_at = datetime.now(UTC)
    async with client.stream("GET", place.url, headers=headers) as response:
        if response.status_code == HTTPStatus.NOT_MODIFIED and known is not None:
            return known.model_copy(update={"fetched_at": asked_at, "is_stale": False})
        body = await _body(response, place)
    if response.status_code != HTTPStatus.OK:
        raise _refused(response.status_code, body, place)
    try:
        found = checked(ServedPrompt.model_validate_json(body), place)
    except ValidationError as cause:
        why = f"{cause.error_count()} of its fields are not as they should be; is this a Seasoned server?"
        raise ServiceError("the server's answer is no prompt", where=place.url, why=why) from cause
    except ValueError as cause:
        raise ServiceError("the server's answer is not the prompt", where=place.url, why=str(cause)) from cause
    return PulledPrompt(**found.model_dump(), fetched_at=asked_at)


async def _body(response: "httpx2.Response", place: PromptPlace) -> bytes:
    parts, n_bytes = list[bytes](), 0
    async for part in response.aiter_raw():
        n_bytes += len(part)
        if n_bytes > ANSWER_BYTES:
            raise ServiceError(f"the server's answer is longer than {ANSWER_BYTES:,} bytes", where=place.url)
        parts.append(part)
    return b"".join(parts)


def _refused(status: int, body: bytes, place: PromptPlace) -> ServiceError:
    """What a server said instead, in its own words where it is ours."""
    try:
        message = _MESSAGE.validate_json(body).get("message")
    except ValidationError:
        message = None
    said = f": {shortened(visible(message), _WHY_CHARS)}" if isinstance(message, str) and message else ""
    hint = "check the token" if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) else None
    return ServiceError(
        "the server has no prompt for us", where=place.url, why=f"it answered {status}{said}", hint=hint, status=status
    )


def waited_for(question: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, run to its end in this thread, in which no event loop may be running."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(question)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that does not wait, when it closes, for a look-up of a host that takes longer than was allowed."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109, the base class's
        """Leave the thread to itself; `close` tells it that nothing more comes."""
