"""`seasoned prompt pull`, from the store here and from a server."""

import json
import os
from pathlib import Path

import pytest

from seasoned.core.operation import skill_id
from seasoned.pipeline.promoting import Unproven, promote
from seasoned.store.store import Store
from tests.api.served import served
from tests.cli.conftest import Command
from tests.prompts import RULES, compiled, store_in


def promoted(store: Store, book: str = "default") -> str:
    prompt = compiled(store, RULES[0], book=book)
    promote(store, book, "production", prompt, by="ada", reason=Unproven("a test"))
    return prompt.text


@pytest.fixture
def text(tmp_path: Path) -> str:
    """The text of the prompt that production points at in the store here."""
    with Store(store_in(tmp_path)) as store:
        return promoted(store)


def test_the_prompt_goes_to_standard_output(command: Command, text: str) -> None:
    done = command("prompt", "pull", "--label", "production")
    assert (done.code, done.out.rstrip("\n")) == (0, text.rstrip("\n"))
    assert "production of default: prompt-" in done.err


def test_or_to_a_file_which_is_replaced_at_once(command: Command, text: str, tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("the one before")
    done = command("prompt", "pull", "--label", "production", "--output", "prompt.md")
    assert (done.out, (tmp_path / "prompt.md").read_text()) == ("", text)
    assert {each.name for each in tmp_path.iterdir()} == {".seasoned", "prompt.md"}
    assert command("prompt", "pull", "--label", "production", "--output", os.devnull).code == 0
    nowhere = command("prompt", "pull", "--label", "production", "--output", "no/such/folder.md")
    assert (nowhere.code, "cannot be written" in nowhere.err) == (2, True)


def test_a_server_gives_the_same(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path / "there", token="open sesame") as server:
        text = promoted(server.store, "refunds/eu")
        words = ("prompt", "pull", "--label", "production", "--book", "refunds/eu", "--url", server.url)
        monkeypatch.delenv("SEASONED_TOKEN", raising=False)
        refused = command(*words)
        assert (refused.code, "answered 401" in refused.err) == (3, True)
        monkeypatch.setenv("SEASONED_TOKEN", "open sesame")
        assert command(*words).out.rstrip("\n") == text.rstrip("\n")
        monkeypatch.setenv("MINE", "open sesame")
        document = json.loads(command(*words, "--token-env", "MINE", "--json").out)
    assert (document["text"], document["book"], document["revision"]) == (text, "refunds/eu", 2)
    assert document["skills"] == [skill_id(RULES[0])]
    assert not (tmp_path / ".seasoned").exists()


def test_a_server_that_is_away_is_an_error_and_the_file_stays(command: Command, tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("the one before")
    words = ("prompt", "pull", "--label", "production", "--output", "prompt.md", "--timeout-s", "5")
    done = command(*words, "--url", "http://127.0.0.1:1")
    assert (done.code, "could not be asked for the prompt" in done.err) == (3, True)
    assert (tmp_path / "prompt.md").read_text() == "the one before"


@pytest.mark.usefixtures("text")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--label", "staging"), "it has production"),
        (("--label", "x", "--url", "nowhere"), "no web address"),
        (("--label", "x", "--url", "http://host", "--token-env", "MINE"), "unencrypted"),
        (("--label", "x", "--url", "https://host", "--token-env", "UNSET"), "'UNSET' holds no token"),
        (("--label", "../x", "--url", "https://host"), "no label can be called"),
    ],
)
def test_what_is_wrong_is_said(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("MINE", "secret")
    monkeypatch.delenv("UNSET", raising=False)
    done = command("prompt", "pull", *words)
    assert (done.code, said in done.err) == (2, True), done.err
    assert "secret" not in done.err
