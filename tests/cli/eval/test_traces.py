"""`seasoned eval traces`, as a user runs it."""

import json
from math import comb
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from seasoned.core.parsed import Parsed
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.eval.test_compare import chat, recorded, tasks
from tests.make import make_trace


def measured(command: Command, *words: str) -> dict[str, Any]:
    return json.loads(command("eval", "traces", *words, "--json").out)


def test_the_published_airline_runs_give_the_numbers_worked_out_by_hand(command: Command, shared_traces: Path) -> None:
    found = measured(command, str(shared_traces / "tau_bench"))
    by_successes = {0: 10, 1: 8, 2: 2, 3: 1, 4: 4}
    assert {each["n_passed"]: each["n_tasks"] for each in found["successes_by_task"]} == by_successes
    assert (found["n_tasks"], found["n_runs"]) == (25, 100)
    assert found["pass_hat"]["1"]["value"] == pytest.approx(31 / 100)
    for k in range(1, 5):
        by_hand = sum(n * comb(c, k) / comb(4, k) for c, n in by_successes.items()) / 25
        assert found["pass_hat"][str(k)]["value"] == pytest.approx(by_hand)
        by_hand = sum(n * (1 - comb(4 - c, k) / comb(4, k)) for c, n in by_successes.items()) / 25
        assert found["pass_at"][str(k)]["value"] == pytest.approx(by_hand)
    between = 4 * sum(n * (c / 4 - 0.31) ** 2 for c, n in by_successes.items()) / 24
    within = sum(n * c * (4 - c) / 4 for c, n in by_successes.items()) / 75
    assert found["icc"] == pytest.approx((between - within) / (between + 3 * within))
    assert found["design_effect"] == pytest.approx(1 + 3 * found["icc"])
    assert found["n_effective"] == pytest.approx(100 / found["design_effect"])
    assert found["floor"] == pytest.approx(6 / 25)
    assert found["floor_detail"]["is_lower_bound"] is True
    assert found["tasks_needing_action"]["n_tasks"] == 19
    low, high = found["pass_hat"]["1"]["low"], found["pass_hat"]["1"]["high"]
    deviation = (sum(n * (c / 4 - 0.31) ** 2 for c, n in by_successes.items()) / 24) ** 0.5
    assert high - low == pytest.approx(2 * 2.064 * deviation / 5, rel=0.1)


def test_a_reader_gets_the_same_numbers_in_tables(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "runs.jsonl", {**tasks(6, "++"), "task 04": "+-", "task 05": "--"})
    done = command("eval", "traces", "runs.jsonl")
    assert done.code == 0
    assert done.out.startswith("runs.jsonl passes 75.0% [")
    assert "pass@k" in done.out
    assert "ICC 0.62" in done.out
    assert "success rate by trial" in done.out


