"""From evaluation runs to a promoted prompt, as a user goes: compare, see what is kept, set anchors, try a canary."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.core.trial import TrialRecord
from seasoned.pipeline.canary import prompt_for_run
from seasoned.store.store import Store
from tests.cli.conftest import Command, Done
from tests.prompts import RULES, compiled, store_in

N_TASKS = 12
FORM = "evaluation"


def a_run(key: str, marker: str, *, passed: bool | None, prompt_id: str | None, form: str = FORM) -> Trace:
    steps = (Step(kind="user", text=f"do {key}"), Step(kind="assistant", text=f"done {marker}"))
    outcome = None if passed is None else Outcome(success=passed, source="verifier", name="exact")
    return Trace.of(
        task=Task(key=key, text=f"do {key}"),
        steps=steps,
        source=Source(format=form, run_key=f"{marker} {key}"),
        outcome=outcome,
        agent="desk",
        model="small",
        prompt_id=prompt_id,
    )


def evaluated(
    store: Store,
    prompt_id: str,
    marks: str,
    *,
    state: str = "done",
    said: Callable[[str], str] = lambda key: f"do {key}",
    measure: Mapping[str, JsonValue] | None = None,
) -> str:
    """An evaluation run in which each task was tried once: `+` passed, `-` failed, `x` never came about."""
    settings: dict[str, JsonValue] = {"suite": "desk", "graders": "exact", "prompt_id": prompt_id, **(measure or {})}
    run = store.runs.take("evaluate", {**settings, "marks": marks})
    for number, mark in enumerate(marks):
        key = f"task {number:02}"
        if mark == "x":
            store.trials.keep(run.id, TrialRecord(task_key=key, trial=0, trace_id=None, ended="unreachable"))
            continue
        trace = a_run(key, run.id, passed=mark == "+", prompt_id=prompt_id or None)
        other = Trace.of(task=Task(key=key, text=said(key)), steps=trace.steps, source=trace.source)
        told = other.model_copy(update={n: getattr(trace, n) for n in ("outcome", "agent", "model", "prompt_id")})
        store.traces.add([Parsed(trace=told)])
        store.trials.keep(run.id, TrialRecord(task_key=key, trial=0, trace_id=told.id, ended="answered"))
    if state == "done":
        store.runs.end(run.id, "done", {})
    else:
        store.runs.end(run.id, "incomplete", {})
    return run.id


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return store_in(tmp_path)


@pytest.fixture
def prompt_ids(where: Path) -> tuple[str, str]:
    """Two prompts, the second of which has a skill more."""
    with Store(where) as store:
        return compiled(store, RULES[0]).id, compiled(store, RULES[1]).id


def compare(command: Command, where: Path, *runs: str, **options: str) -> Done:
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    return command("eval", "compare", *runs, *words)


def promote(command: Command, prompt_id: str, *words: str) -> Done:
    return command("prompt", "promote", prompt_id, "--label", "production", *(words or ("--reason", "it is better")))


def test_a_prompt_that_passes_is_promoted_and_one_that_does_not_is_refused(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    first, second = prompt_ids
    refused = promote(command, first)
    assert (refused.code, "no comparison of it with the prompt without skills" in refused.err) == (1, True)
    with Store(where) as store:
        none = evaluated(store, "", "-" * N_TASKS)
        better = evaluated(store, first, "+" * N_TASKS)
        worse = evaluated(store, second, "-" * N_TASKS)
    done = compare(command, where, f"none={none}", f"first={better}")
    assert (done.code, f"Kept as proof of {first}" in done.err) == (0, True)
    done = promote(command, first)
    assert (done.code, "+100.0" in done.err) == (0, True)
    failed = compare(command, where, better, worse)
    assert (failed.code, f"Kept, without a pass, for {second}" in failed.err) == (1, True)
    refused = promote(command, second)
    assert (refused.code, "not shown to be no worse by 5 points" in refused.err) == (1, True)
    forced = promote(command, second, "--unproven", "the fair is tomorrow")
    assert forced.code == 0
    assert "unproven: the fair is tomorrow" in command("prompt", "labels").out
    assert "unproven: the fair is tomorrow" in command("audit").out


def test_comparisons_on_record_are_listed(command: Command, where: Path, prompt_ids: tuple[str, str]) -> None:
    assert "No comparison of prompts yet" in command("eval", "comparisons").err
    with Store(where) as store:
        runs = evaluated(store, prompt_ids[0], "-" * N_TASKS), evaluated(store, prompt_ids[1], "+" * N_TASKS)
    compare(command, where, *runs)
    (kept,) = json.loads(command("eval", "comparisons", "--json").out)["comparisons"]
    assert (kept["baseline_id"], kept["candidate_id"]) == prompt_ids
    assert (kept["runs"], kept["passes"], kept["n_tasks"]) == ([*runs], True, N_TASKS)
    assert "passes, better" in command("eval", "comparisons").out
    assert "better" not in command("eval", "comparisons", "--book", "other").out


def test_arms_without_names_are_called_by_run_and_prompt(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    with Store(where) as store:
        runs = evaluated(store, "", "-" * N_TASKS), evaluated(store, prompt_ids[0], "+" * N_TASKS)
    arms = [arm["name"] for arm in json.loads(command("eval", "compare", *runs, "--json").out)["arms"]]
    assert arms == [f"{runs[0][:10]} no prompt", f"{runs[1][:10]} {prompt_ids[0][:13]}"]


def test_an_incomplete_run_is_said_to_be_and_unreachable_trials_are_counted(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    with Store(where) as store:
        whole = evaluated(store, "", "-" * N_TASKS)
        cut = evaluated(store, prompt_ids[0], "+" * (N_TASKS - 1) + "x", state="incomplete")
    refused = compare(command, where, f"a={whole}", f"b={cut}")
    assert (refused.code, "'task 11'" in refused.err) == (2, True)
    done = command("eval", "compare", f"a={whole}", f"b={cut}", "--common")
    assert done.code == 0
    assert f"b: {cut} is not complete" in done.err
    assert "b: 1 run that never came about for reasons outside of the agent, not scored" in done.err


def test_a_changed_task_is_an_error_unless_it_is_wanted(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    with Store(where) as store:
        old = evaluated(store, "", "-" * N_TASKS)
        new = evaluated(store, prompt_ids[0], "+" * N_TASKS, said=lambda key: key if key == "task 03" else f"do {key}")
    refused = compare(command, where, old, new)
    assert (refused.code, "'task 03'" in refused.err, "--changed-tasks" in refused.err) == (2, True, True)
    assert command("eval", "compare", old, new, "--changed-tasks").code == 0


def test_trials_that_nobody_scored_are_no_way_to_a_proof(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    sized: dict[str, JsonValue] = {"n_tasks": N_TASKS, "trials": 1}
    with Store(where) as store:
        even = evaluated(store, "", "+" * (N_TASKS // 2) + "-" * (N_TASKS // 2), measure=sized)
        dodged = evaluated(store, prompt_ids[0], "+" * (N_TASKS // 2) + "x" * (N_TASKS // 2), measure=sized)
        none = evaluated(store, "", "-" * N_TASKS, measure=sized)
        nearly = evaluated(store, prompt_ids[1], "+" * (N_TASKS - 1) + "x", measure=sized)
    done = command("eval", "compare", f"a={even}", f"b={dodged}", "--common", "--margin", "0.5")
    assert "nobody scored 6 trials of a and 6 trials of b, and as failures they would undo it" in done.err
    assert json.loads(command("eval", "comparisons", "--json").out) == {"comparisons": []}
    assert "Kept as proof" in command("eval", "compare", none, nearly, "--common").err


def test_trials_of_evaluations_that_are_gathered_one_by_one_are_no_proof(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    first, second = prompt_ids
    with Store(where) as store:
        evaluated(store, first, "-" * N_TASKS)
        evaluated(store, second, "+" * (N_TASKS // 2) + "x" * (N_TASKS // 2))
    done = command("eval", "compare", first, second, "--by", "prompt", "--common")
    assert (done.code, "compare these by the ids of their runs" in done.err) == (0, True)
    assert json.loads(command("eval", "comparisons", "--json").out) == {"comparisons": []}


def test_trials_whose_skills_were_left_out_by_chance_are_no_proof(
    command: Command, where: Path, prompt_ids: tuple[str, str]
) -> None:
    with Store(where) as store:
        whole = evaluated(store, "", "-" * N_TASKS)
        reduced = evaluated(store, prompt_ids[0], "+" * N_TASKS, measure={"keeping": {"skill": 0.5}})
    assert "skills were left out of trials by chance" in compare(command, where, whole, reduced).err
    assert json.loads(command("eval", "comparisons", "--json").out) == {"comparisons": []}


@pytest.mark.parametrize("other", ["suite", "suite_hash", "graders", "agent", "timeout_s"])
def test_what_was_measured_otherwise_is_no_proof(
    command: Command, where: Path, prompt_ids: tuple[str, str], other: str
) -> None:
    with Store(where) as store:
        runs = evaluated(store, "", "-" * N_TASKS), evaluated(store, prompt_ids[0], "+" * N_TASKS, measure={other: "x"})
    done = compare(command, where, *runs)
    assert "Not kept as proof of a prompt" in done.err
    assert json.loads(command("eval", "comparisons", "--json").out) == {"comparisons": []}


def test_a_word_that_is_no_evaluation_is_an_error(command: Command, where: Path, prompt_ids: tuple[str, str]) -> None:
    with Store(where) as store:
        learned = store.runs.take("learn", {}).id
        empty = store.runs.take("evaluate", {}).id
        good = evaluated(store, "", "-" * N_TASKS)
    for word, why in ((learned, "no evaluation"), (empty, "no trial yet"), ("run-none", "no run")):
        refused = compare(command, where, good, word)
        assert (refused.code, why in refused.err) == (2, True), refused.err
    twice = compare(command, where, f"a={good}", f"a={good}")
    assert (twice.code, "two arms have the name 'a'" in twice.err) == (2, True)


def test_a_run_needs_a_store(command: Command) -> None:
    refused = command("eval", "compare", "run-1", "run-2")
    assert (refused.code, "there is no store here" in refused.err) == (2, True)


def test_anchors_are_set_listed_and_stop_a_prompt(command: Command, where: Path, prompt_ids: tuple[str, str]) -> None:
    first, second = prompt_ids
    assert "No anchor of 'default' yet" in command("eval", "anchors", "list").err
    with Store(where) as store:
        none = evaluated(store, "", "-" * N_TASKS)
        better = evaluated(store, first, "+" * N_TASKS)
        lost = evaluated(store, second, "+" * (N_TASKS - 1) + "-")
    assert compare(command, where, none, better).code == 0
    added = command("eval", "anchors", "add", "--gained-by", first, "task 00", "--reason", "paid for")
    assert f"{N_TASKS} tasks made an anchor; 0 were already" in added.err
    done = compare(command, where, f"a={better}", f"b={lost}", margin="0.9")
    assert done.code == 1
    assert done.out.splitlines()[0] == "Anchor: task 11 regressed with b."
    assert "Anchors that hold: 11 of 12" in done.out
    assert promote(command, first).code == 0
    assert "anchors regressed: 'task 11'" in promote(command, second).err
    assert command("eval", "anchors", "remove", "task 11", "--reason", "it was wrong").code == 0
    refused = promote(command, second)
    assert (refused.code, "anchors" in refused.err, "margin of 90 points gives up too much" in refused.err) == (
        1,
        False,
        True,
    )
    listed = json.loads(command("eval", "anchors", "list", "--json").out)["anchors"]
    assert [each["task_key"] for each in listed] == [f"task {n:02}" for n in range(N_TASKS - 1)]
    assert "paid for" in command("eval", "anchors", "list").out
    assert "remove anchor" in command("audit").out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "--reason", "x"), "no task was named"),
        (("remove", "--reason", "x"), "no task was named"),
        (("remove", "t", "--reason", "x"), "'t' is no anchor"),
        (("add", "t"), "--reason"),
    ],
)
def test_wrong_uses_of_anchors_are_said(
    command: Command, prompt_ids: tuple[str, str], words: tuple[str, ...], why: str
) -> None:
    refused = command("eval", "anchors", *words)
    assert (refused.code, why in refused.err) == (2, True)


def live(where: Path, prompt_ids: tuple[str, str], n: int, *, canary_passes: bool) -> None:
    """Runs of the label, which pass with one of the two prompts and fail with the other."""
    with Store(where) as store:
        first = store.prompts.get(prompt_ids[0])
        runs: list[Parsed] = []
        for number in range(n):
            handed = prompt_for_run(store, "default", "production", first, f"live {number}")
            passed = (handed.id == prompt_ids[1]) == canary_passes
            trace = a_run("t", f"live {number}", passed=passed, prompt_id=handed.id, form="messages")
            runs.append(Parsed(trace=trace))
        store.traces.add(runs)


@pytest.fixture
def tried(command: Command, prompt_ids: tuple[str, str]) -> tuple[str, str]:
    """The first prompt is in production, the second one a canary."""
    promote(command, prompt_ids[0], "--unproven", "first version")
    begun = promote(command, prompt_ids[1], "--canary", "40%", "--reason", "try it")
    assert f"40% of the runs get {prompt_ids[1]}" in begun.err
    return prompt_ids


def test_a_harmful_canary_is_shown_then_ended_by_a_check(command: Command, where: Path, tried: tuple[str, str]) -> None:
    live(where, tried, 120, canary_passes=False)
    shown = command("prompt", "canary")
    assert (shown.code, "shown to harm; --check ends it" in shown.err) == (0, True)
    (found,) = json.loads(command("prompt", "canary", "--label", "production", "--json").out)["canaries"]
    assert (found["verdict"], found["tried_rate"], found["baseline_rate"]) == ("harms", 0.0, 1.0)
    checked = command("prompt", "canary", "--check")
    assert (checked.code, "it was ended" in checked.err) == (1, True)
    assert "No label has a canary" in command("prompt", "canary", "--check").err
    assert "(policy)" in command("audit").out


def test_a_helpful_canary_is_finished(command: Command, where: Path, tried: tuple[str, str]) -> None:
    early = command("prompt", "canary", "--label", "production", "--finish")
    assert (early.code, "not shown to help" in early.err) == (1, True)
    live(where, tried, 120, canary_passes=True)
    assert "--finish` promotes it" in command("prompt", "canary").err
    done = command("prompt", "canary", "--label", "production", "--finish")
    assert (done.code, f"points at {tried[1]}" in done.err) == (0, True)
    again = command("prompt", "canary", "--label", "production", "--finish")
    assert (again.code, "has no canary" in again.err) == (2, True)


def test_a_canary_is_ended_by_hand(command: Command, tried: tuple[str, str]) -> None:
    twice = promote(command, tried[1], "--canary", "10%", "--reason", "more")
    assert (twice.code, "has a canary" in twice.err) == (2, True)
    ended = command("prompt", "canary", "--label", "production", "--end", "recall")
    assert (ended.code, "is ended" in ended.err) == (0, True)
    assert "No label has a canary" in command("prompt", "canary").err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("promote", "--label", "production", "--canary", "much", "--reason", "x"), "is no share of the runs"),
        (("promote", "--label", "production", "--canary", "60%", "--reason", "x"), "no share for a canary"),
        (("promote", "--label", "staging", "--canary", "10%", "--reason", "x"), "no label 'staging'"),
        (("promote", "--label", "production", "--canary", "10%"), "needs a reason"),
        (("canary", "--finish"), "say which label"),
        (("canary", "--end", "x"), "say which label"),
    ],
)
def test_wrong_uses_of_canaries_are_said(
    command: Command, prompt_ids: tuple[str, str], words: tuple[str, ...], why: str
) -> None:
    promote(command, prompt_ids[0], "--unproven", "first version")
    refused = command("prompt", *words)
    assert (refused.code, why in refused.err) == (2, True), refused.err


@pytest.mark.usefixtures("prompt_ids")
def test_an_anchor_that_no_run_is_of_is_made_and_said(command: Command) -> None:
    done = command("eval", "anchors", "add", "a typo", "--reason", "it cost us")
    assert done.code == 0
    assert "no run of the store is of the task 'a typo'" in done.err
