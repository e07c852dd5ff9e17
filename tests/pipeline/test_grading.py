"""Grading recorded runs: whose word stands, what is asked again, and what a limit or a broken judge leaves."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from seasoned.core.outcome import Outcome, OutcomeSource, scored
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Trace
from seasoned.errors import ProviderError, UsageError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, Grader
from seasoned.evaluate.graders.judge import Judge, JudgeConfig
from seasoned.evaluate.graders.registry import grader_named
from seasoned.learn.learner import Progress
from seasoned.llm.budget import Budget
from seasoned.llm.model import Request
from seasoned.llm.testing import Script, TestModel
from seasoned.pipeline.grading import Graded, GradeOptions, grade_from, grade_from_async, grade_plan
from seasoned.store.store import Store
from tests.make import make_trace

REFUNDED = "The refund was made, B-17 is settled."
PROMISED = "I will see to it soon."


def run_that_says(answer: str, *, key: str, outcome: Outcome | None = None) -> Trace:
    run = make_trace(("user", "Refund B-17."), ("assistant", answer), run_key=key)
    return run.model_copy(update={"outcome": outcome})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two runs that nobody has judged, one that a verifier failed, one that only the agent praises; two refunded."""
    with Store(tmp_path / "s.db") as opened:
        runs = [
            run_that_says(REFUNDED, key="a"),
            run_that_says(PROMISED, key="b"),
            run_that_says(REFUNDED, key="c", outcome=scored(0.0, "verifier")),
            run_that_says(PROMISED, key="d", outcome=scored(1.0, "self-report")),
        ]
        opened.traces.add([Parsed(trace=run) for run in runs])
        yield opened


def ids(store: Store) -> list[str]:
    return [row.id for row in store.traces.rows()]


def fair(request: Request) -> str:
    """A judge that passes the runs in which the refund was made."""
    return json.dumps({"passed": REFUNDED in request.messages[1].content, "reason": "So it says."})


def judge(script: Script = fair, conditions: str = "The refund was made.") -> tuple[Judge, TestModel]:
    model = TestModel(script)
    return Judge(JudgeConfig(conditions=conditions), model), model


def options(store: Store, grader: Grader, **more: Any) -> GradeOptions:
    base = GradeOptions(
        grader=grader, trace_ids=ids(store), reference_of=lambda _: None, budget=Budget(), concurrency=1
    )
    return replace(base, **more)


def shown(store: Store) -> dict[str, tuple[str, bool | None]]:
    """Who has the word on each run, and what it is."""
    runs = store.traces.iterate()
    return {run.source.run_key: (run.outcome.source, run.outcome.success) for run in runs if run.outcome is not None}


def counts(graded: Graded) -> tuple[int, int, int, int]:
    return graded.n_passed, graded.n_failed, len(graded.withheld), graded.n_left


def test_runs_that_nobody_judged_show_the_judges_word(store: Store) -> None:
    seen: list[Progress] = []
    graded = grade_from(store, options(store, judge()[0], on_progress=seen.append))
    assert counts(graded) == (2, 2, 0, 0)
    assert shown(store)["a"] == ("judge", True)
    assert shown(store)["b"] == ("judge", False)
    assert (seen[-1].done, seen[-1].total, seen[-1].n_calls) == (4, 4, 4)


def test_a_verifiers_word_stands_and_the_judges_is_kept_beside_it(store: Store) -> None:
    grader, _ = judge()
    graded = grade_from(store, options(store, grader))
    assert graded.n_beside == 1
    assert shown(store)["c"] == ("verifier", False)
    (run_id,) = store.traces.with_run_key("c")
    assert [(said.outcome.name, said.stands) for said in store.outcomes.of(run_id)][1:] == [(grader.name, False)]


def test_what_the_agent_says_of_itself_gives_way(store: Store) -> None:
    grade_from(store, options(store, judge()[0]))
    assert shown(store)["d"] == ("judge", False)


def test_of_two_judges_the_first_ones_word_stands(store: Store) -> None:
    grade_from(store, options(store, judge()[0]))
    second = judge(lambda _: json.dumps({"passed": True}), conditions="It is polite.")[0]
    assert grade_from(store, options(store, second)).n_beside == 4
    assert shown(store)["b"] == ("judge", False)


def test_what_was_graded_is_not_asked_about_again_and_new_runs_are(store: Store) -> None:
    grader, model = judge()
    first = grade_from(store, options(store, grader))
    again = grade_from(store, options(store, grader))
    assert (again.was_done, again.run_id, len(model.requests)) == (True, first.run_id, 4)
    store.traces.add([Parsed(trace=run_that_says(REFUNDED, key="e"))])
    more = grade_from(store, options(store, grader))
    assert (more.n_before, more.n_passed, len(model.requests)) == (4, 1, 5)


def test_a_limit_takes_the_same_sample_every_time_and_the_next_call_goes_on(store: Store) -> None:
    grader, model = judge()
    first = grade_from(store, options(store, grader, limit=3))
    assert (first.n_passed + first.n_failed, first.n_left) == (3, 1)
    assert store.outcomes.graded_by(grader.name) == set(sorted(ids(store))[:3])
    assert grade_plan(store, options(store, grader)).n_open == 1
    rest = grade_from(store, options(store, grader, limit=3))
    assert (rest.n_before, rest.n_left, len(model.requests)) == (3, 0, 4)


