"""A base prompt is worded anew on some tasks, and kept where it does better on others."""

import asyncio
import json
from pathlib import Path

import pytest

from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Task, Trace
from seasoned.errors import ConfigError, ProviderError, StoreError, UsageError
from seasoned.learn.gepa.config import GepaConfig
from seasoned.learn.gepa.learner import GepaLearner, gepa
from seasoned.learn.gepa.reflecting import shown
from seasoned.learn.gepa.splitting import parted, shared_base
from seasoned.learn.gepa.trying import Live, Tried
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import LearnReport, Progress
from seasoned.learn.registry import learner_named
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Request
from seasoned.llm.testing import TestModel
from tests.learn.asked import answer, last_of, reported, system_of
from tests.learn.building import run, says
from tests.learn.runs import POLICY, context, refund_run

RUNS = [refund_run(passed=True, task=f"order {n}") for n in range(6)]
SMALL = GepaConfig(max_metric_calls=60)
BETTER = "You are the desk agent. Look every order up with get_order before anything else."


def is_reflection(request: Request) -> bool:
    return "You word the instructions" in system_of(request)


def acts_by_its_prompt(request: Request) -> str:
    """Looks the order up only where the instructions say so."""
    if is_reflection(request):
        return answer(prompt=BETTER)
    if "get_order before" not in system_of(request):
        return answer(tool="refund_order", arguments=[{"name": "order_id", "value": "B-17"}])
    if "40 days ago" in last_of(request):
        return answer(tool="answer")
    return answer(tool="get_order", arguments=[{"name": "order_id", "value": "B-17"}])


def learned(model: Model, config: GepaConfig = SMALL, budget: Budget | None = None) -> LearnReport:
    return reported(GepaLearner(config), RUNS, model, budget=budget)


def test_a_better_prompt_is_found_and_said_to_be_no_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = TestModel(acts_by_its_prompt)
    report = learned(model)
    assert report.base_prompt == BETTER
    assert report.findings == ()
    assert report.is_complete
    (told,) = report.notes
    assert "2 candidates; on 6 examples for validation 0.000 before, 1.000 after" in told
    assert "for training 0.000 before, 1.000 after" in told
    assert "6 validation points, which is no proof" in told
    assert list(tmp_path.iterdir()) == [], "nothing is left in the folder"
    assert capfd.readouterr() == ("", "")


def test_it_begins_with_what_the_runs_have_as_instructions_or_with_the_text_given() -> None:
    model = TestModel(acts_by_its_prompt)
    learned(model)
    assert system_of(model.requests[0]).startswith(POLICY)
    given = TestModel(acts_by_its_prompt)
    learned(given, GepaConfig(base="Be quick.", max_metric_calls=60))
    assert system_of(given.requests[0]).startswith("Be quick.\n")
    assert all((each.temperature, each.max_tokens) == (0.0, 4096) for each in given.requests)


def test_no_task_of_the_validation_part_is_reflected_on() -> None:
    model = TestModel(acts_by_its_prompt)
    learned(model)
    parts = parted(RUNS, lambda trace: trace.task.key, SMALL)
    assert {trace.task.key for trace in parts.train} & {trace.task.key for trace in parts.val} == set()
    reflected = [last_of(request) for request in model.requests if is_reflection(request)]
    assert reflected
    for trace in parts.val:
        assert all(trace.task.text not in each for each in reflected)
    assert any(trace.task.text in each for trace in parts.train for each in reflected)


def test_examples_come_from_as_many_tasks_as_may_be_and_from_all_parts_of_a_run() -> None:
    examples = [(task, place) for task in "abcdefgh" for place in range(4)]
    parts = parted(examples, lambda example: example[0], GepaConfig(max_examples=4))
    assert [len({task for task, _ in part}) for part in (parts.train, parts.val)] == [4, 4]
    assert len({place for _, place in parts.train + parts.val}) > 1
    assert parted(examples, lambda example: example[0], GepaConfig(max_examples=4)) == parts


def test_the_same_runs_and_seed_ask_the_same() -> None:
    first, second = TestModel(acts_by_its_prompt), TestModel(acts_by_its_prompt)
    learned(first)
    learned(second)
    assert first.requests == second.requests


def test_a_prompt_that_does_no_better_is_not_kept() -> None:
    def script(request: Request) -> str:
        return answer(prompt="Other words.") if is_reflection(request) else answer(tool="refund_order")

    report = learned(TestModel(script))
    assert report.base_prompt is None
    assert "No candidate did better than the base prompt: 1 candidate;" in report.notes[0]


@pytest.mark.parametrize(("n_calls", "prompt"), [(3, None), (8, None), (40, BETTER)])
def test_a_spent_budget_ends_it_with_the_best_so_far(n_calls: int, prompt: str | None) -> None:
    n_wordings = 0

    def script(request: Request) -> str:
        nonlocal n_wordings
        if is_reflection(request):
            n_wordings += 1
            return answer(prompt=BETTER if n_wordings == 1 else f"Words {n_wordings}.")
        # Never perfect, so that the search goes on for as long as it may.
        said = json.loads(acts_by_its_prompt(request))
        return answer(tool=said["tool"])

    model = TestModel(script)
    report = learned(model, GepaConfig(max_metric_calls=10_000), budget=Budget(max_calls=n_calls))
    assert len(model.requests) == n_calls
    assert report.base_prompt == prompt
    assert not report.is_complete
    assert f"the budget of {n_calls} calls" in report.notes[-1]


