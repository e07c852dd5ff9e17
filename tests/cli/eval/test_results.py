"""Published results, measured and compared by `seasoned eval` without the runs behind them."""

import gzip
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from seasoned.evaluate.compare.result_tables import ResultTable
from seasoned.ingest.processes import parallel
from seasoned.ingest.redaction.policy import SECRETS
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.cli.eval.test_compare import recorded, tasks
from tests.cli.eval.test_traces import measured


def trial_file(path: Path, n: int, solved: set[int], trial: int) -> Path:
    """What Reflexion's code writes after a trial: reflections of those that are not solved, one for each trial."""
    entries = [
        {
            "name": f"env_{number}",
            "memory": [] if number in solved else [f"Next time plan {k} for {number}." for k in range(trial + 1)],
            "is_success": number in solved,
        }
        for number in range(n)
    ]
    path.write_text(json.dumps(entries, indent=4), encoding="utf-8")
    return path


def rows(path: Path, marks: str, *more: str) -> Path:
    """A CSV of one trial of each task, passed (`+`) or failed (`-`), with more columns behind."""
    head = ",".join(("task_id", "passed", *(each.partition("=")[0] for each in more)))
    rest = "".join(f",{each.partition('=')[2]}" for each in more)
    lines = [f"task {n:02},{mark == '+'}{rest}" for n, mark in enumerate(marks)]
    path.write_text("\n".join((head, *lines, "")), encoding="utf-8")
    return path


def test_two_trials_of_reflexion_are_not_distinguishable_by_their_result_files(
    command: Command, tmp_path: Path
) -> None:
    trial_file(tmp_path / "trial_0.json", 100, set(range(33)), 0)
    trial_file(tmp_path / "trial_3.json", 100, set(range(35)), 3)
    done = command("eval", "compare", "trial_0.json", "trial_3.json")
    assert done.out.startswith("trial_3.json is not distinguishable from trial_0.json: +2.0 [")
    report = json.loads(command("eval", "compare", "trial_0.json", "trial_3.json", "--json").out)
    assert [round(arm["rate"]["value"], 2) for arm in report["arms"]] == [0.33, 0.35]
    assert [len(report["comparisons"][0][what]) for what in ("lost", "gained")] == [0, 2]
    # Two gained and none lost of a hundred: the margin of 5 points is kept, one of 1 point is not shown to be.
    assert done.code == 0
    assert command("eval", "compare", "trial_0.json", "trial_3.json", "--margin", "0.01").code == 1


def test_nothing_is_said_of_what_results_do_not_tell(command: Command, tmp_path: Path) -> None:
    trial_file(tmp_path / "trial_0.json", 10, {1, 2}, 0)
    rows(tmp_path / "table.csv", "++--------")
    for name in ("trial_0.json", "table.csv"):
        found = measured(command, name)
        assert (found["n_tasks"], found["n_runs"], found["n_verdicts_only"]) == (10, 10, 10)
        assert found["pass_hat"]["1"]["value"] == pytest.approx(0.2)
        assert {each["measure"]: each["n_known"] for each in found["costs"]} == dict.fromkeys(
            ("cost_usd", "n_tokens", "n_steps", "n_calls", "duration_s"), 0
        )
        assert (found["floor"], found["differences"], found["termination"], found["icc"]) == (None, None, {}, None)
        shown = command("eval", "traces", name)
        assert "steps" not in shown.out
        assert "cost" not in shown.out
        assert "10 runs with hardly more than a verdict" in shown.err


def test_pages_and_build_servers_get_no_more_than_is_known(command: Command, tmp_path: Path) -> None:
    rows(tmp_path / "a.csv", "+++---")
    rows(tmp_path / "b.csv", "++---+")
    command("eval", "compare", "a.csv", "b.csv", "--html", "a.html", "--junit", "a.xml", "--svg", "a.svg")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "hardly more than a verdict" in page
    assert "against steps a run" not in page
    assert "Nothing is known of what a run cost." in page
    cases = ElementTree.parse(tmp_path / "a.xml").getroot().findall("testsuite/testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == [
        "no worse by 5 points",
        "task 02",
    ]
    command("eval", "traces", "a.csv", "--html", "one.html", "--junit", "one.xml", "--svg", "one.svg")
    assert "hardly more than a verdict" in (tmp_path / "one.html").read_text(encoding="utf-8")


