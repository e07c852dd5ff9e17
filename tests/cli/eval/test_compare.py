"""`seasoned eval compare`, as a user runs it."""

import json
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seasoned.compile.few_shot.text import as_text
from seasoned.compile.reflections import appended, reflections_text
from seasoned.core.parsed import Parsed
from seasoned.core.reflection import Reflection
from seasoned.core.trace import Trace
from seasoned.store.store import Store
from tests.banks import bank
from tests.cases import case_of
from tests.cli.conftest import Command
from tests.exemplars import AT, desk_run
from tests.make import LEARNER, add, make_evidence, make_trace, verdict
from tests.prompts import store_in

RULE = "When a refund comes more than thirty days after delivery, refuse it kindly."


def chat(task: str, trial: int, *, passed: bool | None, said: str, **rest: object) -> dict[str, object]:
    """One recorded run as an agent writes it down."""
    messages = [{"role": "user", "content": f"Please handle {task}."}, {"role": "assistant", "content": said}]
    reward = {} if passed is None else {"reward": int(passed)}
    return {"messages": messages, "task_id": task, "trial": trial, **reward, **rest}


def recorded(path: Path, verdicts: Mapping[str, str], *, said: str = "Done.", **rest: object) -> Path:
    """Runs of each task with these verdicts: `+` passed, `-` failed, `?` nobody has said."""
    known = {"+": True, "-": False, "?": None}
    runs = [
        chat(task, trial, passed=known[mark], said=said, **rest)
        for task, marks in verdicts.items()
        for trial, mark in enumerate(marks)
    ]
    path.write_text("".join(json.dumps(run) + "\n" for run in runs), encoding="utf-8")
    return path


def tasks(n: int, marks: str) -> dict[str, str]:
    return {f"task {number:02}": marks for number in range(n)}


@pytest.fixture
def arms(tmp_path: Path) -> tuple[str, str]:
    """Twelve tasks, of which the second arm gains eight and loses one."""
    recorded(tmp_path / "a.jsonl", {**tasks(12, "--"), "task 11": "++"})
    recorded(tmp_path / "b.jsonl", {**tasks(12, "--"), **tasks(8, "+-")}, said="Finished.")
    return "before=a.jsonl", "after=b.jsonl"


def test_the_verdict_comes_first_then_what_was_lost_with_its_runs(command: Command, arms: tuple[str, str]) -> None:
    done = command("eval", "compare", *arms)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("after is not distinguishable from before: +25.0 [")
    assert "not shown to be no worse by 5 points" in lines[1]
    lost = lines.index("lost by after against before: 1 task of 12")
    assert lines[lost + 2].split()[:4] == ["task", "11", "2/2", "0/2"]
    assert lines[lost + 2].count("trace-") == 4
    assert lost < lines.index("gained by after against before: 8 tasks of 12")


def test_json_says_all_of_it(command: Command, arms: tuple[str, str]) -> None:
    report = json.loads(command("eval", "compare", *arms, "--json").out)
    (found,) = report["comparisons"]
    assert report["passes"] is False
    assert report["baseline"] == "before"
    assert [arm["name"] for arm in report["arms"]] == ["before", "after"]
    assert found["difference"]["value"] == pytest.approx(0.25)
    assert found["lost"][0]["candidate_runs"][0]["path"].startswith("b.jsonl line ")
    assert len(found["gained"]) == 8


def test_the_same_runs_give_the_same_bytes(command: Command, arms: tuple[str, str]) -> None:
    assert command("eval", "compare", *arms).out == command("eval", "compare", *arms).out


def test_a_clear_gain_passes(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(12, "--"))
    recorded(tmp_path / "b.jsonl", tasks(12, "+-"), said="Finished.")
    done = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert done.code == 0
    assert done.out.startswith("b.jsonl is better than a.jsonl: +50.0 [")
    assert "shown to be no worse by 5 points" in done.out


