"""Evaluations as durable runs: what is kept, what is tried again, what stops them, and what is refused."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import JsonValue

from seasoned.compile.compiler import compile_prompt
from seasoned.core.outcome import scored
from seasoned.core.prompt import Exposure, Prompt
from seasoned.core.trace import Usage
from seasoned.errors import AgentUnreachable, ConfigError, ProviderError, UsageError
from seasoned.evaluate.agents.model import ModelAgent, ModelAgentConfig
from seasoned.evaluate.attempt import Attempt, Attempted, Grade, GradedTask
from seasoned.evaluate.graders.agreeing import judge_agreements
from seasoned.evaluate.suites.registry import chosen, suite_named
from seasoned.llm.budget import Budget
from seasoned.llm.model import Reply, Request, TokenUsage, ToolRequest
from seasoned.llm.testing import TestModel
from seasoned.pipeline.compiling import compile_and_keep
from seasoned.pipeline.evaluating import evaluate, evaluate_sync
from seasoned.pipeline.evaluation.measuring import measuring
from seasoned.pipeline.evaluation.options import EvaluateOptions
from seasoned.pipeline.evaluation.trying import seed_of
from seasoned.store.store import Store
from seasoned.store.traces.references import reference_of
from tests.compile.building import book, skill
from tests.make import add, verdict
from tests.pipeline.evaluation.desk import IsEqual, Scripted, Sums, attempted, down, in_turn, options, right, sums


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


def test_what_an_agent_cannot_have_used_is_not_kept(store: Store) -> None:
    claimed = Usage(cost_usd=1.7e308, input_tokens=1 << 60, output_tokens=7, duration_s=1e300)
    done = evaluate_sync(store, options(Scripted(lambda attempt: attempted(attempt, right(attempt), claimed))))
    assert (done.is_complete, done.n_passed, done.cost_usd, done.n_tokens) == (True, 3, None, 21)
    for record in store.trials.of(done.run_id):
        usage = store.traces.get(record.trace_id or "").usage
        assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (None, 7, None)
        assert usage.duration_s is not None
        assert usage.duration_s < 1e9


def test_what_an_agent_changes_in_what_it_is_given_reaches_no_other_trial(store: Store) -> None:
    told: list[object] = []

    def meddle(attempt: Attempt) -> str:
        noted = attempt.inputs["noted"]
        assert isinstance(noted, list)
        noted.append(attempt.trial)
        told.append(list(noted))
        object.__setattr__(attempt, "run_key", "another run")
        object.__setattr__(attempt.task, "key", "another task")
        return "2"

    (first,) = sums(1)
    suite = Sums((first.model_copy(update={"inputs": {"noted": []}}),))
    done = evaluate_sync(store, options(Scripted(meddle), suite=suite, trials=3))
    assert (done.n_trials, done.n_passed, told) == (3, 3, [[0], [1], [2]])
    traces = [store.traces.get(record.trace_id or "") for record in store.trials.of(done.run_id)]
    assert {trace.task.key for trace in traces} == {"sum-1"}
    assert len({trace.source.run_key for trace in traces} - {"another run"}) == 3


def test_every_trial_is_a_trace_with_a_verdict_and_a_sealed_reference(store: Store) -> None:
    agent = Scripted(lambda attempt: right(attempt) if attempt.trial else "7")
    done = evaluate_sync(store, options(agent, trials=2))
    assert (done.is_complete, done.n_due, done.n_trials, done.n_passed) == (True, 6, 6, 3)
    assert done.ended == {"answered": 6}
    assert done.differences == {"missing output": 3}
    records = store.trials.of(done.run_id)
    assert len(records) == 6
    assert {record.grader for record in records} == {"equal"}
    for record in records:
        trace = store.traces.get(record.trace_id or "")
        assert (trace.source.format, trace.source.path) == ("evaluation", "sums")
        assert trace.task.key == record.task_key
        assert (trace.agent, trace.model) == ("scripted", "test:adder")
        assert trace.verdict is (record.trial == 1)
        assert trace.usage.duration_s is not None
        sealed = reference_of(store.database, trace.id)
        assert sealed is not None
        assert sealed.content == str(2 * int(record.task_key[-1]))
    (run,) = store.runs.all()
    assert (run.kind, run.state, run.config["suite"], run.config["trials"]) == ("evaluate", "done", "sums", 2)


def test_no_agent_is_told_how_it_is_graded(store: Store) -> None:
    agent = Scripted(lambda attempt: "no")
    task = GradedTask(task=sums(1)[0].task, reference="the secret", labels={"topic": "hidden"}, inputs={"unit": "m"})
    evaluate_sync(store, options(agent, suite=Sums((task,))))
    (given,) = agent.attempts
    assert given.inputs == {"unit": "m"}
    assert "secret" not in repr(given)
    assert "hidden" not in repr(given)


def test_the_same_evaluation_is_done_once(store: Store) -> None:
    agent = Scripted(right)
    first, again = (evaluate_sync(store, options(agent)) for _ in range(2))
    assert (first.was_done, again.was_done) == (False, True)
    assert again.model_copy(update={"was_done": False}) == first
    assert len(agent.attempts) == 3


def test_another_prompt_seed_or_number_of_trials_is_another_evaluation(store: Store) -> None:
    told: tuple[dict[str, Any], ...] = ({}, {"prompt": "Add."}, {"seed": 1}, {"trials": 2})
    runs = {evaluate_sync(store, options(Scripted(right), **more)).run_id for more in told}
    assert len(runs) == 4


def test_tasks_come_in_turn_before_second_trials_so_that_a_part_is_balanced(store: Store) -> None:
    agent = Scripted(right)
    evaluate_sync(store, options(agent, trials=2))
    assert [(a.task.key, a.trial) for a in agent.attempts] == [
        (f"sum-{number}", trial) for trial in (0, 1) for number in (1, 2, 3)
    ]


def test_seeds_depend_on_the_task_and_the_trial_alone(store: Store) -> None:
    plain, prompted = Scripted(right), Scripted(right)
    evaluate_sync(store, options(plain, trials=2))
    evaluate_sync(store, options(prompted, trials=2, prompt="Add with care."))
    assert [a.seed for a in plain.attempts] == [a.seed for a in prompted.attempts]
    assert len({a.seed for a in plain.attempts}) == 6
    assert seed_of(0, "sum-1", 0) == plain.attempts[0].seed
    assert max(a.seed for a in plain.attempts) < 2**31 - 1000


def test_a_compiled_prompt_is_kept_and_its_skills_are_exposures(store: Store) -> None:
    prompt = compile_prompt(book(skill("When adding, carry the one.")), "Add.", budget_tokens=500)
    done = evaluate_sync(store, options(Scripted(right), prompt=prompt))
    assert done.prompt_id == prompt.id
    assert store.prompts.get(prompt.id) == prompt
    for trace in store.traces.iterate():
        assert trace.prompt_id == prompt.id
        (exposure,) = trace.exposures
        assert (exposure.included, exposure.probability, exposure.book) == (True, 1.0, prompt.book)


def test_a_trial_may_be_handed_a_part_of_the_prompt(store: Store) -> None:
    prompt = compile_prompt(book(skill("When adding, carry the one.")), "Add.", budget_tokens=500)
    agent = Scripted(right)
    without = prompt.model_copy(update={"text": "Add.", "block": (4, 4), "included": ()})

    def hand_out(_prompt: Prompt, _run_key: str) -> tuple[Prompt, tuple[Exposure, ...]]:
        return without, ()

    evaluate_sync(store, options(agent, prompt=prompt, hand_out=hand_out, keeping={"p": 0.0}))
    assert {a.prompt for a in agent.attempts} == {"Add."}
    assert {trace.prompt_id for trace in store.traces.iterate()} == {prompt.id}


def test_skills_are_measured_on_the_way_where_each_is_kept_by_chance(store: Store) -> None:
    wording = "When adding, carry the one."
    store.books.append("desk", [add(wording), verdict("APPROVE", wording)], scope="", expected_revision=0)
    prompt = compile_and_keep(store, "desk", "Add.", budget_tokens=500)
    agent = Scripted(right)
    plain = options(agent, prompt=prompt, trials=20)
    done = evaluate_sync(store, measuring(store, plain, 0.5))
    assert done.run_id != evaluate_sync(store, plain).run_id
    drawn = [trace.exposures[0] for trace in store.traces.iterate()][:60]
    assert {exposure.probability for exposure in drawn} == {0.5}
    assert 15 < sum(exposure.included for exposure in drawn) < 45
    assert sum(wording in attempt.prompt for attempt in agent.attempts[:60]) == sum(e.included for e in drawn)
    with pytest.raises(UsageError, match="no skill to measure"):
        measuring(store, options(agent, prompt="Add."))


def test_a_trial_that_was_erased_on_request_stays_out(store: Store) -> None:
    agent = Scripted(in_turn(["2", *down(1)]))
    part = evaluate_sync(store, options(agent, n_retries=0))
    erased = next(trace for trace in store.traces.iterate() if trace.task.key == "sum-1")
    store.erasures.erase([erased.id], by="ada")
    rest = evaluate_sync(store, options(agent))
    assert (rest.run_id, rest.is_complete, rest.n_trials) == (part.run_id, True, 3)
    assert [trace.task.key for trace in store.traces.iterate()] == ["sum-3", "sum-2"]


def test_secrets_in_a_trial_are_not_kept(store: Store) -> None:
    secret = "token=f3Kq9ZtW1xB7mUe"
    agent = Scripted(lambda a: attempted(a, f"It is {secret}").model_copy(update={"error": secret, "ended": "stopped"}))
    done = evaluate_sync(store, options(agent, n_tasks=1))
    kept = repr([*store.traces.iterate(), *store.trials.of(done.run_id)])
    assert "f3Kq9ZtW1xB7mUe" not in kept
    assert "<SECRET:" in kept
    (trace,) = store.traces.iterate()
    assert trace.source.run_key == agent.attempts[0].run_key


# What the agent does wrong


def test_what_an_agent_does_wrong_is_a_scored_failure(store: Store) -> None:
    agent = Scripted(in_turn([ValueError("no idea")]))
    done = evaluate_sync(store, options(agent))
    assert (done.is_complete, done.n_trials, done.n_passed, done.n_retries) == (True, 3, 2, 0)
    assert done.ended == {"answered": 2, "crashed": 1}
    crashed = next(r for r in store.trials.of(done.run_id) if r.ended == "crashed")
    assert crashed.error == "ValueError: no idea"
    assert store.traces.get(crashed.trace_id or "").verdict is False


def test_an_agent_that_hangs_is_stopped_and_has_failed(store: Store) -> None:
    class Hanging(Scripted):
        async def attempt(self, attempt: Attempt, world: object) -> Attempted:
            await asyncio.Event().wait()
            return attempted(attempt, "never")

    done = evaluate_sync(store, options(Hanging(right), timeout_s=0.01))
    assert (done.is_complete, done.ended, done.n_passed) == (True, {"timed out": 3}, 0)
    assert {r.error for r in store.trials.of(done.run_id)} == {"no answer within 0.01 s"}


def test_an_evaluation_whose_first_trials_are_all_broken_stops_and_keeps_none(store: Store) -> None:
    broken = Scripted(lambda a: ValueError(f"cannot load plugin for {a.task.key}"))
    with pytest.raises(ConfigError, match=r"each of the first 5 trials crashed.*cannot load plugin for sum-5"):
        evaluate_sync(store, options(broken, n_tasks=9))
    (run,) = store.runs.all()
    assert (run.state, store.trials.of(run.id), list(store.traces.iterate())) == ("failed", (), [])
    mended = evaluate_sync(store, options(Scripted(right), n_tasks=9))
    assert (mended.run_id, mended.is_complete, mended.n_passed) == (run.id, True, 9)


def test_with_fewer_trials_all_of_them_have_to_be_broken(store: Store) -> None:
    with pytest.raises(ConfigError, match="each of the first 2 trials"):
        evaluate_sync(store, options(Scripted(lambda _: ValueError("no")), n_tasks=2))
    done = evaluate_sync(store, options(Scripted(in_turn([ValueError("no")])), n_tasks=2, seed=1))
    assert done.ended == {"answered": 1, "crashed": 1}


# What lies outside


def test_what_lies_outside_is_tried_again_counted_and_not_scored(store: Store) -> None:
    done = evaluate_sync(store, options(Scripted(in_turn([*down(2), AgentUnreachable("no route")]))))
    assert (done.is_complete, done.n_passed, done.n_retries, done.n_unreachable) == (True, 3, 3, 0)
    assert [r.n_tries for r in store.trials.of(done.run_id)] == [4, 1, 1]


def test_a_pause_grows_and_is_what_the_provider_asks_for(store: Store) -> None:
    pauses: list[float] = []

    async def note(pause_s: float) -> None:
        pauses.append(pause_s)

    asks = ProviderError("slow down", status=429, retry_after_s=7.0)
    evaluate_sync(store, options(Scripted(in_turn([*down(2), asks])), sleep=note))
    assert pauses == [1.0, 2.0, 7.0]


def test_trials_that_cannot_be_reached_are_left_open_and_asked_again(store: Store) -> None:
    agent = Scripted(in_turn(down(2)))
    part = evaluate_sync(store, options(agent, n_retries=1))
    assert (part.is_complete, part.n_trials, part.n_unreachable, part.n_passed) == (False, 2, 1, 2)
    assert any("the provider is busy" in said for said in part.notes)
    assert store.runs.get(part.run_id).state == "incomplete"
    rest = evaluate_sync(store, options(agent, n_retries=1))
    assert (rest.run_id, rest.is_complete, rest.n_unreachable, rest.n_passed) == (part.run_id, True, 0, 3)
    assert [a.task.key for a in agent.attempts] == ["sum-1", "sum-1", "sum-2", "sum-3", "sum-1"]
    assert next(r for r in store.trials.of(rest.run_id) if r.task_key == "sum-1").n_tries == 3


def test_what_does_not_pass_by_waiting_is_not_waited_for(store: Store) -> None:
    agent = Scripted(in_turn([ProviderError("no such key", status=401)]))
    part = evaluate_sync(store, options(agent))
    assert (part.is_complete, part.n_unreachable, len(agent.attempts)) == (False, 1, 3)


def test_a_provider_that_is_down_ends_the_work(store: Store) -> None:
    agent = Scripted(lambda _: ProviderError("gone", status=503))
    part = evaluate_sync(store, options(agent, n_tasks=20, n_retries=0))
    assert (part.is_complete, part.n_unreachable, len(agent.attempts)) == (False, 5, 5)
    assert any("5 trials in a row" in said for said in part.notes)


def test_an_error_in_the_set_up_stops_everything(store: Store) -> None:
    agent = Scripted(in_turn(["2", ConfigError("no such command", where="agnet")]))
    with pytest.raises(ConfigError, match="no such command"):
        evaluate_sync(store, options(agent, n_tasks=9, concurrency=3))
    assert store.runs.all()[0].state == "failed"


def test_a_grader_that_is_down_does_not_make_the_agent_run_again(store: Store) -> None:
    agent, busy = Scripted(right), ProviderError("the judge is busy", status=503)
    part = evaluate_sync(store, options(agent, grader=IsEqual([busy, busy]), n_retries=1))
    assert (part.is_complete, part.n_trials, part.n_unjudged, part.n_passed) == (False, 3, 1, 2)
    rest = evaluate_sync(store, options(agent, grader=IsEqual(), n_retries=1))
    assert (rest.run_id, rest.is_complete, rest.n_unjudged, rest.n_passed) == (part.run_id, True, 0, 3)
    assert len(agent.attempts) == 3
    assert all(record.ungraded is None for record in store.trials.of(rest.run_id))


def test_what_further_graders_said_is_kept_for_the_agreement_of_judges(store: Store) -> None:
    secret = "token=f3Kq9ZtW1xB7mUe"

    @dataclass(frozen=True)
    class Judge:
        name: str = "judge"
        identity: ClassVar[dict[str, JsonValue]] = {}

        async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
            said = f"I doubt it, {secret}"
            return Grade(grader=self.name, outcome=scored(0.0, "judge", name=self.name, feedback=said))

    busy = ProviderError("the other is busy", status=400)
    evaluate_sync(store, options(Scripted(right), graders=(Judge(), IsEqual([busy])), n_tasks=1, n_retries=0))
    again = options(Scripted(right), graders=(Judge(), IsEqual()), n_tasks=1, n_retries=0)
    assert evaluate_sync(store, again).n_passed == 0
    (found,) = judge_agreements(store.outcomes.with_source("judge"))
    assert (found.n_judged, found.n_verifier, len(found.disagreements)) == (1, 1, 1)
    (history,) = store.outcomes.with_source("judge")
    assert "f3Kq9ZtW1xB7mUe" not in repr(history)


# Limits


def test_a_budget_is_a_hard_stop_and_the_rest_is_done_later(store: Store) -> None:
    agent = Scripted(lambda a: attempted(a, right(a), Usage(input_tokens=60, output_tokens=40, cost_usd=0.01)))
    part = evaluate_sync(store, options(agent, n_tasks=10, budget=Budget(max_tokens=300)))
    assert (part.is_complete, part.n_trials, part.n_tokens) == (False, 3, 300)
    assert any("300 tokens" in said for said in part.notes)
    rest = evaluate_sync(store, options(agent, n_tasks=10))
    assert (rest.run_id, rest.is_complete, rest.n_trials) == (part.run_id, True, 10)
    assert rest.cost_usd == pytest.approx(0.1)
    assert len(agent.attempts) == 10


def test_concurrent_trials_are_all_kept(store: Store) -> None:
    done = evaluate_sync(store, options(Scripted(right), n_tasks=20, trials=3, concurrency=8))
    assert (done.n_trials, done.n_passed, len(store.trials.of(done.run_id))) == (60, 60, 60)
    assert len({trace.id for trace in store.traces.iterate()}) == 60


def two_steps(request: Request) -> Reply:
    """Looks an order up and then says that it is done."""
    if request.messages[-1].role == "tool":
        return Reply(content="Done.", cost_usd=0.25, usage=TokenUsage(input_tokens=30, output_tokens=5))
    call = ToolRequest(call_id="c", name="get_order", arguments='{"order_id": "token=f3Kq9ZtW1xB7mUe"}')
    return Reply(tool_requests=(call,), cost_usd=0.5, usage=TokenUsage(input_tokens=10, output_tokens=5))


def at_desk(model: TestModel, budget: Budget) -> EvaluateOptions:
    suite = suite_named("returns_desk")
    agent = ModelAgent(model, ModelAgentConfig(max_steps=4))
    return EvaluateOptions(suite=suite, tasks=chosen(suite, first=3), agent=agent, budget=budget, concurrency=1)


def test_calls_of_a_model_agent_are_counted_stopped_and_never_paid_twice(store: Store) -> None:
    model = TestModel(two_steps)
    part = evaluate_sync(store, at_desk(model, Budget(max_calls=3)))
    assert (part.is_complete, part.n_trials, part.n_calls, part.cost_usd) == (False, 1, 3, 0.75)
    rest = evaluate_sync(store, at_desk(model, Budget()))
    assert (rest.run_id, rest.is_complete, rest.n_trials, rest.cost_usd) == (part.run_id, True, 3, 2.25)
    assert len(model.requests) == 6
    assert store.runs.spending(rest.run_id).cost_usd == 2.25


def test_a_model_agent_is_sent_what_it_says_though_what_is_kept_is_redacted(store: Store) -> None:
    model = TestModel(two_steps)
    done = evaluate_sync(store, at_desk(model, Budget()))
    assert "f3Kq9ZtW1xB7mUe" in repr(model.requests[1].messages)
    assert "f3Kq9ZtW1xB7mUe" not in repr(list(store.traces.iterate()))
    assert "f3Kq9ZtW1xB7mUe" not in repr([call.asked for call in store.runs.calls(done.run_id)])


# What is refused


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"trials": 0}, "0 trials"),
        ({"concurrency": 0}, "0 concurrency"),
        ({"n_retries": -1}, "-1 retries"),
        ({"timeout_s": 0.0}, "0.0 seconds"),
        ({"seed": -1}, "-1 is no seed"),
        ({"tasks": ()}, "no task"),
        ({"graders": ()}, "nothing says how this task is graded"),
        ({"suite": Sums((*sums(2), *sums(1)))}, "share a key: 'sum-1'"),
    ],
)
def test_what_cannot_be_run_is_refused(store: Store, more: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        evaluate_sync(store, options(Scripted(right), **more))
    assert store.runs.all() == ()


def test_a_task_that_reads_otherwise_under_the_same_key_is_refused(store: Store) -> None:
    first = evaluate_sync(store, options(Scripted(right)))
    task = sums(3)[1]
    reworded = task.model_copy(update={"task": task.task.model_copy(update={"text": "Add 2 and 2."})})
    changed = options(Scripted(right), suite=Sums((sums(1)[0], reworded)))
    with pytest.raises(UsageError, match=f"'sum-2'.*{first.run_id}"):
        evaluate_sync(store, changed)
    assert evaluate_sync(store, options(Scripted(right), suite=changed.suite, may_differ=True)).is_complete
    fewer = options(Scripted(right), suite=Sums(sums(3), name="other sums"), tasks=(reworded,))
    assert evaluate_sync(store, fewer).is_complete


def test_in_an_event_loop_the_plain_call_refuses(store: Store) -> None:
    async def inside() -> bool:
        with pytest.raises(UsageError, match="event loop"):
            evaluate_sync(store, options(Scripted(right)))
        return (await evaluate(store, options(Scripted(right)))).is_complete

    assert asyncio.run(inside())


# Interruptions

_SLOW = """
import sys, time
from dataclasses import replace
from seasoned.pipeline.evaluating import evaluate_sync
from seasoned.store.store import Store
from tests.make import add, verdict
from tests.pipeline.evaluation.desk import Scripted, options, right

