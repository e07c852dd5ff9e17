"""`seasoned eval run` as a user types it."""

import json
import sys
from pathlib import Path

import pytest

from seasoned.store.store import Store
from tests.cli.conftest import Command

TASKS = """\
{"id": "sum", "input": "What is 4 + 1?", "target": "5", "grader": "exact", "split": "easy"}
{"id": "product", "input": "What is 2 * 3?", "target": "6", "grader": "exact", "split": "easy"}
{"id": "silence", "input": "Say nothing.", "target": "", "grader": "exact", "split": "odd"}
"""
AGENT = """\
import json, sys
asked = json.load(sys.stdin)
usage = {"input_tokens": 10, "output_tokens": 5, "cost_usd": 0.001}
answers = {"sum": "5", "product": "6" if "careful" in asked["prompt"] else "7", "silence": "no"}
print(json.dumps({"answer": answers[asked["task"]["key"]], "usage": usage}))
"""


@pytest.fixture
def agent(tmp_path: Path) -> tuple[str, ...]:
    """The words of an agent that is right about sums, and about products if it is told to be careful."""
    (tmp_path / "tasks.jsonl").write_text(TASKS)
    (tmp_path / "agent.py").write_text(AGENT)
    return "--", sys.executable, "agent.py"


def test_it_tells_rates_the_floor_costs_and_what_to_do_next(command: Command, agent: tuple[str, ...]) -> None:
    done = command("eval", "run", "tasks.jsonl", "--trials", "2", *agent)
    assert done.code == 0
    assert "33.3%" in done.out
    assert "pass^k" in done.out
    assert "doing nothing passes 1 of 3 tasks (33%)" in done.out
    assert "on the 2 tasks that need action the agent passes 50.0%" in done.out
    assert "$0.0010" in done.out
    assert "answered" in done.out
    assert "seasoned eval compare run-" in done.err
    again = command("eval", "run", "tasks.jsonl", "--trials", "2", *agent)
    assert again.out == done.out
    assert "was done before" in again.err


def test_json_is_one_document(command: Command, agent: tuple[str, ...]) -> None:
    done = json.loads(command("eval", "run", "tasks.jsonl", "--json", *agent).out)
    assert (done["is_complete"], done["n_tasks"], done["n_trials"], done["n_passed"]) == (True, 3, 3, 1)
    assert done["floor"]["free_tasks"] == ["silence"]
    assert done["summary"]["rate"]["value"] == pytest.approx(1 / 3)
    assert done["on_other_tasks"]["rate"]["value"] == 0.5
    alone = json.loads(command("eval", "run", "tasks.jsonl", "--json", "--no-floor", "--seed", "1", *agent).out)
    assert alone["floor"] is None


def test_a_part_of_the_suite_is_worked(command: Command, agent: tuple[str, ...]) -> None:
    done = json.loads(command("eval", "run", "tasks.jsonl", "--split", "odd", "--json", *agent).out)
    assert (done["n_tasks"], done["n_passed"], done["summary"]) == (1, 0, None)
    shown = command("eval", "run", "tasks.jsonl", "--first", "1", *agent)
    assert "One task says nothing about others" in shown.err
    refused = command("eval", "run", "tasks.jsonl", "--split", "hard", *agent)
    assert refused.code == 2
    assert "easy, odd" in refused.err


