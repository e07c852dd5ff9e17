"""The command `seasoned serve`: the HTTP interface on a port of this machine.

Raises `UsageError` where it would listen to other machines without a token, and what opening the store raises.
"""

import os
import signal
import socket
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from seasoned.config import TOKEN_VARIABLE, Settings, load, store_location
from seasoned.core.duration import duration
from seasoned.core.hosts import is_loopback
from seasoned.errors import UsageError
from seasoned.ingest.redaction.policy import Policy
from seasoned.retrieve.embedder import Embedder, resolve_embedder
from seasoned.store.store import Store

_BACKLOG = 128
"""Connections that may wait to be accepted."""
STOP_WITHIN_S = 10
"""Requests at work when the server is told to stop get so long to finish."""


_Span = Annotated[float, Parameter(validator=Number(gte=0, lte=86_400))]
"""Seconds, up to a day."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """How the server runs."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = 4318
    """Port to listen on; 0 picks a free one."""
    token: str | None = None
    """Senders must present it (`Authorization: Bearer …`); without it SEASONED_TOKEN, which other users cannot see."""
    store: str | None = None
    """File or SQLAlchemy URL of the store; without it SEASONED_STORE, then the nearest .seasoned folder."""
    redact: str | None = None
    """What is replaced before anything is written, as for `traces import`; without it SEASONED_REDACT."""
    grace_s: _Span = 2.0
    """A run is stored so many seconds after its root span has ended."""
    idle_s: _Span = 60.0
    """A run whose root span never comes is stored after so many seconds without news."""
    keep_days: Annotated[float, Parameter(validator=Number(gte=0, lte=36_500))] = 30.0
    """Redacted spans are kept for late ones to join them; afterwards only the runs are left."""
    measure_every: str | None = None
    """Write down what each skill does so often, and propose for removal what harms: 24h, 7d, or off; a reviewer
    decides. Without it SEASONED_MEASURE_EVERY, then off."""


def serve(options: ServeOptions | None = None) -> None:
    """Receive traces from running agents (OTLP over HTTP) and feedback; hand out prompts by label, examples by task.

    Point an agent's OpenTelemetry exporter at it: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318. Spans are redacted
    before they are stored; the bodies of requests are never written down.

    Args:
        options: How the server runs.
    """
    import uvicorn

    from seasoned.api.app import create_app
    from seasoned.api.limits import Limits

    options = options or ServeOptions()
    token = _token(options)
    settings = load()
    policy = Policy.parse(options.redact or settings.redact)
    every = _measure_every(options.measure_every or settings.measure_every)
    limits = Limits(grace_s=options.grace_s, idle_s=options.idle_s, keep_days=options.keep_days, measure_every=every)
    where = store_location(options.store, settings, Path.cwd())
    with _listening(options.host, options.port) as listener, Store(where) as opened:
        app = create_app(
            opened,
            token=token,
            limits=limits,
            policy=policy,
            new_embedder=lambda: _embedder(settings),
            keep_probability=settings.keep_probability,
        )
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=STOP_WITHIN_S, lifespan="on")
        name, number = listener.getsockname()[:2]
        shown = f"[{name}]" if ":" in name else name
        print(f"listening on http://{shown}:{number}, storing to {opened.database}", flush=True)
        # When it has shut down, the server passes on the signal that stopped it.
        signal.signal(signal.SIGTERM, _leave)
        uvicorn.Server(config).run(sockets=[listener])


def _token(options: ServeOptions) -> str | None:
    """What senders must present; None only where no other machine can send."""
    token = options.token or os.environ.get(TOKEN_VARIABLE) or None
    if token is None and not is_loopback(options.host):
        raise UsageError(
            f"listening on {options.host!r} without a token would let anybody write to the store and read its prompts",
            hint=f"give --token or set {TOKEN_VARIABLE}, or listen on 127.0.0.1",
        )
    return token


def _measure_every(typed: str) -> timedelta | None:
    """How often what skills do is measured; None for never."""
    if typed == "off":
        return None
    if not (every := duration(typed)):
        raise UsageError(f"{typed!r} is no time between two measurements", hint="write 24h, 7d, or off for none")
    return every


def _embedder(settings: Settings) -> Embedder | None:
    return None if settings.embedder is None else resolve_embedder(settings.embedder, base_url=settings.base_url)


def _leave(_: int, __: FrameType | None) -> None:
    sys.exit(0)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens already, so that what is in its way is said before anything starts."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        where, hint = f"{host}:{port}", "choose another one with --port and --host; 0 picks a free port"
        raise UsageError("this address cannot be used", where=where, why=error.strerror, hint=hint) from error
