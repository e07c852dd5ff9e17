"""Which prompt a run was given."""

from seasoned.evaluate.compare.prompts_in_runs import PromptsInRuns
from tests.make import make_trace
from tests.prompts import bare_prompt

SHORT = bare_prompt("You are the desk agent. Be kind.")
LONG = bare_prompt("You are the desk agent. Be kind.\n\n- When late, refuse the refund.")


def test_a_prompt_is_found_whatever_its_spacing_and_case() -> None:
    run = make_trace(("system", "YOU are the  desk agent.\n\nBe kind."), ("user", "Refund me"))
    assert PromptsInRuns([SHORT, LONG]).of(run) == SHORT.id


def test_of_a_prompt_and_a_longer_one_that_holds_it_the_longer_was_given() -> None:
    run = make_trace(("system", LONG.text + " Today is Monday."), ("user", "Refund me"))
    assert PromptsInRuns([SHORT, LONG]).of(run) == LONG.id


def test_what_the_agent_says_is_no_prompt() -> None:
    assert PromptsInRuns([SHORT]).of(make_trace(("user", "Hello"), ("assistant", SHORT.text))) is None


def test_a_prompt_without_words_is_in_no_run() -> None:
    assert PromptsInRuns([bare_prompt("---")]).of(make_trace(("system", "---"))) is None


def test_what_is_on_record_is_believed_before_the_text() -> None:
    run = make_trace(("system", SHORT.text)).model_copy(update={"prompt_id": LONG.id})
    assert PromptsInRuns([SHORT, LONG]).of(run) == LONG.id
