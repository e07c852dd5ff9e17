"""Strategies from successes, failures and comparisons rest on quotes, and name nothing of a run."""

from collections.abc import Sequence

import pytest
from pydantic import JsonValue

from seasoned.core.trace import Trace
from seasoned.errors import ProviderError, UsageError
from seasoned.learn.reasoning_bank.learner import ReasoningBankConfig, ReasoningBankLearner, reasoning_bank
from seasoned.learn.registry import learner_named
from seasoned.llm.budget import Budget
from seasoned.llm.model import Request
from seasoned.llm.testing import TestModel
from tests.learn.asked import answer, last_of, quote, reported, system_of
from tests.learn.runs import refund_run

GOOD, BAD = refund_run(passed=True), refund_run(passed=False)
OTHER = refund_run(passed=True, task="exchange")
UNJUDGED = refund_run(passed=None, looks=True)
SORRY = quote(1, 4, "the 30 days for a refund are over")


def strategy(
    *evidence: JsonValue, content: str = "Call get_order first and compare the dates.", n: int = 1
) -> JsonValue:
    description = "When a refund is asked for"
    return {"title": f"Look first {n}", "description": description, "content": content, "evidence": list(evidence)}


def said(*items: JsonValue) -> str:
    return answer(items=list(items))


def test_a_success_becomes_a_skill_with_a_trigger() -> None:
    model = TestModel([said(strategy(SORRY))])
    report = reported(ReasoningBankLearner(), [GOOD], model)
    (finding,) = report.findings
    assert finding.draft is not None
    assert finding.draft.text == "When a refund is asked for: Call get_order first and compare the dates."
    assert (finding.learner, finding.kind, finding.confidence) == ("reasoning_bank", "good practice", 0.5)
    assert finding.has_verdicts
    assert report.is_complete
    (request,) = model.requests
    assert "that succeeded" in system_of(request)
    assert "at most 3 strategies" in system_of(request)
    assert (request.temperature, request.max_tokens) == (0.0, 4096)


def test_a_failure_has_a_prompt_of_its_own() -> None:
    model = TestModel([said(strategy(quote(1, 4, "Done, you get 80 back.")))])
    (finding,) = reported(ReasoningBankLearner(), [BAD], model).findings
    assert finding.kind == "other"
    assert "that failed" in system_of(model.requests[0])


def test_the_runs_of_one_task_are_compared_in_one_question() -> None:
    model = TestModel([said(strategy(SORRY, quote(2, 4, "Done, you get 80 back.")))])
    (finding,) = reported(ReasoningBankLearner(), [BAD, GOOD], model).findings
    assert finding.confidence == 0.6, "two runs show it"
    assert "at one and the same task" in system_of(model.requests[0])
    alone = TestModel([said(), said()])
    reported(ReasoningBankLearner(ReasoningBankConfig(n_rollouts=1, concurrency=1)), [BAD, GOOD], alone)
    assert ["that succeeded" in system_of(request) for request in alone.requests] == [True, False]


def test_many_runs_of_a_task_are_parted_with_both_kinds_in_each_part() -> None:
    runs = [refund_run(passed=n % 2 == 0, key=str(n)) for n in range(8)]
    model = TestModel([said(), said()])
    reported(ReasoningBankLearner(ReasoningBankConfig(n_rollouts=4, concurrency=1)), runs, model)
    for request in model.requests:
        assert last_of(request).count('"passed"') == last_of(request).count('"failed"') == 2


def test_how_often_it_will_ask_is_known_before() -> None:
    assert ReasoningBankLearner().planned_calls([GOOD, BAD, OTHER]) == 2
    config = ReasoningBankConfig(n_rollouts=1, self_judged=True)
    assert ReasoningBankLearner(config).planned_calls([BAD, UNJUDGED]) == 3


def test_runs_without_a_verdict_are_left_out_and_told() -> None:
    report = reported(ReasoningBankLearner(), [UNJUDGED], TestModel([]))
    assert report.findings == ()
    assert "1 run without a verdict left out" in report.notes[0]


