"""A long run is shortened where it is longest: first what tools returned, then what was said, then the middle."""

import json

from hypothesis import given
from hypothesis import strategies as st

from seasoned.learn.injected import WITHHELD, HandedOut
from seasoned.learn.transcript import LEAST_CHARS, run_lines
from tests.learn.building import calls, fails, returns, run, says, user


def test_a_short_run_is_whole() -> None:
    trace = run(user("Hello"), calls("look", q=1), fails("no such order"), says("Sorry."))
    lines = [json.loads(line) for line in run_lines(trace, 10_000)]
    assert [line["text"] for line in lines] == [step.text for step in trace.steps]
    assert lines[2] == {"step": 2, "kind": "tool_result", "name": "look", "failed": True, "text": "no such order"}


def test_the_longest_results_are_cut_first() -> None:
    trace = run(user("u" * 900), calls("a"), returns("x" * 9000), calls("b"), returns("y" * 700), says("s" * 900))
    lines = [json.loads(line) for line in run_lines(trace, 5_000)]
    assert [len(line["text"]) for line in lines] == [900, 5, 5000 - 6 * 60 - 2 * 900 - 10 - 700, 5, 700, 900]
    assert lines[2]["characters left out here"] == 9000 - len(lines[2]["text"])
    assert "characters left out here" not in lines[4]


def test_what_was_said_is_cut_where_results_alone_do_not_do() -> None:
    trace = run(user("u" * 5000), calls("a"), returns("x" * 5000), says("s" * 300))
    lines = [json.loads(line) for line in run_lines(trace, 2_000)]
    assert len(lines[2]["text"]) == LEAST_CHARS
    assert LEAST_CHARS < len(lines[0]["text"]) < 2_000
    assert len(lines[3]["text"]) == 300


def test_of_very_many_steps_the_middle_is_left_out_and_that_is_said() -> None:
    trace = run(*(says(f"step {n} " + "s" * 400) for n in range(500)))
    lines = [json.loads(line) for line in run_lines(trace, 10_000)]
    (gap,) = [line for line in lines if "step" not in line]
    assert lines[0]["step"] == 0
    assert lines[-1]["step"] == 499
    assert gap["steps left out here"] == 500 - (len(lines) - 1)


@given(st.lists(st.tuples(st.booleans(), st.text(max_size=400)), max_size=40), st.integers(100, 5_000))
def test_no_run_is_longer_than_it_may_be(steps: list[tuple[bool, str]], max_chars: int) -> None:
    trace = run(*(returns(text) if is_returned else says(text) for is_returned, text in steps))
    lines = run_lines(trace, max_chars)
    assert sum(map(len, lines)) <= 2 * max_chars + 60


def test_our_own_words_are_withheld() -> None:
    words = "one two three four five six seven eight nine"
    trace = run(user(f"{words} and what the user said"), says("Well."))
    assert json.loads(run_lines(trace, 1_000, HandedOut([words]))[0])["text"] == f"{WITHHELD} and what the user said"
