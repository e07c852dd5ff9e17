"""A run was handed what its exposure record says, or what of our wordings stands in its instructions."""

from datetime import UTC, datetime

from seasoned.compile.compiler import compile_prompt
from seasoned.core.operation import Event, Operation
from seasoned.core.prompt import Exposure
from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.trace import Trace
from seasoned.learn.judged.handed import Handed, HandedSkills, batches
from tests.make import PERSON, add, make_trace, verdict

AT = datetime(2026, 3, 1, tzinfo=UTC)
LOOK = "When a refund is asked for, call get_order first and compare the delivery date."
THANK = "When all is done, thank them."
NEVER = "When a bicycle is stolen, ask for the frame number and the police report at once."


def book_of(*operations: Operation) -> Skillbook:
    return fold("desk", [Event(revision=n, at=AT, operation=each) for n, each in enumerate(operations, start=1)])


BOOK = book_of(*(each for text in (LOOK, THANK) for each in (add(text), verdict("APPROVE", text))), add(NEVER))
PROMPT = compile_prompt(BOOK, "You are the desk agent.", budget_tokens=1000)
SKILLS = HandedSkills(BOOK, [PROMPT])
BOTH = (Handed(add(LOOK).skill_id, 1, LOOK), Handed(add(THANK).skill_id, 3, THANK))


def given(text: str) -> Trace:
    return make_trace(("system", text), ("user", "Hello"), ("assistant", "Hi"))


def test_a_compiled_prompt_in_the_instructions_shows_what_was_handed_over() -> None:
    assert SKILLS.in_trace(given(PROMPT.text)) == BOTH
    assert SKILLS.in_trace(given(PROMPT.text.upper().replace("- ", "<li>"))) == BOTH, "in other clothes too"
    assert SKILLS.in_trace(given("You are the desk agent.")) == ()


def test_it_is_found_where_it_was_cut_over_messages() -> None:
    middle = PROMPT.text.index("get_order")
    trace = make_trace(("system", PROMPT.text[:middle]), ("user", PROMPT.text[middle:]), ("assistant", "Hi"))
    assert SKILLS.in_trace(trace) == BOTH


def test_what_the_agent_or_a_tool_says_was_not_handed_over() -> None:
    assert SKILLS.in_trace(make_trace(("assistant", PROMPT.text), ("tool_result", PROMPT.text))) == ()


def test_a_few_words_alone_are_no_sign_of_us() -> None:
    assert SKILLS.in_trace(given(f"Be kind. {THANK}")) == ()
    assert SKILLS.in_trace(given(f"Be kind. {LOOK} {THANK}")) == BOTH


def test_a_skill_that_no_prompt_held_was_handed_to_nobody() -> None:
    assert SKILLS.in_trace(given(NEVER)) == ()
    assert HandedSkills(BOOK, []).in_trace(given(PROMPT.text)) == ()
    other = PROMPT.model_copy(update={"book": "another"})
    assert HandedSkills(BOOK, [other]).texts == ()


def test_the_wording_is_the_one_that_the_run_was_handed() -> None:
    longer = f"{LOOK} Then answer."
    edit = Operation(kind="EDIT", skill_id=add(LOOK).skill_id, author=PERSON, text=longer)
    later = book_of(add(LOOK), verdict("APPROVE", LOOK), edit)
    earlier = book_of(add(LOOK), verdict("APPROVE", LOOK))
    prompts = [compile_prompt(book, "", budget_tokens=1000) for book in (earlier, later)]
    skills = HandedSkills(later, prompts)
    assert [h.wording for h in skills.in_trace(given(prompts[0].text))] == [1]
    assert [h.wording for h in skills.in_trace(given(prompts[1].text))] == [3], "it holds the shorter one too"


def test_an_exposure_record_is_believed() -> None:
    exposures = tuple(
        Exposure(skill_id=add(text).skill_id, revision=5, included=included, probability=0.5)
        for text, included in ((LOOK, False), (THANK, True), ("Nobody knows this.", True))
    )
    trace = given(PROMPT.text).model_copy(update={"exposures": exposures})
    assert SKILLS.in_trace(trace) == BOTH[1:]
    early = tuple(each.model_copy(update={"revision": 1}) for each in exposures)
    assert SKILLS.in_trace(trace.model_copy(update={"exposures": early})) == (), "it was not born then"


def test_many_are_asked_about_in_parts() -> None:
    assert batches(BOTH * 3, 4) == (BOTH * 2, BOTH)
