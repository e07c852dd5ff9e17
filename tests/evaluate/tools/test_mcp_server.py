"""A world's tools by the Model Context Protocol, called by the client of its official SDK."""

import asyncio
import json
import socket
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from seasoned.errors import AgentUnreachable
from seasoned.evaluate.agents.command import CommandAgent
from seasoned.evaluate.tools import mcp_server
from seasoned.evaluate.tools.serving import Offer, handing, serving
from seasoned.llm.model import ToolRequest
from tests.evaluate.agents.trials import Counter, trial
from tests.evaluate.tools.asking import Answer, asked, during_a_trial

needs_mcp = pytest.mark.skipif(not mcp_server.is_installed(), reason="the extra `mcp` is not installed")
# The package and what it imports warn of their own.
pytestmark = pytest.mark.filterwarnings("ignore")


async def session_of(offer: Offer | None) -> Any:
    """The SDK's client, connected."""
    assert offer is not None
    assert offer.mcp_url is not None
    return import_module("mcp").Client(offer.mcp_url)


@pytest.mark.parametrize("found", [None, "1.28.0"])
def test_without_the_extra_no_address_is_told(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    def version(_: str) -> str:
        if found is None:
            raise PackageNotFoundError
        return found

    monkeypatch.setattr(mcp_server, "version", version)
    mcp_server.is_installed.cache_clear()

    def ask(offer: Offer) -> tuple[str | None, Answer]:
        return offer.mcp_url, asked(offer.tools_url.removesuffix("tools") + "mcp")

    try:
        (url, (status, answer)), _ = during_a_trial(Counter(), ask)
    finally:
        mcp_server.is_installed.cache_clear()
    assert (url, status) == (None, 404)
    assert "extra `mcp`" in answer["error"]


@needs_mcp
def test_tools_are_listed_and_called_and_recorded() -> None:
    async def work(offer: Offer | None) -> tuple[Any, list[Any]]:
        async with await session_of(offer) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool("add", {"by": by}) for by in (2, 3)]

    (tools, results), made = asyncio.run(handing(Counter(), work))
    assert [(tool.name, tool.description) for tool in tools] == [("add", "Add to the number.")]
    assert tools[0].input_schema["required"] == ["by"]
    assert [result.content[0].text for result in results] == ['{"total": 2}', '{"total": 5}']
    assert made is not None
    assert [(each.request.name, json.loads(each.request.arguments)) for each in made] == [
        ("add", {"by": 2}),
        ("add", {"by": 3}),
    ]


@needs_mcp
@pytest.mark.parametrize(("name", "arguments"), [("subtract", {}), ("add", {}), ("add", {"by": "\0\x1b[2J"}), ("", {})])
def test_a_wrong_call_is_answered_by_the_world_and_counts(name: str, arguments: dict[str, Any]) -> None:
    def ask(offer: Offer) -> str:
        params = {"name": name, "arguments": arguments}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        status, answer = asked(offer.mcp_url or "", json.dumps(call).encode(), headers=headers)
        assert status == 200
        return answer["result"]["content"][0]["text"]

    text, handed = during_a_trial(Counter(), ask)
    assert "error" in text
    assert len(handed.made) == 1


@needs_mcp
def test_what_is_no_call_is_refused_and_the_trial_goes_on() -> None:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}

    def ask(offer: Offer) -> list[int]:
        url = offer.mcp_url or ""
        lone = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\\ud800"}}'
        bodies = [b"", b"{", b"[]", b"\xff", b'{"jsonrpc": "2.0"}', b"x" * (1 << 21), lone]
        statuses = [asked(url, body, headers=headers)[0] for body in bodies]
        others = [asked(url, method=method)[0] for method in ("GET", "DELETE")]
        foreign = asked(url, headers={**headers, "Origin": "https://elsewhere.example"})[0]
        return [*statuses, *others, foreign, asked(f"{offer.tools_url}/add", b'{"by": 2}')[0]]

    statuses, handed = during_a_trial(Counter(), ask)
    assert all(400 <= status < 500 for status in statuses[:-1]), statuses
    assert statuses[7:] == [405, 405, 403, 200]
    assert len(handed.made) == 1


@needs_mcp
def test_a_world_that_fails_ends_the_trial() -> None:
    class Down(Counter):
        async def call(self, request: ToolRequest) -> str:
            raise AgentUnreachable("the database is down")

    async def work(offer: Offer | None) -> None:
        async with await session_of(offer) as client:
            await client.call_tool("add", {"by": 2})

    with pytest.raises(AgentUnreachable, match="database is down"):
        asyncio.run(handing(Down(), work))


@needs_mcp
def test_nothing_is_left_after_the_end_and_nothing_changes() -> None:
    world = Counter()

    async def evaluation() -> int:
        async with serving() as server:
            async with server.handing(world) as (_, offer):
                url = offer.mcp_url or ""
            status = (await asyncio.to_thread(asked, url))[0]
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return status

    assert asyncio.run(evaluation()) == 404
    assert world.total == 0


@needs_mcp
def test_a_program_finds_the_address_in_what_it_reads(tmp_path: Path) -> None:
    script = tmp_path / "agent.py"
    script.write_text("""
import asyncio, json, sys
from mcp import Client

async def main():
    async with Client(json.load(sys.stdin)["mcp_url"]) as client:
        return (await client.call_tool("add", {"by": 2})).content[0].text

print(json.dumps({"answer": asyncio.run(main())}))
""")
    attempted = asyncio.run(CommandAgent((sys.executable, str(script))).attempt(trial(), Counter()))
    assert (attempted.ended, attempted.answer, attempted.state) == ("answered", '{"total": 2}', {"total": 2})
    calls = [(step.name, step.arguments) for step in attempted.trace.steps if step.kind == "tool_call"]
    assert calls == [("add", {"by": 2})]


@needs_mcp
def test_a_body_that_breaks_off_is_no_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    def ask(offer: Offer) -> None:
        where = urlsplit(offer.mcp_url or "")
        with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
            head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 100\r\n"
            connection.sendall(f"{head}Content-Type: application/json\r\nAccept: application/json\r\n\r\n{{".encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass

    _, handed = during_a_trial(Counter(), ask)
    assert handed.made == ()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
