"""How skills did, by the commands a user gives."""

import json
from pathlib import Path

import pytest

from seasoned.compile.compiler import compile_prompt
from seasoned.core.operation import Operation
from seasoned.core.parsed import Parsed
from seasoned.core.scope import Scope
from seasoned.llm.model import Model
from seasoned.llm.testing import TestModel
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import add, verdict
from tests.pipeline.test_judging import all_helpful, run_with

LOOK = "When a refund is asked for, call get_order first and compare the delivery date."
OLD = "When a parcel is lost, send the customer another one at once and say so."
LOOK_ID, OLD_ID = add(LOOK).skill_id, add(OLD).skill_id


@pytest.fixture(autouse=True)
def _store(command: Command, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    """Two approved skills and two runs that were handed them."""
    scoped = add(OLD).model_copy(update={"scope": Scope.model_validate({"valid_until": "2025-12-31"})})
    operations: list[Operation] = [add(LOOK), scoped, verdict("APPROVE", LOOK), verdict("APPROVE", OLD)]
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        store.books.append("default", operations, scope="by hand")
        prompt = compile_prompt(store.books.read("default"), "You are the desk agent.", budget_tokens=1000)
        store.prompts.add(prompt)
        store.traces.add([Parsed(trace=run_with(prompt.text, key=f"key-{n}")) for n in range(2)])


def judging(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    def named(model_id: str, **_: object) -> Model:
        return model

    monkeypatch.setattr("seasoned.cli.rating.resolve", named)


def test_votes_are_counted_and_shown(command: Command) -> None:
    voted = command("skills", "vote", LOOK_ID, "--helpful", "--trace", "key-1", "--reason", "it asked first")
    assert voted.code == 0, voted.err
    assert "voted helpful" in voted.err
    assert command("skills", "vote", LOOK_ID[:12], "--harmful").code == 0
    shown = command("skills", "show", LOOK_ID).out
    assert "voted: 1 helpful, 1 harmful, 0 neutral, 0 not applicable" in shown
    assert "rate: 0.50 [0.15, 0.85] (voted, n = 2)" in shown
    (look, _) = json.loads(command("skills", "list", "--json").out)["skills"]
    assert look["counters"]["voted"] == {"helpful": 1, "harmful": 1, "neutral": 0, "not_applicable": 0}
    assert look["rate"]["source"] == "voted"


def test_the_list_can_begin_with_what_helps_most(command: Command) -> None:
    command("skills", "vote", OLD_ID, "--helpful")
    plain, sorted_ = (command("skills", "list", *words).out for words in ((), ("--sort", "rate")))
    assert plain.index(LOOK_ID) < plain.index(OLD_ID)
    assert sorted_.index(OLD_ID) < sorted_.index(LOOK_ID)
    assert "0.60 [0.19, 0.93]; voted 1+ 0- 0=" in plain


@pytest.mark.parametrize("words", [(), ("--helpful", "--harmful")])
def test_a_vote_says_one_thing(command: Command, words: tuple[str, ...]) -> None:
    refused = command("skills", "vote", LOOK_ID, *words)
    assert refused.code == 2
    assert "a vote says one thing" in refused.err


def test_a_vote_on_a_run_that_is_not_there_is_refused(command: Command) -> None:
    refused = command("skills", "vote", LOOK_ID, "--helpful", "--trace", "nowhere")
    assert refused.code == 2
    assert "no single" in refused.err


def test_the_judged_pass_tells_what_it_found_and_does_it_once(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = TestModel(all_helpful)
    judging(monkeypatch, model)
    judged = command("skills", "judge", "--model", "test:scripted")
    assert judged.code == 0, judged.err
    assert "4 helpful, 0 harmful, 0 neutral, 0 not applicable; 2 of 2 runs asked about, 2 calls" in judged.err
    assert "judging: 2 of 2 runs done" in judged.err
    assert "judged: 2 helpful" in command("skills", "show", LOOK_ID).out
    (run,) = json.loads(command("runs", "list", "--json").out)["runs"]
    assert (run["kind"], run["state"]) == ("judge", "done")
    assert "came to: traces 2, asked 2" in command("runs", "show", run["id"]).out
    again = command("skills", "judge", "--model", "test:scripted")
    assert "judged before by the same model" in again.err
    assert len(model.requests) == 2


def test_a_plan_asks_nothing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    judging(monkeypatch, TestModel([]))
    plan = command("skills", "judge", "--model", "openai:gpt-5", "--dry-run")
    assert "2 runs were handed skills; 2 hold some that are not judged yet" in plan.err
    assert "4 verdicts in 2 calls" in plan.err
    assert "The budget stops it at 200 calls" in plan.err
    document = json.loads(command("skills", "judge", "--dry-run", "--limit", "1", "--json").out)
    assert (document["n_calls"], document["cost_usd"]) == (1, None)


def test_a_budget_that_ends_is_a_negative_verdict_and_the_rest_can_be_taken_up(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging(monkeypatch, TestModel(all_helpful))
    ended = command("skills", "judge", "--model", "test:scripted", "--budget", "1calls")
    assert ended.code == 1
    assert "1 run left; the same command goes on" in ended.err
    done = command("skills", "judge", "--model", "test:scripted", "--json")
    assert json.loads(done.out)["n_asked"] == 1


def test_it_needs_a_model_and_runs_that_were_handed_skills(command: Command, tmp_path: Path) -> None:
    unnamed = command("skills", "judge")
    assert (unnamed.code, "no model was named" in unnamed.err) == (2, True)
    with Store(tmp_path / "bare.db") as store:
        store.books.append("default", [add(LOOK)], scope="by hand")
    bare = command("skills", "judge", "--dry-run", "--store", "bare.db")
    assert bare.code == 2
    assert "no trace holds a compiled prompt of the skillbook 'default'" in bare.err


def test_stale_skills_are_listed_and_on_request_put_before_a_reviewer(command: Command) -> None:
    listed = command("skills", "stale")
    assert f"{OLD_ID}  it ended on 2025-12-31: that is" in listed.out
    assert LOOK_ID not in listed.out
    assert "Nothing was changed" in listed.err
    proposed = command("skills", "stale", "--propose", "--json")
    (reason,) = json.loads(proposed.out)["stale"][OLD_ID]
    assert (reason["key"], reason["code"]) == ("it ended on 2025-12-31", "outdated")
    assert "No approved skill is stale" in command("skills", "stale").err
    assert command("skills", "restore", OLD_ID, "--reason", "still holds").code == 0
    assert "No approved skill is stale" in command("skills", "stale").err, "a reviewer kept it"