def test_what_is_left_out_is_counted_beside_the_numbers(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", {"one": "+-?", "two": "++", "three": "?"})
    (tmp_path / "again.jsonl").write_bytes((tmp_path / "a.jsonl").read_bytes())
    found = measured(command, "a.jsonl", "again.jsonl")
    assert (found["n_tasks"], found["n_runs"], found["n_unjudged"], found["n_repeated"]) == (2, 4, 2, 6)
    assert found["unjudged_tasks"] == ["three"]
    assert found["unequal_trials"] is None
    assert found["name"] == "a.jsonl and others"


def test_with_unequal_trials_k_goes_up_to_the_least_tried_task(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", {"one": "++--", "two": "++"})
    found = measured(command, "a.jsonl")
    assert found["unequal_trials"] == {"least": 2, "most": 4}
    assert list(found["pass_hat"]) == ["1", "2"]
    assert found["pass_hat"]["1"]["value"] == pytest.approx(0.75)
    assert "Tasks have 2-4 trials" in command("eval", "traces", "a.jsonl").err


def test_trials_of_a_task_that_differ_more_than_tasks_do_are_worth_no_more_than_they_are(
    command: Command, tmp_path: Path
) -> None:
    recorded(tmp_path / "a.jsonl", tasks(4, "+-"))
    found = measured(command, "a.jsonl")
    assert (found["icc"], found["design_effect"], found["n_effective"]) == (
        pytest.approx(-1.0),
        pytest.approx(0.0),
        8.0,
    )


def test_k_stops_at_eight(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(2, "+-" * 6))
    assert list(measured(command, "a.jsonl")["pass_at"]) == [f"{k}" for k in range(1, 9)]


def test_of_one_task_nothing_follows_about_others(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", {"only": "++-+"})
    found = measured(command, "a.jsonl")
    assert found["pass_hat"]["1"] == {"value": 0.75, "low": 0.0, "high": 1.0}
    assert found["icc"] is None
    assert "nothing follows about others" in command("eval", "traces", "a.jsonl").err


@pytest.mark.parametrize(("marks", "rate"), [("++", 1.0), ("--", 0.0)], ids=["all passed", "all failed"])
def test_runs_that_all_ended_alike_still_have_an_interval(
    command: Command, tmp_path: Path, marks: str, rate: float
) -> None:
    recorded(tmp_path / "a.jsonl", tasks(10, marks))
    found = measured(command, "a.jsonl")
    assert found["pass_hat"]["2"]["value"] == rate
    assert found["pass_hat"]["2"]["high"] - found["pass_hat"]["2"]["low"] > 0.1
    assert found["icc"] is None


def test_without_any_verdict_it_says_what_to_do(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(3, "?"))
    done = command("eval", "traces", "a.jsonl", "--json")
    assert done.code == 1
    assert done.out == ""
    assert "no run has a verdict" in done.err
    assert "seasoned traces label" in done.err


def test_a_score_that_is_no_number_is_no_verdict(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(3, "+"))
    broken = json.dumps(chat("task 03", 0, passed=None, said="Done.", reward=float("nan")))
    with (tmp_path / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{broken}\n")
    done = command("eval", "traces", "a.jsonl", "--json")
    found = json.loads(done.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert found["n_runs"] == 3
    assert found["n_unjudged"] + len(found["problems"]) >= 1


def test_what_cannot_be_read_is_among_the_problems(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(3, "+"))
    with (tmp_path / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"messages": [\n')
    (problem,) = measured(command, "a.jsonl")["problems"]
    assert problem.startswith("a.jsonl, line 4")


def test_runs_of_the_store_are_measured_with_the_options_that_choose_them(command: Command, tmp_path: Path) -> None:
    with Store(str(tmp_path / "s.db")) as store:
        runs = [
            make_trace(("user", "Hello."), ("assistant", f"Done {n}."), task=f"task {n % 4}", score=float(n % 2))
            for n in range(8)
        ]
        store.traces.add([Parsed(trace=each) for each in runs])
    found = measured(command, "--stored", "--store", "s.db")
    assert (found["name"], found["n_tasks"], found["n_runs"]) == ("the store", 4, 8)
    assert measured(command, "--stored", "--store", "s.db", "--task", "task 1")["pass_hat"]["1"]["value"] == 1.0
    nothing = command("eval", "traces", "--stored", "--store", "s.db", "--task", "none such")
    assert nothing.code == 2
    assert "the store has no such run" in nothing.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "neither was given"),
        (("a.jsonl", "--stored"), "both were given"),
        (("a.jsonl", "--agent", "x"), "need --stored"),
        (("nowhere.jsonl",), "there are no runs in it"),
    ],
)
def test_what_cannot_be_done_as_asked_is_an_error(
    command: Command, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    recorded(tmp_path / "a.jsonl", tasks(3, "+"))
    done = command("eval", "traces", *words)
    assert done.code == 2
    assert why in done.err


def test_it_is_written_as_a_page_as_junit_and_as_a_drawing(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(4, "+-"))
    done = command("eval", "traces", "a.jsonl", "--html", "a.html", "--junit", "a.xml", "--svg", "a.svg")
    assert done.code == 0
    assert "a.jsonl passes 50.0%" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert ElementTree.parse(tmp_path / "a.xml").getroot().attrib["tests"] == "4"
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag.endswith("svg")
    assert command("eval", "traces", "a.jsonl", "--html", "no/such/folder/a.html").code == 2


def test_a_comparison_is_written_so_too(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(6, "+-"))
    recorded(tmp_path / "b.jsonl", tasks(6, "--"), said="Finished.")
    done = command("eval", "compare", "before=a.jsonl", "after=b.jsonl", "--html", "c.html", "--junit", "c.xml")
    assert done.code == 1
    assert "Lost by after against before" in (tmp_path / "c.html").read_text(encoding="utf-8")
    assert ElementTree.parse(tmp_path / "c.xml").getroot().attrib["failures"] == "7"


def test_the_trials_of_one_evaluation_are_measured_with_their_ends_and_differences(command: Command) -> None:
    words = ("eval", "run", "returns_desk", "--agent", "nothing", "--first", "4", "--trials", "2", "--json")
    run_id = json.loads(command(*words).out)["run_id"]
    said = json.loads(command("eval", "traces", run_id, "--json").out)
    assert (said["n_tasks"], said["n_runs"], said["pass_hat"]["2"]["value"]) == (4, 8, 0.0)
    assert said["termination"] == {"answered": 8}
    assert said["differences"]["missing output"] == 8
    assert command("eval", "traces", "run-none").code == 2


def test_of_the_store_the_agent_that_does_nothing_is_left_out_and_agents_taken_together_are_said(
    command: Command, tmp_path: Path
) -> None:
    with Store(tmp_path / "s.db") as store:
        for number, agent in enumerate(("nothing", "a", "b")):
            run = make_trace(("user", "hi"), score=float(agent != "nothing"), run_key=str(number))
            store.traces.add([Parsed(trace=run.model_copy(update={"agent": agent}))])
    words = ("eval", "traces", "--stored", "--store", "s.db")
    done = command(*words, "--json")
    assert json.loads(done.out)["pass_hat"]["1"]["value"] == 1.0
    assert "Left out: 1 run of the agent that does nothing" in done.err
    assert "Taken together: runs of 2 agents" in done.err
    asked = command(*words, "--agent", "nothing", "--json")
    assert json.loads(asked.out)["pass_hat"]["1"]["value"] == 0.0
    assert "Left out" not in asked.err
