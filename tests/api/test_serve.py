"""The command `seasoned serve` in a process of its own: what was acknowledged survives being killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import select

from seasoned import PromptClient
from seasoned.api.serve import ServeOptions, serve
from seasoned.errors import UsageError
from seasoned.pipeline.promoting import Unproven, promote
from seasoned.store import schema
from seasoned.store.store import Store
from tests.api.served import AGENT, CALL_1, CALL_2, CONVERSATION, WAIT_S, export, post, said, span, wait_until
from tests.prompts import RULES, compiled


@contextmanager
def running(folder: Path, *options: str, **variables: str) -> Generator[tuple[subprocess.Popen[str], int]]:
    """The command, and the port that it listens on."""
    command = [sys.executable, "-m", "seasoned.cli.main", "serve", "--store", str(folder / "store.db"), *options]
    port = () if "--port" in options else ("--port", "0")
    process = subprocess.Popen([*command, *port], stdout=subprocess.PIPE, text=True, env={**os.environ, **variables})
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        yield process, int(line.split(",")[0].rpartition(":")[2])
    finally:
        process.kill()
        process.wait(WAIT_S)
        process.stdout.close()


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    acknowledged: list[str] = []

    def send(port: int) -> None:
        for number in range(10_000):
            one = span(f"{number + 1:016x}", "00f067aa0ba902b0", filler="x" * 2000)
            try:
                if post(port, "/v1/traces", export(one)).status == 200:
                    acknowledged.append(one["spanId"])
            except (OSError, HTTPException):
                return

    with running(tmp_path, "--idle-s", "600") as (process, port):
        assert post(port, "/v1/traces", export(CALL_1, CALL_2)).status == 200
        sender = threading.Thread(target=send, args=(port,))
        sender.start()
        wait_until(lambda: len(acknowledged) >= 20)
        process.send_signal(signal.SIGKILL)
        sender.join(WAIT_S)
    with Store(tmp_path / "store.db") as store:
        with store.database.reading() as connection:
            kept = set(connection.execute(select(schema.span.c.span_id)).scalars())
        assert set(acknowledged) <= kept
        assert store.traces.count() == 0
        with running(tmp_path, "--grace-s", "0") as (_, port):
            assert post(port, "/v1/traces", export(AGENT)).status == 200
            wait_until(lambda: store.traces.count() == 1)
        (trace,) = store.traces.iterate()
        assert said(trace) == CONVERSATION


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_stops_when_told_to(tmp_path: Path, stop: signal.Signals, code: int) -> None:
    with running(tmp_path, SEASONED_TOKEN="open sesame") as (process, port):
        assert post(port, "/v1/traces", export(AGENT)).status == 401
        assert post(port, "/v1/traces", export(AGENT), Authorization="Bearer open sesame").status == 200
        process.send_signal(stop)
        assert process.wait(WAIT_S) == code
    with Store(tmp_path / "store.db") as store:
        assert store.inbox.n_waiting() == 1


def test_without_a_token_it_listens_to_this_machine_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SEASONED_TOKEN", raising=False)
    with pytest.raises(UsageError, match="without a token"):
        serve(ServeOptions(host="0.0.0.0", store=str(tmp_path / "store.db")))


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot be used"):
        serve(ServeOptions(port=taken.getsockname()[1], store=str(tmp_path / "store.db")))


def test_it_serves_prompts_whole_where_the_settings_say_so(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        promote(store, "default", "production", compiled(store, RULES[0]), by="ada", reason=Unproven("a test"))
    for settings, wanted in (({}, 0.8), ({"SEASONED_KEEP_PROBABILITY": "1"}, 1.0)):
        with running(tmp_path, **settings) as (_, port):
            client = PromptClient(f"http://127.0.0.1:{port}", cache=tmp_path / "cache", max_age_s=0)
            run = client.get().assigned("run 1")
        assert [each.probability for each in run.exposures] == [wanted]
