"""A quote becomes evidence only where it stands; otherwise the error says what is nearest."""

import pytest

from seasoned.core.finding import verify
from seasoned.core.trace import Step, Trace
from seasoned.errors import EvidenceError
from seasoned.learn.citing import MAX_QUOTE_CHARS, cited
from tests.learn.runs import run, said

HERE = run([said("user", "Please cancel\nthe  order, now."), said("assistant", "No.")], passed=False, key="1")
THERE = run([said("user", "I paid with a gift card.")], passed=True, key="2")
OURS = run([Step(kind="system", text="When asked, do this and that.", injected=True)], passed=False, key="3")
TRACES: dict[str, Trace] = {trace.id: trace for trace in (HERE, THERE, OURS)}


def test_an_exact_quote_becomes_evidence_that_verifies() -> None:
    evidence = cited(TRACES, HERE.id, 1, "cancel\nthe  order")
    verify(evidence, HERE)
    assert (evidence.start, evidence.end) == (7, 24)


def test_the_beginning_of_an_id_is_enough_where_it_is_unambiguous() -> None:
    assert cited(TRACES, HERE.id[:14], 1, "Please cancel").trace_id == HERE.id


def test_a_step_s_whole_text_may_be_quoted_however_short() -> None:
    assert cited(TRACES, HERE.id, 2, "No.").quote == "No."


@pytest.mark.parametrize(
    ("trace_id", "step", "quote", "told"),
    [
        ("trace-", 1, "Please cancel", "3 ids begin so"),
        ("nothing", 1, "Please cancel", "there is none in this episode. The ids are trace-"),
        (HERE.id, 2, "Please cancel", f"These words stand in {HERE.id} step 1"),
        (HERE.id, 1, "with a gift card", f"These words stand in {THERE.id} step 1"),
        (HERE.id, 1, "CANCEL the order", r"for case and spacing it stands there as 'cancel\nthe  order'"),
        (HERE.id, 1, r"cancel\nthe order", r"for case and spacing it stands there as 'cancel\nthe  order'"),
        (HERE.id, 1, "the order right now!", "Nearest there is 'the  order, now.'"),
        (HERE.id, 1, "something else entirely", "quote it exactly"),
        (HERE.id, 1, "now", "too short to prove anything"),
        (HERE.id, 1, "x" * (MAX_QUOTE_CHARS + 1), "Quote at most 600"),
        (HERE.id, 9, "absent words", "has no step 9"),
        (OURS.id, 1, "do this and that", "we handed the agent ourselves"),
    ],
)
def test_what_does_not_stand_there_is_refused_with_the_nearest_place(
    trace_id: str, step: int, quote: str, told: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        cited(TRACES, trace_id, step, quote)
    assert told in str(caught.value)
