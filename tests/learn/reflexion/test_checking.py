"""What is a plan for the next attempt, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.outcome import scored
from seasoned.core.trace import Source, Task, Trace
from seasoned.learn.reflexion.checking import final_answer, plan_problem, script_of
from tests.learn.building import calls, returns, says

ANSWER = "The longer of the two rivers is the Oder, which is 854 km long on its whole way to the sea."
JAPANESE = "次のときはまず両方の川を調べて、それから長さを比べてから答えます。"


def failed(task: str = "Which of the two rivers is longer, and by how many kilometres?", feedback: str = "") -> Trace:
    return Trace.of(
        task=Task(key="t", text=task),
        steps=(calls("search", q="Oder"), returns("854 km"), says(f"I think: {ANSWER}")),
        source=Source(format="test"),
        outcome=scored(0.0, "verifier", feedback=feedback),
    )


@pytest.mark.parametrize(
    "plan",
    [
        "I compared two numbers of different units. Next time I will convert both before I compare them.",
        "Search for each river by its full name, then read the length from the first lines of its page.",
        "Look up the Warta first; only after that compare the two lengths.",
        "The loop stops one element early, so it has to be extended, and the last index must be checked too.",
        "Nächstes Mal schlage ich beide Flüsse nach und vergleiche erst dann ihre Längen.",
    ],
)
def test_plans_are_taken(plan: str) -> None:
    assert plan_problem(plan, failed()) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("854", "a value or a title"),
        ("Love and Theft", "a value or a title"),
        ("The answer is the Oder, since it has 854 km and the other has less.", "answers the task"),
        ("Finish[the Oder, which is the longer of the two]", "answers the task"),
        (ANSWER, "answers the task"),
        ("It was the band that this singer had formed with his brother in that year.", "plans nothing"),
        (" ".join(["I will look again"] * 60), "at most 200"),
        (JAPANESE, "another script (cjk)"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(text: str, why: str) -> None:
    assert why in plan_problem(text, failed())


def test_a_plan_in_the_script_of_the_task_is_taken_and_one_in_english_is_not() -> None:
    japanese = failed("二つの川のうちどちらが長いですか。その差は何キロメートルですか。")
    assert plan_problem(JAPANESE, japanese) == ""
    assert "another script" in plan_problem("Next time I will look up both rivers before I compare.", japanese)


def test_where_the_script_cannot_be_told_nothing_is_refused_for_it() -> None:
    short = failed("12 * 7 = ?")
    assert plan_problem(JAPANESE, short) == ""
    assert script_of("12 * 7 = ?") == ""
    assert script_of("日本語のテキストをひらがなとカタカナと漢字で書きます") == "CJK"


def test_no_plan_names_a_reference_answer() -> None:
    plan = "Next time I will answer Creature Comforts, as the page on its maker says."
    assert "names the reference answer, 'creature comforts'" in plan_problem(
        plan, failed(), withheld=("creature comforts",)
    )


@pytest.mark.parametrize(
    "feedback",
    [
        "Wrong. The correct answer is Creature Comforts.",
        "correct answer: creature comforts",
        'Expected output: "Creature Comforts", got "Wallace"',
    ],
)
def test_an_answer_that_the_feedback_gives_away_is_a_reference_answer(feedback: str) -> None:
    plan = "Next time I will answer Creature Comforts, as the page on its maker says."
    assert "names the reference answer" in plan_problem(plan, failed(feedback=feedback))


def test_other_words_behind_an_expected_result_are_no_answer() -> None:
    feedback = "The expected output was different, and the right answer is a list of names."
    plan = "Next time I will return a list of names, and check that it is different from the input."
    assert plan_problem(plan, failed(feedback=feedback)) == ""


def test_words_of_the_task_and_answers_too_short_to_tell_may_be_named() -> None:
    plan = "Next time I will look up the Warta in 2 steps, and compare then."
    assert plan_problem(plan, failed("Is the Warta longer than the Oder is?"), withheld=("Warta", "2")) == ""


def test_the_final_answer_is_what_the_agent_did_last() -> None:
    trace = failed()
    assert final_answer(trace).startswith("I think")
    assert final_answer(trace.model_copy(update={"steps": trace.steps[:2]})) == 'search({"q": "Oder"})'
    assert final_answer(trace.model_copy(update={"steps": ()})) == ""


@given(st.text(), st.text())
def test_any_text_has_a_verdict(text: str, feedback: str) -> None:
    assert isinstance(plan_problem(text, failed(feedback=feedback)), str)