@pytest.mark.parametrize("wording", ["", " ", "x" * 501])
def test_a_wording_that_cannot_be_used_ends_nothing_at_once(wording: str) -> None:
    def script(request: Request) -> str:
        return answer(prompt=wording) if is_reflection(request) else answer(tool="refund_order")

    report = learned(TestModel(script), GepaConfig(max_metric_calls=40, max_prompt_chars=500))
    assert report.base_prompt is None
    assert report.notes


def test_an_answer_in_no_shape_scores_nothing_and_a_provider_that_stays_away_ends_it() -> None:
    def babbles(request: Request) -> str:
        return answer(prompt="Other words.") if is_reflection(request) else "I do not know."

    assert "validation 0.000 before" in learned(TestModel(babbles)).notes[0]

    def away(request: Request) -> str:
        raise ProviderError("nobody there")

    report = learned(TestModel(away))
    assert not report.is_complete
    assert "nobody there" in report.notes[-1]


def test_a_store_that_cannot_be_written_is_raised() -> None:
    def script(request: Request) -> str:
        if is_reflection(request):
            raise StoreError("the disk is full")
        return acts_by_its_prompt(request)

    with pytest.raises(StoreError, match="the disk is full"):
        learned(TestModel(script))


def test_one_task_or_no_instructions_are_nothing_to_search_with() -> None:
    none = reported(GepaLearner(), RUNS[:1], TestModel([]))
    assert "two tasks or more" in none.notes[0]
    bare = run(says("hello there"), verdict=True)
    assert "set base to the text" in reported(GepaLearner(), [bare], TestModel([])).notes[0]


def test_skills_that_we_handed_out_are_no_part_of_the_base() -> None:
    ours = "When a refund is asked for, look the order up with get_order first of all."
    step = RUNS[0].steps[0]
    trace = RUNS[0].model_copy(update={"steps": (step.model_copy(update={"text": f"{POLICY}\n{ours}"}),), "id": "t"})
    assert shared_base([trace], HandedOut([ours])) == POLICY
    assert shared_base([run(says("no instructions"))], HandedOut()) == ""


def test_what_is_reflected_on_is_bounded_and_its_end_stays() -> None:
    tried = Tried(score=0.5, seen="a" * 90_000 + "end", did="d" * 9_000, feedback="f" * 9_000)
    example = shown(tried, 10_000)
    assert len(json.dumps(example)) < 10_200
    assert str(example["seen"]).endswith("end")
    model = TestModel(acts_by_its_prompt)
    learned(model, GepaConfig(max_metric_calls=60, max_reflection_chars=1_000))
    assert all(len(last_of(request)) < 2_500 for request in model.requests if is_reflection(request))


def test_a_live_agent_is_set_to_work_on_tasks() -> None:
    prompts = list[str]()

    async def agent(task: Task, prompt: str) -> Trace:
        prompts.append(prompt)
        if task.key == "t0" and prompt != BETTER:
            raise ValueError("the agent broke")
        return refund_run(passed=None, task=task.key, looks=prompt == BETTER)

    async def evaluator(trace: Trace) -> Outcome:
        return scored(float("get_order" in trace.steps[2].text), "verifier", feedback="It should have looked.")

    tasks = tuple(Task(key=f"t{n}", text=f"Refund {n}") for n in range(4))
    model = TestModel(lambda _: answer(prompt=BETTER))
    learner = GepaLearner(GepaConfig(base="Be quick.", max_metric_calls=30), live=Live(agent, evaluator, tasks))
    report = reported(learner, [], model)
    assert report.base_prompt == BETTER
    assert "validation 0.000 before, 1.000 after" in report.notes[0]
    assert set(prompts) == {"Be quick.", BETTER}
    assert "It should have looked." in last_of(model.requests[0]) or "broke with ValueError" in last_of(
        model.requests[0]
    )
    assert learner.identity["live"] == ["t0", "t1", "t2", "t3"]


def test_whoever_gives_up_waiting_ends_it() -> None:
    async def cancelled() -> int:
        began, n_asked = asyncio.Event(), 0

        async def script(request: Request) -> str:
            nonlocal n_asked
            n_asked += 1
            began.set()
            await asyncio.sleep(0)
            return acts_by_its_prompt(request)

        learning = asyncio.ensure_future(GepaLearner(GepaConfig(concurrency=1)).learn(RUNS, context(TestModel(script))))
        await began.wait()
        learning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await learning
        return n_asked

    assert asyncio.run(cancelled()) <= 6, "what was begun is finished, and nothing after it is asked"


def test_progress_is_told() -> None:
    told = list[Progress]()
    reported(GepaLearner(SMALL), RUNS, TestModel(acts_by_its_prompt), told=told)
    assert [each.unit for each in told[:1]] == ["evaluations"]
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].total == 60


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> None:
        assert name == "gepa"

    monkeypatch.setattr("seasoned.learn.gepa.learner.find_spec", not_installed)
    with pytest.raises(ConfigError, match=r"pip install 'seasoned\[gepa\]'"):
        learned(TestModel([]))


def test_it_is_registered_and_its_identity_is_its_configuration_and_prompts() -> None:
    assert learner_named("gepa", {"seed": "1"}).identity == gepa({"seed": "1"}).identity
    assert GepaLearner().identity != gepa({"seed": "1"}).identity
    with pytest.raises(UsageError, match="does not take this setting"):
        gepa({"population": "2"})
