"""An agent behind a web address: each trial is one POST, with the JSON that `command` writes to a program.

    200, or any 2xx          an answer, see `answer`
    408, 425, 429, 502-504   not now: `AgentUnreachable`, with the wait that `Retry-After` asks for
    another 5xx              the agent crashed
    3xx, another 4xx         it is not called as it wants to be: `ConfigError`, with the beginning of what it says

A connection that is refused or breaks off, and a name that is not found, are `AgentUnreachable`; no whole answer in
time is a trial that timed out. No redirect is followed. The HTTP library is loaded with the first trial.

A suite's tools are served on this machine (`tools.serving`), so that only an agent on it can work with them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import JsonValue

from seasoned.core.hosts import is_loopback
from seasoned.core.text import shortened, visible
from seasoned.errors import AgentUnreachable, ConfigError
from seasoned.evaluate.agents.answer import MAX_BYTES, Unreadable, given_bytes
from seasoned.evaluate.agents.asked import asked_json
from seasoned.evaluate.agents.command import TIMEOUT_S
from seasoned.evaluate.agents.working import Working
from seasoned.evaluate.attempt import Attempt, Attempted, World
from seasoned.evaluate.tools.serving import handing

if TYPE_CHECKING:
    import httpx2

_CONNECT_S = 10.0
_PASSING = frozenset({408, 425, 429, 502, 503, 504})
_SAID_CHARS = 300
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    body: bytes
    """One byte more than is read, at most."""
    retry_after_s: float | None
    location: str


class HttpAgent:
    """An agent behind an address.

    Args:
        url: Where trials are posted to.
        timeout_s: Seconds for one trial, from the connection to the whole answer.
        headers: Sent along, such as a token. Only their names are kept on record.
        allow_http: Let the headers cross a network that can read them.

    Raises:
        ConfigError: The address is none or holds credentials, a header cannot be sent or would be read by others, or
            there is no time.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = TIMEOUT_S,
        headers: Mapping[str, str] | None = None,
        allow_http: bool = False,
    ) -> None:
        """Nothing is sent yet."""
        if not timeout_s > 0:
            raise ConfigError(f"an agent cannot be given {timeout_s:g} s", hint="give it more than 0")
        self._url, self._timeout_s, self._headers = url, timeout_s, dict(headers or {})
        self._name = _checked_host(url)
        for name, value in self._headers.items():
            if not f"{name}{value}".isascii() or not f"{name}{value}".isprintable() or not name.strip():
                raise ConfigError(f"the header {visible(name)!r} cannot be sent", why="it is not printable ASCII")
        parts = urlsplit(url)
        if self._headers and parts.scheme == "http" and not is_loopback(parts.hostname or "") and not allow_http:
            raise ConfigError(
                "the headers would cross the network unencrypted",
                where=url,
                hint="use https://, or allow_http where the network is your own",
            )

    @property
    def name(self) -> str:
        """Its host and path."""
        return self._name

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The address; what answers there is not known."""
        names: list[JsonValue] = [*sorted(self._headers)]
        return {"agent": "http", "url": self._url, "headers": names, "timeout_s": self._timeout_s}

    def refuse(self, world: World | None) -> None:
        """See `RefusesWorlds.refuse`."""
        if world is not None and world.tools and not is_loopback(urlsplit(self._url).hostname or ""):
            raise ConfigError(
                "the suite's tools cannot be reached from where this agent runs",
                where=self.name,
                why="they are served on the machine that evaluates, and to programs on it alone",
                hint="run Seasoned where the agent runs, and name it by an address such as http://127.0.0.1:8000/run",
            )

    async def attempt(self, attempt: Attempt, world: World | None) -> Attempted:
        """Post the trial once; see `EvaluatedAgent.attempt`."""
        # Loaded before the clock runs: it would take a good part of a short limit, once.
        import httpx2

        self.refuse(world)
        working = Working(self.name, attempt, world)
        try:
            answer, working.made = await handing(world, lambda offer: self._in_time(asked_json(attempt, offer)))
        except httpx2.InvalidURL as cause:
            raise ConfigError("the agent's address is no web address", where=self.name, why=str(cause)) from cause
        except httpx2.HTTPError as cause:
            why = f"{type(cause).__name__}: {cause}"
            raise AgentUnreachable("the agent cannot be reached", where=self.name, why=why) from cause
        if answer is None:
            return working.failed("timed out", f"there was no whole answer within {self._timeout_s:g} s")
        return self._read(answer, working)

    async def _in_time(self, body: bytes) -> _Answer | None:
        import httpx2

        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._posted(body)
        except (TimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout):
            return None

    async def _posted(self, body: bytes) -> _Answer:
        import httpx2

        from seasoned.pull.connection import asked_wait_s

        timeout = httpx2.Timeout(self._timeout_s, connect=min(_CONNECT_S, self._timeout_s / 2))
        async with (
            httpx2.AsyncClient(timeout=timeout, follow_redirects=False) as client,
            client.stream("POST", self._url, content=body, headers={**_HEADERS, **self._headers}) as response,
        ):
            return _Answer(
                status=response.status_code,
                body=await _body(response),
                retry_after_s=asked_wait_s(response),
                location=response.headers.get("location", ""),
            )

    def _read(self, answer: _Answer, working: Working) -> Attempted:
        status = answer.status
        if status in _PASSING:
            raise AgentUnreachable(
                "the agent does not answer now",
                where=self.name,
                why=_said(answer),
                retry_after_s=answer.retry_after_s,
            )
        if status >= 500:
            return working.failed("crashed", _said(answer))
        if not 200 <= status < 300:
            why = f"{_said(answer)} (to {visible(answer.location)})" if answer.location else _said(answer)
            raise ConfigError("the agent refuses what it is sent", where=self.name, why=why, hint="check its address")
        if len(answer.body) > MAX_BYTES:
            return working.failed("unreadable", f"its answer is longer than {MAX_BYTES:,} bytes")
        try:
            return working.answered(given_bytes(answer.body))
        except Unreadable as cause:
            return working.failed("unreadable", f"what it sent is no answer: {cause}")


def _checked_host(url: str) -> str:
    """What the agent is called: host, port and path."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or not url.isprintable() or " " in url:
        raise ConfigError("the agent's address is no web address", where=visible(url), hint="it begins with https://")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(
            "the agent's address holds more than a host and a path",
            where=host,
            why="addresses are kept on record",
            hint="send what must stay secret as a header",
        )
    return f"{host}{'' if port is None else f':{port}'}{parts.path}"


async def _body(response: "httpx2.Response") -> bytes:
    """The answer, or as much of it as shows that it is too long."""
    body = bytearray()
    async for part in response.aiter_raw():
        body.extend(part[: MAX_BYTES + 1 - len(body)])
        if len(body) > MAX_BYTES:
            break
    return bytes(body)


def _said(answer: _Answer) -> str:
    """The status, and the beginning of what was said with it."""
    text = visible(answer.body[: 4 * _SAID_CHARS].decode(errors="replace")).strip()
    return f"it answered {answer.status}{f': {shortened(text, _SAID_CHARS)}' if text else ''}"