def test_what_results_say_that_runs_cost_is_compared(command: Command, tmp_path: Path) -> None:
    rows(tmp_path / "a.csv", "++----", "cost_usd=0.10")
    rows(tmp_path / "b.csv", "+++---", "cost_usd=0.30")
    (found,) = json.loads(command("eval", "compare", "a.csv", "b.csv", "--json").out)["comparisons"]
    assert [(cost["measure"], cost["ratio"]) for cost in found["costs"]] == [("cost_usd", pytest.approx(3.0))]
    assert found["equal_cost"]["n_trials_needed"] == 3


def test_trials_of_a_table_give_pass_k(command: Command, tmp_path: Path) -> None:
    lines = ["task_id,trial,passed", *(f"t{n},{trial},{trial < n}" for n in range(4) for trial in range(3))]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    found = measured(command, "a.csv")
    assert (found["n_tasks"], found["n_runs"]) == (4, 12)
    assert found["pass_hat"]["1"]["value"] == pytest.approx(0.5)
    assert found["pass_hat"]["3"]["value"] == pytest.approx(0.25)
    assert found["pass_at"]["3"]["value"] == pytest.approx(0.75)


def test_results_may_be_packed_and_of_another_shape_in_each_arm(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps({"x": True, "y": False, "z": False}).encode()))
    (tmp_path / "b.json").write_text(json.dumps({"resolved_ids": ["x", "y"], "submitted_ids": ["x", "y", "z"]}))
    report = json.loads(command("eval", "compare", "a.json.gz", "b.json", "--json").out)
    assert [change["task_key"] for change in report["comparisons"][0]["gained"]] == ["y"]


