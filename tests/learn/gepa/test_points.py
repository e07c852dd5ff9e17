"""Decisions of recorded runs: what is shown of them, and what an answer is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.learn.gepa.points import Argument, NextAction, Point, feedback, points_of, score
from tests.learn.building import calls, returns, run, says, user

RUN = run(
    user("Refund B-17."),
    says("Let me look it up with get_order."),
    calls("get_order", order_id="B-17", days=30),
    calls("get_user", user="mia"),
    returns("found"),
    says("I am sorry."),
    verdict=True,
)
CALL, LAST = points_of(RUN, 9)


def action(tool: str, **arguments: str) -> NextAction:
    return NextAction(tool=tool, arguments=tuple(Argument(name=n, value=v) for n, v in arguments.items()))


def test_a_decision_is_the_first_call_of_several_made_together_or_the_last_word() -> None:
    assert [point.index for point in (CALL, LAST)] == [2, 5]
    assert [point.index for point in points_of(RUN, 1)] == [2]


def test_many_decisions_are_spread_over_the_run() -> None:
    steps = [step for n in range(10) for step in (calls(f"tool_{n}"), returns("ok"))]
    assert [point.index for point in points_of(run(*steps), 3)] == [0, 8, 18]
    assert points_of(run(user("hi")), 3) == []


def test_what_is_shown_holds_neither_the_instructions_nor_what_gives_the_action_away() -> None:
    before = Point(
        run(*[each.model_copy(update={"kind": "system"}) for each in RUN.steps[:1]], *RUN.steps[1:]), 2
    ).before
    assert before.steps == ()
    assert [step.text for step in CALL.before.steps] == ["Refund B-17."]
    assert CALL.before.id != RUN.id, "so that what was found in the whole run is not taken for it"
    assert CALL.before.verdict is None
    assert [step.kind for step in LAST.before.steps] == ["user", "assistant", "tool_call", "tool_call", "tool_result"]


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        (action("get_order", order_id="b-17 ", days="30"), 1.0),
        (action("get_order", order_id="B-18", days="30"), 0.75),
        (action("get_order", days="30"), 0.75),
        (action("get_order", order_id="B-17", days="30", more="x"), 0.5 + 0.5 * 2 / 3),
        (action("get_order"), 0.5),
        (action("refund_order", order_id="B-17", days="30"), 0.0),
        (action("answer"), 0.0),
        (action(""), 0.0),
    ],
)
def test_half_of_the_score_is_for_the_tool_and_half_for_its_arguments(said: NextAction, worth: float) -> None:
    assert score(CALL, said) == pytest.approx(worth)


def test_speaking_to_the_user_is_an_action_too() -> None:
    assert (score(LAST, action("answer")), score(LAST, action("get_user"))) == (1.0, 0.0)
    assert feedback(LAST, action("get_user")) == "The successful run answered the user here; this says get_user."


def test_where_the_log_has_no_arguments_the_tool_is_all() -> None:
    unparsed = RUN.steps[2].model_copy(update={"arguments": None})
    assert score(Point(run(unparsed), 0), action("get_order", order_id="B-17")) == 1.0


def test_feedback_names_tools_and_arguments_and_no_values() -> None:
    said = feedback(CALL, action("get_order", order_id="B-18", more="x"))
    assert said == (
        "The successful run called get_order(order_id, days) here too; these arguments are missing: days; "
        "these it did not pass: more; these have another value: order_id."
    )
    assert feedback(CALL, action("get_order", order_id="B-17", days="30")).endswith("this is the same.")
    assert "B-17" not in feedback(CALL, action("refund_order"))


NAMES = st.sampled_from(["order_id", "days", "more", ""])


@given(st.sampled_from(["get_order", "answer", "x"]), st.dictionaries(NAMES, st.text(max_size=5)))
def test_a_score_is_between_nothing_and_all_whatever_is_said(tool: str, arguments: dict[str, str]) -> None:
    said = action(tool, **arguments)
    assert 0.0 <= score(CALL, said) <= 1.0
    assert (score(CALL, said) >= 0.5) == (tool == "get_order")
    assert feedback(CALL, said).endswith(".")
