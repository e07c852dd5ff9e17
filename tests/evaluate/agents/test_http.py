"""An agent behind an address: what is sent, and what each answer means."""

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from seasoned.errors import AgentUnreachable, ConfigError
from seasoned.evaluate.agents import http as http_agent
from seasoned.evaluate.agents.http import HttpAgent
from seasoned.evaluate.attempt import Attempted
from seasoned.evaluate.tools.serving import serving as tools_serving
from tests.evaluate.agents.trials import Counter, trial
from tests.evaluate.agents.web_agent import Says, serving
from tests.evaluate.tools.asking import asked


def run(says: Says, *, timeout_s: float = 60, headers: Mapping[str, str] | None = None) -> Attempted:
    with serving(lambda _: says) as agent:
        return asyncio.run(HttpAgent(agent.url, timeout_s=timeout_s, headers=headers).attempt(trial(), None))


def test_it_is_posted_the_trial() -> None:
    with serving(lambda _: Says()) as agent:
        attempted = asyncio.run(HttpAgent(agent.url, headers={"Authorization": "Bearer x"}).attempt(trial(), None))
    assert (attempted.ended, attempted.answer) == ("answered", "done")
    assert agent.told == [
        {
            "task": {"key": "t1", "text": "What is 2 + 2?"},
            "prompt": "Be brief.",
            "inputs": {},
            "trial": 0,
            "seed": 7,
            "run_key": "t1 trial 0",
        }
    ]
    assert agent.headers[0]["authorization"] == "Bearer x"
    assert agent.headers[0]["content-type"] == "application/json"


def test_the_state_that_it_tells_is_the_trials() -> None:
    assert run(Says(b'{"answer": "", "state": {"total": 4}}', status=201)).state == {"total": 4}


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_not_now_is_none_of_its_faults(status: int) -> None:
    with pytest.raises(AgentUnreachable, match=f"{status}: busy") as raised:
        run(Says(b"busy", status=status, headers={"Retry-After": "7"}))
    assert raised.value.retry_after_s == 7


@pytest.mark.parametrize("status", [500, 501, 507])
def test_an_error_of_the_server_is_a_crash(status: int) -> None:
    attempted = run(Says(b"KeyError: 'order'\x1b[0m" + b"x" * 5000, status=status))
    assert attempted.ended == "crashed"
    assert attempted.error.startswith(f"it answered {status}: KeyError: 'order'<U+001B>")
    assert len(attempted.error) <= 500


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
def test_a_request_that_it_refuses_stops_everything(status: int) -> None:
    with pytest.raises(ConfigError, match=f"{status}: field `query` is missing"):
        run(Says(b"field `query` is missing", status=status))


def test_a_redirect_is_not_followed() -> None:
    with serving(lambda _: Says()) as elsewhere:
        moved = Says(status=307, headers={"Location": elsewhere.url})
        with pytest.raises(ConfigError, match=elsewhere.url):
            run(moved, headers={"Authorization": "Bearer x"})
    assert elsewhere.told == []


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"{}"])
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    attempted = run(Says(body))
    assert attempted.ended == "unreadable"
    assert attempted.error.startswith("what it sent is no answer: ")


def test_an_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    attempted = run(Says(b'"' + b"x" * (40 << 20)))
    assert (attempted.ended, attempted.error) == ("unreadable", "its answer is longer than 16,777,216 bytes")


def test_an_agent_that_hangs_has_timed_out() -> None:
    attempted = run(Says(hangs=True), timeout_s=0.2)
    assert (attempted.ended, attempted.error) == ("timed out", "there was no whole answer within 0.2 s")


def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_refused_connection_is_none_of_its_faults() -> None:
    with pytest.raises(AgentUnreachable, match="cannot be reached"):
        asyncio.run(HttpAgent(closed_port()).attempt(trial(), None))


