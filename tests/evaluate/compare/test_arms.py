"""Runs as arms: what counts as a trial, and which arms can be compared."""

import pytest

from seasoned.core.marks import begin_mark, end_mark
from seasoned.core.outcome import Outcome
from seasoned.core.trace import Source, Step, StepKind, Task, Trace, Usage
from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm, arm_of, shared_tasks
from tests.evaluate.make_arms import made, singles
from tests.make import make_trace


def test_a_run_without_a_verdict_is_counted_and_is_no_failure() -> None:
    runs = [make_trace(("user", "a"), score=1), make_trace(("user", "b")), make_trace(("user", "c"), task="other")]
    arm = arm_of("a", runs)
    assert [trial.passed for trial in arm.trials] == [True]
    assert (arm.n_unjudged, arm.unjudged_tasks) == (2, ("other",))


def test_what_an_agent_says_of_itself_is_no_verdict() -> None:
    claimed = make_trace(("user", "a")).model_copy(update={"outcome": Outcome(success=True, source="self-report")})
    assert arm_of("a", [claimed]).n_unjudged == 1


def test_a_run_that_was_read_twice_counts_once() -> None:
    run = make_trace(("user", "a"), score=1)
    arm = arm_of("a", [run, run])
    assert (len(arm.trials), arm.n_repeated) == (1, 1)


def test_runs_of_sub_agents_belong_to_the_run_that_started_them() -> None:
    child = make_trace(("user", "a"), score=0).model_copy(update={"parent_id": "trace-parent"})
    arm = arm_of("a", [child])
    assert (arm.trials, arm.n_children, arm.unjudged_tasks) == ((), 1, ())


def test_calls_in_an_example_that_the_agent_was_shown_are_not_its_own() -> None:
    exemplar = "exemplar-0123456789abcdef"
    shown: list[tuple[StepKind, str]] = [
        ("user", f"{begin_mark(exemplar)}\nAn old task"),
        ("tool_call", "old({})"),
        ("user", end_mark(exemplar)),
    ]
    run = make_trace(*shown, ("assistant", "Understood."), ("user", "A new task"), ("tool_call", "new({})"), score=1)
    assert [trial.n_calls for trial in arm_of("a", [run]).trials] == [1]


def test_half_a_token_count_is_none() -> None:
    run = make_trace(("user", "a"), score=1).model_copy(update={"usage": Usage(input_tokens=900)})
    assert [trial.n_tokens for trial in arm_of("a", [run]).trials] == [None]


def test_a_trial_says_what_it_cost_and_where_it_is() -> None:
    run = Trace.of(
        task=Task(key="t", text="t"),
        steps=(Step(kind="tool_call", text="f({})"), Step(kind="tool_result", text="ok")),
        source=Source(format="test", path="runs.jsonl", where="line 3"),
        outcome=Outcome(success=False, source="verifier"),
        usage=Usage(input_tokens=5, output_tokens=2, cost_usd=0.5, duration_s=3.0),
    )
    (trial,) = arm_of("a", [run]).trials
    assert (trial.n_tokens, trial.cost_usd, trial.n_calls, trial.duration_s) == (7, 0.5, 1, 3.0)
    assert trial.path == "runs.jsonl line 3"


def test_tokens_that_no_log_names_are_unknown() -> None:
    (trial,) = arm_of("a", [make_trace(("user", "a"), score=1)]).trials
    assert trial.n_tokens is None


def test_the_same_tasks_are_shared_in_order() -> None:
    a, b = singles("a", {"two": True, "one": False}), singles("b", {"one": True, "two": True})
    assert shared_tasks([a, b]) == (("one", "two"), ())


def test_a_task_whose_runs_have_no_verdict_is_named_as_such() -> None:
    a = singles("a", {"one": True, "two": True, "three": True})
    b = Arm(name="b", trials=singles("b", {"one": True, "two": True}).trials, unjudged_tasks=("three",))
    with pytest.raises(UsageError, match="1 of them with runs that have no verdict: 'three'"):
        shared_tasks([a, b])


def test_of_many_differing_tasks_a_few_are_named() -> None:
    a, b = made("a", [(1, 1)] * 20), made("b", [(1, 1)] * 2)
    with pytest.raises(UsageError, match=r"18 of 20 tasks: 'task-002'.* and 13 more"):
        shared_tasks([a, b])


@pytest.mark.parametrize("n_shared", [0, 1])
def test_fewer_than_two_shared_tasks_are_no_sample(n_shared: int) -> None:
    both = {f"t{n}": True for n in range(n_shared)}
    with pytest.raises(UsageError, match="the arms share"):
        shared_tasks([singles("a", {**both, "x": True}), singles("b", {**both, "y": True})], common=True)


@pytest.mark.parametrize("arms", [[], [made("a", [(1, 1)])]])
def test_one_arm_is_no_comparison(arms: list[Arm]) -> None:
    with pytest.raises(UsageError, match="takes two arms or more"):
        shared_tasks(arms)


def test_arms_have_different_names() -> None:
    with pytest.raises(UsageError, match="two arms have the name 'a'"):
        shared_tasks([made("a", [(1, 1)]), made("a", [(1, 1)])])


def test_a_hostile_key_is_written_out_visibly() -> None:
    with pytest.raises(UsageError) as caught:
        shared_tasks([singles("a", {"x\u202e\x1b[31m": True}), singles("b", {"y": True})])
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize(
    ("steps", "is_known"),
    [
        ((), False),
        ((("system", "a plan"),), False),
        ((("system", "a plan"), ("assistant", "what I plan next")), False),
        ((("user", "a question"),), True),
        ((("user", "a question"), ("assistant", "an answer")), True),
        ((("assistant", "one"), ("assistant", "two")), True),
        ((("tool_call", "f({})"),), True),
    ],
)
def test_what_a_run_did_is_unknown_where_its_log_shows_hardly_more_than_its_end(
    steps: tuple[tuple[StepKind, str], ...], is_known: bool
) -> None:
    arm = arm_of("a", [make_trace(*steps, score=1)])
    (trial,) = arm.trials
    assert (trial.n_steps is not None, trial.n_calls is not None) == (is_known, is_known)
    assert arm.n_verdicts_only == (not is_known)


def test_amounts_that_no_run_can_take_are_not_known() -> None:
    usage = Usage(cost_usd=1e308, input_tokens=10**300, output_tokens=1, duration_s=1e308)
    run = make_trace(("user", "a"), score=1).model_copy(update={"usage": usage})
    (trial,) = arm_of("a", [run]).trials
    assert (trial.cost_usd, trial.n_tokens, trial.duration_s) == (None, None, None)
