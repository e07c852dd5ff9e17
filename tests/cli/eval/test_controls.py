"""`seasoned eval run --against` and `--placebo`: a prompt and its controls, worked and compared by one command."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from seasoned.cli.eval.controls import ControlOptions, names_of
from seasoned.store.store import Store
from tests.cli.conftest import Command, Done
from tests.prompts import bare_prompt, compiled, store_in

N_TASKS = 12
RULE = "When a sum is asked for, be careful and add the numbers twice before you give the answer to anybody at all."
AGENT = """\
import json, pathlib, sys
asked = json.load(sys.stdin)
prompt, key = asked["prompt"], asked["task"]["key"]
if pathlib.Path("down").exists() and pathlib.Path("down").read_text() in prompt:
    sys.exit(75)
with pathlib.Path("asked.txt").open("a") as log:
    print("careful" if "careful" in prompt else "plain", key, asked["seed"], file=log)
right = "careful" in prompt or key in ("t00", "t01")
usage = {"input_tokens": 250 if "careful" in prompt else 100, "output_tokens": 0}
print(json.dumps({"answer": key if right else "?", "usage": usage}))
"""


@pytest.fixture
def agent(tmp_path: Path) -> tuple[str, ...]:
    """The words of an agent that is right about two tasks, and about all of them if it is told to be careful."""
    tasks = ({"id": f"t{n:02}", "input": f"Do {n}.", "target": f"t{n:02}", "grader": "exact"} for n in range(N_TASKS))
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
    (tmp_path / "agent.py").write_text(AGENT)
    (tmp_path / "careful.md").write_text("Be careful.")
    (tmp_path / "brief.md").write_text("Be brief.")
    return "--", sys.executable, "agent.py"


@pytest.fixture
def prompt_id(tmp_path: Path) -> str:
    """A compiled prompt whose skill says to be careful."""
    with Store(store_in(tmp_path)) as store:
        return compiled(store, RULE).id


def asked(folder: Path) -> list[list[str]]:
    """Whom the agent was: for each trial what it was told, the task and the seed."""
    return [line.split() for line in (folder / "asked.txt").read_text().splitlines()]


def document(done: Done) -> dict[str, Any]:
    return json.loads(done.out)


def test_one_command_prints_what_the_comparison_of_two_runs_prints(command: Command, agent: tuple[str, ...]) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", "careful.md", "--against", "brief.md")
    done = command(*words, *agent)
    told = document(command(*words, "--json", *agent))
    runs = told["against"]["run_id"], told["evaluation"]["run_id"]
    named = f"brief.md={runs[0]}", f"careful.md={runs[1]}"
    compared = command("eval", "compare", *named)
    assert (done.code, done.out) == (0, compared.out)
    assert f"evaluation: {runs[1]}" in done.err
    assert "12 of 12 trials passed" in done.err
    assert "doing nothing: run-" in done.err
    assert "Not kept as proof of a prompt" in done.err
    assert told["comparison"] == document(command("eval", "compare", *named, "--json"))


def test_both_arms_are_the_same_agent_on_the_same_tasks_with_the_same_seeds(
    command: Command, agent: tuple[str, ...], tmp_path: Path
) -> None:
    command("eval", "run", "tasks.jsonl", "--trials", "2", "--prompt", "careful.md", "--against", "none", *agent)
    trials = asked(tmp_path)
    arms = {word: sorted(rest for who, *rest in trials if who == word) for word in ("plain", "careful")}
    assert [who for who, *_ in trials] == ["plain"] * 24 + ["careful"] * 24
    assert arms["plain"] == arms["careful"]


def test_what_was_done_before_is_told_again_and_nothing_is_run(
    command: Command, agent: tuple[str, ...], tmp_path: Path
) -> None:
    command("eval", "run", "tasks.jsonl", "--prompt", "brief.md", *agent)
    words = ("eval", "run", "tasks.jsonl", "--prompt", "careful.md", "--against", "brief.md")
    first = command(*words, *agent)
    assert len(asked(tmp_path)) == 2 * N_TASKS
    again = command(*words, *agent)
    assert (again.code, again.out, len(asked(tmp_path))) == (0, first.out, 2 * N_TASKS)
    assert again.err.count("it was done before") == 3


def test_the_comparison_is_kept_and_the_gate_finds_it(command: Command, agent: tuple[str, ...], prompt_id: str) -> None:
    done = command("eval", "run", "tasks.jsonl", "--prompt", prompt_id, "--against", "none", *agent)
    assert (done.code, f"Kept as proof of {prompt_id}" in done.err) == (0, True)
    (kept,) = json.loads(command("eval", "comparisons", "--json").out)["comparisons"]
    assert (kept["candidate_id"], kept["passes"], kept["n_tasks"]) == (prompt_id, True, N_TASKS)
    promoted = command("prompt", "promote", prompt_id, "--label", "production", "--reason", "it is better")
    assert promoted.code == 0
    labelled = command("eval", "run", "tasks.jsonl", "--prompt", "careful.md", "--against", "production", *agent)
    assert (labelled.code, prompt_id in labelled.err) == (1, True)
    assert labelled.out.startswith("careful.md is not distinguishable from production")


def test_a_prompt_that_is_worse_exits_with_1_and_a_margin_lets_it_pass(
    command: Command, agent: tuple[str, ...]
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", "brief.md", "--against", "careful.md")
    worse = command(*words, *agent)
    assert (worse.code, " is worse than " in worse.out) == (1, True)
    alike = ("eval", "run", "tasks.jsonl", "--prompt", "brief.md", "--against", "none")
    assert [command(*alike, *margin, *agent).code for margin in ((), ("--margin", "0.3"))] == [1, 0]


def test_json_is_one_document_with_every_arm_and_the_comparison(
    command: Command, agent: tuple[str, ...], prompt_id: str
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", prompt_id, "--against", "none", "--placebo", "--json")
    told = document(command(*words, *agent))
    assert list(told) == ["against", "evaluation", "placebo", "comparison"]
    assert [told[role]["n_passed"] for role in ("against", "evaluation", "placebo")] == [2, 12, 2]
    assert (told["against"]["prompt_id"], told["evaluation"]["prompt_id"]) == ("", prompt_id)
    assert told["evaluation"]["floor"]["free_tasks"] == []
    assert (told["comparison"]["passes"], len(told["comparison"]["arms"])) == (True, 3)


def test_a_placebo_is_compiled_kept_and_set_beside_the_gain(
    command: Command, agent: tuple[str, ...], prompt_id: str, tmp_path: Path
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", prompt_id, "--against", "none", "--placebo")
    done = command(*words, *agent)
    assert done.code == 0
    assert " over a placebo as long, placebo" in done.out
    told = document(command(*words, "--json", *agent))
    (gain,) = told["comparison"]["over_placebo"]
    assert gain["difference"]["value"] == pytest.approx(10 / 12)
    (tmp_path / "base.md").write_text("Be kind.\n")
    made = document(command("prompt", "compile", "--placebo", "--base", "base.md", "--json"))
    assert (made["is_placebo"], made["id"]) == (True, told["placebo"]["prompt_id"])
    (kept,) = json.loads(command("eval", "comparisons", "--json").out)["comparisons"]
    assert kept["over_placebo"]["placebo_id"] == made["id"]


def test_a_placebo_of_an_earlier_revision_is_of_its_own_skills(
    command: Command, agent: tuple[str, ...], prompt_id: str, tmp_path: Path
) -> None:
    with Store(store_in(tmp_path)) as store:
        compiled(store, "When nothing is asked, say nothing.")
    words = ("eval", "run", "tasks.jsonl", "--prompt", prompt_id, "--against", "none", "--placebo", "--json")
    assert len(document(command(*words, *agent))["comparison"]["over_placebo"]) == 1


def test_an_interrupted_second_arm_goes_on_when_asked_again(
    command: Command, agent: tuple[str, ...], tmp_path: Path
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", "careful.md", "--against", "brief.md", "--retries", "0")
    files = ("--html", "report.html")
    (tmp_path / "down").write_text("careful")
    cut = command(*words, *files, "--json", *agent)
    told = document(cut)
    assert (cut.code, told["comparison"], told["against"]["is_complete"]) == (1, None, True)
    assert (told["evaluation"]["is_complete"], told["evaluation"]["n_trials"]) == (False, 0)
    assert "Nothing is compared before every arm is complete, and no report is written." in cut.err
    assert not (tmp_path / "report.html").exists()
    shown = command(*words, *agent)
    assert (shown.code, "the same command goes on from here" in shown.err) == (1, True)
    assert " than run-" not in shown.out
    (tmp_path / "down").unlink()
    done = command(*words, *files, *agent)
    assert (done.code, " is better than " in done.out) == (0, True)
    assert [who for who, *_ in asked(tmp_path)] == ["plain"] * N_TASKS + ["careful"] * N_TASKS
    assert (tmp_path / "report.html").exists()
    assert json.loads(command("eval", "comparisons", "--json").out)["comparisons"] == []


def test_a_budget_holds_for_the_arms_together_and_no_verdict_is_claimed_without_both(
    command: Command, agent: tuple[str, ...], prompt_id: str, tmp_path: Path
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", prompt_id, "--against", "none", "--json")
    cut = command(*words, "--budget", "15calls", *agent)
    told = document(cut)
    assert (cut.code, told["comparison"]) == (1, None)
    assert (told["against"]["n_trials"], told["evaluation"]["n_trials"]) == (N_TASKS, 3)
    assert "the budget of 15 calls does not allow another call" in " ".join(told["evaluation"]["notes"])
    assert json.loads(command("eval", "comparisons", "--json").out)["comparisons"] == []
    done = command(*words, "--budget", "9calls", *agent)
    assert (done.code, document(done)["comparison"]["passes"]) == (0, True)
    assert len(asked(tmp_path)) == 2 * N_TASKS


def test_a_budget_that_the_baseline_uses_up_leaves_the_other_arm_unbegun(
    command: Command, agent: tuple[str, ...]
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", "careful.md", "--against", "none", "--budget", "5calls")
    cut = command(*words, *agent)
    assert cut.code == 1
    assert "evaluation is not begun" in cut.err
    told = document(command("eval", "run", "tasks.jsonl", "--against", "none", *words[3:5], "--json", *agent))
    assert told["comparison"]["passes"]
    told = document(command(*words, "--seed", "1", "--json", *agent))
    assert (told["evaluation"], told["comparison"], told["against"]["n_trials"]) == (None, None, 5)


def test_best_of_n_at_equal_cost_is_shown_and_how_many_trials_it_takes(
    command: Command, agent: tuple[str, ...]
) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", "careful.md", "--against", "none")
    few = command(*words, *agent)
    assert "has 2.50 tries; estimating them takes 3 trials of each task" in few.out
    assert "--trials 3" in few.err
    enough = command(*words, "--trials", "3", *agent)
    assert "Best of 2.50: one passes on 16.7%" in enough.out
    assert "Best of n at equal cost takes" not in enough.err


@pytest.mark.parametrize("words", [(), ("--prompt", "careful.md", "--against", "brief.md")])
def test_reports_are_written_straight_from_the_run(
    command: Command, agent: tuple[str, ...], tmp_path: Path, words: tuple[str, ...]
) -> None:
    files = ("--html", "report.html", "--junit", "report.xml", "--svg", "report.svg")
    done = command("eval", "run", "tasks.jsonl", *words, *files, "--json", *agent)
    told = document(done)
    if words:
        runs = f"brief.md={told['against']['run_id']}", f"careful.md={told['evaluation']['run_id']}"
    else:
        runs = (told["run_id"],)
    written = {file: (tmp_path / file).read_text() for file in files[1::2]}
    for number, file in enumerate(files[1::2]):
        command("eval", "compare" if words else "traces", *runs, files[2 * number], f"other-{file}")
        assert (tmp_path / f"other-{file}").read_text() == written[file]
    assert done.code == 0


def test_a_report_of_runs_that_nobody_judged_is_refused(
    command: Command, agent: tuple[str, ...], tmp_path: Path
) -> None:
    done = command("eval", "run", "tasks.jsonl", "--grader", "human", "--html", "report.html", *agent)
    assert (done.code, (tmp_path / "report.html").exists()) == (1, False)
    assert "12 trials ended without a verdict" in done.err
    assert command("eval", "run", "tasks.jsonl", "--grader", "human", *agent).code == 0


def test_a_report_that_cannot_be_written_is_named(command: Command, agent: tuple[str, ...]) -> None:
    done = command("eval", "run", "tasks.jsonl", "--html", "no/such/folder/report.html", *agent)
    assert (done.code, "the page cannot be written" in done.err) == (2, True)


def test_a_dry_run_tells_every_arm_and_stores_nothing(command: Command, agent: tuple[str, ...], prompt_id: str) -> None:
    words = ("eval", "run", "tasks.jsonl", "--prompt", prompt_id, "--against", "none", "--placebo", "--dry-run")
    shown = command(*words, *agent)
    assert shown.out.count("12 tasks, 12 trials") == 3
    plan = document(command(*words, "--json", *agent))
    assert [plan[role]["n_trials"] for role in ("against", "evaluation", "placebo")] == [12, 12, 12]
    assert len(json.loads(command("prompt", "list", "--json").out)["prompts"]) == 1
    assert json.loads(command("runs", "list", "--json").out)["runs"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--prompt", "brief.md", "--against", "brief.md"), "are the same prompt"),
        (("--against", "brief.md"), "--prompt names no prompt"),
        (("--against", "none"), "--prompt names no prompt"),
        (("--prompt", "brief.md", "--against", "nothing-like-it"), "nothing-like-it"),
        (("--prompt", "brief.md", "--placebo"), "--placebo is of a comparison"),
        (("--prompt", "brief.md", "--margin", "0.1"), "--margin is of a comparison"),
        (("--prompt", "brief.md", "--against", "none", "--placebo"), "a placebo is of a compiled prompt"),
        (("--prompt", "SKILLS", "--against", "none", "--measure-skills"), "--measure-skills cannot be compared"),
        (("--prompt", "brief.md", "--against", "none", "--first", "1"), "one task cannot be compared on"),
        (("--prompt", "brief.md", "--against", "none", "--margin", "0"), "Must be > 0"),
        (("--prompt", "BARE", "--against", "none", "--placebo"), "it has no skills"),
    ],
)
def test_controls_that_cannot_be_had_are_refused_before_anything_is_run(
    command: Command, agent: tuple[str, ...], prompt_id: str, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    bare = bare_prompt("No skill is in it.")
    with Store(store_in(tmp_path)) as store:
        store.prompts.add(bare)
    known = {"SKILLS": prompt_id, "BARE": bare.id}
    done = command("eval", "run", "tasks.jsonl", *(known.get(word, word) for word in words), *agent)
    assert (done.code in (1, 2), said in " ".join(done.err.split())) == (True, True), done.err
    assert not (tmp_path / "asked.txt").exists()
    assert json.loads(command("runs", "list", "--json").out)["runs"] == []


@pytest.mark.parametrize(
    ("against", "prompt", "names"),
    [
        ("none", "v2/system.md", ["no prompt", "system.md"]),
        ("production", "a=b.md", ["production", "a b.md"]),
        ("v1/system.md", "v2/system.md", []),
    ],
)
def test_arms_are_called_as_their_prompts_were_typed_where_that_tells_them_apart(
    against: str, prompt: str, names: list[str]
) -> None:
    found = names_of(ControlOptions(against=against), prompt)
    assert [found[role] for role in ("against", "evaluation") if found] == names
