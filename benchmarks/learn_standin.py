"""A stand-in for an OpenAI-compatible server, run as a process of its own: `python benchmarks/learn_standin.py`.

It answers every call after `LATENCY_S` and counts. It is scripted as a reflector with three calls to an episode: look
round; compare and cite; submit one finding, whose evidence is what the second turn printed.
"""

import asyncio
import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

LATENCY_S = 0.2
CALLS_PER_EPISODE = 3
CHARS_PER_TOKEN = 4

# What the stand-in's model writes ----------------------------------------------------------------------------------

LOOK = """
for t in traces:
    print(t.id, t.task_key, t.verdict, len(t.steps), len(t.calls()))
print(find("not allowed|error", limit=5))
"""
COMPARE = """
import json
verdicts = [t.verdict for t in traces]
chosen = [traces[verdicts.index(v)] for v in ("failed", "passed") if v in verdicts] or traces[:1]
for t in chosen:
    print([c.name for c in t.calls()])
evidence = []
for t in chosen:
    s = [s for s in t.steps if s.kind in ("tool_result", "assistant") and len(s.text) > 20][-1]
    evidence.append(cite(t, s, s.text[:90]))
print("EVIDENCE " + json.dumps(evidence))
"""
SKILLS = (
    "When a customer asks for money back, first call get_policy with the case, then refund only inside its window.",
    "When a parcel is said to be lost, call track_parcel and quote its last scan before a replacement is sent.",
    "When an address is to be changed, confirm street and postcode in words, then call update_address once.",
    "When a search returns nothing, search again with one filter fewer and tell the customer which one was dropped.",
)
"""What is submitted, by the number of the evidence's first trace: some episodes agree, as they do in earnest."""


def scripted(messages: list[dict[str, str]]) -> str:
    """The model's next reply; the conversation itself says how far it has come."""
    turn = sum(message["role"] == "assistant" for message in messages)
    if turn == 0:
        return f"First a look round.\n```python{LOOK}```"
    if turn == 1:
        return f"Now a failed run beside a passed one.\n```python{COMPARE}```"
    found = re.search(r"^EVIDENCE (\[.*\])$", messages[-1]["content"], re.MULTILINE)
    evidence: list[dict[str, Any]] = [] if found is None else json.loads(found[1])
    number = int(evidence[0]["trace_id"][-4:], 16) if evidence else 0
    finding: dict[str, Any] = {
        "claim": "The failed run acted before it had looked up the rule that the passed run read first.",
        "root_cause": "The agent took the request at its word.",
        "kind": "missing step",
        "confidence": 0.7,
        "evidence": evidence,
        "skill": {"text": SKILLS[number % len(SKILLS)], "reason": "Passed runs did.", "section": "procedures"},
    }
    return f"That is the difference.\n```python\nsubmit([{finding!r}])\n```"


# The stand-in server -----------------------------------------------------------------------------------------------


@dataclass
class Asked:
    """What the server has been asked."""

    n_calls: int = 0
    n_episodes: int = 0
    """Conversations that began."""
    prompt_chars: int = 0
    max_in_flight: int = 0
    in_flight: int = field(default=0, repr=False)

    def answer(self, body: bytes) -> bytes:
        """The completion for one request."""
        messages = json.loads(body)["messages"]
        n_chars = sum(len(message["content"] or "") for message in messages)
        self.n_calls += 1
        self.n_episodes += not any(message["role"] == "assistant" for message in messages)
        self.prompt_chars += n_chars
        content = scripted(messages)
        tokens = {"prompt_tokens": math.ceil(n_chars / CHARS_PER_TOKEN), "completion_tokens": len(content) // 4}
        message = {"role": "assistant", "content": content}
        reply = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stand-in"}
        reply |= {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        reply |= {"usage": tokens | {"total_tokens": sum(tokens.values())}}
        return json.dumps(reply).encode()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive: completions after `LATENCY_S`, figures for a GET at once."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?i)^content-length: *(\d+)", head, re.MULTILINE)
                body = await reader.readexactly(int(length[1])) if length else b""
                answer = json.dumps(vars(self)).encode() if head.startswith("GET") else await self.complete(body)
                top = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(answer)}\r\n\r\n"
                writer.write(top.encode() + answer)
                await writer.drain()
        writer.close()

    async def complete(self, body: bytes) -> bytes:
        """The answer to a request that is in now, 200 ms from now, its making included."""
        due_s = asyncio.get_running_loop().time() + LATENCY_S
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        answer = self.answer(body)
        await asyncio.sleep(due_s - asyncio.get_running_loop().time())
        self.in_flight -= 1
        return answer


async def serve() -> None:
    """Serve until killed; the port is the first line printed."""
    server = await asyncio.start_server(Asked().serve, "127.0.0.1", 0, limit=1 << 26, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
