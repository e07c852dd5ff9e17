"""ExpeL reads pairs and groups with the rules in view, and says what stands in the end."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from pydantic import JsonValue

from seasoned.core.finding import Finding, verify
from seasoned.core.run import RunTurn
from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.trace import Trace
from seasoned.errors import ProviderError, UsageError
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.learner import ExpelLearner
from seasoned.learn.learner import LearnReport
from seasoned.learn.registry import learner_named, learner_names
from seasoned.llm.budget import Budget
from seasoned.llm.model import Request
from tests.core.test_skillbook import events
from tests.learn.expel.answering import Shown, operation, says, shown
from tests.learn.runs import ScriptedModel, context, refund_run
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

RULE = "When a refund is asked for, call get_order first, then compare the delivery date."
OTHER = "When the 30 days are over, offer store credit instead of a refund."
PASSED, FAILED = refund_run(passed=True), refund_run(passed=False)
PAIR = (PASSED, FAILED)
ONE_FOLD = ExpelConfig(k_folds=1)
Answer = Callable[[Shown], list[dict[str, JsonValue]]]


def learned(
    answer: Answer,
    *traces: Trace,
    config: ExpelConfig = ONE_FOLD,
    book: Skillbook | None = None,
    turns: list[RunTurn] | None = None,
) -> tuple[LearnReport, ScriptedModel]:
    # A question that comes back is answered by nothing more: what did not hold is given up.
    model = ScriptedModel([says(answer), '{"operations": []}'])
    told = context(model, book=book, on_turn=(turns if turns is not None else []).append)
    return asyncio.run(ExpelLearner(config).learn(traces or PAIR, told)), model


def adds(text: str) -> Answer:
    """Adds a rule where there is none yet, else agrees with the first."""

    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        first = next(iter(seen.rules), "")
        kind = ("AGREE", first, "") if first else ("ADD", "", text)
        return [operation(*kind, *seen.quotes)]

    return answer


def book_with(text: str, *, approved: bool = True) -> Skillbook:
    trace = make_trace(("assistant", "I refunded it."), score=0)
    asked = add(text, (make_evidence(trace, "refunded"),), LEARNER)
    return fold("desk", events(asked, *([verdict("APPROVE", text)] if approved else [])))


def by_advice(report: LearnReport) -> dict[str, Finding]:
    return {finding.advice.kind: finding for finding in report.findings if finding.advice is not None}


def test_a_success_and_a_failure_of_a_task_are_read_together_then_the_successes() -> None:
    _, model = learned(lambda _: [])
    seen = [shown(request) for request in model.requests]
    assert [each.outcomes for each in seen] == [("passed", "failed"), ("passed",)]
    assert "one run that passed and one that failed" in model.requests[0].messages[0].content
    assert "several runs that passed" in model.requests[1].messages[0].content
    assert {(request.temperature, request.max_tokens) for request in model.requests} == {(0.0, 4_096)}


def test_how_often_it_will_ask_is_known_before() -> None:
    assert ExpelLearner(ONE_FOLD).planned_calls(PAIR) == 2
    assert ExpelLearner(ONE_FOLD).planned_calls([FAILED]) == 0


def test_a_rule_becomes_a_finding_that_rests_on_its_quotes() -> None:
    report, _ = learned(adds(RULE))
    (found,) = report.findings
    assert found.draft is not None
    assert found.draft.text == RULE
    # ADD by the pair, 2; AGREE by the group of successes, 3: 3 / (3 + 2).
    assert found.confidence == 0.6
    assert found.draft.reason == "why ADD (3 votes)"
    assert {each.trace_id for each in found.evidence} == {PASSED.id, FAILED.id}
    for each in found.evidence:
        verify(each, PASSED if each.trace_id == PASSED.id else FAILED)


def test_each_call_sees_the_rules_that_the_calls_before_it_left() -> None:
    _, model = learned(adds(RULE))
    assert [shown(request).rules for request in model.requests] == [{}, {"draft-1": RULE}]


def test_what_does_not_hold_goes_back_once_with_the_reason_and_is_then_in_the_report() -> None:
    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        made_up: dict[str, JsonValue] = {"run": 1, "step": 1, "quote": "these words stand nowhere"}
        return [
            operation("AGREE", "draft-7", "", *seen.quotes),
            operation("ADD", "", RULE, *seen.quotes),
            operation("ADD", "", RULE.upper(), *seen.quotes),
            operation("ADD", "", OTHER, made_up),
            operation("ADD", "", "When it rains, wait.", *seen.quotes),
        ]

    report, model = learned(answer, PASSED)
    asked_again = model.requests[1].messages[-1].content
    for why in ("no rule has the id 'draft-7'", "words the same rule", "does not hold this quote", "at most 4"):
        assert why in asked_again
    assert [finding.draft.text for finding in report.findings if finding.draft] == [RULE]
    assert len(report.dropped) == 0, "the model gave them up itself"


def test_what_still_does_not_hold_is_dropped_one_by_one() -> None:
    wrong = json.dumps({"operations": [operation("AGREE", f"draft-{n}") for n in range(40)]})
    report = asyncio.run(ExpelLearner(ONE_FOLD).learn([PASSED], context(ScriptedModel([wrong, wrong]))))
    assert len(report.dropped) == 40
    assert sum("no rule has the id" in each.reason for each in report.dropped) == 4
    assert sum("at most 4" in each.reason for each in report.dropped) == 36
    assert report.findings == ()


def test_a_second_operation_on_a_rule_is_sent_back() -> None:
    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        if not seen.rules:
            return [operation("ADD", "", RULE, *seen.quotes)]
        return [operation("AGREE", "draft-1", "", *seen.quotes), operation("REMOVE", "draft-1")]

    report, model = learned(answer)
    assert "each rule takes one" in model.requests[-1].messages[-1].content
    assert report.findings[0].confidence == 0.6


def test_the_list_begins_with_the_skills_that_stand_by_their_ids() -> None:
    book = book_with(RULE)
    (skill,) = book.skills
    _, model = learned(lambda _: [], book=book)
    assert shown(model.requests[0]).rules == {skill: RULE}


def test_the_list_begins_empty_as_in_the_paper_where_that_is_set() -> None:
    _, model = learned(lambda _: [], book=book_with(RULE), config=ExpelConfig(starts_empty=True, k_folds=1))
    assert "There is no rule yet." in model.requests[0].messages[1].content


def test_what_is_said_of_a_skill_is_advice_by_its_id() -> None:
    book = book_with(RULE)
    (skill,) = book.skills
    better = RULE.replace("compare", "tell the user about")

    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        kind = "AGREE" if len(seen.outcomes) == 1 else "EDIT"
        return [operation(kind, skill, better, *seen.quotes)]

    advice = by_advice(learned(answer, book=book)[0])
    assert advice.keys() == {"AGREE", "EDIT"}
    assert advice["EDIT"].draft is not None
    assert advice["EDIT"].draft.text == better
    assert {found.advice.skill_id for found in advice.values() if found.advice} == {skill}
    assert {each.trace_id for each in advice["AGREE"].evidence} == {PASSED.id}


def test_one_run_against_a_skill_that_keeps_votes_is_not_enough_to_remove_it() -> None:
    book = book_with(RULE)
    (skill,) = book.skills

    def against_by(n_runs: int) -> Answer:
        return lambda seen: [operation("REMOVE", skill, "", *seen.quotes[:n_runs])] if len(seen.outcomes) == 2 else []

    report, _ = learned(against_by(1), book=book)
    assert by_advice(report) == {}
    assert "one run alone speaks against" in report.dropped[0].reason
    report, _ = learned(against_by(2), book=book)
    assert len({each.trace_id for each in by_advice(report)["REMOVE"].evidence}) == 2


def test_a_skill_without_votes_in_the_end_is_to_be_removed_whatever_the_number_of_runs() -> None:
    book = book_with(RULE)
    (skill,) = book.skills
    # 2 votes, two calls against it, both by the words of the one success.
    report, _ = learned(lambda seen: [operation("REMOVE", skill, "", seen.quotes[0])], book=book)
    assert {each.trace_id for each in by_advice(report)["REMOVE"].evidence} == {PASSED.id}


def test_the_skill_of_a_book_is_not_removed_without_a_quote() -> None:
    book = book_with(RULE)
    (skill,) = book.skills
    report, model = learned(lambda _: [operation("REMOVE", skill)], PASSED, book=book)
    assert "it names no quote" in model.requests[1].messages[-1].content
    assert report.findings == ()


def test_a_full_list_asks_to_remove_first() -> None:
    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        return [operation("ADD", "", f"When {len(seen.rules)}, do it.", *seen.quotes)]

    _, model = learned(answer, config=ExpelConfig(max_num_rules=1, k_folds=1))
    assert [shown(request).is_full for request in model.requests] == [False, True]


def test_of_a_large_book_the_skills_nearest_to_the_task_are_shown() -> None:
    asked = [add(f"When the {what} breaks, fix it.") for what in ("brake", "wheel", "chain")] + [add(RULE)]
    config = ExpelConfig(max_rules_shown=1, k_folds=1)
    _, model = learned(lambda _: [], PASSED, book=fold("desk", events(*asked)), config=config)
    assert list(shown(model.requests[0]).rules.values()) == [RULE]
    assert "(of 4, those nearest to these tasks)" in model.requests[0].messages[1].content


def four_tasks() -> list[Trace]:
    return [refund_run(passed=passed, task=f"refund {n}") for n in range(4) for passed in (True, False)]


def test_folds_read_their_own_tasks_and_what_one_alone_holds_says_so() -> None:
    def answer(seen: Shown) -> list[dict[str, JsonValue]]:
        text = RULE if any("refund 0" in task for task in seen.tasks) else OTHER
        known = next((rule for rule, said in seen.rules.items() if said == text), "")
        return [operation("AGREE" if known else "ADD", known, "" if known else text, *seen.quotes[:2])]

    report, _ = learned(answer, *four_tasks(), config=ExpelConfig())
    assert any("were learned by one fold alone" in note for note in report.notes)
    (alone,) = [finding.draft for finding in report.findings if finding.draft and finding.draft.text == RULE]
    assert alone is not None
    assert "of 2 alone)" in alone.reason
    (both,) = [finding for finding in report.findings if finding.draft and finding.draft.text == OTHER]
    # 2 tasks a fold. The one with refund 0: its other pair adds, 2. The other fold: a pair adds, a pair and the group
    # agree, 4. Together 6: 6 / (6 + 2).
    assert both.confidence == 0.75
    assert both.draft is not None
    assert "fold 1 and 2 of 2)" in both.draft.reason


def test_the_same_traces_ask_the_same_questions() -> None:
    requests = [learned(adds(RULE), *four_tasks(), config=ExpelConfig())[1].requests for _ in range(2)]
    contents = [sorted(request.model_dump_json() for request in each) for each in requests]
    assert contents[0] == contents[1]


def test_failures_are_compared_with_successes_of_similar_tasks_where_no_task_has_both() -> None:
    success, failure = refund_run(passed=True, task="late refund"), refund_run(passed=False, task="early refund")
    report, model = learned(lambda _: [], success, failure)
    assert shown(model.requests[0]).outcomes == ("passed", "failed")
    assert any("compared with successes of similar tasks" in note for note in report.notes)


def test_three_failures_of_a_task_are_compared_and_repetitions_are_read_once() -> None:
    failures = [refund_run(passed=False, looks=True, key="a")]
    failures += [
        Trace.of(
            task=run.task,
            steps=(*run.steps, run.steps[-1].model_copy(update={"text": f"Sorry, {n}."})),
            source=run.source,
            outcome=run.outcome,
        )
        for n in range(5)
        for run in [refund_run(passed=False)]
    ]
    _, model = learned(lambda _: [], PASSED, failures[0], failures[0], *failures[1:])
    assert [shown(request).outcomes for request in model.requests] == [("passed", "failed")] * 3 + [("passed",)]


@pytest.mark.parametrize(("passed", "what"), [(None, "none of the runs has a verdict"), (False, "no run passed")])
def test_without_successes_nothing_is_asked_and_the_report_says_what_is_needed(passed: bool | None, what: str) -> None:
    report, model = learned(adds(RULE), refund_run(passed=passed))
    assert model.requests == []
    assert what in report.notes[0]
    assert "seasoned traces label" in report.notes[0]


def test_each_call_is_a_turn() -> None:
    turns: list[RunTurn] = []
    learned(adds(RULE), turns=turns)
    assert [(turn.episode, turn.turn) for turn in turns] == [(0, 0), (0, 1)]
    assert turns[0].title == "fold 1: a success and a failure of refund"
    assert turns[0].output == f"rules: 1\ndraft-1, votes 2: {RULE}"
    assert turns[0].kept == (f"ADD {RULE}",)
    assert turns[0].usage.input_tokens == 100


def test_a_call_that_fails_is_a_note_and_the_work_goes_on() -> None:
    def answer(request: Request) -> str | Exception:
        if len(shown(request).outcomes) == 2:
            return ProviderError("the provider does not answer")
        return says(adds(RULE))(request)

    report = asyncio.run(ExpelLearner(ONE_FOLD).learn(PAIR, context(ScriptedModel([answer]))))
    assert len(report.findings) == 1
    assert not report.is_complete
    assert any("1 of 2 calls were not answered: the provider does not answer" in note for note in report.notes)


def test_a_spent_budget_ends_the_work_with_what_it_has() -> None:
    model = ScriptedModel([says(adds(RULE))])
    report = asyncio.run(ExpelLearner(ONE_FOLD).learn(PAIR, context(model, budget=Budget(max_calls=1))))
    assert len(report.findings) == 1
    assert (report.is_complete, report.n_episodes, report.n_episodes_unread) == (False, 2, 1)


def test_what_agents_were_handed_is_withheld_and_no_evidence() -> None:
    handed = FAILED.steps[-1].text + " You will get it within a week, by the card that you paid with."
    said = FAILED.steps[-1].model_copy(update={"kind": "user", "text": handed})
    failed = Trace.of(task=FAILED.task, steps=(*FAILED.steps, said), source=FAILED.source, outcome=FAILED.outcome)
    quote: dict[str, JsonValue] = {"run": 2, "step": len(failed.steps) - 1, "quote": "by the card that you paid with"}
    model = ScriptedModel(
        [
            says(lambda seen: [operation("ADD", "", RULE, quote)] if len(seen.outcomes) == 2 else []),
            '{"operations": []}',
        ]
    )
    told = replace(context(model), handed_out=(handed,))
    report = asyncio.run(ExpelLearner(ONE_FOLD).learn([PASSED, failed], told))
    assert report.findings == ()
    assert "by the card that you paid with" not in model.requests[0].messages[1].content


def test_the_learner_is_had_by_name_with_the_papers_settings() -> None:
    assert "expel" in learner_names()
    learner = learner_named("expel", {"max_num_rules": "10", "success_critique_num": "4"})
    assert learner.name == "expel"
    config = learner.identity["config"]
    assert isinstance(config, dict)
    assert (config["max_num_rules"], config["success_critique_num"], config["k_folds"]) == (10, 4, 2)
    with pytest.raises(UsageError, match="does not take this setting"):
        learner_named("expel", {"rules": "3"})
