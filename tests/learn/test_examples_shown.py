"""Examples that an agent was shown come back in its traces: known by their marks, withheld, and no evidence."""

import pytest

from seasoned.compile.few_shot.messages import as_messages
from seasoned.compile.few_shot.text import as_text
from seasoned.core.marks import begin_mark, end_mark
from seasoned.core.trace import Step, Trace
from seasoned.errors import EvidenceError
from seasoned.ingest.steps import StepList
from seasoned.learn.citing import cited
from seasoned.learn.injected import WITHHELD, HandedOut
from seasoned.learn.patterns.reading import own_steps, person_messages, tool_calls
from seasoned.llm.model import Message
from tests.cases import DESK, case_of
from tests.learn.building import calls, fails, run, says, user

CASE = case_of()
OURS = HandedOut([begin_mark(CASE.exemplar.id)])
STRANGERS = HandedOut([begin_mark("exemplar-0123456789abcdef")])
MINE = "And where is mine? I wait since Monday."


def steps_of(message: Message) -> list[Step]:
    """A message as formats read it."""
    if message.role == "tool":
        return [Step(kind="tool_result", text=message.content)]
    said = [Step.model_validate({"kind": message.role, "text": message.content})] if message.content else []
    return [
        *said,
        *(Step(kind="tool_call", name=r.name, text=f"{r.name}({r.arguments})") for r in message.tool_requests),
    ]


CONVERSATION = [step for message in as_messages([CASE]) for step in steps_of(message)]
SHOWN = run(*CONVERSATION, user(MINE), calls("get_order", order="W2"), fails("Error: no such order"), says("Sorry."))
N = len(CONVERSATION)


def refused(trace: Trace, step: int, quote: str, ours: HandedOut = OURS) -> bool:
    try:
        cited({trace.id: trace}, trace.id, step, quote, ours)
    except EvidenceError:
        return True
    return False


def test_text_between_marks_is_withheld_and_no_evidence_and_the_rest_is_the_users() -> None:
    trace = run(user(f"{as_text([CASE])}\n\n{MINE}"), says("Let me see."))
    assert OURS.shown(trace, 0) == f"{WITHHELD}\n\n{MINE}"
    assert OURS.without(trace.steps[0].text) == f"{WITHHELD}\n\n{MINE}"
    assert refused(trace, 0, "shipped on Monday")
    assert not refused(trace, 0, "I wait since Monday")


def test_of_a_conversation_whole_steps_of_any_kind_are_ours() -> None:
    assert {step.kind for step in CONVERSATION} == {"user", "assistant", "tool_call", "tool_result"}
    assert OURS.shown(SHOWN, 0) == f"{WITHHELD}.\n{WITHHELD}"
    assert [OURS.shown(SHOWN, n) for n in range(1, N)] == [WITHHELD] * (N - 1)
    assert all(refused(SHOWN, n, SHOWN.steps[n].text[:100]) for n in range(N))
    assert [OURS.shown(SHOWN, n) for n in range(N, N + 4)] == [step.text for step in SHOWN.steps[N:]]
    assert not refused(SHOWN, N + 2, "Error: no such order")


def test_patterns_pass_over_the_steps_of_an_example() -> None:
    marked = OURS.marked(SHOWN)
    assert marked.id == SHOWN.id
    assert [index for index, _ in own_steps(marked)] == list(range(N, N + 4))
    assert [index for index, _ in tool_calls(marked)] == [N + 1]
    assert [step.text for _, step in person_messages(marked)] == [MINE]


def test_a_message_that_holds_more_than_an_example_stays_a_step_of_the_run() -> None:
    trace = run(user(f"{as_text([CASE])}\n\n{MINE}"), says("Let me see."))
    assert OURS.marked(trace) == trace
    assert OURS.marked(DESK) is DESK


@pytest.mark.parametrize("ours", [STRANGERS, HandedOut()])
def test_nobody_hides_their_words_behind_a_mark_that_is_not_ours(ours: HandedOut) -> None:
    assert [ours.shown(SHOWN, n) for n in range(1, N)] == [step.text for step in SHOWN.steps[1:N]]
    assert "Where is my parcel?" in ours.shown(SHOWN, 0)
    assert not refused(SHOWN, 0, "Where is my parcel?", ours)
    assert all(not step.injected for step in ours.marked(SHOWN).steps)


def test_a_mark_without_its_end_hides_nothing() -> None:
    trace = run(user(f"{begin_mark(CASE.exemplar.id)} you failed me again"), fails("Error: it broke"))
    assert OURS.shown(trace, 0) == trace.steps[0].text
    assert not refused(trace, 0, "you failed me again")


def test_no_tool_hides_its_errors_by_our_marks() -> None:
    text = f"{begin_mark(CASE.exemplar.id)} Error: it broke {end_mark(CASE.exemplar.id)}"
    trace = run(user("Go"), calls("look"), fails(text))
    assert OURS.shown(trace, 2) == text
    assert not refused(trace, 2, "Error: it broke")


def test_the_task_of_a_run_is_what_was_asked_and_not_the_example_before_it() -> None:
    def asked(*steps: Step) -> str:
        reading = StepList()
        for step in steps:
            reading.add(step.kind, step.text)
        return reading.asked()

    assert asked(*(step for step in CONVERSATION if step.kind != "tool_call"), user(MINE), says("Hm.")) == MINE
    assert asked(user(f"{as_text([CASE])}\n\n{MINE}"), says("Hm.")) == MINE
    assert asked(user(MINE), says("Hm.")) == MINE
    assert asked(user(""), user(MINE)) == ""
