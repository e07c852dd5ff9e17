"""Several graders, one verdict."""

import asyncio
from typing import Any, get_args

import pytest
from pydantic import JsonValue

from seasoned.core.outcome import Outcome, OutcomeSource, scored
from seasoned.core.trial import Difference, Ended
from seasoned.errors import ConfigError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask
from seasoned.evaluate.graders.together import OWN_DOING, Together, graded
from tests.evaluate.graders.building import answered, task
from tests.learn.building import calls, returns, says, user

OTHER = Difference(kind="other state", where="orders.W1")


class Says:
    """A grader that says what it was told to say."""

    def __init__(self, name: str, score: float | None, source: OutcomeSource = "verifier", **rest: Any) -> None:
        self.name, self.identity = name, dict[str, JsonValue]()
        outcome = None if score is None else scored(score, source, name=name)
        self._grade = Grade(grader=name, outcome=outcome, **rest)

    async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
        del task, attempted
        return self._grade


def together(*graders: Says, of: Attempted | None = None, reference: JsonValue = None) -> Together:
    return asyncio.run(graded(task(reference), of or answered("x"), graders))


def test_all_have_to_pass() -> None:
    found = together(Says("a", 1), Says("b", 1))
    assert (found.outcome, found.grader) == (scored(1, "verifier", name="a"), "a + b")


def test_the_lowest_score_is_the_trials() -> None:
    found = together(Says("a", 1), Says("b", 0.5), Says("c", 0.2))
    assert (found.outcome, found.grader) == (scored(0.2, "verifier", name="c"), "c")


def test_a_pass_rests_on_the_weakest_word() -> None:
    found = together(Says("a", 1), Says("j", 1, "judge"))
    assert found.outcome is not None
    assert (found.outcome.source, found.outcome.name, found.grader) == ("judge", "j", "a + j")


def test_who_cannot_say_holds_a_pass_back_but_no_failure() -> None:
    assert together(Says("a", 1), Says("human", None)).outcome is None
    failed = together(Says("human", None), Says("a", 0))
    assert failed.outcome == scored(0, "verifier", name="a")


def test_nobody_to_ask_is_no_verdict() -> None:
    assert together().outcome is None


def test_the_suites_own_scorer_counts_as_a_grader() -> None:
    own = answered("x", outcome=Outcome(score=0.0, success=False, source="verifier", name="their scorer"))
    assert together(Says("a", 1), of=own).grader == "their scorer"


@pytest.mark.parametrize("ended", sorted(OWN_DOING))
def test_what_the_agent_did_wrong_is_a_failure_and_nobody_is_asked(ended: Ended) -> None:
    found = together(Says("a", 1), of=answered("x", ended=ended))
    assert found.outcome == scored(0, "verifier", name="how it ended", feedback=OWN_DOING[ended])


def test_what_lies_outside_of_the_agent_is_never_scored() -> None:
    assert together(Says("a", 0), of=answered("x", ended="unreachable")) == Together(None, "", (), None, ())


def test_every_end_is_a_failure_graded_or_not_scored() -> None:
    assert set(get_args(Ended)) - OWN_DOING.keys() == {"answered", "stopped", "unreachable"}


def test_costs_are_added_as_far_as_they_are_known() -> None:
    assert together(Says("a", 1), Says("b", 1)).cost_usd is None
    assert together(Says("a", 1), Says("j", 1, cost_usd=0.5), Says("k", 1, cost_usd=0.25)).cost_usd == 0.75


def test_differences_are_each_graders_and_none_twice() -> None:
    found = together(Says("a", 0, differences=(OTHER, OTHER)), Says("b", 0, differences=(OTHER,)))
    assert found.differences == (OTHER, OTHER)


def test_where_no_grader_names_any_the_calls_of_a_failed_run_show_them() -> None:
    trial = answered("done", user("hi"), calls("cancel_order", id="W2"), returns("ok"), says("done"))
    reference: JsonValue = {"actions": [{"name": "cancel_order", "arguments": {"id": "W1"}}]}
    failed = together(Says("a", 0), of=trial, reference=reference)
    assert [(each.kind, each.where) for each in failed.differences] == [("wrong argument", "cancel_order: id")]
    assert together(Says("a", 1), of=trial, reference=reference).differences == ()


def test_what_the_others_said_is_there_to_be_kept() -> None:
    found = together(Says("a", 1), Says("j", 0, "judge"), Says("h", None))
    assert (found.outcome, found.besides) == (scored(0, "judge", name="j"), (scored(1, "verifier", name="a"),))


def test_a_grader_that_breaks_is_named() -> None:
    class Broken(Says):
        async def grade(self, task: GradedTask, attempted: Attempted) -> Grade:
            raise ValueError("no number in it")

    with pytest.raises(ConfigError, match=r"a grader failed \(broken\): ValueError: no number in it"):
        together(Broken("broken", 1))