def test_a_name_that_is_not_found_is_none_of_its_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(AgentUnreachable, match="Name or service not known"):
        asyncio.run(HttpAgent("http://agent.invalid/run").attempt(trial(), None))


def test_a_connection_that_breaks_off_is_none_of_its_faults() -> None:
    with pytest.raises(AgentUnreachable, match="cannot be reached"):
        run(Says(b"{", headers={"Content-Length": "100"}))


def test_an_agent_on_another_machine_cannot_reach_the_suites_tools() -> None:
    agent = HttpAgent("https://agent.example/run")
    with pytest.raises(ConfigError, match="run Seasoned where the agent runs"):
        agent.refuse(Counter())
    agent.refuse(None)
    HttpAgent("http://[::1]:8000/run").refuse(Counter())


def test_a_call_that_an_agent_makes_after_its_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Counter()
    called: list[int] = []
    times_up: list[Callable[[], object]] = []

    def say(told: dict[str, Any]) -> Says:
        url = f"{told['tools_url']}/add"
        called.append(asked(url, b'{"by": 2}')[0])
        times_up[0]()
        over.wait(60)
        called.append(asked(url, b'{"by": 3}')[0])
        late.set()
        return Says()

    async def evaluation() -> Attempted:
        loop, time = asyncio.get_running_loop(), asyncio.timeout(None)
        times_up.append(lambda: loop.call_soon_threadsafe(time.reschedule, 0.0))

        def over_time(_: float) -> asyncio.Timeout:
            return time

        # The agent's time is over once it has called, however busy the machine is.
        monkeypatch.setattr(http_agent, "asyncio", SimpleNamespace(timeout=over_time))
        async with tools_serving():
            attempted = await HttpAgent(agent.url, timeout_s=60).attempt(trial(), world)
            over.set()
            assert await asyncio.to_thread(late.wait, 60)
            return attempted

    over, late = threading.Event(), threading.Event()
    with serving(say) as agent:
        attempted = asyncio.run(evaluation())
    assert (attempted.ended, attempted.state) == ("timed out", {"total": 2})
    assert [step.kind for step in attempted.trace.steps] == ["system", "user", "tool_call", "tool_result", "error"]
    assert (called, world.total) == ([200, 404], 2)


@pytest.mark.parametrize(
    "url",
    ["", "agent", "ftp://host/x", "http://", "http://host:port", "http://[", "https://a b", "https://host/\nx"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="no web address"):
        HttpAgent(url)


@pytest.mark.parametrize("url", ["https://me:secret@host/run", "https://host/run?key=secret", "https://host/#secret"])
def test_an_address_that_holds_a_secret_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(ConfigError, match="more than a host") as raised:
        HttpAgent(url)
    assert "secret@" not in str(raised.value)
    assert "=secret" not in str(raised.value)


def test_a_token_does_not_cross_a_network_in_the_open() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        HttpAgent("http://agent.example/run", headers={"Authorization": "Bearer x"})
    HttpAgent("http://agent.example/run", headers={"Authorization": "Bearer x"}, allow_http=True)
    HttpAgent("https://agent.example/run", headers={"Authorization": "Bearer x"})
    HttpAgent("http://localhost:8000/run", headers={"Authorization": "Bearer x"})
    HttpAgent("http://agent.example/run")


@pytest.mark.parametrize("headers", [{"X": "a\nb"}, {"": "x"}, {"X": "ü"}])
def test_a_header_that_cannot_be_sent_is_refused(headers: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError, match="cannot be sent"):
        HttpAgent("https://agent.example/run", headers=headers)


def test_no_header_is_kept_on_record() -> None:
    agent = HttpAgent("https://agent.example/run", headers={"X-Key": "a secret"})
    assert agent.identity["headers"] == ["X-Key"]
    assert "secret" not in str(agent.identity)
    assert agent.name == "agent.example/run"


def test_it_needs_time() -> None:
    with pytest.raises(ConfigError, match="0 s"):
        HttpAgent("https://host/run", timeout_s=0)
