"""What a model submits is checked by machine, mended once, and otherwise dropped and counted."""

import asyncio
from typing import Any

import pytest
from pydantic import JsonValue

from seasoned.core.finding import verify
from seasoned.learn.recursive.submission import Submission
from tests.learn.runs import refund_run

BAD, GOOD, UNKNOWN = refund_run(passed=False), refund_run(passed=True), refund_run(passed=None, key="u", looks=False)
TRACES = {trace.id: trace for trace in (BAD, GOOD, UNKNOWN)}
QUOTE: dict[str, JsonValue] = {"trace_id": BAD.id, "step": 4, "quote": "you get 80 back"}
BESIDE: dict[str, JsonValue] = {"trace_id": GOOD.id, "step": 4, "quote": "the 30 days for a refund are over"}


def finding(**changes: Any) -> dict[str, JsonValue]:
    return {
        "claim": "The agent refunded without looking.",
        "root_cause": "It took the user's word.",
        "kind": "missing step",
        "confidence": 0.9,
        "evidence": [QUOTE, BESIDE],
        **changes,
    }


def submit(submission: Submission, findings: JsonValue) -> JsonValue:
    return asyncio.run(submission.submit(findings))


def test_a_finding_that_holds_is_kept_with_evidence_that_verifies() -> None:
    submission = Submission(TRACES, "recursive")
    skill = {"text": "When a refund is asked for, call get_order first.", "reason": "r", "section": "refunds"}
    assert submit(submission, [finding(skill=skill)]) == {"kept": 1, "dropped": 0}
    (kept,) = submission.kept
    verify(kept.evidence[0], BAD)
    assert kept.draft is not None
    assert (kept.draft.section, kept.learner, kept.has_verdicts, kept.kind) == (
        "refunds",
        "recursive",
        True,
        "missing step",
    )


def test_nothing_to_learn_is_accepted() -> None:
    submission = Submission(TRACES, "recursive")
    assert submit(submission, []) == {"kept": 0, "dropped": 0}
    assert (submission.kept, submission.dropped) == ((), ())


def test_wrong_offsets_do_not_spoil_a_right_quote_and_small_slips_of_form_are_read_as_meant() -> None:
    submission = Submission(TRACES, "recursive")
    evidence = {**QUOTE, "start": 99, "end": 3, "note": "here"}
    submit(submission, {"findings": [finding(evidence=[evidence, QUOTE, BESIDE], kind="Missing_Step", mood="sure")]})
    assert next((e.start, e.quote) for e in submission.kept[0].evidence) == (6, "you get 80 back")


def test_findings_on_runs_without_a_verdict_say_so() -> None:
    submission = Submission(TRACES, "recursive")
    submit(submission, [finding(evidence=[{**QUOTE, "trace_id": UNKNOWN.id}])])
    assert submission.kept[0].has_verdicts is False


def test_what_does_not_hold_goes_back_once_and_the_rest_is_kept() -> None:
    submission = Submission(TRACES, "recursive")
    wrong = finding(claim="The agent was rude to them.", evidence=[{**QUOTE, "quote": "go away now"}])
    with pytest.raises(ValueError, match="are kept: 1") as caught:
        submit(submission, [finding(), wrong])
    assert "'The agent was rude to them.': evidence[0]: the step does not hold this quote" in str(caught.value)
    mended = finding(claim="The agent was rude to them.", evidence=[{**QUOTE, "quote": "Done, you get"}])
    assert submit(submission, [mended]) == {"kept": 2, "dropped": 0}
    assert [kept.claim for kept in submission.kept] == [
        "The agent refunded without looking.",
        "The agent was rude to them.",
    ]


def test_what_does_not_hold_the_second_time_is_dropped_and_counted() -> None:
    submission = Submission(TRACES, "recursive")
    wrong = finding(evidence=[{**QUOTE, "quote": "go away now"}])
    with pytest.raises(ValueError, match="do not: 1"):
        submit(submission, [wrong])
    assert submit(submission, [wrong]) == {"kept": 0, "dropped": 1}
    (dropped,) = submission.dropped
    assert dropped.claim == "The agent refunded without looking."
    assert "does not hold this quote" in dropped.reason


def test_what_is_let_go_or_never_mended_is_dropped_too() -> None:
    wrong = finding(evidence=[])
    for second in (True, False):
        submission = Submission(TRACES, "recursive")
        with pytest.raises(ValueError, match="at least 1 item"):
            submit(submission, [finding(claim="This one does hold."), wrong])
        if second:
            assert submit(submission, []) == {"kept": 1, "dropped": 1}
        assert [d.claim for d in submission.dropped] == ["The agent refunded without looking."]
        assert len(submission.kept) == 1