def test_a_loss_is_worse_and_exits_with_1(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(12, "++"))
    recorded(tmp_path / "b.jsonl", tasks(12, "-+"), said="Finished.")
    done = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert done.code == 1
    assert done.out.startswith("b.jsonl is worse than a.jsonl: -50.0 [")
    assert "takes about" not in done.out


def test_the_margin_decides(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(12, "++"))
    recorded(tmp_path / "b.jsonl", tasks(12, "++"), said="Finished.")
    assert command("eval", "compare", "a.jsonl", "b.jsonl").code == 1
    assert command("eval", "compare", "a.jsonl", "b.jsonl", "--margin", "0.3").code == 0
    assert command("eval", "compare", "a.jsonl", "b.jsonl", "--margin", "0").code == 2


def test_differing_tasks_are_an_error_that_names_them(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(4, "+"))
    recorded(tmp_path / "b.jsonl", tasks(3, "-"))
    refused = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert refused.code == 2
    assert "'task 03'" in refused.err
    assert "--common" in refused.err
    shared = command("eval", "compare", "a.jsonl", "b.jsonl", "--common")
    assert shared.code == 1
    assert "1 task left out, as not every arm has a verdict on it: task 03" in shared.err


def test_runs_without_a_verdict_are_said_to_be_left_out(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(6, "++"))
    recorded(tmp_path / "b.jsonl", tasks(6, "+?"), said="Finished.")
    done = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert "b.jsonl: 6 runs without a verdict, left out" in done.err
    assert "+0.0 [" in done.out


