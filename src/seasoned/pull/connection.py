"""JSON over HTTP with one service: retries, waits where the service asks for it, and errors that say what to do.

A request that is refused for now (429, 5xx), or that gets lost, is sent again a few times, after the wait that
`Retry-After` asks for or after one that doubles. All requests only read. Knows no service by name. Raises
`ServiceError`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2
from pydantic import JsonValue

from seasoned.errors import ConfigError, ServiceError
from seasoned.ingest.files.arrays import DECODER

ATTEMPTS = 5
TIMEOUT_S = 60.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 60.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})

Params = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where a service is, and who asks."""

    service: str
    url: str
    headers: Mapping[str, str]
    """With the credentials."""
    variables: str
    """Names of the environment variables that the credentials come from."""


class Connection:
    """One service.

    Args:
        account: Where it is, and who asks.
        sleep: Waits so many seconds.

    Raises:
        ConfigError: The address is none.
    """

    def __init__(self, account: Account, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Nothing is sent yet."""
        parts = urlsplit(account.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                f"the address of {account.service} is no web address", where=account.url, hint="it begins with https://"
            )
        self._account, self._sleep = account, sleep
        self.host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        self._client = httpx2.Client(base_url=account.url.rstrip("/"), headers=account.headers, timeout=TIMEOUT_S)

    def get(self, path: str, params: Params | None = None) -> JsonValue:
        """The answer to a GET."""
        return self._asked("GET", path, params or {}, None)

    def post(self, path: str, body: JsonValue) -> JsonValue:
        """The answer to a POST that only asks."""
        return self._asked("POST", path, {}, body)

    def _asked(self, method: str, path: str, params: Params, body: JsonValue) -> JsonValue:
        wait_s = _FIRST_WAIT_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._client.request(method, path, params=dict(params), json=body)
            except httpx2.TransportError as error:
                if attempt == ATTEMPTS:
                    raise self._unreachable(error) from error
                self._sleep(wait_s)
            else:
                if response.status_code not in _PASSING or attempt == ATTEMPTS:
                    return self._answer(response, path)
                self._sleep(asked_wait_s(response) or wait_s)
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        raise AssertionError("the last attempt returns or raises")

    def _answer(self, response: httpx2.Response, path: str) -> JsonValue:
        status = response.status_code
        if response.is_success:
            try:
                value: JsonValue = DECODER.decode(response.text)
            except (ValueError, RecursionError):
                why = "the answer is not JSON; is this the service's own address?"
                raise self._error("did not answer as it documents", path, why=why) from None
            return value
        if status in _REFUSED:
            hint = f"check {self._account.variables}"
            raise self._error("refused the credentials", path, why=f"it answered {status}", hint=hint, status=status)
        if status == 404:
            raise self._error("has nothing at this address", path, why="it answered 404", status=status)
        raise self._error("did not answer", path, why=f"it answered {status}", hint="try again later", status=status)

    def _unreachable(self, error: httpx2.TransportError) -> ServiceError:
        hint = "check the address and the network"
        return self._error("cannot be reached", "", why=type(error).__name__, hint=hint)

    def _error(
        self, what: str, path: str, *, why: str, hint: str | None = None, status: int | None = None
    ) -> ServiceError:
        where = f"{self.host}{path}"
        return ServiceError(f"{self._account.service} {what}", where=where, why=why, hint=hint, status=status)


def asked_wait_s(response: httpx2.Response) -> float | None:
    """The wait that the service asks for, in seconds or until a date, as far as we are willing to wait."""
    asked = response.headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return min(float(asked), _LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return None
    left_s = (until - datetime.now(UTC)).total_seconds() if until.tzinfo else 0.0
    return min(left_s, _LONGEST_WAIT_S) if left_s > 0 else None
