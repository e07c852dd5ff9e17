"""`seasoned skills transfer`: from one skillbook to another one, in one store."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.core.finding import verify
from seasoned.core.parsed import Parsed
from seasoned.llm.model import Request
from seasoned.llm.testing import TestModel
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.runs_file import write_runs
from tests.learn.expel.answering import shown
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

OLD = make_trace(("assistant", "I search each of them by its own name."), score=1)
TEXT = "When a question names two things, search each of them."
WORDED = "When a refund names two orders, look both of them up."


def answer(request: Request) -> str:
    if "You keep the skillbook" in request.messages[0].content:
        return '{"decisions": []}'
    seen = shown(request)
    quotes: list[JsonValue] = [seen.quotes[0]]
    items = [{"skill": skill, "text": WORDED, "reason": "both name two", "evidence": quotes} for skill in seen.rules]
    return json.dumps({"skills": items})


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TestModel:

    with Store(tmp_path / "s.db") as store:
        store.traces.add([Parsed(trace=OLD)])
        asked = add(TEXT, (make_evidence(OLD, "search each of them"),), LEARNER)
        store.books.append("quiz", [asked, verdict("APPROVE", TEXT)], scope="before")
    made = TestModel(answer)

    def resolve(model_id: str, **_: object) -> TestModel:
        assert model_id == made.model_id
        return made

    monkeypatch.setattr("seasoned.cli.model_options.resolve", resolve)
    write_runs(tmp_path / "runs.jsonl")
    return made


TRANSFER = ("skills", "transfer", "--store", "s.db", "--book", "desk", "--from", "quiz", "--model", "test:scripted")


def test_skills_are_proposed_to_the_target_and_every_quote_resolves(
    command: Command, tmp_path: Path, model: TestModel
) -> None:
    done = command(*TRANSFER, "runs.jsonl")
    assert done.code == 0, done.err
    assert "1 skill proposed" in done.err
    with Store(tmp_path / "s.db") as store:
        (skill,) = store.books.read("desk").skills.values()
        assert (skill.text, skill.status) == (WORDED, "proposed")
        assert skill.reason.endswith("of quiz: both name two")
        assert OLD.id in skill.trace_ids
        for each in skill.evidence:
            verify(each, store.traces.get(each.trace_id))
        assert store.books.read("quiz").revision == 2
    assert len(model.requests) == 1


def test_the_same_transfer_again_sends_nothing(command: Command, model: TestModel) -> None:
    command(*TRANSFER, "runs.jsonl")
    again = command(*TRANSFER, "runs.jsonl", "--json")
    assert json.loads(again.out)["was_done"]
    assert len(model.requests) == 1


def test_without_paths_the_stores_other_runs_are_looked_at(command: Command, model: TestModel) -> None:
    command("traces", "import", "runs.jsonl", "--store", "s.db")
    assert command(*TRANSFER).code == 0
    assert all("bicycle" in task or "refund" in task for task in shown(model.requests[0]).tasks)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "desk", "--book", "desk"), "takes nothing over from itself"),
        (("--from", "nobody", "--book", "desk"), "nobody"),
        (("--from", "empty", "--book", "desk"), "has no approved skill"),
        (("--from", "quiz", "--book", "desk"), "no run of the new work"),
    ],
)
def test_what_cannot_be_taken_over_is_said(
    command: Command, tmp_path: Path, model: TestModel, words: tuple[str, ...], why: str
) -> None:
    with Store(tmp_path / "s.db") as store:
        store.books.append("empty", [add("When a, do b.")], scope="before")
    done = command("skills", "transfer", "--store", "s.db", "--model", "test:scripted", *words)
    assert done.code == 2
    assert why in done.err
    assert model.requests == ()


def test_a_model_is_needed(command: Command, model: TestModel) -> None:
    done = command(*TRANSFER[:-2], "runs.jsonl")
    assert done.code == 2
    assert "no model is named" in done.err
    assert model.requests == ()
