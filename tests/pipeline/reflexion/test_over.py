"""Reflexion over many tasks, against plain retries that may spend as much."""

import asyncio

import pytest

from seasoned.core.trace import Task
from seasoned.errors import UsageError
from seasoned.learn.reflexion.config import ReflexionConfig
from seasoned.pipeline.reflexion.live import LiveOptions
from seasoned.pipeline.reflexion.over import BY_CONSTRUCTION, ReflexionStudy, reflexion_over
from tests.pipeline.reflexion.agents import PlannedAgent, ScriptedAgent, answering, exact, planner

TASKS = [Task(key=key, text=f"Handle the {key} as the rules of the shop have it.") for key in ("refund", "voucher")]
THREE = LiveOptions(config=ReflexionConfig(max_trials=3))


def study(agent: PlannedAgent | ScriptedAgent, *, control: bool, tasks: list[Task] = TASKS) -> ReflexionStudy:
    model = answering(lambda _: "Next time I will read the refund rules before I promise anything to anybody.")
    return asyncio.run(reflexion_over(agent, tasks, exact, model=model, options=THREE, control=control))


def test_reflections_that_help_are_told_from_retries_that_do_not() -> None:
    found = study(PlannedAgent(), control=True)
    assert [report.ended for report in found.reports] == ["passed", "exhausted"]
    assert [point.reflexion.value for point in found.curve] == [0.0, 0.5, 0.5]
    assert [point.retry.value for point in found.curve if point.retry] == [0.0, 0.0, 0.0]
    assert [point.difference.value for point in found.curve if point.difference] == [0.0, 0.5, 0.5]


def test_retries_spend_what_the_trials_and_reflections_spent() -> None:
    found = study(PlannedAgent(), control=True)
    # Of the refund: two trials of 100 tokens and a reflection of 10. A second retry begins at 100, a third one at 200
    # of 210, and ends the control beyond it.
    assert found.reports[0].n_tokens == 210
    assert [len(trials) for trials in found.retries] == [3, 3]
    assert found.measure == "tokens"


def test_the_first_trial_is_shared_and_free_of_the_reflection_on_it() -> None:
    found = study(PlannedAgent(), control=True)
    assert found.retries[0][0].trace == found.reports[0].trials[0].trace
    assert found.retries[0][0].reflection is None
    assert found.retries[0][0].n_tokens == 100


def test_where_retries_do_as_well_the_difference_is_none() -> None:
    found = study(ScriptedAgent("wrong", "right", "right"), control=True)
    assert [point.difference.value for point in found.curve if point.difference] == [0.0, 0.0, 0.0]


def test_the_report_says_what_its_numbers_are_not() -> None:
    notes = study(PlannedAgent(), control=True).notes
    assert BY_CONSTRUCTION in notes
    assert any(note.startswith("The evaluator (verifier) decided when to try again") for note in notes)


def test_without_a_control_the_bounds_of_plain_retries_are_told() -> None:
    found = study(ScriptedAgent("wrong", "right"), control=False)
    assert found.retries == ()
    assert found.curve[0].retry is None
    # Each task: two trials of 100 and a reflection of 10, so 2.1 plain trials; none passed at first.
    assert any("2.1 runs for each task would pass between 0% " in note for note in found.notes)


def test_without_tokens_or_costs_runs_are_counted() -> None:
    found = study(ScriptedAgent("wrong", "right", tokens=None), control=True)
    assert found.measure == "runs"
    assert any("compared by runs of the agent" in note for note in found.notes)
    assert [trials[-1].is_success for trials in found.retries] == [True, True]


def test_retries_that_cost_nothing_come_to_an_end() -> None:
    found = study(ScriptedAgent("wrong", tokens=0), control=True, tasks=TASKS[:1])
    assert len(found.retries[0]) == 12


@pytest.mark.parametrize("tasks", [[], [TASKS[0], TASKS[0]]])
def test_tasks_need_to_be_told_apart(tasks: list[Task]) -> None:
    with pytest.raises(UsageError, match="each with a key of its own"):
        asyncio.run(reflexion_over(PlannedAgent(), tasks, exact, model=planner()))
