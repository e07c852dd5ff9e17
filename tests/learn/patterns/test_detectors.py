"""Detectors see what they should, where they should, and nothing in what we injected ourselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.finding import verify
from seasoned.core.trace import Source, Step, StepKind, Task, Trace
from seasoned.learn.patterns.detectors import MAX_QUOTE_CHARS, occurrences
from tests.learn.building import calls, fails, returns, run, says, user

ASK = user("Please sort this out")
DONE = says("Done.")


def seen(trace: Trace) -> list[tuple[str, tuple[int, ...]]]:
    """Detector and cited steps of every occurrence; all evidence must hold."""
    found = occurrences(trace)
    for occurrence in found:
        for evidence in occurrence.evidence:
            verify(evidence, trace)
    return [(o.detector, tuple(e.step for e in o.evidence)) for o in found]


def test_a_run_in_which_all_goes_well_shows_nothing() -> None:
    assert seen(run(ASK, calls("get_order", id=1), returns("{}"), DONE)) == []


def test_a_run_without_steps_shows_nothing() -> None:
    assert seen(run()) == []


class TestToolErrorThenNoRecovery:
    def test_the_call_and_its_error_are_cited(self) -> None:
        trace = run(ASK, calls("pay", sum=3), fails("Error: card declined"), DONE)
        assert seen(trace) == [("tool error then no recovery", (1, 2))]

    def test_a_later_success_of_the_same_tool_recovers(self) -> None:
        trace = run(ASK, calls("pay", by="card"), fails("Error"), calls("pay", by="bank"), returns("paid"), DONE)
        assert seen(trace) == []

    def test_a_success_of_another_tool_does_not(self) -> None:
        trace = run(ASK, calls("pay", sum=3), fails("Error"), calls("get_order", id=1), returns("{}"), DONE)
        assert seen(trace) == [("tool error then no recovery", (1, 2))]

    def test_an_earlier_success_does_not(self) -> None:
        trace = run(ASK, calls("pay", sum=2), returns("paid"), calls("pay", sum=3), fails("Error"), DONE)
        assert seen(trace) == [("tool error then no recovery", (3, 4))]


class TestIdenticalRepeatedCall:
    def test_twice_in_a_row(self) -> None:
        trace = run(ASK, calls("look", at="a"), returns("-"), calls("look", at="a"), returns("-"), DONE)
        assert seen(trace) == [("identical repeated call", (1, 3))]

    def test_the_order_of_arguments_does_not_matter(self) -> None:
        trace = run(ASK, calls("look", a=1, b=2), returns("-"), calls("look", b=2, a=1), returns("-"), DONE)
        assert seen(trace) == [("identical repeated call", (1, 3))]

    def test_other_arguments_are_another_call(self) -> None:
        assert seen(run(ASK, calls("look", at="a"), returns("-"), calls("look", at="b"), returns("-"), DONE)) == []

    def test_reading_again_after_a_change_is_fine(self) -> None:
        read = (calls("look", at="a"), returns("-"))
        assert seen(run(ASK, *read, calls("move", to="b"), returns("-"), *read, DONE)) == []

    def test_three_times_anywhere(self) -> None:
        read = (calls("look", at="a"), returns("-"))
        trace = run(ASK, *read, calls("go", n=1), returns("-"), *read, calls("go", n=2), returns("-"), *read, DONE)
        assert seen(trace) == [("identical repeated call", (1, 5, 9))]

    def test_a_new_request_may_start_the_same_call_over(self) -> None:
        read = (calls("look", at="a"), returns("-"), says("It is a."))
        assert seen(run(ASK, *read, user("And now?"), *read)) == []


class TestLoop:
    def test_a_cycle_of_two_calls_twice_over(self) -> None:
        cycle = (calls("look", at="a"), returns("-"), calls("move", to="b"), returns("-"))
        assert seen(run(ASK, *cycle, *cycle, DONE)) == [("loop", (1, 3, 5, 7))]

    def test_one_round_and_a_half_is_no_loop(self) -> None:
        look, move = (calls("look", at="a"), returns("-")), (calls("move", to="b"), returns("-"))
        assert seen(run(ASK, *look, *move, *look, DONE)) == []

    def test_the_same_call_over_and_over_is_a_repeat_and_no_loop(self) -> None:
        trace = run(ASK, *(calls("look", at="a"), returns("-")) * 4, DONE)
        assert [name for name, _ in seen(trace)] == ["identical repeated call"]


class TestCutOff:
    @pytest.mark.parametrize(
        ("end", "cited"),
        [
            ([calls("look", at="a")], (1,)),
            ([calls("look", at="a"), returns("found")], (1, 2)),
            ([calls("look", at="a"), returns("found"), Step(kind="thought", text="now what")], (1, 2)),
            ([Step(kind="error", text="step limit reached")], (1,)),
        ],
    )
    def test_a_run_without_a_last_word(self, end: list[Step], cited: tuple[int, ...]) -> None:
        assert seen(run(ASK, *end)) == [("cut off", cited)]

    @pytest.mark.parametrize("name", ["submit", "final_answer", "finish"])
    def test_a_call_that_ends_the_run_is_a_last_word(self, name: str) -> None:
        assert seen(run(ASK, calls(name, answer="42"), returns("ok"))) == []

    def test_so_is_a_handoff(self) -> None:
        trace = run(ASK, calls("transfer_to_human_agents", why="x"), returns("Transfer successful"))
        assert seen(trace) == [("handoff", (1,))]


class TestWriteWithoutConfirmation:
    def test_a_write_that_the_user_never_agreed_to(self) -> None:
        trace = run(ASK, says("Which one?"), user("The blue one."), calls("cancel_order", id=1), returns("-"), DONE)
        assert seen(trace) == [("write without confirmation", (2, 3))]

    def test_words_that_come_when_the_agent_is_done_make_no_conversation(self) -> None:
        trace = run(ASK, calls("cancel_order", id=1), returns("-"), DONE, user("Good to know."))
        assert seen(trace) == []

    def test_agreement_before_the_call_confirms_it(self) -> None:
        trace = run(ASK, says("Cancel it?"), user("Yes, go on."), calls("cancel_order", id=1), returns("-"), DONE)
        assert seen(trace) == []

    def test_one_agreement_confirms_all_calls_of_the_turn(self) -> None:
        trace = run(
            ASK,
            says("Cancel both?"),
            user("Yes please"),
            says("Right away."),
            calls("cancel_order", id=1),
            returns("-"),
            calls("cancel_order", id=2),
            returns("-"),
            DONE,
        )
        assert seen(trace) == []

    def test_agreement_does_not_outlive_the_users_next_message(self) -> None:
        trace = run(
            ASK,
            says("Cancel it?"),
            user("Yes"),
            says("Cancelled. Anything else?"),
            user("A new address: Elm Street 1."),
            calls("update_address", street="Elm Street 1"),
            returns("-"),
            DONE,
        )
        assert seen(trace) == [("write without confirmation", (4, 5))]

    def test_a_refusal_is_no_agreement_though_it_holds_the_word(self) -> None:
        trace = run(ASK, says("Shall I?"), user("No, do not proceed"), calls("cancel_order", id=1), returns("-"), DONE)
        assert seen(trace) == [("write without confirmation", (2, 3))]

    def test_a_single_ticket_has_nobody_to_ask(self) -> None:
        assert seen(run(user("Cancel order 1"), calls("cancel_order", id=1), returns("-"), DONE)) == []

    def test_reading_needs_no_agreement(self) -> None:
        assert seen(run(ASK, says("Which?"), user("Order 1"), calls("get_order", id=1), returns("-"), DONE)) == []


class TestToolsAndArguments:
    def test_arguments_that_do_not_parse(self) -> None:
        broken = Step(kind="tool_call", name="pay", text='pay({"sum": 3)', arguments=None)
        assert seen(run(ASK, broken, returns("-"), DONE)) == [("arguments that do not parse", (1,))]

    def test_a_tool_that_takes_free_text_is_not_broken(self) -> None:
        free = Step(kind="tool_call", name="Search", text="Search(Colorado orogeny)", arguments=None)
        assert seen(run(ASK, free, returns("-"), DONE)) == []

    def test_free_text_for_a_tool_that_took_an_object_before_is(self) -> None:
        free = Step(kind="tool_call", name="search", text="search(everything)", arguments=None)
        trace = run(ASK, calls("search", q="a"), returns("-"), free, returns("-"), DONE)
        assert seen(trace) == [("arguments that do not parse", (3,))]

    def test_a_tool_that_was_not_offered(self) -> None:
        trace = run(ASK, calls("fly", to="moon"), returns("-"), DONE, tools=["walk"])
        assert seen(trace) == [("unknown tool", (1,))]

    def test_nothing_is_unknown_where_the_log_does_not_list_the_tools(self) -> None:
        assert seen(run(ASK, calls("fly", to="moon"), returns("-"), DONE)) == []


class TestRetryAfterAnError:
    def test_the_error_the_changed_call_and_its_result_show_the_fix(self) -> None:
        trace = run(
            ASK,
            calls("pay", order="B 17 Elm Street", sum=3),
            fails("Error: the sum is 2"),
            says("One moment."),
            calls("pay", order="B 17 Elm Street", sum=2),
            returns("paid"),
            DONE,
        )
        assert seen(trace) == [("retry after an error", (2, 4, 5))]

    def test_the_same_call_once_more_changes_nothing(self) -> None:
        again = (calls("pay", sum=3), fails("Error"))
        names = [name for name, _ in seen(run(ASK, *again, says("Hm."), *again, DONE))]
        assert "retry after an error" not in names

    def test_a_shell_s_next_command_is_no_retry_of_the_last(self) -> None:
        trace = run(ASK, calls("bash", command="pytest tests"), fails("Error"), calls("bash", command="ls -la"),
                    returns("."), DONE)  # fmt: skip
        assert seen(trace) == []

    def test_another_tool_is_no_retry(self) -> None:
        trace = run(ASK, calls("find", at="Elm 1"), fails("Error"), calls("look", at="Elm 1 b"), returns("-"), DONE)
        assert [name for name, _ in seen(trace)] == ["tool error then no recovery"]


class TestWhatAPersonSays:
    def test_a_correction_is_cited_with_what_it_corrects(self) -> None:
        trace = run(ASK, says("I cancelled order 8."), user("No, I meant order 9."), says("Done."))
        assert seen(trace) == [("user correction", (1, 2))]

    def test_nothing_is_corrected_before_the_agent_has_said_anything(self) -> None:
        assert seen(run(user("That's wrong on my invoice: the date."), DONE)) == []

    def test_a_complaint(self) -> None:
        trace = run(ASK, says("Try again."), user("It is still not working. This is ridiculous!"), DONE)
        assert seen(trace) == [("dissatisfied user", (1, 2))]

    def test_the_same_request_in_other_words(self) -> None:
        ask = user("Please move my dentist appointment to Friday morning at the Elm Street practice")
        again = user("Please just move my dentist appointment to Friday morning, Elm Street practice")
        trace = run(ask, says("We have many offers for you."), again, DONE)
        assert seen(trace) == [("repeated request", (0, 2))]

    def test_another_number_makes_another_request(self) -> None:
        first = user("Please tell me when order B17 will arrive at my place")
        other = user("Please tell me when order B18 will arrive at my place")
        assert seen(run(first, says("On Monday."), other, DONE)) == []

    def test_saying_yes_twice_repeats_nothing(self) -> None:
        yes = user("Yes, please go ahead with the booking as you said")
        assert seen(run(ASK, says("Shall I?"), yes, says("Really?"), yes, DONE)) == []

    @pytest.mark.parametrize(
        "text",
        [
            "<system-reminder>That's wrong. This is ridiculous.</system-reminder>",
            "Observation: that's not what I asked for",
            '{"error": "this is ridiculous"}',
            "This is ridiculous. " + "log line\n" * 1_000,
        ],
    )
    def test_what_a_harness_sends_is_nobodys_words(self, text: str) -> None:
        assert seen(run(ASK, says("Here."), user(text), DONE)) == []

    def test_another_agent_s_words_are_nobodys_either(self) -> None:
        critic = Step(kind="user", text="No, that's not what I asked for.", name="critic")
        spoken = Step(kind="assistant", text="Let me see.", name="critic")
        assert seen(run(ASK, spoken, says("Here."), critic, DONE)) == []


class TestWhatTheAgentSaysOfItself:
    def test_it_takes_something_back(self) -> None:
        trace = run(ASK, says("It is 20."), user("Really?"), says("I apologize for my mistake: it is 30."))
        assert seen(trace) == [("agent took something back", (3,))]

    def test_it_gives_up(self) -> None:
        assert seen(run(ASK, says("I was unable to find that order."))) == [("gave up", (1,))]

    def test_only_the_last_word_counts(self) -> None:
        assert seen(run(ASK, says("I was unable to find that order. Which one?"), user("Order 9"), DONE)) == []


class TestEmptyReply:
    def test_what_was_left_without_an_answer_is_cited(self) -> None:
        assert seen(run(ASK, says("  "))) == [("empty reply", (0,))]

    def test_an_empty_message_beside_a_call_is_no_reply(self) -> None:
        assert seen(run(ASK, says(""), calls("look", at="a"), returns("-"), DONE)) == []


def test_injected_steps_are_never_looked_at() -> None:
    shown = [
        step.model_copy(update={"injected": True})
        for step in (calls("look", at="a"), calls("look", at="a"), calls("escalate", to="boss"), fails("Error"))
    ]
    assert seen(run(*shown, ASK, DONE)) == []


def test_long_steps_are_cited_by_their_beginning() -> None:
    trace = run(ASK, calls("pay", sum=3), fails("Error: " + "x" * 5000), DONE)
    assert [len(e.quote) for e in occurrences(trace)[0].evidence] == [len(trace.steps[1].text), MAX_QUOTE_CHARS]


_KINDS: tuple[StepKind, ...] = ("system", "user", "assistant", "thought", "tool_call", "tool_result", "error", "image")
_steps = st.builds(
    Step,
    kind=st.sampled_from(_KINDS),
    text=st.sampled_from(["", " ", "yes", "no", "cancel({", 'cancel({"a": 1})', "get({})"]),
    name=st.sampled_from([None, "", "cancel", "get", "transfer_to_agent"]),
    arguments=st.sampled_from([None, {}, {"a": 1}]),
    pair=st.sampled_from([None, 0]),
    is_error=st.booleans(),
    injected=st.booleans(),
)


@given(st.lists(_steps, max_size=12))
def test_whatever_the_steps_every_citation_holds_and_none_is_injected(steps: list[Step]) -> None:
    seen(Trace.of(task=Task(key="t", text="t"), steps=tuple(steps), source=Source(format="by hand")))