def test_a_prompt_is_a_file_or_a_text_of_the_suite(command: Command, agent: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Be careful.")
    done = json.loads(command("eval", "run", "tasks.jsonl", "--prompt", "prompt.md", "--json", *agent).out)
    assert (done["n_passed"], done["prompt_id"][:7]) == (2, "prompt-")
    own = command("eval", "run", "returns_desk", "--first", "1", "--prompt", "returns_desk:rules", "--agent", "nothing")
    assert own.code == 2
    assert "returns_desk:policy" in own.err
    none = command("eval", "run", "tasks.jsonl", "--prompt", "production", *agent)
    assert none.code == 2


def test_runs_tell_an_evaluation(command: Command, agent: tuple[str, ...]) -> None:
    done = json.loads(command("eval", "run", "tasks.jsonl", "--json", *agent).out)
    listed = command("runs", "list").out
    assert "evaluate  done" in listed
    assert "$0.0030" in listed
    assert f"tasks, {done['agent'][:20]}" in listed
    story = command("runs", "show", done["run_id"]).out
    assert "suite: tasks" in story
    assert "ended: answered 3" in story


def test_a_dry_run_says_how_much_and_stores_nothing(command: Command, agent: tuple[str, ...], tmp_path: Path) -> None:
    words = ("eval", "run", "tasks.jsonl", "--trials", "4", "--dry-run")
    shown = command(*words, *agent)
    assert "3 tasks, 12 trials" in shown.out
    (tmp_path / "broken.jsonl").write_text('{"id": "a", "input": "?", "grader": {"name": "regex", "nope": true}}\n')
    assert command("eval", "run", "broken.jsonl", "--dry-run", *agent).code == 2
    recording = tmp_path / "empty.jsonl"
    recording.write_text('{"recording": 1, "model": "test:m", "made_by": "us", "at": "2026-01-01T00:00:00Z"}\n')
    plan = command(*words, "--json", "--model", f"replay:{recording}", "--max-steps", "5")
    assert json.loads(plan.out)["most_calls"] == 60
    assert not (tmp_path / ".seasoned").exists()


def test_a_model_that_does_not_answer_leaves_the_run_incomplete(command: Command, tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text(TASKS)
    recording = tmp_path / "empty.jsonl"
    recording.write_text('{"recording": 1, "model": "test:m", "made_by": "us", "at": "2026-01-01T00:00:00Z"}\n')
    done = command("eval", "run", "tasks.jsonl", "--model", f"replay:{recording}")
    assert done.code == 1
    assert "3 trials could not be reached, and are not scored" in done.err
    assert "the same command goes on from here" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tasks.jsonl",), "nobody was named to work the tasks"),
        (("tasks.jsonl", "--agent", "nothing", "--", "echo"), "two agents were named"),
        (("tasks.jsonl", "--", "no-such-command-here"), "cannot be started"),
        (("tasks.jsonl", "--agent", "nothing", "--grader-set", "a=b"), "--grader-set is of a grader"),
        (("tasks.jsonl", "--agent", "nothing", "--grader", "exactly"), "exactly"),
        (("tasks.jsonl", "--agent", "nothing", "--suite-set", "fast"), "no setting"),
        (("tasks.jsonl", "--agent", "nothing", "--trials", "0"), "Must be >= 1"),
        (
            ("tasks.jsonl", "--agent", "http://localhost:1", "--http-header", "Authorization=NO_SUCH"),
            "no variable of the name",
        ),
        (("tasks.jsonl", "--agent", "nothing", "--prompt", "nosuch"), "no label of the skillbook 'default', no file"),
        (("no_such_suite", "--agent", "nothing"), "no suite 'no_such_suite'"),
    ],
)
def test_what_cannot_be_run_is_said(command: Command, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "tasks.jsonl").write_text(TASKS)
    done = command("eval", "run", *words)
    assert done.code in (1, 2)
    assert said in " ".join(done.err.split())


def test_a_broken_agent_is_no_measurement(command: Command, tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text(TASKS)
    done = command("eval", "run", "tasks.jsonl", "--", sys.executable, "-c", "raise SystemExit('no licence')")
    assert done.code == 2
    assert "each of the first 3 trials crashed" in done.err
    assert "no licence" in done.err


def test_a_task_that_reads_otherwise_is_refused_unless_that_is_meant(
    command: Command, agent: tuple[str, ...], tmp_path: Path
) -> None:
    assert command("eval", "run", "tasks.jsonl", *agent).code == 0
    (tmp_path / "tasks.jsonl").write_text(TASKS.replace("2 * 3", "3 * 2"))
    refused = command("eval", "run", "tasks.jsonl", *agent)
    assert refused.code == 2
    assert "'product'" in refused.err
    assert command("eval", "run", "tasks.jsonl", "--changed-tasks", *agent).code == 0


def test_an_agent_without_the_suites_tools_is_refused_before_a_run_begins(command: Command) -> None:
    for words in ((), ("--dry-run",)):
        done = command("eval", "run", "returns_desk", *words, "--agent", "python:textwrap:dedent")
        assert done.code == 2
        assert "this function cannot be handed the suite's tools" in done.err
    assert json.loads(command("runs", "list", "--json").out)["runs"] == []


def test_programs_of_one_evaluation_are_handed_tools_by_one_server_under_paths_of_their_own(
    command: Command, tmp_path: Path
) -> None:
    tell = "import json, sys; print(json.dumps({'answer': json.load(sys.stdin)['tools_url']}))"
    words = ("--first", "2", "--trials", "2", "--no-floor", "--json", "--store", str(tmp_path / "s.db"))
    run_id = json.loads(command("eval", "run", "returns_desk", *words, "--", sys.executable, "-c", tell).out)["run_id"]
    with Store(tmp_path / "s.db") as store:
        runs = store.traces.of([trial.trace_id or "" for trial in store.trials.of(run_id)])
        urls = [run.steps[-1].text.split("/") for run in runs]
    assert [len({url[2] for url in urls}), len({url[3] for url in urls})] == [1, 4]


def test_a_header_whose_variable_is_not_there_is_refused_without_repeating_what_was_typed(command: Command) -> None:
    words = ("--agent", "http://127.0.0.1:9/", "--http-header", "Authorization=sk-typed-by-mistake")
    done = command("eval", "run", "returns_desk", *words)
    assert done.code == 2
    assert "--http-header Authorization" in done.err
    assert "sk-typed-by-mistake" not in done.err
