"""Reflexion over a log of trials."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from seasoned.core.reflection import Reflection
from seasoned.core.trace import Trace
from seasoned.errors import ProviderError, UsageError
from seasoned.learn.learner import LearnReport
from seasoned.learn.reflexion.config import ReflexionConfig
from seasoned.learn.reflexion.learner import ReflexionLearner
from seasoned.learn.registry import learner_named, learner_names
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Request
from seasoned.llm.testing import TestModel
from tests.learn.building import run, says
from tests.learn.runs import context

PLANS = [
    "Next time I will read the order before I promise a refund to anybody.",
    "Ask the customer for the parcel's number, then look up the carrier's last scan.",
    "Start from the shop's opening hours instead and compare them with today's date.",
    "Check whether the voucher has expired, and say so without calling any tool.",
]


def failed(trial: int, task: str = "refund", *, verdict: bool | None = False) -> Trace:
    return run(says(f"attempt {trial} at {task}"), task=task, verdict=verdict, trial=trial)


def plan_by_plan() -> Model:
    """A model with another plan for each question."""
    plans = iter(PLANS * 3)
    return TestModel(lambda _: json.dumps({"plan": next(plans)}))


def learned(
    traces: Sequence[Trace],
    model: Model,
    known: tuple[Reflection, ...] = (),
    config: ReflexionConfig | None = None,
    budget: Budget | None = None,
) -> LearnReport:
    told = replace(context(model, budget=budget), reflections=known)
    return asyncio.run(ReflexionLearner(config).learn(traces, told))


def test_it_is_found_by_its_name_and_takes_settings() -> None:
    assert "reflexion" in learner_names()
    learner = learner_named("reflexion", {"memory_limit": "2"})
    assert learner.name == "reflexion"
    assert learner.identity["config"] == ReflexionConfig(memory_limit=2).model_dump(mode="json")
    with pytest.raises(UsageError, match="does not take this setting"):
        learner_named("reflexion", {"memory": "2"})


def test_each_failed_attempt_gets_a_reflection_that_knows_those_before_it() -> None:
    model = plan_by_plan()
    report = learned([failed(1), failed(2)], model)
    assert [(each.trial, each.text) for each in report.reflections] == [(1, PLANS[0]), (2, PLANS[1])]
    assert report.reflections[0].trace_id == failed(1).id
    assert (report.n_episodes, report.is_complete, report.findings) == (1, True, ())
    assert isinstance(model, TestModel)
    assert PLANS[0] in model.requests[1].messages[1].content


def test_attempts_with_a_reflection_are_not_asked_about_again() -> None:
    (first,) = learned([failed(1)], plan_by_plan()).reflections
    model = TestModel([json.dumps({"plan": PLANS[1]})])
    report = learned([failed(1), failed(2)], model, known=(first,))
    assert [each.trial for each in report.reflections] == [2]
    assert PLANS[0] in model.requests[0].messages[1].content


def test_only_the_last_attempts_are_read_as_no_more_are_ever_shown() -> None:
    report = learned([failed(n) for n in range(1, 6)], plan_by_plan())
    assert [each.trial for each in report.reflections] == [3, 4, 5]


def test_a_task_that_passed_at_last_and_a_run_without_a_verdict_need_none() -> None:
    traces = [failed(1), failed(2, verdict=True), failed(1, "voucher", verdict=None)]
    report = learned(traces, TestModel([]))
    assert report.reflections == ()
    assert report.notes == (
        "1 runs without a verdict were left out: nobody has said that they failed.",
        "1 tasks passed on their last attempt and need no reflection.",
        "No failed run waits for a reflection: there is nothing to do.",
    )


def test_a_model_that_repeats_itself_ends_its_task_alone() -> None:
    def answer(request: Request) -> str:
        of = "refund" if "Do refund" in request.messages[1].content else "voucher"
        return json.dumps({"plan": f"Next time I will read the {of} policy before I promise anything to anybody."})

    report = learned([failed(1), failed(2), failed(3), failed(1, "voucher")], TestModel(answer))
    assert [(each.task_key, each.trial) for each in report.reflections] == [("refund", 1), ("voucher", 1)]
    assert [each.claim for each in report.dropped] == ["trial 2 of Do refund"]
    assert "1 of 2 tasks exhausted: the model only repeats what was planned before" in report.notes


def test_what_is_no_plan_is_told_and_the_other_attempts_go_on() -> None:
    model = TestModel([json.dumps({"plan": plan}) for plan in ("no", "no", PLANS[0])])
    report = learned([failed(1), failed(2)], model)
    assert [each.trial for each in report.reflections] == [2]
    assert "a value or a title" in report.dropped[0].reason


def test_a_provider_that_fails_leaves_its_task_undone_and_says_so() -> None:
    def answer(request: Request) -> str:
        if "Do refund" in request.messages[1].content:
            raise ProviderError("no answer")
        return json.dumps({"plan": PLANS[0]})

    report = learned([failed(1), failed(1, "voucher")], TestModel(answer))
    assert [each.task_key for each in report.reflections] == ["voucher"]
    assert (report.is_complete, report.n_episodes_unread) == (False, 1)
    assert report.notes == ("1 of 2 tasks failed: no answer",)


def test_a_spent_budget_ends_the_work() -> None:
    config = ReflexionConfig(concurrency=1)
    traces = [failed(1), failed(1, "voucher")]
    report = learned(traces, plan_by_plan(), config=config, budget=Budget(max_calls=1))
    assert (len(report.reflections), report.is_complete) == (1, False)


def test_what_was_written_before_a_budget_was_spent_is_kept_also_within_a_task() -> None:
    report = learned([failed(1), failed(2)], plan_by_plan(), budget=Budget(max_calls=1))
    assert [each.trial for each in report.reflections] == [1]
    assert (report.is_complete, report.n_episodes_unread) == (False, 1)
    assert report.notes[0].startswith("attempts at 1 of 1 tasks were not read: the budget of 1 call")
    again = learned([failed(1), failed(2)], plan_by_plan(), known=report.reflections)
    assert (again.is_complete, [each.trial for each in again.reflections]) == (True, [2])


def test_how_often_it_will_ask_is_known_before() -> None:
    assert ReflexionLearner().planned_calls([failed(1), failed(2), failed(1, "voucher")]) == 3


def test_reflections_on_tasks_in_like_words_are_shown_where_asked_for() -> None:
    (known,) = learned([failed(1, "refund of a bike")], plan_by_plan()).reflections
    model = TestModel([json.dumps({"plan": PLANS[1]})])
    learned([failed(1, "refund of a lamp")], model, known=(known,), config=ReflexionConfig(n_similar=1))
    assert f"much like this one:\n<data>\n1. {PLANS[0]}" in model.requests[0].messages[1].content
