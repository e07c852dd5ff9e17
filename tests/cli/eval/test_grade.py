"""Stored runs graded after the fact, by the command a user gives."""

import json
from pathlib import Path

import pytest

from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.evaluate.graders import judge as judge_module
from seasoned.llm.model import Request
from seasoned.llm.testing import TestModel
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import make_trace

POLITE = ("--grader-set", "model=test:scripted", "--grader-set", "conditions=It is polite.")


def polite(request: Request) -> str:
    """A judge that looks for a please."""
    return json.dumps({"passed": "please" in request.messages[1].content, "reason": "That is how it reads."})


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestModel:
    """A judge's model without a network, and three runs of which a person labelled one."""
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        traces = [
            make_trace(("user", f"run {number}"), ("assistant", answer), task=f"task {number}")
            for number, answer in enumerate(("yes, please", "no", "please wait"))
        ]
        store.traces.add([Parsed(trace=trace, reference="no") for trace in traces])
        store.outcomes.attach(traces[-1].id, scored(0.0, "human", name="ada"))
    scripted = TestModel(polite)

    def resolve(model_id: str, base_url: str | None) -> TestModel:
        assert (model_id, base_url) == ("test:scripted", None)
        return scripted

    monkeypatch.setattr(judge_module, "resolve", resolve)
    return scripted


def test_a_judge_gives_verdicts_and_says_where_its_agreement_is_to_be_seen(command: Command) -> None:
    done = command("eval", "grade", *POLITE)
    assert done.code == 0, done.err
    assert "2 pass, 1 fail, 0 without a verdict; 3 calls" in done.err
    assert "Kept beside what people, verifiers or earlier judges had said: 1 verdict." in done.err
    named = next(line for line in done.err.splitlines() if "--judge" in line).split('"')[1]
    agreement = command("eval", "agreement", "--judge", named)
    assert (agreement.code, "1 by people" in agreement.out) == (0, True)
    report = json.loads(command("eval", "traces", "--stored", "--json").out)
    assert report["n_runs"] == 3


def test_given_again_it_asks_nothing(command: Command, model: TestModel) -> None:
    command("eval", "grade", *POLITE)
    done = command("eval", "grade", *POLITE)
    assert (done.code, len(model.requests)) == (0, 3)
    assert "graded before" in done.err


def test_a_dry_run_says_what_it_would_cost_and_asks_nothing(command: Command, model: TestModel) -> None:
    done = command("eval", "grade", *POLITE, "--dry-run")
    assert (done.code, model.requests) == (0, ())
    assert "3 runs chosen; 3 that the judge" in done.err
    assert "Would ask for 3 verdicts" in done.err
    plan = json.loads(command("eval", "grade", *POLITE, "--limit", "2", "--dry-run", "--json").out)
    assert (plan["n_runs"], plan["n_open"], plan["n_calls"]) == (3, 3, 2)
    assert plan["input_tokens"] > 0


def test_a_limit_leaves_the_rest_for_the_next_call(command: Command) -> None:
    found = json.loads(command("eval", "grade", *POLITE, "--limit", "1", "--json").out)
    assert (found["n_passed"] + found["n_failed"], found["n_runs"]) == (1, 3)
    done = command("eval", "grade", *POLITE, "--limit", "1")
    assert (done.code, "1 run left" in done.err) == (0, True)


def test_only_the_chosen_runs_are_graded(command: Command) -> None:
    found = json.loads(command("eval", "grade", *POLITE, "--verdict", "none", "--json").out)
    assert (found["n_runs"], found["n_beside"]) == (2, 0)


def test_a_grader_without_a_model_costs_nothing(command: Command, model: TestModel) -> None:
    done = command("eval", "grade", "--grader", "exact")
    assert (done.code, model.requests) == (0, ())
    assert "1 pass, 2 fail" in done.err


def test_what_a_provider_cuts_off_ends_in_exit_code_1(command: Command) -> None:
    done = command("eval", "grade", *POLITE, "--budget", "1calls")
    assert done.code == 1
    assert "2 runs left; the same command goes on from here." in done.err


def test_without_any_verdict_it_ends_in_exit_code_1_and_says_why(command: Command) -> None:
    done = command("eval", "grade", "--grader", "exact", "--grader-set", "field=nowhere")
    assert done.code == 1
    assert "its reference has no field 'nowhere'" in done.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--grader", "state"), "end state of a world"),
        (("--grader", "nobody"), "no grader"),
        (("--grader", "exact", "--task", "nowhere"), "no runs to grade"),
        (("--grader", "exact", "--grader-set", "oddly"), "NAME=VALUE"),
        (("run-1", "--grader", "exact", "--verdict", "none"), "do not go with evaluations"),
        (("run-1", "--grader", "exact"), "run"),
    ],
)
def test_what_cannot_be_graded_is_said(command: Command, words: tuple[str, ...], why: str) -> None:
    done = command("eval", "grade", *words)
    assert done.code == 2
    assert why in done.err