def test_unequal_numbers_of_trials_are_said(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", {"one": "++", "two": "+"})
    recorded(tmp_path / "b.jsonl", {"one": "+-", "two": "+"}, said="Finished.")
    done = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert "a.jsonl: tasks have 1-2 trials; each task counts the same" in done.err


def test_an_arm_without_runs_is_an_error(command: Command, arms: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for missing in ("nowhere.jsonl", "empty"):
        done = command("eval", "compare", arms[0], missing)
        assert done.code == 2
        assert f"where: {missing}" in done.err
        assert "why: " in done.err


def test_one_arm_and_two_of_one_name_are_errors(command: Command, arms: tuple[str, str]) -> None:
    assert "takes two arms or more" in command("eval", "compare", arms[0]).err
    assert "two arms have the name 'before'" in command("eval", "compare", arms[0], "before=b.jsonl").err


def test_a_bad_line_is_named_and_stops_nothing(command: Command, arms: tuple[str, str], tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write("{broken\n")
    done = command("eval", "compare", *arms)
    assert "problem: a.jsonl, line 25" in done.err
    assert "12 tasks" in done.out


def test_equal_cost_is_told_where_logs_say_what_runs_cost(command: Command, tmp_path: Path) -> None:
    half = {f"t{n}": "+-" for n in range(6)}
    recorded(tmp_path / "a.jsonl", half, usage={"prompt_tokens": 90, "completion_tokens": 10})
    recorded(tmp_path / "b.jsonl", half, said="Finished.", usage={"prompt_tokens": 190, "completion_tokens": 10})
    recorded(tmp_path / "c.jsonl", half, said="Over.", usage={"prompt_tokens": 95, "completion_tokens": 10})
    recorded(tmp_path / "d.jsonl", half, said="Ended.", usage={"prompt_tokens": 990, "completion_tokens": 10})
    out = command("eval", "compare", "a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl").out
    assert "b.jsonl - a.jsonl: +100 [+100, +100] tokens a run, 2.00 times as much" in out
    assert "Best of 2.00: one passes on 100.0% [" in out
    assert "c.jsonl - a.jsonl: at the same cost, within 10 %" in out
    assert "a.jsonl has 10.00 tries; estimating them takes 10 trials of each task" in out
    assert "p = 1.000, 1.000 adjusted" in out


def test_what_doing_nothing_reaches_is_set_beside_the_rates(command: Command, tmp_path: Path) -> None:
    for name, said in (("a", "Done."), ("b", "Finished.")):
        free = recorded(tmp_path / "free.jsonl", {"one": "+", "two": "+"}, said=said, reference={"actions": []})
        acts = recorded(
            tmp_path / "acts.jsonl", {"three": "-", "four": "+"}, said=said, reference={"actions": [{"name": "cancel"}]}
        )
        (tmp_path / f"{name}.jsonl").write_text(free.read_text() + acts.read_text())
    shown = command("eval", "compare", "a.jsonl", "b.jsonl").out
    assert "doing nothing passes at least 2 of 4 tasks (50%), as references tell" in shown
    assert "on the others a.jsonl passes 50.0% [" in shown


def test_all_pairs_and_another_baseline(command: Command, arms: tuple[str, str], tmp_path: Path) -> None:
    recorded(tmp_path / "c.jsonl", tasks(12, "++"), said="Over.")
    words = (*arms, "c.jsonl", "--baseline", "after", "--all-pairs", "--json")
    found = json.loads(command("eval", "compare", *words).out)["comparisons"]
    pairs = [(each["baseline"], each["candidate"]) for each in found]
    assert pairs == [("after", "before"), ("after", "c.jsonl"), ("before", "c.jsonl")]
    unknown = command("eval", "compare", *arms, "--baseline", "x")
    assert unknown.code == 2
    assert "no arm has the name 'x'" in unknown.err


def test_intervals_are_drawn_into_a_file(command: Command, arms: tuple[str, str], tmp_path: Path) -> None:
    done = command("eval", "compare", *arms, "--svg", "seen.svg")
    assert "the drawing is in seen.svg" in done.err
    assert ElementTree.parse(tmp_path / "seen.svg").getroot().tag.endswith("svg")
    (tmp_path / "folder").mkdir()
    assert command("eval", "compare", *arms, "--svg", "folder").code == 2


def test_hostile_names_neither_style_nor_steer_a_terminal(command: Command, tmp_path: Path) -> None:
    evil = "[red]\x1b[31m\u202eevil"
    recorded(tmp_path / "a.jsonl", {evil: "+", "two": "+"})
    recorded(tmp_path / "b.jsonl", {evil: "-", "two": "+"}, said="Finished.")
    done = command("eval", "compare", "\u202ea=a.jsonl", "b.jsonl")
    assert "[red]<U+001B>[31m<U+202E>evil" in done.out
    assert "<U+202E>a" in done.out
    assert "\x1b" not in done.out + done.err
    assert "\u202e" not in done.out + done.err


def test_on_a_terminal_intervals_are_drawn(
    command: Command, arms: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seasoned.cli.output import out

    monkeypatch.setattr(out, "_force_terminal", True)
    shown = command("eval", "compare", *arms).out
    assert "──●──" in shown
    assert "│" in shown or "┼" in shown


def given(system: str, task: str, trial: int, score: float) -> Trace:
    trace = make_trace(
        ("system", system),
        ("user", f"Refund {task}"),
        ("assistant", "Done."),
        task=task,
        score=score,
        run_key=str(trial),
    )
    return trace.model_copy(update={"model": "big" if score else "small", "agent": "desk"})


@pytest.fixture
def filled(tmp_path: Path, command: Command) -> str:
    """A store with a skill learned from one task, its prompt, and runs with and without it; the prompt's id."""
    with Store(store_in(tmp_path)) as store:
        learned = make_trace(("tool_result", "delivered 40 days ago"), task="task 3", run_key="first")
        store.traces.add([Parsed(trace=learned)])
        evidence = (make_evidence(learned, "40 days ago"),)
        store.books.append("default", [add(RULE, evidence, LEARNER), verdict("APPROVE", RULE)], scope="learned")
    prompt = json.loads(command("prompt", "compile", "--json").out)
    with Store(store_in(tmp_path)) as store:
        runs = [
            given(system, f"task {n}", trial, score)
            for system, score in (("Be brief.", 0.0), (prompt["text"], 1.0))
            for n in range(8)
            for trial in range(2)
        ]
        store.traces.add([Parsed(trace=run) for run in runs])
    return prompt["id"]


def test_stored_runs_are_compared_by_the_prompt_that_they_were_given(command: Command, filled: str) -> None:
    done = command("eval", "compare", "no prompt of ours", filled[:12], "--by", "prompt", "--common")
    assert f"{filled} is better than no prompt of ours: +100.0 [" in done.out


def test_skills_that_were_learned_from_the_compared_tasks_are_named_and_nothing_passes(
    command: Command, filled: str
) -> None:
    done = command("eval", "compare", "no prompt of ours", filled, "--by", "prompt", "--common")
    assert done.code == 1
    first = done.out.splitlines()[0]
    assert first.startswith(f"learned from these tasks: {filled} was handed skill-")
    assert first.endswith("of default, whose evidence is from task 3")


@pytest.mark.parametrize("is_sub_agent", [False, True], ids=["own run", "run of a sub-agent"])
def test_an_example_from_a_compared_task_spoils_the_comparison(
    command: Command, tmp_path: Path, is_sub_agent: bool
) -> None:
    with Store(store_in(tmp_path)) as store:
        run = desk_run("task 3")
        sub = desk_run("look it up", asked="Look up order B-17.").model_copy(update={"parent_id": run.id})
        source = sub if is_sub_agent else run
        bank(store, run, sub)
        shown = as_text([case_of(source)])
        runs = [given(said, f"task {n}", 0, score) for said, score in (("Hi.", 0.0), (shown, 1.0)) for n in range(8)]
        store.traces.add([Parsed(trace=run) for run in runs])
    done = command("eval", "compare", "small", "big", "--by", "model", "--common")
    assert done.code == 1
    assert done.out.splitlines()[0].startswith("learned from these tasks: big was handed exemplar-")
    assert done.out.splitlines()[0].endswith("of default, which is from task 3")


def test_a_reflection_on_a_compared_task_spoils_the_comparison(command: Command, tmp_path: Path) -> None:
    with Store(store_in(tmp_path)) as store:
        failed = desk_run("task 3", score=0.0)
        store.traces.add([Parsed(trace=failed)])
        text = "Next time look the order up before anything is paid back."
        parts = {"task_key": "task 3", "task": failed.task.text, "trace_id": failed.id, "trial": 1}
        planned = Reflection.model_validate({**parts, "text": text, "author": LEARNER, "at": AT})
        store.reflections.add("default", [planned])
        handed = appended("Hi.", reflections_text([text]))
        runs = [given(said, f"task {n}", 0, score) for said, score in (("Hi.", 0.0), (handed, 1.0)) for n in range(8)]
        store.traces.add([Parsed(trace=run) for run in runs])
    done = command("eval", "compare", "small", "big", "--by", "model", "--common")
    assert done.code == 1
    assert f"big was handed {planned.id} of default, which is from task 3" in done.out


def test_files_are_checked_against_the_skills_of_the_store(command: Command, filled: str, tmp_path: Path) -> None:
    prompt = command("prompt", "show", filled, "--json").out
    system = {"role": "system", "content": json.loads(prompt)["text"]}
    recorded(tmp_path / "a.jsonl", {"task 3": "+", "task 4": "+"})
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    handed = [{**run, "messages": [system, *run["messages"]]} for run in lines]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(run) + "\n" for run in handed))
    (found,) = json.loads(command("eval", "compare", "a.jsonl", "b.jsonl", "--json").out)["contaminations"]
    assert (found["arm"], found["tasks"]) == ("b.jsonl", ["task 3"])


def test_without_a_store_it_is_said_that_nobody_looked(command: Command, arms: tuple[str, str], tmp_path: Path) -> None:
    assert "no store here" in command("eval", "compare", *arms).err
    assert not store_in(tmp_path).exists()


@pytest.mark.parametrize("by", ["model", "agent"])
def test_stored_runs_are_compared_by_model_and_agent(command: Command, filled: str, by: str) -> None:
    done = command("eval", "compare", "--by", by, "--json", "--verdict", "pass")
    assert done.code == 2
    assert f"cannot be told apart by {by}" in done.err
    if by == "model":
        report = json.loads(command("eval", "compare", "small", "big", "--by", by, "--json").out)
        assert [(arm["name"], arm["rate"]["value"]) for arm in report["arms"]] == [("small", 0.0), ("big", 1.0)]


def test_sealed_references_of_the_store_tell_what_doing_nothing_reaches(command: Command, tmp_path: Path) -> None:
    with Store(store_in(tmp_path)) as store:
        for system, score in (("Be brief.", 0.0), ("Be kind.", 1.0)):
            runs = [given(system, f"task {n}", 0, score) for n in range(3)]
            store.traces.add([Parsed(trace=run, reference={"actions": []}) for run in runs])
    report = json.loads(command("eval", "compare", "--by", "model", "--json").out)
    assert report["floor"] == {"n_known": 3, "free_tasks": ["task 0", "task 1", "task 2"]}


def test_an_arm_that_no_stored_run_belongs_to_is_an_error(command: Command, filled: str) -> None:
    done = command("eval", "compare", "small", "huge", "--by", "model")
    assert done.code == 2
    assert "no run of the store has the model 'huge'" in done.err
    assert "'big'" in done.err


def test_filters_are_for_stored_runs(command: Command, arms: tuple[str, str]) -> None:
    done = command("eval", "compare", *arms, "--model", "big")
    assert done.code == 2
    assert "need --by" in done.err


def test_a_named_store_has_to_be_there(command: Command, arms: tuple[str, str]) -> None:
    done = command("eval", "compare", *arms, "--store", "nowhere.db")
    assert done.code == 3
    assert "there is no store here" in done.err


def test_what_is_odd_about_runs_has_a_stated_rule(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", {**tasks(6, "+"), "task 01": "+-+"})
    recorded(tmp_path / "b.jsonl", {**tasks(6, "+"), "task 02": "+?"}, said="Finished.")
    with (tmp_path / "b.jsonl").open("a") as file:
        file.write(json.dumps({**chat("task 03", 7, passed=None, said="Not a number."), "reward": float("nan")}) + "\n")
        file.write((tmp_path / "b.jsonl").read_text().splitlines()[0] + "\n")
    done = command("eval", "compare", "a.jsonl", "b.jsonl", "--json")
    before, after = json.loads(done.out)["arms"]
    assert (before["least_trials"], before["most_trials"]) == (1, 3)
    assert (after["n_unjudged"], after["n_repeated"], after["n_trials"]) == (2, 1, 6)
    assert "NaN" not in done.out


def test_one_task_is_an_error(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", {"one": "++++"})
    recorded(tmp_path / "b.jsonl", {"one": "----"})
    refused = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert (refused.code, "the arms share one task" in refused.err) == (2, True)


def test_a_task_whose_text_was_changed_under_its_key_is_an_error(command: Command, tmp_path: Path) -> None:
    recorded(tmp_path / "a.jsonl", tasks(6, "+"))
    lines = recorded(tmp_path / "b.jsonl", tasks(6, "+")).read_text().replace("Please handle task 04", "Now drop it")
    (tmp_path / "b.jsonl").write_text(lines)
    refused = command("eval", "compare", "a.jsonl", "b.jsonl")
    assert refused.code == 2
    assert "the text of 1 of 6 tasks differs between the arms" in refused.err
    assert "'task 04'" in refused.err
    assert command("eval", "compare", "a.jsonl", "b.jsonl", "--changed-tasks").code == 1
