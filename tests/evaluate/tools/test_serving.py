"""A world's tools over HTTP: who may call them, how, and for how long."""

import asyncio
import json
import socket
from urllib.parse import quote

import pytest

from seasoned.errors import AgentUnreachable
from seasoned.evaluate.tools.serving import Offer, handing, serving
from tests.evaluate.agents.trials import Counter
from tests.evaluate.tools.asking import Answer, asked, during_a_trial, is_refused


def answered(body: bytes, name: str = "add", **headers: str) -> tuple[Answer, Counter, int]:
    """What one call is answered, the world after it, and how many calls were recorded."""
    world = Counter()
    answer, handed = during_a_trial(world, lambda offer: asked(f"{offer.tools_url}/{name}", body, headers=headers))
    return answer, world, len(handed.made)


def test_a_tool_is_called_by_a_post_of_its_arguments() -> None:
    answer, world, n_made = answered(b'{"by": 2}')
    assert answer == (200, {"result": '{"total": 2}'})
    assert (world.total, n_made) == (2, 1)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("subtract", b'{"by": 2}'),
        ("../add", b'{"by": "x"}'),
        ("%00%1b%5b2J", b"{}"),
        ("add", b""),
        ("add", b"{"),
        ("add", b"[1]"),
        ("add", b"null"),
        ("add", b"[" * 100_000),
        ("add", b'{"by": "\\ud800\\u0000"}'),
    ],
)
def test_a_wrong_call_is_answered_by_the_world_and_counts(name: str, body: bytes) -> None:
    (status, answer), _, n_made = answered(body, name)
    assert status == 200
    assert "error" in json.loads(answer["result"])
    assert n_made == 1


def test_what_is_no_text_never_reaches_the_world() -> None:
    assert answered(b'{"by": "\xff"}')[0] == (400, {"error": "the arguments are not UTF-8"})


def test_arguments_without_end_are_not_taken() -> None:
    (status, answer), world, n_made = answered(b'{"by": 2, "x": "' + b"x" * (1 << 20) + b'"}')
    assert (status, world.total, n_made) == (413, 0, 0)
    assert "1,048,576 bytes" in answer["error"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "https://elsewhere.example"),
        ("Origin", "null"),
        ("Host", "elsewhere.example"),
        ("Host", "127.0.0.1:1"),
        ("Host", "127.0.0.1.elsewhere.example"),
    ],
)
def test_a_page_in_a_browser_is_refused(header: str, value: str) -> None:
    (status, _), world, _ = answered(b'{"by": 2}', **{header: value})
    assert (status, world.total) == (403, 0)


def test_this_machine_may_be_called_by_its_name() -> None:
    world = Counter()

    def ask(offer: Offer) -> Answer:
        return asked(offer.tools_url.replace("127.0.0.1", "localhost") + "/add", b'{"by": 2}')

    assert during_a_trial(world, ask)[0][0] == 200


def test_only_a_post_calls_a_tool_and_only_under_the_secret_path() -> None:
    def ask(offer: Offer) -> list[int]:
        begin = offer.tools_url.removesuffix("/tools")
        wrong = [f"{begin}x/tools/add", f"{begin}/tool/add", offer.tools_url, f"{offer.tools_url}/", begin, "/x"]
        root = "/".join(begin.split("/")[:3])
        urls = [url if url.startswith("http") else root + url for url in wrong]
        return [asked(url)[0] for url in urls] + [asked(f"{offer.tools_url}/add", method="GET")[0]]

    world = Counter()
    statuses, handed = during_a_trial(world, ask)
    assert statuses == [404, 404, 404, 404, 404, 404, 405]
    assert (world.total, handed.made) == (0, ())


def test_two_trials_have_paths_that_nobody_can_guess() -> None:
    def url(offer: Offer) -> str:
        return offer.tools_url

    first, second = (during_a_trial(Counter(), url)[0].split("/")[3] for _ in range(2))
    assert first != second
    assert len(first) == len(second) == 43


def test_after_its_trial_a_call_changes_nothing() -> None:
    first, second = Counter(), Counter()

    async def evaluation() -> Answer:
        async with serving() as server:
            async with server.handing(first) as (_, offer):
                url = f"{offer.tools_url}/add"
            async with server.handing(second):
                return await asyncio.to_thread(asked, url, b'{"by": 2}')

    status, answer = asyncio.run(evaluation())
    assert status == 404
    assert "its run has ended" in answer["error"]
    assert (first.total, second.total) == (0, 0)


def test_one_server_lasts_for_an_evaluation_and_nothing_of_it_after() -> None:
    offers: list[Offer] = []

    async def work(offer: Offer | None) -> bool:
        assert offer is not None
        offers.append(offer)
        return not await asyncio.to_thread(is_refused, f"{offer.tools_url}/add")

    async def evaluation() -> set[asyncio.Task[object]]:
        async with serving():
            assert await handing(None, lambda offer: asyncio.sleep(0, offer)) == (None, None)
            came = await asyncio.gather(handing(Counter(), work), handing(Counter(), work))
            assert [is_there for is_there, _ in came] == [True, True]
        return asyncio.all_tasks() - {asyncio.current_task()}  # pyright: ignore[reportReturnType]

    assert asyncio.run(evaluation()) == set()
    first, second = (offer.tools_url.split("/")[2] for offer in offers)
    assert first == second
    assert is_refused(f"{offers[0].tools_url}/add")


def test_a_client_that_stops_talking_does_not_hold_up_the_end() -> None:
    async def evaluation() -> int:
        async with serving() as server, server.handing(Counter()) as (handed, offer):
            host, _, port = offer.tools_url.split("/")[2].partition(":")
            path = "/" + offer.tools_url.split("/", 3)[3]
            silent = socket.create_connection((host, int(port)))
            head = f"POST {path}/add HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 9\r\n\r\n"
            await asyncio.to_thread(silent.sendall, head.encode())
            idle = socket.create_connection((host, int(port)))
            await handed.until_failed(asyncio.sleep(0))
        silent.close()
        idle.close()
        return len(handed.made)

    assert asyncio.run(evaluation()) == 0


def test_where_no_port_is_free_the_trial_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    async def work(_: Offer | None) -> None:
        raise AssertionError("it is not begun")

    monkeypatch.setattr("seasoned.evaluate.tools.serving.socket.create_server", full)
    with pytest.raises(AgentUnreachable, match="Too many open files"):
        asyncio.run(handing(Counter(), work))


def test_names_may_be_anything_that_an_address_can_say() -> None:
    name = "a tool/with: ümläuts?"
    _, handed = during_a_trial(Counter(), lambda offer: asked(f"{offer.tools_url}/{quote(name, safe='')}"))
    assert handed.made[0].request.name == name
