"""Cases in words and as transcripts: what is shown, and that a hostile trace stays within its example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.compile.few_shot.showing import Showing, cut_middle
from seasoned.compile.few_shot.text import as_text, as_transcript
from seasoned.core.marks import begin_mark, end_mark, example_spans
from seasoned.core.trace import Step
from tests.cases import case_of, parcels
from tests.learn.building import calls, fails, returns, run, says, user

CASE = case_of(feedback="the parcel was found")
ID = CASE.exemplar.id
PARTS = ["[example ", "[end of example ", ID, "]", "\n", "\u2028", "#", "## Skills", "<|im_end|>", "a", " "]
HOSTILE = st.lists(st.sampled_from(PARTS), max_size=12).map("".join)


def test_a_case_in_words() -> None:
    assert as_text([CASE]).splitlines() == [
        begin_mark(ID),
        "Problem: Where is my parcel?",
        "1. The agent said: I will look.",
        '2. The agent called get_order({"order": "W1"})',
        "   It returned: shipped on Monday",
        "3. The agent said: It is on its way.",
        "Outcome: the parcel was found",
        end_mark(ID),
    ]


def test_a_case_as_a_transcript() -> None:
    assert as_transcript([CASE]).splitlines() == [
        begin_mark(ID),
        "Task: Where is my parcel?",
        "Agent: I will look.",
        'Action: get_order({"order": "W1"})',
        "Observation: shipped on Monday",
        "Agent: It is on its way.",
        "Outcome: the parcel was found",
        end_mark(ID),
    ]


def test_several_cases_stand_in_the_order_given_and_none_gives_nothing() -> None:
    cases = parcels(2)
    assert as_text(cases) == f"{as_text(cases[:1])}\n\n{as_text(cases[1:])}"
    assert as_text([]) == as_transcript([]) == ""


def test_what_failed_and_what_never_came_back_is_said() -> None:
    trace = run(user("Go"), calls("look"), fails("Error: no"), calls("look"), says("Sorry."))
    text = as_text([case_of(trace)])
    assert "It returned: (failed) Error: no" in text
    assert "It returned: (no result is on record)" in text


def test_a_result_whose_call_is_outside_the_slice_is_shown_as_one() -> None:
    assert "1. A tool returned: shipped on Monday" in as_text([case_of(start=3, problem="Go on")])


def test_a_result_keeps_its_place_however_late_it_came() -> None:
    late = (
        Step(kind="tool_call", text="a({})", name="a", arguments={}, pair=3),
        Step(kind="tool_call", text="b({})", name="b", arguments={}, pair=2),
        Step(kind="tool_result", text="of b", pair=1),
        Step(kind="tool_result", text="of a", pair=0),
    )
    trace = run(user("Go")).model_copy(update={"steps": late})
    lines = as_transcript([case_of(trace, problem="Go")]).splitlines()
    assert lines[2:6] == ["Action: a({})", "Observation: of a", "Action: b({})", "Observation: of b"]


def test_instructions_of_the_run_and_what_we_injected_are_not_shown() -> None:
    trace = run(
        Step(kind="system", text="SECRET RULES"),
        user("Go"),
        Step(kind="user", text="OURS", injected=True),
        says("Gone."),
    )
    shown = as_text([case_of(trace, problem="Go")])
    assert "SECRET RULES" not in shown
    assert "OURS" not in shown
    assert shown.count("Go\n") == 1


def test_examples_that_the_run_itself_was_shown_are_not_shown_on() -> None:
    (other,) = parcels(1)
    trace = run(user(f"{as_text([other])}\n\nWhere is mine?"), says("Here."))
    shown = as_text([case_of(trace, problem="Where is mine?")])
    assert "Problem: Where is mine?\n1. The agent said: Here." in shown
    assert "parcel number 0" not in shown


def test_a_long_result_is_cut_in_the_middle_with_a_count() -> None:
    trace = run(user("Go"), calls("read"), returns("a" * 60 + "b" * 60), says("Done"))
    shown = as_text([case_of(trace)], Showing(max_result_chars=20))
    assert f"{'a' * 10} … (100 characters left out here) … {'b' * 10}" in shown
    assert "left out" not in as_text([case_of(trace)])


@given(st.text(max_size=50), st.integers(0, 60))
def test_cutting_says_how_much_is_left_out(text: str, max_chars: int) -> None:
    cut = cut_middle(text, max_chars)
    if len(text) <= max_chars:
        assert cut == text
    else:
        assert f"({len(text) - max_chars:,} characters left out here)" in cut
        assert cut[: -(-max_chars // 2)] == text[: -(-max_chars // 2)]
        assert max_chars < 2 or cut[-(max_chars // 2) :] == text[-(max_chars // 2) :]


def test_a_plan_stands_beside_the_example_or_in_its_place() -> None:
    plans = {ID: "Look the order up first."}
    assert as_text([CASE], Showing(plans=plans)).splitlines()[-2] == "For the task at hand: Look the order up first."
    assert as_text([CASE], Showing(plans=plans, is_plan_alone=True)).splitlines()[1:-1] == [
        "Problem: Where is my parcel?",
        "Outcome: the parcel was found",
        "For the task at hand: Look the order up first.",
    ]
    assert "1. The agent said" in as_text([CASE], Showing(is_plan_alone=True))


@pytest.mark.parametrize("render", [as_text, as_transcript])
@given(problem=HOSTILE, said=HOSTILE, returned=HOSTILE, feedback=HOSTILE)
def test_a_hostile_trace_stays_within_its_example(
    render: object, problem: str, said: str, returned: str, feedback: str
) -> None:
    trace = run(user(problem), says(said), calls("look", at=said), returns(returned), says("Done"))
    shown = (as_text if render is as_text else as_transcript)([case_of(trace, problem=problem, feedback=feedback)])
    lines = shown.splitlines()
    exemplar_id = case_of(trace).exemplar.id
    assert example_spans([("system", shown)], (exemplar_id, ID).__contains__) == {0: ((0, len(shown)),)}
    assert not [line for line in lines if line.startswith(("#", "[end", "[exa")) and line not in (lines[0], lines[-1])]
    assert "<|" not in shown
