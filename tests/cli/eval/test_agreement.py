"""How far a judge agrees with labels, by the command a user gives."""

import json
from pathlib import Path

import pytest

from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.make import make_trace


@pytest.fixture(autouse=True)
def _store(command: Command, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    """Thirty runs that a judge graded and a person labelled, differing on three, and one that was judged alone."""
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        for number in range(31):
            trace = make_trace(("user", f"run {number}"), task=f"task {number}")
            store.traces.add([Parsed(trace=trace)])
            store.outcomes.attach(trace.id, scored(float(number % 2), "judge", name="judge test:a"))
            if number < 30:
                label = number % 2 if number >= 3 else 1 - number % 2
                store.outcomes.attach(trace.id, scored(float(label), "human", name="ada"))


def test_the_judges_agreement_is_shown_with_its_interval(command: Command) -> None:
    done = command("eval", "agreement")
    assert done.code == 0, done.err
    assert "30 by people, 0 by verifiers" in done.out
    assert "0.90" in done.out
    assert "0.80 [" in done.out
    assert "differs from the label in 3 runs" in done.err


def test_as_json(command: Command) -> None:
    (judge,) = json.loads(command("eval", "agreement", "--judge", "judge test:a", "--json").out)["judges"]
    assert (judge["judge"], judge["n_judged"], judge["found"]["n_pairs"]) == ("judge test:a", 31, 30)
    assert judge["found"]["kappa"]["value"] == pytest.approx(0.8, abs=0.01)
    assert len(judge["disagreements"]) == 3


def test_a_judge_that_is_not_there_is_told_which_there_are(command: Command) -> None:
    done = command("eval", "agreement", "--judge", "nobody")
    assert done.code == 2
    assert "'judge test:a'" in done.err


def test_without_a_run_that_has_both_it_says_what_to_do(command: Command, tmp_path: Path) -> None:
    store = str(tmp_path / "other.db")
    trace = make_trace(("user", "alone"))
    with Store(store) as other:
        other.traces.add([Parsed(trace=trace)])
    nothing = command("eval", "agreement", "--store", store)
    assert (nothing.code, "seasoned eval grade" in nothing.out + nothing.err) == (1, True)
    with Store(store) as other:
        other.outcomes.attach(trace.id, scored(1.0, "judge", name="judge test:a"))
    judged = command("eval", "agreement", "--store", store)
    assert (judged.code, "seasoned traces label" in judged.err) == (1, True)