def test_the_model_may_judge_them_and_the_finding_says_that_nobody_did() -> None:
    model = TestModel([answer(verdict="success", reason="It looked."), said(strategy(SORRY))])
    (finding,) = reported(reasoning_bank({"self_judged": "true"}), [UNJUDGED], model).findings
    assert not finding.has_verdicts
    assert finding.confidence == 0.3
    assert [request.temperature for request in model.requests] == [0.0, 0.0]
    assert "that succeeded" in system_of(model.requests[1])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (strategy(), "it names no quote"),
        (strategy(quote(2, 4, "the 30 days for a refund are over")), "there is no run 2"),
        (strategy(quote(1, 9, "the 30 days for a refund are over")), "no step 9"),
        (strategy(quote(1, 4, "the 31 days for a refund are over")), "does not hold this quote"),
        (strategy(SORRY, content=" "), "needs a title"),
        (strategy(SORRY, content="Be careful. " * 200), "characters; 1200 are enough"),
        (strategy(SORRY, content="Open https://shop.example first."), "names a place or a person"),
        (strategy(SORRY, content="Say that the 30 days for a refund are over."), "copies the run's own words"),
    ],
)
def test_what_does_not_hold_goes_back_once_and_is_then_dropped(wrong: JsonValue, why: str) -> None:
    model = TestModel([said(wrong), said(wrong)])
    report = reported(ReasoningBankLearner(), [GOOD], model)
    assert report.findings == ()
    assert why in last_of(model.requests[1])
    assert why in report.dropped[0].reason
    mended = reported(ReasoningBankLearner(), [GOOD], TestModel([said(wrong), said(strategy(SORRY))]))
    assert (len(mended.findings), mended.dropped) == (1, ())


def test_nothing_and_too_much_are_answers_too() -> None:
    assert reported(ReasoningBankLearner(), [GOOD], TestModel([said()])).findings == ()
    forty = said(*(strategy(SORRY, n=n) for n in range(40)))
    report = reported(ReasoningBankLearner(), [GOOD], TestModel([forty, said()]))
    assert len(report.findings) == 3
    report = reported(ReasoningBankLearner(), [GOOD], TestModel([forty, forty]))
    assert (len(report.findings), len(report.dropped)) == (3, 37)


def test_another_language_is_no_mistake() -> None:
    german: JsonValue = {
        "title": "Erst nachsehen",
        "description": "Wenn jemand Geld zurück will",
        "content": "Rufe zuerst get_order auf.",
        "evidence": [SORRY],
    }
    (finding,) = reported(ReasoningBankLearner(), [GOOD], TestModel([said(german)])).findings
    assert finding.draft is not None
    assert finding.draft.text.startswith("Wenn jemand Geld zurück will: ")


@pytest.mark.parametrize("n_calls", [0, 1])
def test_a_spent_budget_keeps_what_was_found(n_calls: int) -> None:
    model = TestModel(lambda _: said(strategy(SORRY)))
    learner = ReasoningBankLearner(ReasoningBankConfig(concurrency=1))
    report = reported(learner, [GOOD, OTHER], model, budget=Budget(max_calls=n_calls))
    assert len(report.findings) == n_calls
    assert (report.is_complete, report.n_episodes, report.n_episodes_unread) == (False, 2, 2 - n_calls)
    assert "budget" in report.notes[-1]


def test_a_provider_that_fails_once_costs_one_question() -> None:
    def script(request: Request) -> str:
        if "exchange" in last_of(request):
            raise ProviderError("no answer")
        return said(strategy(SORRY))

    report = reported(ReasoningBankLearner(), [GOOD, OTHER], TestModel(script))
    assert (len(report.findings), report.is_complete) == (1, False)


def test_what_we_handed_out_is_withheld() -> None:
    model = TestModel([said()])
    policy = GOOD.steps[0].text
    reported(ReasoningBankLearner(), [GOOD], model, handed_out=[policy])
    assert policy not in last_of(model.requests[0])


def identities(configs: Sequence[ReasoningBankConfig]) -> list[object]:
    return [ReasoningBankLearner(config).identity for config in configs]


def test_it_is_registered_and_its_identity_is_its_configuration_and_prompts() -> None:
    assert learner_named("reasoning_bank", {"max_items": "2"}).identity == reasoning_bank({"max_items": "2"}).identity
    default, other = identities([ReasoningBankConfig(), ReasoningBankConfig(max_items=2)])
    assert default != other
    assert "reasoning_bank_contrast 1" in str(default)
    with pytest.raises(UsageError, match="does not take this setting"):
        reasoning_bank({"max_item": "2"})


def test_the_same_runs_ask_the_same() -> None:
    runs: list[Trace] = [GOOD, BAD, OTHER]
    models = [TestModel(lambda _: said()) for _ in range(2)]
    for model in models:
        reported(ReasoningBankLearner(), runs, model)
    assert models[0].requests == models[1].requests
