"""An agent behind an address, on loopback: it answers as a test says, and keeps what it was sent."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Says:
    """One answer."""

    body: bytes = b'{"answer": "done"}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hangs: bool = False
    """Whether to say nothing until the server is stopped."""


@dataclass
class WebAgent:
    """What it says, and what it was told."""

    say: Callable[[dict[str, Any]], Says]
    url: str = ""
    told: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    began: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(say: Callable[[dict[str, Any]], Says]) -> Generator[WebAgent]:
    """A server for as long as the block lasts."""
    agent = WebAgent(say)

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            agent.told.append(told)
            agent.headers.append({name.lower(): value for name, value in self.headers.items()})
            agent.began.set()
            says = agent.say(told)
            if says.hangs:
                agent.stopped.wait()
                return
            self.send_response(says.status)
            for name, value in {"Content-Length": str(len(says.body)), **says.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(says.body)
            except OSError:
                return  # whoever asked has read enough

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, the base class's name
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    agent.url = f"http://127.0.0.1:{server.server_address[1]}/run"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield agent
    finally:
        agent.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
