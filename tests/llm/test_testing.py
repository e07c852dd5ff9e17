"""The scripted model and the network guard."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from seasoned.errors import ProviderError
from seasoned.llm.model import Message, Reply, Request
from seasoned.llm.testing import NetworkBlocked, ScriptExhausted, TestModel, no_network


def ask(model: TestModel, content: str = "hi") -> Reply:
    return asyncio.run(model.complete(Request(messages=(Message(role="user", content=content),))))


def test_a_list_is_answered_in_order_and_the_requests_are_kept():
    model = TestModel(["one", Reply(content="two", cost_usd=1.0)])
    assert [ask(model, "a").content, ask(model, "b").cost_usd] == ["one", 1.0]
    assert [request.messages[0].content for request in model.requests] == ["a", "b"]


def test_a_function_sees_the_request():
    model = TestModel(lambda request: request.messages[-1].content.upper(), model_id="test:loud")
    assert (ask(model, "hey").content, model.model_id) == ("HEY", "test:loud")


def test_an_async_function_may_wait():
    async def slow(request: Request) -> Reply:
        await asyncio.sleep(0)
        return Reply(content="later")

    assert ask(TestModel(slow)).content == "later"


def test_an_exception_in_the_script_is_raised():
    with pytest.raises(ProviderError, match="down"):
        ask(TestModel([ProviderError("down")]))


def test_a_script_that_runs_out_says_what_was_asked():
    model = TestModel(["one"])
    ask(model)
    with pytest.raises(ScriptExhausted, match=r"call 2 of a script of 1 replies; it asked: user: 'again'"):
        ask(model, "again")


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "api.openai.com"])
def test_a_name_or_address_elsewhere_is_blocked_and_named(host: str):
    with pytest.raises(NetworkBlocked, match=host), no_network():
        socket.create_connection((host, 443), timeout=0.01)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_plain_connect_is_blocked(family: socket.AddressFamily):
    address = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"
    for attempt in ("connect", "connect_ex"):
        with pytest.raises(NetworkBlocked, match=address), no_network(), socket.socket(family) as sock:
            getattr(sock, attempt)((address, 80))


def test_an_attempt_that_the_code_hides_still_fails_the_test():
    with pytest.raises(NetworkBlocked, match="hid the error"), no_network(), suppress(NetworkBlocked):
        socket.getaddrinfo("example.org", 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_stays_reachable(host: str):
    with socket.create_server(("127.0.0.1", 0)) as server, no_network():
        socket.create_connection((host, server.getsockname()[1])).close()


def test_unix_sockets_stay_reachable(tmp_path: Path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client, no_network():
        server.bind(path)
        server.listen()
        client.connect(path)


def test_the_guard_is_lifted_afterwards():
    before = socket.getaddrinfo
    with no_network():
        assert socket.getaddrinfo is not before
    assert socket.getaddrinfo is before


def test_every_test_runs_under_the_guard():
    assert "guarded" in socket.getaddrinfo.__name__
