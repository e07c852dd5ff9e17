"""Judges beside labels: whose word is the label, and which runs count."""

from datetime import UTC, datetime, timedelta

from seasoned.core.outcome import Outcome, OutcomeSource
from seasoned.evaluate.graders.agreeing import judge_agreements
from seasoned.store.traces.outcomes import History, Statement

AT = datetime(2026, 11, 22, tzinfo=UTC)


def said(
    source: OutcomeSource, success: bool | None, name: str = "", *, stands: bool = True, hours: int = 0
) -> Statement:
    outcome = Outcome(success=success, source=source, name=name)
    return Statement(at=AT + timedelta(hours=hours), outcome=outcome, stands=stands)


def history(*statements: Statement, trace_id: str = "trace-1", task: str = "t") -> History:
    return History(trace_id=trace_id, task_key=task, said=statements)


def counts(*statements: Statement) -> tuple[int, int, int, int] | None:
    """Both pass, only the judge, only the label, both fail."""
    found = judge_agreements([history(*statements)])[0].found
    if found is None:
        return None
    return found.both_pass, found.only_first_passes, found.only_second_passes, found.both_fail


def test_a_persons_word_is_the_label_before_a_verifiers() -> None:
    judged = said("judge", True)
    assert counts(judged, said("human", False), said("verifier", True, hours=1)) == (0, 1, 0, 0)
    assert counts(judged, said("verifier", True)) == (1, 0, 0, 0)


def test_a_verifier_kept_beside_the_judge_is_a_label_but_what_stands_goes_before_it() -> None:
    beside = said("verifier", False, "exact", stands=False, hours=1)
    assert counts(said("judge", True), beside) == (0, 1, 0, 0)
    assert counts(said("judge", True), said("verifier", True), beside) == (1, 0, 0, 0)


def test_a_run_without_a_label_is_judged_and_not_compared() -> None:
    found = judge_agreements([history(said("judge", True), said("self-report", True))])[0]
    assert (found.n_judged, found.found) == (1, None)


def test_the_latest_verdict_of_a_judge_counts() -> None:
    assert counts(said("judge", True, hours=2), said("judge", False, hours=1), said("human", True)) == (1, 0, 0, 0)


def test_judges_are_told_apart_by_name() -> None:
    whole = [history(said("judge", True, "a"), said("judge", False, "b"), said("human", True))]
    assert [(each.judge, len(each.disagreements)) for each in judge_agreements(whole)] == [("a", 0), ("b", 1)]


def test_runs_they_differ_on_are_named() -> None:
    runs = [history(said("judge", n == 1), said("human", True), trace_id=f"trace-{n}") for n in range(3)]
    found = judge_agreements(runs)[0]
    assert found.disagreements == ("trace-0", "trace-2")
    assert (found.n_human, found.n_verifier) == (3, 0)


def test_nothing_judged_is_nothing_said() -> None:
    assert judge_agreements([]) == ()
