"""`seasoned prompt compile` for a situation, a task, a model and a template of the user's own."""

import importlib.util
import json
from pathlib import Path

import pytest

from seasoned.cli.prompt import MAX_SKIPPED
from seasoned.core.operation import Author, Conflict, Operation, skill_id
from seasoned.core.scope import Scope
from seasoned.store.store import Store
from tests.cli.conftest import Command

PERSON = Author(kind="person", name="ada")
REFUND = "When a refund is asked for, check the window."
FLIGHT = "When a flight is cancelled, offer another one."
ACME = "When Acme calls, be brief."


def _added(text: str, *, scope: Scope | None = None, conflicts: tuple[Conflict, ...] = ()) -> list[Operation]:
    fields = {"skill_id": skill_id(text), "author": PERSON}
    add = Operation.model_validate({"kind": "ADD", "text": text, "scope": scope, "conflicts": conflicts, **fields})
    return [add, Operation.model_validate({"kind": "APPROVE", **fields})]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three approved skills, where commands look without being told."""
    path = tmp_path / ".seasoned" / "store.db"
    operations = [
        *_added(REFUND),
        *_added(FLIGHT, scope=Scope(agent="flights", models=("claude",))),
        *_added(ACME, scope=Scope(tenant="acme")),
    ]
    with Store(path) as opened:
        opened.books.append("default", operations, scope="test")
    return path


def included(command: Command, *words: str) -> list[str]:
    document = json.loads(command("prompt", "compile", *words, "--json").out)
    return [cost["skill_id"] for cost in document["included"]]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ((), [REFUND, FLIGHT]),
        (("--agent", "refunds"), [REFUND]),
        (("--tenant", "acme"), [REFUND, FLIGHT, ACME]),
        (("--model", "openai:gpt-5"), [REFUND]),
        (("--top", "1"), [REFUND]),
        (("--task", "a cancelled flight", "--top", "1"), [FLIGHT]),
        (("--task", "a zebra"), [REFUND, FLIGHT]),
    ],
)
def test_each_situation_gets_its_own_skills(command: Command, words: tuple[str, ...], texts: list[str]) -> None:
    assert included(command, *words) == [skill_id(text) for text in texts]


def test_a_skill_is_valid_on_its_days_and_today_is_asked_for_by_default(command: Command, store: Path) -> None:
    past = "When it is 2020, wait."
    with Store(store) as opened:
        scope = Scope.model_validate({"valid_from": "2020-01-01", "valid_until": "2020-12-31"})
        opened.books.append("default", _added(past, scope=scope), scope="past")
    assert skill_id(past) not in included(command)
    assert skill_id(past) in included(command, "--on", "2020-06-01")
    assert "it ended on 2020-12-31" in command("prompt", "compile").err


@pytest.mark.usefixtures("store")
def test_the_format_follows_the_model_unless_it_is_said(command: Command) -> None:
    assert "<skill>" in command("prompt", "compile", "--model", "anthropic:claude-opus-4-5").out
    assert "### general" in command("prompt", "compile", "--model", "openai:gpt-5").out
    assert "<skill>" not in command("prompt", "compile", "--model", "claude", "--format", "compact").out


@pytest.mark.usefixtures("store")
@pytest.mark.skipif(importlib.util.find_spec("rs_bpe") is None, reason="rs-bpe is not installed")
def test_the_name_of_the_count_is_said(command: Command) -> None:
    assert "tokens (o200k_base)" in command("prompt", "compile", "--model", "openai:gpt-5").err
    assert "tokens (estimate-4c)" in command("prompt", "compile", "--model", "anthropic:claude-opus-4-5").err


@pytest.mark.usefixtures("store")
def test_where_the_vocabulary_is_missing_it_says_how_to_get_it(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seasoned.compile.vocabularies.find_spec", _nothing)
    said = command("prompt", "compile", "--model", "openai:gpt-5").err
    assert "uses o200k_base" in said
    assert "seasoned[tokenizers]" in said
    assert "tokens (estimate-4c)" in said


def _nothing(_: str) -> None:
    """No package is installed."""


@pytest.mark.usefixtures("store")
def test_a_template_of_the_users_own(command: Command, tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text("Before\n{{skills}}\nAfter", encoding="utf-8")
    prompt = command("prompt", "compile", "--template", "t.md").out
    assert prompt.startswith("Before\n## Skills")
    assert prompt.endswith("\nAfter\n")
    (tmp_path / "t.md").write_text("Nothing here", encoding="utf-8")
    done = command("prompt", "compile", "--template", "t.md")
    assert (done.code, "{{skills}}" in done.err, "t.md" in done.err) == (1, True, True)
    assert command("prompt", "compile", "--template", "none.md").code == 2


@pytest.mark.usefixtures("store")
def test_a_placebo_is_marked(command: Command) -> None:
    done = command("prompt", "compile", "--placebo", "--seed", "3", "--json")
    document = json.loads(done.out)
    assert document["is_placebo"]
    assert "never promoted" in done.err
    assert REFUND not in document["text"]
    assert command("prompt", "compile", "--seed", "3").code == 2


def test_contradictions_are_warned_of_and_strict_makes_them_an_error(command: Command, store: Path) -> None:
    against = "When a refund is asked for, send it at once."
    with Store(store) as opened:
        conflict = Conflict(skill_id=skill_id(REFUND), reason="check or send")
        opened.books.append("default", _added(against, conflicts=(conflict,)), scope="against")
    warned = command("prompt", "compile")
    assert (warned.code, "contradict each other" in warned.err, "check or send" in warned.err) == (0, True, True)
    prompts = json.loads(command("prompt", "list", "--json").out)["prompts"]
    refused = command("prompt", "compile", "--strict")
    assert (refused.code, refused.out, "check or send" in refused.err) == (1, "", True)
    assert json.loads(command("prompt", "list", "--json").out)["prompts"] == prompts


def test_of_many_that_are_left_out_the_first_are_shown_and_all_are_counted(command: Command, store: Path) -> None:
    texts = [f"When case {n} comes, do step {n}." for n in range(MAX_SKIPPED + 10)]
    with Store(store) as opened:
        opened.books.append("default", [each for text in texts for each in _added(text)], scope="many")
    said = command("prompt", "compile", "--top", "1").err
    assert said.count("left out  skill-") == 4
    assert f"{MAX_SKIPPED + 12} left out: " in said
    assert f"{MAX_SKIPPED + 11} selection" in said
    assert "1 scope" in said


@pytest.mark.usefixtures("store")
def test_an_embedder_that_does_not_answer_is_told_and_done_without(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEASONED_EMBEDDER", "openai:embedder")
    monkeypatch.setenv("SEASONED_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    done = command("prompt", "compile", "--task", "a cancelled flight", "--top", "1")
    assert "by their words alone" in done.err
    assert FLIGHT in done.out


def test_the_task_that_a_prompt_was_compiled_for_is_not_kept(command: Command, store: Path) -> None:
    assert included(command, "--task", "refund for bob@example.com", "--top", "1") == [skill_id(REFUND)]
    with Store(store) as opened:
        (prompt,) = opened.prompts.all()
    assert (prompt.selection.kind, prompt.selection.task) == ("relevant", "")
    assert b"bob@example.com" not in store.read_bytes()
