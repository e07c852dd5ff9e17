"""`seasoned doctor`: what it prints, and how it ends."""

import json

import pytest

from tests.cli.conftest import Command
from tests.llm.standin import Fault, serving


def test_without_a_model_everything_on_this_machine_is_checked(command: Command):
    done = command("doctor")
    assert (done.code, done.err) == (0, "")
    marks = {line.split()[1]: line.split()[0] for line in done.out.splitlines()}
    assert {"python", "packages", "settings", "store", "sandbox", "model"} <= marks.keys()
    assert "failed" not in marks.values()
    assert "none there yet" in done.out
    assert "seasoned doctor --model" in done.out


def test_a_model_that_answers_is_asked_twice(command: Command):
    with serving() as standin:
        standin.content = '{"is_ready": true}'
        done = command("doctor", "--model", "openai:gpt-4o", "--base-url", standin.url)
    assert (done.code, standin.n_calls) == (0, 2)
    assert "openai:gpt-4o answered in" in done.out
    assert "this was one more call" in done.out


def test_what_is_wrong_is_marked_says_what_to_do_and_ends_with_1(command: Command):
    with serving() as standin:
        standin.faults = [Fault(status=401)]
        done = command("doctor", "--model", "openai:gpt-4o", "--base-url", standin.url)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[-2].startswith("failed  model")
    assert "the key is wrong" in lines[-2]
    assert lines[-1].split()[0] == "next:"


def test_one_json_document_holds_every_check(command: Command):
    with serving() as standin:
        standin.faults = [Fault(status=404)]
        done = command("doctor", "--json", "--model", "openai:gpt-4o", "--base-url", standin.url)
    document = json.loads(done.out)
    assert (done.code, document["ok"]) == (1, False)
    [model] = [check for check in document["checks"] if check["name"] == "model"]
    assert (model["state"], "no model of this name" in model["said"]) == ("failed", True)


def test_a_model_of_the_settings_is_looked_at_and_not_asked(command: Command, monkeypatch: pytest.MonkeyPatch):
    with serving() as standin:
        monkeypatch.setenv("SEASONED_MODEL", "openai:gpt-4o")
        monkeypatch.setenv("SEASONED_BASE_URL", standin.url)
        done = command("doctor")
    assert (done.code, standin.n_calls) == (0, 0)
    assert "openai:gpt-4o is set up" in done.out


def test_words_of_a_server_cannot_steer_the_terminal(command: Command):
    with serving() as standin:
        standin.faults = [Fault(status=400, body='{"error": {"message": "\\u001b[31mred"}}')]
        done = command("doctor", "--model", "openai:gpt-4o", "--base-url", standin.url)
    assert "\x1b" not in done.out
    assert "red" in done.out


def test_settings_that_do_not_parse_are_told_beside_the_rest(command: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEASONED_SANDBOX", "nowhere")
    done = command("doctor")
    assert (done.code, "failed  settings" in done.out) == (1, True)
    assert "sandbox monty" in done.out


def test_every_model_of_the_settings_is_looked_at(command: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEASONED_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("SEASONED_SUB_MODEL", "openai:small")
    monkeypatch.setenv("SEASONED_EMBEDDER", "openai:text-embedding-3-small")
    done = command("doctor")
    assert done.code == 0
    assert "sub-model         openai:small is set up" in done.out
    assert "embedder          openai:text-embedding-3-small is set up" in done.out
    monkeypatch.setenv("SEASONED_EMBEDDER", "nobody:knows")
    done = command("doctor")
    assert (done.code, "failed  embedder" in done.out) == (1, True)