def test_runs_without_a_verdict_do_not_use_the_limit_up(store: Store) -> None:
    lacking = sorted(ids(store))[:3]
    references = {trace_id: REFUNDED for trace_id in ids(store) if trace_id not in lacking}
    chosen = options(store, grader_named("exact"), reference_of=references.get, limit=1)
    graded = grade_from(store, chosen)
    assert [each.trace_id for each in graded.withheld] == lacking
    assert {each.reason for each in graded.withheld} == {"it has no reference answer"}
    assert graded.n_passed + graded.n_failed == 1


def test_a_judge_that_answers_in_no_shape_gives_no_verdict_and_the_others_are_graded(store: Store) -> None:
    def moody(request: Request) -> str:
        return fair(request) if PROMISED in request.messages[1].content else "no idea"

    graded = grade_from(store, options(store, judge(moody)[0]))
    assert counts(graded) == (0, 2, 2, 0)
    assert all(each.reason for each in graded.withheld)
    assert graded.is_complete


def test_a_provider_that_fails_leaves_that_run_for_the_next_call(store: Store) -> None:
    failing = iter([True])

    def once_away(request: Request) -> str:
        if next(failing, False):
            raise ProviderError("the model did not answer", where="test:scripted")
        return fair(request)

    graded = grade_from(store, options(store, judge(once_away)[0]))
    assert (graded.is_complete, graded.n_left, len(graded.notes)) == (False, 1, 1)
    rest = grade_from(store, options(store, judge()[0]))
    assert (rest.is_complete, rest.n_before, rest.n_left) == (True, 3, 0)


def test_the_budget_is_a_hard_stop(store: Store) -> None:
    grader, model = judge()
    graded = grade_from(store, options(store, grader, budget=Budget(max_calls=2)))
    assert (len(model.requests), graded.n_left, graded.is_complete) == (2, 2, False)


def test_a_run_that_ended_halfway_pays_for_no_finished_call_twice(store: Store) -> None:
    class Gone(BaseException):
        """As an interruption."""

    seen: list[Request] = []

    def dying(request: Request) -> str:
        seen.append(request)
        if len(seen) == 3:
            raise Gone
        return fair(request)

    with pytest.raises(BaseException) as caught:  # noqa: PT011, a group or the interruption itself
        grade_from(store, options(store, judge(dying)[0]))
    assert "Gone" in repr(caught.value)
    grader, model = judge()
    rest = grade_from(store, options(store, grader))
    assert (rest.n_before, len(model.requests)) == (2, 2)


def test_the_reference_is_asked_for_and_what_is_kept_is_redacted(store: Store) -> None:
    key = "sk-" + "proj-" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4"
    said = json.dumps({"passed": False, "reason": f"It tells {key} to everybody."})
    grade_from(store, options(store, judge(lambda _: said)[0]))
    feedbacks = [said.outcome.feedback for trace_id in ids(store) for said in store.outcomes.of(trace_id)]
    assert any("tells" in feedback for feedback in feedbacks)
    assert not any(key in feedback for feedback in feedbacks)


@pytest.mark.parametrize(
    ("grader", "chosen", "why"),
    [("state", None, "end state"), ("exact", [], "no runs")],
)
def test_what_cannot_be_graded_is_refused_before_anything_is_asked(
    store: Store, grader: str, chosen: Sequence[str] | None, why: str
) -> None:
    more = {} if chosen is None else {"trace_ids": chosen}
    with pytest.raises(UsageError, match=why):
        grade_from(store, options(store, grader_named(grader), **more))
    assert store.runs.all() == ()


def test_within_an_event_loop_the_async_form_is_asked_for(store: Store) -> None:
    async def inside() -> Graded:
        with pytest.raises(UsageError, match="grade_from_async"):
            grade_from(store, options(store, judge()[0]))
        return await grade_from_async(store, options(store, judge()[0]))

    assert asyncio.run(inside()).n_passed == 2


def test_what_a_person_said_without_a_verdict_stands_too(store: Store) -> None:
    first = ids(store)[0]
    store.outcomes.attach(first, Outcome(score=0.3, source="human"))
    assert grade_from(store, options(store, judge()[0], trace_ids=[first])).n_beside == 1
    (run,) = store.traces.of([first])
    assert run.outcome is not None
    assert (run.outcome.source, run.outcome.success) == ("human", None)


@pytest.mark.parametrize("source", ["human", "self-report"])
def test_nobody_counts_as_the_judge_by_going_by_its_name(store: Store, source: OutcomeSource) -> None:
    grader, _ = judge()
    for trace_id in ids(store):
        store.outcomes.attach(trace_id, scored(1.0, source, name=grader.name))
    assert grade_from(store, options(store, grader)).n_before == 0


def test_a_grader_that_breaks_is_said_and_asked_again(store: Store) -> None:
    class Broken:
        name = "broken"
        identity: dict[str, JsonValue] = {"grader": "broken"}  # noqa: RUF012

        async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
            if REFUNDED in attempted.answer:
                raise ValueError("no number in it")
            return Grade(grader=self.name, outcome=scored(0.0, "verifier", name=self.name))

    for n_before in (0, 2):
        graded = grade_from(store, options(store, Broken()))
        assert (graded.n_before, graded.n_left, graded.is_complete) == (n_before, 2, False)
        assert graded.notes == ("the grader failed (broken): ValueError: no number in it",)