def slowly(attempt):
    print(attempt.task.key, attempt.trial, flush=True)
    time.sleep(0.02)
    return right(attempt)

with Store(sys.argv[1]) as store:
    evaluate_sync(store, options(Scripted(slowly), n_tasks=15, trials=4, concurrency=2))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_evaluation_goes_on_and_keeps_each_trial_once(tmp_path: Path, how: signal.Signals) -> None:
    file, root = str(tmp_path / "s.db"), Path(__file__).parents[2]
    words = [sys.executable, "-c", _SLOW, file]
    for n_lines in (5, 20):
        process = subprocess.Popen(
            words, cwd=root, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        for _ in range(n_lines):
            assert process.stdout.readline()
        process.send_signal(how)
        process.communicate()
        assert process.returncode not in (0, None)
    with Store(file) as store:
        (run,) = store.runs.all()
        n_before = len(store.trials.of(run.id))
        assert 0 < n_before < 60
        agent = Scripted(right)
        done = evaluate_sync(store, options(agent, n_tasks=15, trials=4))
        assert (done.run_id, done.is_complete, done.n_trials, done.n_passed) == (run.id, True, 60, 60)
        assert len(agent.attempts) == 60 - n_before
        assert len(store.trials.of(run.id)) == 60
        assert len(list(store.traces.iterate())) == 60
