"""Which parts of a run could be shown, and what must not be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.exemplar import is_shown
from seasoned.core.marks import begin_mark, end_mark
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.ingest.redaction.policy import Policy
from seasoned.learn.exemplars.cutting import Place, holds_exemplars, obstacle, places, problem_at, tools_of, whole_run
from seasoned.learn.injected import HandedOut
from tests.exemplars import desk_run, step

ID = "exemplar-0123456789abcdef"
OURS = "When a customer asks for money back, look the order up before anything else is said."


def of(*steps: Step, task: str = "Help me") -> Trace:
    return Trace.of(task=Task(key="t", text=task), steps=steps, source=Source(format="test"))


def call(name: str, pair: int | None) -> Step:
    return step("tool_call", f"{name}({{}})", name=name, pair=pair)


def result(pair: int | None, *, is_error: bool = False) -> Step:
    return step("tool_result", "done", pair=pair, is_error=is_error)


TALK = of(
    step("system", "Be kind."),
    step("user", "Help me"),
    call("look", 3),
    result(2),
    step("assistant", "Which one?"),
    step("user", "The red one"),
    step("thought", "red"),
    call("look", 8),
    result(7),
    call("pay", 10),
    result(9),
    step("assistant", "Done."),
    step("user", "Thanks"),
    step("assistant", "You are welcome."),
    step("user", "bye"),
)


class TestTheWholeRun:
    def test_it_begins_behind_the_request_and_ends_with_the_agent(self) -> None:
        assert whole_run(TALK) == Place("run", 2, 14, "Help me")

    def test_a_first_turn_that_is_not_the_task_belongs_to_it(self) -> None:
        trace = of(step("user", "Hello"), step("assistant", "Hello!"), task="Greet whoever comes")
        assert whole_run(trace) == Place("run", 0, 2, "Greet whoever comes")

    def test_without_anything_that_the_agent_did_there_is_none(self) -> None:
        assert whole_run(of(step("system", "Be kind."), step("user", "Help me"))) is None
        assert whole_run(of()) is None


class TestSlices:
    def test_a_subtask_reaches_from_a_turn_to_the_answer_and_calls_a_tool(self) -> None:
        assert list(places(TALK, ("subtask",))) == [
            Place("subtask", 2, 5, "Help me"),
            Place("subtask", 6, 12, "Help me\n\nThe red one"),
        ]

    def test_a_subtask_that_was_never_answered_is_none(self) -> None:
        broken = of(step("user", "Help me"), step("assistant", "Let me look."), call("look", 3), result(2))
        assert list(places(broken, ("subtask",))) == []

    def test_a_call_reaches_from_the_turn_to_its_result(self) -> None:
        found = [(place.start, place.end) for place in places(TALK, ("call",))]
        assert found == [(2, 4), (6, 9), (6, 11)]

    def test_calls_made_together_are_shown_together(self) -> None:
        both = of(step("user", "Help me"), call("a", 3), call("b", 4), result(1), result(2), step("assistant", "."))
        assert [(p.start, p.end, tools_of(both, p)) for p in places(both, ("call",))] == [(1, 5, ("a", "b"))]

    def test_a_call_without_its_result_is_none(self) -> None:
        assert list(places(of(step("user", "Help me"), call("a", None), result(None)), ("call",))) == []

    def test_what_led_to_a_step_is_the_task_and_the_last_turn(self) -> None:
        assert problem_at(TALK, 2) == "Help me"
        assert problem_at(TALK, 12) == "Help me\n\nThe red one"
        assert problem_at(TALK, 0) == "Help me"
        assert problem_at(of(step("user", "Hi"), task=""), 1) == "Hi"

    @given(
        st.lists(
            st.sampled_from(
                [
                    *(step(kind, kind) for kind in ("system", "user", "assistant", "thought", "error")),
                    step("user", "ours").model_copy(update={"injected": True}),
                    call("a", None),
                    result(None),
                ]
            ),
            max_size=12,
        )
    )
    def test_every_place_lies_in_the_run_and_begins_and_ends_with_a_step_that_is_shown(self, steps: list[Step]) -> None:
        trace = of(*steps, task="user")
        for place in places(trace, ("run", "subtask", "call")):
            assert 0 <= place.start < place.end <= len(steps)
            assert is_shown(steps[place.end - 1])
            assert any(is_shown(s) for s in steps[place.start : place.end])


class TestWhatIsNeverShown:
    def whole(self, trace: Trace) -> Place:
        place = whole_run(trace)
        assert place is not None
        return place

    def test_a_good_run_is_shown(self) -> None:
        assert obstacle(TALK, self.whole(TALK)) is None

    @pytest.mark.parametrize("kind", ["system", "user"])
    def test_a_run_to_which_exemplars_were_shown(self, kind: str) -> None:
        shown = step(kind, f"{begin_mark(ID)}\nold run\n{end_mark(ID)}")
        trace = of(shown, *TALK.steps[1:])
        assert obstacle(trace, self.whole(trace)) == "exemplars were shown to the agent in this run"

    def test_an_opening_mark_alone_is_anybodys_text(self) -> None:
        assert not holds_exemplars(of(step("user", f"What is {begin_mark(ID)}?"), step("assistant", "A mark.")))

    def test_what_holds_our_own_words(self) -> None:
        ours = HandedOut([OURS])
        told = of(step("user", "Help me"), step("assistant", "Yes?"), step("user", OURS), step("assistant", "Done."))
        assert obstacle(told, self.whole(told), ours) == "our own words stand in it"
        asked = of(step("user", OURS), step("assistant", "Done."), task=OURS)
        assert obstacle(asked, self.whole(asked), ours) == "our own words stand in it"
        by_system = of(step("system", OURS), *TALK.steps[1:])
        assert obstacle(by_system, self.whole(by_system), ours) is None

    def test_what_a_stricter_redaction_finds(self) -> None:
        trace = desk_run(answer="I wrote to ada@example.com.")
        assert obstacle(trace, self.whole(trace)) is None
        assert obstacle(trace, self.whole(trace), stricter=Policy.parse("pii")) == "it holds what pii redacts"

    def test_a_call_that_failed(self) -> None:
        trace = of(step("user", "Help me"), call("a", 2), result(1, is_error=True), step("assistant", "Sorry."))
        (place,) = places(trace, ("call",))
        assert obstacle(trace, place) == "the tool failed in it"

    def test_what_does_not_say_what_was_to_be_done(self) -> None:
        assert obstacle(TALK, Place("subtask", 2, 5, " ")) == "it does not say what was to be done"

    def test_steps_in_which_the_agent_does_nothing(self) -> None:
        assert obstacle(TALK, Place("subtask", 0, 2, "Help me")) == "the agent did nothing in it"