def test_results_beside_runs_are_not_counted_once_more(command: Command, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    recorded(tmp_path / "runs" / "a.jsonl", tasks(4, "+-"))
    rows(tmp_path / "runs" / "summary.csv", "++++")
    done = command("eval", "traces", "runs")
    assert "4 tasks, 8 runs" in done.out
    assert "summary.csv: a table of results, 4 rows; not counted, as there are runs beside it" in done.err


def test_the_same_results_in_two_files_of_an_arm_count_once(command: Command, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    for folder in (tmp_path, tmp_path / "again"):
        trial_file(folder / "trial_0.json", 4, {0}, 0)
        rows(folder / "table.csv", "+---")
    for name in ("trial_0.json", "table.csv"):
        found = measured(command, name, f"again/{name}")
        assert (found["n_runs"], found["n_repeated"]) == (4, 4)


def test_trials_in_files_of_one_name_are_runs_of_their_own(command: Command, tmp_path: Path) -> None:
    for number, solved in enumerate(({0}, {0, 1})):
        (tmp_path / f"run_{number}").mkdir()
        trial_file(tmp_path / f"run_{number}" / "env_results_trial_0.json", 4, solved, 0)
    found = measured(command, "run_0", "run_1")
    assert (found["n_tasks"], found["n_runs"], found["n_repeated"]) == (4, 8, 0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("file,passed\na,1\n", "no column names the task of a row; name one of `task_id`"),
        ("task_id,success,correct\na,1,0\n", "`success` and `correct` disagree at line 2"),
        ("id,name,passed\n1,a,1\n2,a,0\n3,b,0\n", "the columns `id` and `name` could each name the task"),
        ("task_id,trial,passed\na,1,1\na,1,1\n", "line 2 and line 3 are of the same task and the same `trial`"),
        ("a,b\n1,2\n", "a table without a column that is known to hold messages"),
    ],
)
def test_an_unclear_table_is_refused_with_what_to_do(command: Command, tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    done = command("eval", "traces", "a.csv")
    assert done.code == 2
    assert why in done.err
    assert done.out == ""


def test_rows_without_a_readable_verdict_are_counted_and_not_scored(command: Command, tmp_path: Path) -> None:
    lines = ['{"task_id": "a", "score": NaN}', '{"task_id": "b", "score": 1}', '{"task_id": "c", "score": 7}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = measured(command, "a.jsonl")
    assert (found["n_runs"], found["n_unjudged"], found["unjudged_tasks"]) == (1, 2, ["a", "c"])
    assert [problem.partition(":")[0] for problem in found["problems"]] == ["a.jsonl, line 1", "a.jsonl, line 3"]
    (tmp_path / "b.jsonl").write_text("\n".join(lines).replace("NaN", "1").replace("7", "1"), encoding="utf-8")
    refused = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert refused.code == 2
    assert "2 of them with runs that have no verdict: 'a', 'c'" in refused.err


def test_a_table_without_any_readable_verdict_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task_id,score\na,\nb,x\n", encoding="utf-8")
    done = command("eval", "traces", "a.csv", "--json")
    assert (done.code, done.out) == (1, "")
    assert "no run has a verdict" in done.err


def test_with_a_store_it_is_said_that_nobody_could_look_what_was_handed_out(command: Command, tmp_path: Path) -> None:
    Store(str(tmp_path / "s.db")).close()
    rows(tmp_path / "a.csv", "+-+-")
    rows(tmp_path / "b.csv", "+-++")
    done = command("eval", "compare", "a.csv", "b.csv", "--store", "s.db")
    assert "no run shows what it was handed, so whether anything handed out was learned" in done.err
    report: dict[str, Any] = json.loads(command("eval", "compare", "a.csv", "b.csv", "--store", "s.db", "--json").out)
    assert report["contaminations"] is None


@pytest.mark.parametrize(
    "text", ["task_key,success\nt1,true\n", '{"task_id": "a", "passed": true}\n', '{"a": true, "b": false}']
)
def test_results_are_no_runs_to_import_or_to_learn_from(command: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / "results").write_text(text, encoding="utf-8")
    assert "unknown" in command("traces", "detect", "results").out
    imported = json.loads(command("traces", "import", "results", "--store", "s.db", "--json").out)
    assert imported["totals"]["runs"] == 0
    assert command("learn", "results", "--store", "s.db", "--learner", "patterns").code != 0


def test_files_that_are_far_down_are_told_apart_by_the_end_of_their_paths(command: Command, tmp_path: Path) -> None:
    deep = tmp_path / "published_runs_of_some_benchmark" / "reflexion_run_logs_1"
    deep.mkdir(parents=True)
    words = [
        str(rows(deep / f"env_results_trial_{trial}.csv", marks).relative_to(tmp_path))
        for trial, marks in enumerate(("+---", "++--"))
    ]
    first = command("eval", "compare", *words).out.splitlines()[0]
    assert "/env_results_trial_1.csv is not distinguishable from …" in first
    assert "/env_results_trial_0.csv: +25.0" in first


def test_a_table_is_compared_with_traces_of_the_same_tasks(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "runs.jsonl", {**tasks(3, "++"), "task 03": "--"})
    rows(tmp_path / "table.csv", "++-+")
    report = json.loads(command("eval", "compare", "runs.jsonl", "table.csv", "--json").out)
    (found,) = report["comparisons"]
    assert [len(found[what]) for what in ("lost", "gained")] == [1, 1]
    assert [arm["n_verdicts_only"] for arm in report["arms"]] == [0, 4]
    assert (found["costs"], found["is_same_cost"]) == ([], None)


def test_results_come_through_standard_input(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = rows(tmp_path / "a.csv", "++-").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    assert measured(command, "-")["n_runs"] == 3


def test_several_processes_read_tables_as_one_does(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parallel, "MIN_BYTES", 1)
    assert parallel.Order(salt=bytes(32), policy=SECRETS, formats=(ResultTable(),)).packed() is not None
    (tmp_path / "many").mkdir()
    for number, marks in enumerate(("+-+-", "++--", "-+++")):
        rows(tmp_path / "many" / f"{number}.csv", marks)
    assert measured(command, "many", "--jobs", "2") == measured(command, "many", "--jobs", "1")
