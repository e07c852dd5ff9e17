"""How skills are kept, and what they do, by the commands a user gives."""

import json
from pathlib import Path

import pytest

from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Exposure
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import add, make_trace
from tests.prompts import approved, store_in

LOOK = "When a refund is asked for, look the order up first."
OLD = "When a parcel is lost, send another one at once."
LOOK_ID, OLD_ID = add(LOOK).skill_id, add(OLD).skill_id
N = 200


@pytest.fixture(autouse=True)
def _store(command: Command, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    """Two approved skills, and runs that succeed just where they were handed the one and not the other."""
    with Store(store_in(tmp_path)) as store:
        for text in (LOOK, OLD):
            approved(store, text)
        revision = store.books.read("default").revision
        runs: list[Parsed] = []
        for number in range(N):
            has = {LOOK_ID: number % 2 == 0, OLD_ID: number % 4 < 2}
            exposures = tuple(
                Exposure(skill_id=i, revision=revision, included=has[i], probability=0.5, book="default") for i in has
            )
            trace = make_trace(("assistant", "Done."), score=float(not has[OLD_ID]), run_key=f"run {number}")
            runs.append(Parsed(trace=trace.model_copy(update={"exposures": exposures})))
        store.traces.add(runs)


def test_the_worst_skill_stands_first(command: Command) -> None:
    shown = command("eval", "uplift")
    assert shown.code == 0, shown.err
    harmful, other = (line for line in shown.out.splitlines() if line.startswith("skill-"))
    assert harmful.startswith(f"{OLD_ID}  harms")
    assert "0 % of 100  100 % of 100" in harmful
    assert "-100.0 [" in harmful
    assert other.startswith(f"{LOOK_ID}  not distinguishable")
    assert f"{N} judged runs of skills as they read now." in shown.err
    assert "planned" in shown.err


def test_as_one_document(command: Command) -> None:
    found = json.loads(command("eval", "uplift", "--json").out)
    assert (found["n_runs"], [each["verdict"] for each in found["skills"]]) == (N, ["harms", "not distinguishable"])
    assert "measured" not in found
    measured = json.loads(command("eval", "uplift", "--measure", "--json").out)["measured"]
    assert [each["skill_id"] for each in measured["proposed"]] == [OLD_ID]
    assert measured["counts"][LOOK_ID]["neutral"] == N // 2


def test_to_measure_sets_counters_and_puts_what_harms_before_a_reviewer(command: Command) -> None:
    done = command("eval", "uplift", "--measure")
    assert done.code == 0, done.err
    assert "counters of 2 skills set." in done.err
    assert f"proposed for removal: {OLD_ID}: harms: it changes the success rate by -100.0" in done.err
    assert "measured: 0 helpful, 100 harmful, 0 neutral" in command("skills", "show", OLD_ID).out
    assert OLD_ID in command("review", "--json").out
    (run,) = json.loads(command("runs", "list", "--json").out)["runs"]
    assert (run["kind"], run["state"]) == ("uplift", "done")
    assert command("runs", "show", run["id"]).code == 0
    assert "nothing new was seen" in command("eval", "uplift", "--measure").err


def test_runs_before_a_time_do_not_count(command: Command) -> None:
    shown = command("eval", "uplift", "--since", "1d")
    assert "0 judged runs" in shown.err
    assert command("eval", "uplift", "--since", "yesterday").code == 2


def test_a_book_that_is_not_there_is_an_error(command: Command) -> None:
    assert command("eval", "uplift", "--book", "dekc").code == 2


def test_skills_are_kept_as_is_said_and_that_is_listed(command: Command) -> None:
    assert "No rule in 'default': every skill is kept in 80 % of runs" in command("skills", "keep").err
    assert "kept in 50 % of runs" in command("skills", "keep", LOOK_ID, "--on-trial", "--reason", "new").err
    assert "kept in every run" in command("skills", "keep", OLD_ID[:14], "--always", "--reason", "safety").err
    assert "kept in 90 % of runs" in command("skills", "keep", "--book-default", "0.9").err
    listed = command("skills", "keep").out
    assert f"{LOOK_ID}  0.5" in listed.replace("   ", "  ")
    rules = json.loads(command("skills", "keep", "--json").out)["rules"]
    assert {rule["skill_id"]: rule["probability"] for rule in rules} == {"": 0.9, LOOK_ID: 0.5, OLD_ID: 1.0}
    assert "1 rule taken away" in command("skills", "keep", LOOK_ID, "--as-the-book").err
    command("skills", "keep", OLD_ID, "--probability", "0.7")
    rules = json.loads(command("skills", "keep", "--json").out)["rules"]
    assert {rule["skill_id"]: rule["probability"] for rule in rules} == {"": 0.9, OLD_ID: 0.7}
    assert "safety" in command("audit").out


@pytest.mark.parametrize(
    "words",
    [
        (LOOK_ID,),
        (LOOK_ID, "--on-trial", "--always"),
        (LOOK_ID, "--book-default", "0.5"),
        ("--on-trial",),
        ("--book-default", "0.5", "--always"),
        ("skill-none", "--always"),
    ],
)
def test_one_thing_is_said_of_skills_that_are_there(command: Command, words: tuple[str, ...]) -> None:
    refused = command("skills", "keep", *words)
    assert refused.code == 2, refused.out
    assert "error:" in refused.err
