"""A stand-in server whose model knows its lines as a reflector: it looks first, then cites and submits."""

import json
import re
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOK = "I look first.\n```python\nfor t in traces:\n    print(t.task_key, t.verdict)\n```"
SUBMIT = """I know enough.
```python
bad, good = [[t for t in traces if t.verdict == verdict][0] for verdict in ("failed", "passed")]
seen = [cite(bad, bad.steps[-1], "is refunded"), cite(good, good.calls("get_order")[0].step, "get_order")]
submit([{
    "claim": "It refunds without a look at the order.",
    "kind": "missing step",
    "confidence": 0.9,
    "evidence": seen,
    "skill": {
        "text": "When a refund is asked for, call get_order first, as for " + bad.task_key + ".",
        "section": "refunds",
    },
}])
```"""


@dataclass
class Reflector:
    """The server, and what it has been asked."""

    url: str = ""
    delay_s: float = 0.0
    asked: list[str] = field(default_factory=list[str])
    """The conversation of each request, in order of arrival."""
    fails: bool = False


def conversation(messages: list[dict[str, Any]]) -> str:
    """What identifies a request: its roles and texts."""
    return json.dumps([[m["role"], m["content"]] for m in messages])


def decisions(messages: list[dict[str, Any]]) -> str:
    """What it says to a question for one answer: drafts that read alike are all new, a plan is short; else nothing."""
    if "Write the plan that the agent should follow" in messages[0]["content"]:
        return json.dumps({"steps": [{"do": "Look the order up.", "skills": [1]}]})
    if "You keep the skillbook" not in messages[0]["content"]:
        return ""
    drafts = re.findall(r'"id": "(draft-\w+)"', messages[1]["content"])
    return json.dumps({"decisions": [{"draft": draft, "verdict": "new"} for draft in drafts]})


@contextmanager
def reflector() -> Generator[Reflector]:
    """Serve on loopback until the block ends."""
    state = Reflector()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.asked.append(conversation(body["messages"]))
            time.sleep(state.delay_s)
            n_replies = sum(m["role"] == "assistant" for m in body["messages"])
            content = decisions(body["messages"]) or (LOOK if n_replies == 0 else SUBMIT)
            message = {"role": "assistant", "content": content}
            usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
            reply = {"id": "c", "object": "chat.completion", "created": 1, "model": body["model"], "usage": usage}
            reply["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
            data = json.dumps(reply if not state.fails else {"error": {"message": "made to fail"}}).encode()
            try:
                self.send_response(400 if state.fails else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                return  # the process that asked was killed

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
