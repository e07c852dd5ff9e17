"""The prompt client against the real server, and against servers that fail in every way."""

import asyncio
import itertools
import json
import logging
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seasoned import PromptClient
from seasoned.agents import asking
from seasoned.agents.pulled import PulledPrompt
from seasoned.core.assigning import kept, salt_for_agents
from seasoned.core.canary import is_canary_run
from seasoned.core.operation import skill_id
from seasoned.errors import ConfigError, ServiceError, UsageError
from seasoned.pipeline.canary import begin
from seasoned.pipeline.promoting import Unproven, promote
from seasoned.store.store import Store
from tests.api.served import Served, served
from tests.api.test_serve import running
from tests.prompts import RULES, bare_prompt, compiled
from tests.pull.standin import Answer, Request, serving

LONG_S = 30.0
"""Longer than any test takes."""


def served_as(words: str, /, **changed: object) -> Answer:
    """What a good server answers with for these words, but for what is changed."""
    good = {"id": bare_prompt(words).id, "text": words, "book": "default", "label": "production"}
    return Answer(text=json.dumps({**good, "revision": 1, "skills": [], **changed}))


def with_keeping(**changed: object) -> Answer:
    """What a server answers with that says of one skill how likely it is kept, but for what is changed."""
    good: dict[str, object] = {"book": "default", "salt": "00", "probabilities": {"skill-1": 0.5}, "cuts": []}
    return served_as("Be kind.", skills=["skill-1"], keeping={**good, **changed})


@dataclass
class Script:
    """A server that answers as it is told."""

    says: Answer
    requests: list[Request] = field(default_factory=list[Request])
    gate: threading.Event = field(default_factory=threading.Event)
    """Nothing is answered before it is set."""

    has_come: threading.Event = field(default_factory=threading.Event)
    """A request has come since the gate was closed."""

    def __post_init__(self) -> None:
        self.gate.set()

    def close(self) -> None:
        self.has_come.clear()
        self.gate.clear()

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        self.has_come.set()
        self.gate.wait(LONG_S)
        return self.says


@dataclass
class Desk:
    """A scripted server, and where its clients keep prompts."""

    script: Script
    url: str
    cache: Path

    def client(self, *, max_age_s: float = 0, timeout_s: float = LONG_S) -> PromptClient:
        return PromptClient(self.url, cache=self.cache, max_age_s=max_age_s, timeout_s=timeout_s)

    @property
    def file(self) -> Path:
        (found,) = self.cache.glob("*")
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Generator[Desk]:
    script = Script(served_as("Be kind."))
    with serving(script) as url:
        yield Desk(script, url, tmp_path / "cache")
        script.gate.set()


@pytest.fixture
def server(tmp_path: Path) -> Generator[Served]:
    with served(tmp_path) as opened:
        yield opened


def promoted(store: Store, *rules: str) -> str:
    prompt = compiled(store, *rules)
    promote(store, "default", "production", prompt, by="ada", reason=Unproven("a test"))
    return prompt.id