def test_two_findings_with_one_claim_count_as_two() -> None:
    wrong = [finding(evidence=[{**QUOTE, "quote": quote}]) for quote in ("go away now", "never come back")]
    for again, kept, n_dropped in (([], 0, 2), (wrong, 0, 2), (wrong[:1], 0, 2), ([finding()], 1, 1)):
        submission = Submission(TRACES, "recursive")
        with pytest.raises(ValueError, match="do not: 2") as caught:
            submit(submission, list[JsonValue](wrong))
        assert str(caught.value).count("does not hold this quote") == 2
        assert len(submission.dropped) == 2
        assert submit(submission, list[JsonValue](again)) == {"kept": kept, "dropped": n_dropped}
        assert len(submission.dropped) == n_dropped


def test_a_kept_finding_sent_again_counts_once() -> None:
    submission = Submission(TRACES, "recursive")
    with pytest.raises(ValueError, match="finding 1 \\(no claim\\)"):
        submit(submission, [finding(), "nonsense"])
    assert submit(submission, [finding()]) == {"kept": 1, "dropped": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"claim": "short"}, "claim: String should have at least 10 characters"),
        ({"confidence": "high"}, "confidence: Input should be a valid number"),
        ({"confidence": 7}, "confidence: Input should be less than or equal to 1"),
        ({"kind": "bad luck"}, "kind: Input should be 'policy gap'"),
        ({"evidence": [{"step": 1}]}, r"evidence\[0\].trace_id: Field required; evidence\[0\].quote: Field required"),
        ({"evidence": ["you get 80"]}, r"evidence\[0\]: it must be a dict"),
        ({"evidence": [{**QUOTE, "trace_id": "trace-x"}]}, "there is none in this episode"),
        ({"skill": {"text": "Be nice"}}, "skill.text: String should have at least 20 characters"),
        ({"skill": {"text": f"When it is like {BAD.id}, stop."}}, "names a run"),
    ],
)
def test_the_reason_says_what_to_mend(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        submit(Submission(TRACES, "recursive"), [finding(**changes)])


@pytest.mark.parametrize(
    ("findings", "reason"), [("all good", "takes a list"), ([finding()] * 13, "13 findings are too many")]
)
def test_a_submission_of_the_wrong_shape_is_no_submission(findings: Any, reason: str) -> None:
    submission = Submission(TRACES, "recursive")
    with pytest.raises((TypeError, ValueError), match=reason):
        submit(submission, findings)
    assert submission.dropped == ()


def test_a_finding_that_shows_failed_runs_alone_is_kept_and_may_be_strengthened_once() -> None:
    submission = Submission(TRACES, "recursive")
    with pytest.raises(ValueError, match="they cite failed runs alone, though runs of the same task passed") as caught:
        submit(submission, [finding(evidence=[QUOTE])])
    assert "are kept: 1" in str(caught.value)
    assert submit(submission, [finding()]) == {"kept": 1, "dropped": 0}
    (kept,) = submission.kept
    assert {each.trace_id for each in kept.evidence} == {BAD.id, GOOD.id}


def test_a_finding_that_no_passed_run_can_strengthen_stays_as_it_is() -> None:
    submission = Submission(TRACES, "recursive")
    with pytest.raises(ValueError, match="Else submit"):
        submit(submission, [finding(evidence=[QUOTE])])
    assert submit(submission, []) == {"kept": 1, "dropped": 0}


def test_where_no_run_of_the_task_passed_none_is_asked_for() -> None:
    other = refund_run(passed=True, task="another")
    submission = Submission({BAD.id: BAD, other.id: other}, "recursive")
    assert submit(submission, [finding(evidence=[QUOTE])]) == {"kept": 1, "dropped": 0}
    submission = Submission({BAD.id: BAD, UNKNOWN.id: UNKNOWN}, "recursive")
    assert submit(submission, [finding(evidence=[QUOTE])]) == {"kept": 1, "dropped": 0}


def test_the_claim_of_what_is_dropped_is_kept_short_for_it_is_stored_and_shown() -> None:
    submission = Submission(TRACES, "recursive")
    with pytest.raises(ValueError, match="claim: String should have at most"):
        submit(submission, [finding(claim="x" * 100_000)])
    submit(submission, [])
    (dropped,) = submission.dropped
    assert len(dropped.claim) < 1_100
