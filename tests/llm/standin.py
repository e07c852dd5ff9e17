"""A stand-in for an OpenAI-compatible server: loopback only, scripted, with faults on demand.

It answers `/chat/completions`, `/responses` and `/embeddings`. What it was sent is in `bodies`, `headers` and `paths`.
"""

import json
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """One answer that is not a completion."""

    status: int = 200
    body: str = '{"error": {"message": "made to fail"}}'
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hangs: bool = False
    """Whether to say nothing until the stand-in is stopped."""
    hangs_up: bool = False
    """Whether to close the connection without a word."""


@dataclass
class StandIn:
    """What the server says next, and what it has been asked."""

    url: str = ""
    content: str | None = "hello"
    contents: list[str] = field(default_factory=list[str])
    """Given one to a call, before `content`."""
    finish_reason: str | None = None
    """None says what the answer is: `stop` or `tool_calls`."""
    takes_tools: bool = True
    """Whether a request with tools is answered; if not, with status 400."""
    takes_schema: bool = True
    """Whether a request with a response_format is answered; if not, with status 400."""
    fills_shape: bool = False
    """Whether the content is sent as the call of a tool that a request insists on."""
    tool_calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(name, arguments) of each call to ask for."""
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    )
    vector: Callable[[str], list[float]] = lambda text: [float(len(text)), 1.0, 0.0]
    """The embedding of a text."""
    faults: list[Fault] = field(default_factory=list[Fault])
    """Given first, one to a call."""
    max_at_once: int | None = None
    """Calls beyond so many at a time are answered with status 429; until there is one, the others are held."""
    full: threading.Event = field(default_factory=threading.Event)
    """Set at the first call beyond `max_at_once`."""
    n_at_once: int = 0
    most_at_once: int = 0
    """The highest `n_at_once` of the calls that were not refused."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    paths: list[str] = field(default_factory=list[str])
    asked: threading.Event = field(default_factory=threading.Event)
    """Set when the first request has come in."""
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def n_calls(self) -> int:
        return len(self.bodies)

    def arrived(self) -> Fault | None:
        """Count a call in; the fault that it gets."""
        with self.lock:
            self.n_at_once += 1
            if self.faults:
                return self.faults.pop(0)
            if self.max_at_once is not None and self.n_at_once > self.max_at_once:
                self.full.set()
                return Fault(status=429)
            self.most_at_once = max(self.most_at_once, self.n_at_once)
        if self.max_at_once is not None:
            self.full.wait()
        return None

    def left(self) -> None:
        """Count a call out, before its answer is sent."""
        with self.lock:
            self.n_at_once -= 1

    def refusal(self, body: dict[str, Any]) -> Fault | None:
        """What a server without tools or schemas says to a request that has them."""
        for field_name, is_taken in (("tools", self.takes_tools), ("response_format", self.takes_schema)):
            if field_name in body and not is_taken:
                return Fault(status=400, body=json.dumps({"error": {"message": f"{field_name} is not supported"}}))
        return None

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        model = body["model"]
        if path.endswith("/embeddings"):
            data = [
                {"object": "embedding", "index": n, "embedding": self.vector(text)}
                for n, text in enumerate(body["input"])
            ]
            usage = {"prompt_tokens": 5, "total_tokens": 5}
            return {"object": "list", "data": data, "model": model, "usage": usage}
        if path.endswith("/responses"):
            text: dict[str, Any] = {"type": "output_text", "text": self.content, "annotations": []}
            message = {"type": "message", "id": "m1", "role": "assistant", "status": "completed", "content": [text]}
            usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
            details = {"input_tokens_details": {"cached_tokens": 40}, "output_tokens_details": {"reasoning_tokens": 0}}
            reply = {"id": "resp-1", "object": "response", "created_at": 1, "model": model, "status": "completed"}
            reply |= {"output": [message], "usage": usage | details, "tools": [], "tool_choice": "auto"}
            return reply | {"parallel_tool_calls": True}
        content = self.contents.pop(0) if self.contents else self.content
        message: dict[str, Any] = {"role": "assistant", "content": content}
        asked = [tool["function"]["name"] for tool in body.get("tools", ())]
        tool_calls = [(asked[-1], content or "")] if self.fills_shape and asked else self.tool_calls
        if tool_calls:
            message["tool_calls"] = [
                {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
                for n, (name, arguments) in enumerate(tool_calls)
            ]
            message["content"] = None if self.fills_shape else content
        ended = self.finish_reason or ("tool_calls" if tool_calls else "stop")
        choice = {"index": 0, "message": message, "finish_reason": ended}
        reply = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
        return reply if self.usage is None else reply | {"usage": self.usage}


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    """The default of 5 resets connections when many clients come at once."""
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving() -> Generator[StandIn]:
    """A running stand-in."""
    standin = StandIn()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet to an answer; two would wait 40 ms for each other

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            standin.bodies.append(body)
            standin.headers.append({name.lower(): value for name, value in self.headers.items()})
            standin.paths.append(self.path)
            standin.asked.set()
            fault = standin.arrived() or standin.refusal(body)
            if fault is not None and fault.hangs:
                standin.stopped.wait()
            standin.left()
            if fault is not None and (fault.hangs or fault.hangs_up):
                self.close_connection = True
                return
            answer = json.dumps(standin.answer(self.path, body)) if fault is None else fault.body
            self.send_response(200 if fault is None else fault.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer.encode())))
            for name, value in (fault.headers if fault else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is http.server's)
            pass

    server = _Server(("127.0.0.1", 0), Answers)
    standin.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield standin
    finally:
        standin.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