class TestAgainstTheRealServer:
    def test_the_runs_that_a_canary_falls_to_get_it_and_the_same_run_gets_the_same(
        self, server: Served, tmp_path: Path
    ) -> None:
        wanted = promoted(server.store, RULES[0])
        tried = compiled(server.store, RULES[1])
        client = PromptClient(server.url, cache=tmp_path / "cache", max_age_s=0)
        assert client.get().assigned("run 1").id == wanted
        begin(server.store, "default", "production", tried, 0.5, by="ada", reason="try it")
        pulled = client.get()
        assert client.get().canary == pulled.canary
        keys = [f"run {number}" for number in range(200)]
        handed = {key: pulled.assigned(key) for key in keys}
        assert client.get().assigned("run 7").id == handed["run 7"].id
        assert {prompt.id for prompt in handed.values()} == {wanted, tried.id}
        assert all((prompt.id == tried.id) is is_canary_run(key, tried.id, 0.5) for key, prompt in handed.items())
        drawn = pulled.assigned(next(key for key in keys if handed[key].id == tried.id), keep_all=True)
        assert (drawn.text, drawn.revision) == (tried.text, tried.revision)

    def test_each_run_gets_the_skills_that_chance_gives_it_and_says_which(self, server: Served, tmp_path: Path) -> None:
        promoted(server.store, *RULES)
        server.store.keeping.keep("default", [skill_id(RULES[2])], 1.0, by="ada")
        server.store.keeping.keep("default", [skill_id(RULES[0])], 0.5, by="ada")
        pulled = PromptClient(server.url, cache=tmp_path / "cache").get()
        salt, n_with = salt_for_agents(server.store.salt), [0, 0, 0]
        runs = [pulled.assigned(f"run {number}") for number in range(400)]
        for run in runs:
            has = [rule in run.text for rule in RULES]
            n_with = [n + each for n, each in zip(n_with, has, strict=True)]
            assert has == [kept(run.run_key, each.skill_id, salt, each.probability) for each in run.exposures]
            assert has == [each.included for each in run.exposures]
            assert run.skills == tuple(skill_id(rule) for rule in RULES if rule in run.text)
            assert (run.id, run) == (pulled.id, pulled.assigned(run.run_key))
        said = {(each.book, each.revision) for run in runs for each in run.exposures}
        assert said == {("default", pulled.revision)}
        assert (160 < n_with[0] < 240, 290 < n_with[1] < 350, n_with[2]) == (True, True, 400)

    def test_a_run_may_keep_all_of_them(self, server: Served, tmp_path: Path) -> None:
        promoted(server.store, *RULES)
        pulled = PromptClient(server.url, cache=tmp_path / "cache").get()
        runs = [pulled.assigned(f"run {number}", keep_all=True) for number in range(20)]
        assert {run.text for run in runs} == {pulled.text}
        assert {(e.included, e.probability) for run in runs for e in run.exposures} == {(True, 1.0)}

    def test_its_root_span_is_told_what_it_got(self, server: Served, tmp_path: Path) -> None:
        wanted = promoted(server.store, RULES[0])
        run = PromptClient(server.url, cache=tmp_path / "cache").get().assigned("run 1")
        is_in = "true" if run.exposures[0].included else "false"
        assert run.attributes == {
            "seasoned.run": "run 1",
            "seasoned.prompt.id": wanted,
            "seasoned.exposures": f'[["{skill_id(RULES[0])}",{is_in},0.8]]',
        }

    def test_new_rules_of_keeping_reach_agents_although_the_prompt_is_the_same(
        self, server: Served, tmp_path: Path
    ) -> None:
        wanted = promoted(server.store, RULES[0])
        client = PromptClient(server.url, cache=tmp_path / "cache", max_age_s=0)
        assert {each.probability for each in client.get().assigned("run 1").exposures} == {0.8}
        server.store.keeping.keep("default", [skill_id(RULES[0])], 0.5, by="ada")
        run = client.get().assigned("run 1")
        assert (run.id, {each.probability for each in run.exposures}) == (wanted, {0.5})
        again = client.get()
        assert again.fetched_at > run.fetched_at, "asked with its version, the server said that it still holds"

    def test_an_agent_gets_what_the_label_points_at(self, server: Served, tmp_path: Path) -> None:
        wanted = promoted(server.store, RULES[0])
        client = PromptClient(server.url, cache=tmp_path / "cache", max_age_s=0)
        first = client.get()
        assert (first.id, first.revision, first.skills) == (wanted, 2, (skill_id(RULES[0]),))
        assert first.text == server.store.prompts.get(wanted).text
        assert (first.label, first.is_stale) == ("production", False)
        moved = promoted(server.store, RULES[1])
        assert client.get().id == moved
        server.store.labels.move("default", "production", wanted, by="ada")
        assert client.get().id == wanted

    def test_async_code_gets_the_same(self, server: Served, tmp_path: Path) -> None:
        wanted = promoted(server.store, RULES[0])
        client = PromptClient(server.url, cache=tmp_path / "cache")

        async def both() -> tuple[PulledPrompt, PulledPrompt]:
            return await asyncio.gather(client.get_async(), client.get_async())

        assert [prompt.id for prompt in asyncio.run(both())] == [wanted, wanted]
        assert client.get().id == wanted

    def test_where_an_event_loop_runs_the_way_that_does_not_block_it_is_named(self) -> None:
        async def blocking() -> PulledPrompt:
            return PromptClient("http://127.0.0.1:1").get()

        with pytest.raises(UsageError, match="get_async"):
            asyncio.run(blocking())

    def test_a_server_that_is_killed_is_survived_and_comes_back(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with Store(tmp_path / "store.db") as store:
            wanted = promoted(store, RULES[0])
        with running(tmp_path) as (process, port):
            client = PromptClient(f"http://127.0.0.1:{port}", cache=tmp_path / "cache", max_age_s=0)
            first = client.get()
            process.kill()
            process.wait(LONG_S)
            with caplog.at_level(logging.WARNING):
                kept = client.get()
            assert (kept.id, kept.is_stale, kept.fetched_at) == (wanted, True, first.fetched_at)
            assert f"{wanted} of" in caplog.text
            assert "handed out further" in caplog.text
            anew = PromptClient(f"http://127.0.0.1:{port}", cache=tmp_path / "cache", max_age_s=0).get()
            assert (anew.id, anew.is_stale) == (wanted, True)
        with running(tmp_path, "--port", str(port)):
            assert client.get().is_stale is False

    def test_the_token_is_sent_and_never_shown(self, tmp_path: Path) -> None:
        with served(tmp_path, token="open-sesame") as server:
            wanted = promoted(server.store, RULES[0])
            client = PromptClient(server.url, token="open-sesame", cache=tmp_path / "cache")
            assert client.get().id == wanted
            assert "sesame" not in repr(client)
            with pytest.raises(ServiceError, match="answered 401: a bearer token is needed"):
                PromptClient(server.url, token="wrong", cache=tmp_path / "other").get()

    def test_a_label_that_is_not_there_is_said_with_those_that_are(self, server: Served, tmp_path: Path) -> None:
        promoted(server.store, RULES[0])
        with pytest.raises(ServiceError, match="no label 'staging'; it has production"):
            PromptClient(server.url, label="staging", cache=tmp_path / "cache").get()

    def test_processes_share_what_is_kept(self, server: Served, tmp_path: Path) -> None:
        both = (promoted(server.store, RULES[0]), promoted(server.store, RULES[1]))
        ids = itertools.cycle(both)
        code = (
            "import sys; from pathlib import Path; from seasoned import PromptClient\n"
            "client = PromptClient(sys.argv[1], cache=Path(sys.argv[2]), max_age_s=0, timeout_s=30)\n"
            "assert not any(client.get().is_stale for _ in range(40))"
        )
        words = [sys.executable, "-W", "error", "-c", code, server.url, str(tmp_path / "cache")]
        others = [subprocess.Popen(words) for _ in range(2)]
        while any(each.poll() is None for each in others):
            server.store.labels.move("default", "production", next(ids), by="ada")
        assert [each.returncode for each in others] == [0, 0]
        assert len(list((tmp_path / "cache").iterdir())) == 1
        kept = PromptClient(server.url, cache=tmp_path / "cache", max_age_s=LONG_S * 100).get()
        assert kept.id in both, "whole, though the label may have moved once more since"


class TestWhatIsAsked:
    def test_while_the_prompt_is_young_nothing(self, desk: Desk) -> None:
        client = desk.client(max_age_s=LONG_S * 100)
        assert {client.get().id for _ in range(5)} == {bare_prompt("Be kind.").id}
        assert desk.client(max_age_s=LONG_S * 100).get().text == "Be kind."
        assert len(desk.script.requests) == 1

    def test_afterwards_only_whether_it_still_holds(self, desk: Desk) -> None:
        client = desk.client()
        first = client.get()
        desk.script.says = Answer(status=304, text="")
        again = client.get()
        assert desk.script.requests[1].headers["if-none-match"] == f'"{first.id}"'
        assert (again.text, again.is_stale) == (first.text, False)
        assert again.fetched_at > first.fetched_at
        assert json.loads(desk.file.read_text())["fetched_at"] != first.model_dump(mode="json")["fetched_at"]

    def test_of_a_server_that_knows_nothing_of_chance_each_run_gets_the_whole_prompt(self, desk: Desk) -> None:
        desk.script.says = served_as("Be kind.", skills=["skill-1"], something_new={"a": 1})
        run = desk.client().get().assigned("run 1")
        assert (run.text, run.skills) == ("Be kind.", ("skill-1",))
        assert [(each.included, each.probability) for each in run.exposures] == [(True, 1.0)]

    @pytest.mark.parametrize("key", ["", "a\x00b", "\ud800"])
    def test_a_run_without_a_name_is_refused(self, desk: Desk, key: str) -> None:
        with pytest.raises(UsageError, match="a run is not named"):
            desk.client().get().assigned(key)

    def test_without_a_token_none_is_sent(self, desk: Desk) -> None:
        desk.client().get()
        assert "authorization" not in desk.script.requests[0].headers

    def test_a_redirect_is_not_followed(self, desk: Desk) -> None:
        desk.script.says = Answer(status=302, headers={"location": desk.url + "/elsewhere"}, text="")
        with pytest.raises(ServiceError, match="it answered 302"):
            desk.client().get()
        assert len(desk.script.requests) == 1

    def test_a_server_that_failed_is_left_alone_for_a_while(self, desk: Desk) -> None:
        client = desk.client(max_age_s=LONG_S * 100)
        client.get()
        aged(desk.file)
        other = desk.client(max_age_s=LONG_S * 100)
        desk.script.says = Answer(status=500)
        assert [other.get().is_stale for _ in range(3)] == [True] * 3
        assert len(desk.script.requests) == 2


def aged(file: Path) -> None:
    """Make what is kept look as if it had been fetched long ago."""
    file.write_text(json.dumps({**json.loads(file.read_text()), "fetched_at": "2020-01-01T00:00:00Z"}))


BAD = {
    "a failing server": (Answer(status=500, text="oops"), "it answered 500"),
    "a busy server": (Answer(status=503, text='{"message": "come back"}'), "it answered 503: come back"),
    "no token": (Answer(status=403), "check the token"),
    "no such label": (Answer(status=404, text='{"message": "no label"}'), "it answered 404: no label"),
    "another site": (Answer(text="<html>"), "is this a Seasoned server"),
    "another shape": (Answer(text='{"id": 3}'), "fields are not as they should be"),
    "a text that was changed": (served_as("Be kind.", text="Be rude."), "not the one that the id stands for"),
    "another label's prompt": (served_as("Be kind.", label="staging"), "another skillbook or label"),
    "another book's prompt": (served_as("Be kind.", book="other"), "another skillbook or label"),
    "a cut beyond the text": (with_keeping(cuts=[{"start": 3, "end": 99, "skills": ["skill-1"]}]), "the places of its"),
    "a cut for a skill that is not there": (with_keeping(cuts=[{"start": 1, "end": 2, "skills": ["x"]}]), "the places"),
    "a cut for no skill": (with_keeping(cuts=[{"start": 1, "end": 2, "skills": list[str]()}]), "not as they should be"),
    "a cut that goes backward": (with_keeping(cuts=[{"start": 2, "end": 2, "skills": ["skill-1"]}]), "not as they sh"),
    "a skill without its probability": (with_keeping(probabilities={}), "the places of its skills"),
    "no probability": (with_keeping(probabilities={"skill-1": 0}), "not as they should be"),
    "no salt": (with_keeping(salt="salt"), "not as they should be"),
    "a 304 that nobody asked for": (Answer(status=304, text=""), "it answered 304"),
}


class TestAServerThatFails:
    @pytest.mark.parametrize(("says", "why"), BAD.values(), ids=BAD)
    def test_without_a_prompt_at_hand_it_is_said_what_is_wrong(self, desk: Desk, says: Answer, why: str) -> None:
        desk.script.says = says
        with pytest.raises(ServiceError, match=why):
            desk.client().get()
        assert not desk.cache.exists()

    @pytest.mark.parametrize(("says", "why"), list(BAD.values())[:-1], ids=list(BAD)[:-1])
    def test_with_one_at_hand_the_agent_goes_on(
        self, desk: Desk, says: Answer, why: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        client = desk.client()
        first = client.get()
        desk.script.says = says
        assert client.get() == first.model_copy(update={"is_stale": True})
        assert why in caplog.text

    def test_a_canary_whose_text_was_changed_on_the_way_is_refused(self, desk: Desk) -> None:
        other: dict[str, object] = {"id": bare_prompt("x").id, "text": "y", "share": 0.1, "revision": 1, "skills": []}
        desk.script.says = served_as("Be kind.", canary=other)
        with pytest.raises(ServiceError, match="not the one that the id stands for"):
            desk.client().get()

    def test_hostile_words_of_a_server_are_made_harmless(self, desk: Desk) -> None:
        desk.script.says = Answer(status=404, text=json.dumps({"message": "\x1b[2J" + "x" * 5000}))
        with pytest.raises(ServiceError) as refused:
            desk.client().get()
        assert "\x1b" not in str(refused.value)
        assert len(str(refused.value)) < 1000

    def test_an_endless_answer_is_cut_off(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asking, "ANSWER_BYTES", 1000)
        desk.script.says = served_as("x" * 2000)
        with pytest.raises(ServiceError, match="longer than 1,000 bytes"):
            desk.client().get()

    def test_a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer(self, desk: Desk) -> None:
        first = desk.client().get()
        desk.script.gate.clear()
        # If the limit did not hold, the stand-in would answer well after it, and the prompt would not be stale.
        assert desk.client(timeout_s=0.2).get() == first.model_copy(update={"is_stale": True})
        with pytest.raises(ServiceError, match=r"within 0\.2 s"):
            PromptClient(desk.url, cache=desk.cache / "other", timeout_s=0.2).get()

    def test_an_answer_that_drips_is_not_waited_for_to_its_end(self, tmp_path: Path) -> None:
        with dripping() as (url, has_stopped), pytest.raises(ServiceError, match=r"within 0\.3 s"):
            PromptClient(url, cache=tmp_path, timeout_s=0.3).get()
        assert has_stopped.is_set()

    def test_a_look_up_of_the_host_that_hangs_is_left_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done = threading.Event()

        def hangs(*_: object, **__: object) -> list[object]:
            assert done.wait(LONG_S)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hangs)
        with pytest.raises(ServiceError, match=r"within 0\.2 s"):
            PromptClient("http://somewhere.invalid", cache=tmp_path, timeout_s=0.2).get()
        assert not done.is_set()
        done.set()

    def test_while_one_thread_asks_the_others_go_on_with_what_they_have(self, desk: Desk) -> None:
        client = desk.client()
        first = client.get()
        desk.script.close()
        with ThreadPoolExecutor(1) as threads:
            asking_thread = threads.submit(client.get)
            assert desk.script.has_come.wait(LONG_S)
            assert [client.get().is_stale for _ in range(3)] == [True] * 3
            desk.script.gate.set()
            assert asking_thread.result(LONG_S).id == first.id
        assert len(desk.script.requests) == 2

    def test_many_threads_that_begin_at_once_all_get_it(self, desk: Desk) -> None:
        client = desk.client(max_age_s=LONG_S * 100)
        with ThreadPoolExecutor(8) as threads:
            found = [threads.submit(client.get) for _ in range(32)]
        assert {each.result().text for each in found} == {"Be kind."}

    def test_a_caller_that_gives_up_leaves_the_client_usable(self, desk: Desk) -> None:
        client = desk.client()
        first = client.get()
        desk.script.close()

        async def gives_up() -> None:
            asked = asyncio.create_task(client.get_async())
            await asyncio.to_thread(desk.script.has_come.wait, LONG_S)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked

        asyncio.run(gives_up())
        desk.script.gate.set()
        assert client.get().model_copy(update={"fetched_at": first.fetched_at}) == first


@contextmanager
def dripping() -> Generator[tuple[str, threading.Event]]:
    """A server that sends a byte of its answer now and then, until the other side leaves."""
    has_stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
                pause = threading.Event()
                try:
                    for _ in range(int(LONG_S / 0.02)):
                        connection.sendall(b" ")
                        pause.wait(0.02)
                except OSError:
                    has_stopped.set()

        thread = threading.Thread(target=drip)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", has_stopped
        thread.join(LONG_S)


class TestWhatIsKept:
    @pytest.mark.parametrize("damage", ["", "{", "null", '{"id": "prompt-0"}'])
    def test_a_file_that_is_damaged_is_passed_over_and_said(
        self, desk: Desk, damage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        desk.client().get()
        desk.file.write_text(damage)
        assert desk.client(max_age_s=LONG_S * 100).get().is_stale is False
        assert "is passed over" in caplog.text
        assert len(desk.script.requests) == 2

    def test_a_text_that_was_changed_in_the_file_is_never_handed_out(self, desk: Desk) -> None:
        desk.client().get()
        desk.file.write_text(desk.file.read_text().replace("Be kind.", "Be rude."))
        desk.script.says = Answer(status=500)
        with pytest.raises(ServiceError, match="it answered 500"):
            desk.client(max_age_s=LONG_S * 100).get()

    def test_each_label_is_kept_for_itself(self, desk: Desk) -> None:
        desk.client().get()
        desk.script.says = served_as("Be brief.", label="staging")
        staging = PromptClient(desk.url, label="staging", cache=desk.cache)
        assert (staging.get().text, desk.client(max_age_s=LONG_S * 100).get().text) == ("Be brief.", "Be kind.")

    def test_a_file_from_the_future_is_asked_about(self, desk: Desk) -> None:
        desk.client().get()
        desk.file.write_text(json.dumps({**json.loads(desk.file.read_text()), "fetched_at": "2999-01-01T00:00:00Z"}))
        desk.script.says = served_as("Be brief.")
        client = desk.client(max_age_s=LONG_S * 100)
        assert (client.get().text, client.get().text) == ("Be brief.", "Be brief.")

    def test_where_nothing_can_be_kept_the_agent_goes_on(
        self, desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        client = PromptClient(desk.url, cache=tmp_path / "file" / "cache", max_age_s=0)
        first = client.get()
        assert "cannot be kept" in caplog.text
        desk.script.says = Answer(status=500)
        assert client.get().id == first.id

    def test_unless_told_otherwise_it_is_in_the_users_cache_folder(
        self, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
        PromptClient(desk.url).get()
        assert len(list((tmp_path / "mine" / "seasoned" / "prompts").iterdir())) == 1

    def test_a_user_without_a_home_keeps_nothing_and_is_served(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def homeless() -> Path:
            raise RuntimeError("could not determine home directory")

        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr(Path, "home", homeless)
        assert PromptClient(desk.url).get().text == "Be kind."


@pytest.mark.parametrize("numbers", [{"timeout_s": 0.0}, {"timeout_s": float("nan")}, {"max_age_s": -1.0}])
def test_times_that_make_no_sense_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="out of range"):
        PromptClient("https://host", **numbers)  # pyright: ignore[reportArgumentType]


def test_a_client_that_would_show_its_token_is_refused() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        PromptClient("http://seasoned.example", token="secret")


def test_a_pulled_prompt_can_be_handed_to_another_process(desk: Desk) -> None:
    prompt = desk.client().get()
    assert pickle.loads(pickle.dumps(prompt)) == prompt


def test_it_costs_an_agent_nothing_to_import() -> None:
    code = (
        "import sys, seasoned; seasoned.PromptClient('https://host')\n"
        "heavy = {'httpx2', 'sqlalchemy', 'pydantic_ai', 'fastapi', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
