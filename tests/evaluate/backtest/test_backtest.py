"""A skill's condition asked of past runs, in the sandbox, and what that comes to within tasks."""

import asyncio
from collections.abc import Sequence

import pytest

from seasoned.core.outcome import scored
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import UsageError
from seasoned.evaluate.backtest.condition import Checked, checked
from seasoned.evaluate.backtest.counting import counted
from seasoned.sandbox.choice import sandbox_pool
from seasoned.sandbox.sandbox import SandboxPool

ASKS_FIRST = """
def triggered(run):
    return any(call.name == "refund" for call in run.calls())

def followed(run):
    names = [call.name for call in run.calls()]
    return "ask" in names[: names.index("refund")]
"""


def run(task: str, calls: Sequence[str], passed: bool | None, key: str) -> Trace:
    steps = (
        Step(kind="user", text="I want my money back"),
        *(Step(kind="tool_call", text=f"{name}({{}})", name=name, arguments={}) for name in calls),
    )
    outcome = None if passed is None else scored(float(passed), "verifier", feedback="as it should be")
    return Trace.of(
        task=Task(key=task, text=task), steps=steps, source=Source(format="test", run_key=key), outcome=outcome
    )


RUNS = [
    run("one", ["ask", "refund"], True, "1"),
    run("one", ["refund"], False, "2"),
    run("two", ["refund", "ask"], False, "3"),
    run("two", ["ask", "refund"], None, "4"),
    run("three", ["greet"], True, "5"),
]


def asked(runs: Sequence[Trace], code: str) -> list[Checked]:
    async def all_of(pool: SandboxPool) -> list[Checked]:
        async with pool:
            return [each async for each in checked(runs, code, pool)]

    return asyncio.run(all_of(sandbox_pool("monty", max_processes=1)))


def test_a_run_met_the_condition_and_followed_or_broke_it() -> None:
    found = asked(RUNS, ASKS_FIRST)
    assert [(each.is_triggered, each.is_followed) for each in found] == [
        (True, True),
        (True, False),
        (True, False),
        (True, True),
        (False, None),
    ]
    assert [each.passed for each in found] == [True, False, False, None, True]


def test_how_a_run_ended_is_not_told() -> None:
    told = "def triggered(run): return (run.verdict, run.score, run.feedback) != ('unknown', None, '')\n"
    found = asked(RUNS[:2], told + "def followed(run): return True")
    assert {each.is_triggered for each in found} == {False}, "all runs look alike"


def test_code_that_fails_on_a_run_says_nothing_of_it_and_the_next_run_is_asked() -> None:
    code = "def triggered(run): return run.calls()[1].name == 'refund'\ndef followed(run): return True"
    found = asked([RUNS[4], RUNS[0]], code)
    assert "IndexError" in found[0].error
    assert (found[1].error, found[1].is_triggered) == ("", True)
    total = counted(found)
    assert (total.n_runs, total.n_failed_to_check, total.errors) == (2, 1, (found[0].error,))


def test_code_that_never_ends_is_stopped() -> None:
    found = asked([RUNS[0], RUNS[4]], "def triggered(run):\n    while True: pass\ndef followed(run): return True")
    assert all(each.error for each in found)


@pytest.mark.parametrize(
    "code", ["", "def triggered(run): return True", "def triggered(run", "import os\nos.system('true')", "1 / 0"]
)
def test_what_is_no_condition_is_said_to_be_none(code: str) -> None:
    with pytest.raises(UsageError, match="no condition"):
        asked(RUNS, code)


def test_the_host_is_out_of_reach() -> None:
    code = "def triggered(run): return open('/etc/passwd').read()\ndef followed(run): return True"
    assert all(each.error for each in asked(RUNS[:1], code))


def test_groups_are_counted_by_task() -> None:
    total = counted(asked(RUNS, ASKS_FIRST))
    assert (total.followed.n_runs, total.followed.n_judged, total.followed.n_passed) == (2, 1, 1)
    assert (total.broken.n_runs, total.broken.n_passed, total.broken.n_tasks) == (2, 0, 2)
    assert total.broken.rate is not None
    assert total.not_triggered.n_runs == 1
    assert total.n_tasks_triggered == 2
    assert total.within is not None
    assert total.within.n_tasks == 1, "of the other task one run has no verdict"


def test_hard_tasks_do_not_make_a_rule_look_bad() -> None:
    """Followed on the hard task alone: over all runs it goes with failing, within a task with nothing."""
    found = [
        Checked(trace_id=f"{task}{n}", task_key=task, passed=passed, is_triggered=True, is_followed=task == "hard")
        for task, passed in (("hard", False), ("easy", True))
        for n in range(10)
    ]
    total = counted(found)
    assert (total.followed.n_passed, total.broken.n_passed) == (0, 10)
    assert total.within is None


def test_within_tasks_the_odds_are_those_of_success() -> None:
    found = [
        Checked(trace_id=f"{t}{n}{f}", task_key=str(t), passed=f if n else not f, is_triggered=True, is_followed=f)
        for t in range(6)
        for n in range(4)
        for f in (True, False)
    ]
    within = counted(found).within
    assert within is not None
    assert within.odds_ratio == pytest.approx(9.0)
    assert within.p < 0.01
    assert within.goes_with == "success"
