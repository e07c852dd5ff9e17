"""The attempts at a task: their order, and what is shown of one."""

import json
from datetime import UTC, datetime

from seasoned.core.outcome import scored
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.learn.injected import WITHHELD, HandedOut
from seasoned.learn.reflexion.attempts import attempt_text, attempts_by_task, repeated_action
from tests.learn.building import calls, returns, says, user


def attempt(run_key: str = "", *steps: Step, at: int | None = None, feedback: str = "", score: float = 0.0) -> Trace:
    return Trace.of(
        task=Task(key="rivers", text="Which river is longer?"),
        steps=steps or (says("The Oder."),),
        source=Source(format="test", run_key=run_key),
        outcome=scored(score, "verifier", feedback=feedback),
        started_at=None if at is None else datetime(2026, 1, at, tzinfo=UTC),
    )


def order(*traces: Trace) -> list[tuple[str, int]]:
    return [(each.trace.source.run_key, each.trial) for each in attempts_by_task(traces)["rivers"]]


def test_the_log_s_own_numbers_order_the_trials() -> None:
    assert order(attempt("trial 3, question 7"), attempt("trial 1, question 7")) == [
        ("trial 1, question 7", 1),
        ("trial 3, question 7", 3),
    ]


def test_a_log_that_counts_from_zero_is_counted_from_one() -> None:
    assert order(attempt("environment 5, trial 1"), attempt("environment 5, trial 0")) == [
        ("environment 5, trial 0", 1),
        ("environment 5, trial 1", 2),
    ]


def test_without_numbers_the_beginnings_order_them_and_without_those_the_log() -> None:
    assert order(attempt("late", at=2), attempt("early", at=1)) == [("early", 1), ("late", 2)]
    assert order(attempt("b"), attempt("a")) == [("b", 1), ("a", 2)]


def test_two_runs_of_one_number_are_ordered_as_they_stand() -> None:
    assert order(attempt("trial 2, a"), attempt("trial 2, b")) == [("trial 2, a", 1), ("trial 2, b", 2)]


def shown(trace: Trace, ours: HandedOut | None = None, max_tokens: int = 1_600) -> list[dict[str, object]]:
    text = attempt_text(trace, ours or HandedOut(), max_tokens)
    return [json.loads(line) for line in text.splitlines()]


def test_an_attempt_begins_with_the_task_and_ends_with_its_status() -> None:
    trace = attempt(
        "", calls("search", q="Oder"), returns("854 km"), says("The Oder."), feedback="too short", score=0.25
    )
    first, *steps, last = shown(trace)
    assert first == {"task": "Which river is longer?"}
    assert [step["text"] for step in steps] == ['search({"q": "Oder"})', "854 km", "The Oder."]
    assert last == {"status": "failed", "score": 0.25, "feedback": "too short"}


def test_the_agent_s_instructions_and_what_we_handed_it_are_left_out() -> None:
    plan = "Next time I will look up both of the rivers before I compare their lengths at all."
    trace = attempt(
        "",
        Step(kind="system", text="You answer questions about rivers."),
        Step(kind="system", text=plan, injected=True),
        user(f"Which one? {plan}"),
        says("The Oder."),
    )
    texts = [line.get("text") for line in shown(trace, HandedOut([plan]))[1:-1]]
    assert texts == [f"Which one? {WITHHELD}.", "The Oder."]


def test_the_largest_observations_are_shortened_first() -> None:
    # By hand: 300 tokens are 1,200 characters. Five steps take 60 each beside their texts, so 900 are left; what the
    # agent wrote (40 + 60 + 10 = 110) stays whole, so 790 are left for the two results. The small one (90) stays,
    # and the large one (5,000) gets the 700 that remain.
    trace = attempt("", says("a" * 40), returns("s" * 90), says("b" * 60), returns("L" * 5_000), says("c" * 10))
    steps = shown(trace, max_tokens=300)[1:-1]
    assert [len(str(step["text"])) for step in steps] == [40, 90, 60, 700, 10]
    assert steps[3]["characters left out here"] == 4_300


def test_an_action_taken_twice_in_a_row_is_said() -> None:
    again = (calls("go", to="sink"), returns("nothing happens"), calls("go", to="sink"))
    assert repeated_action(again) == 'go({"to": "sink"})'
    assert shown(attempt("", *again))[-1]["did the same twice in a row"] == 'go({"to": "sink"})'


def test_another_action_or_a_new_request_between_makes_it_no_repetition() -> None:
    go, look = calls("go", to="sink"), calls("look")
    assert repeated_action((go, look, go)) == ""
    assert repeated_action((go, user("and once more, please"), go)) == ""
