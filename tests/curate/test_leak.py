"""What a skill may not hold is found, and what only looks like it is left alone."""

import pytest

from seasoned.core.trace import Source, Step, StepKind, Task, Trace
from seasoned.curate.leak import leaks

POLICY = "Refunds within 30 days. A certificate is worth $100. Write to desk@shop.example. The Tarn card is ours."


def run_of(*steps: tuple[StepKind, str], task: str = "a", asked: str = "Help me") -> Trace:
    texts: list[tuple[StepKind, str]] = [("system", POLICY), *steps]
    return Trace.of(
        task=Task(key=task, text=asked),
        steps=tuple(Step(kind=kind, text=text) for kind, text in texts),
        source=Source(format="test"),
    )


RUN = run_of(
    ("user", "My name is Mia Li, user mia_li_3668, mail mia.li@mail.example. Order RX-20931 of May 15, 2024, $47.50."),
    (
        "tool_result",
        (
            '{"reservation": "EHGLP3", "first_name": "Noah", "at": "2024-05-15", "token": 255001, '
            '"booking_id": "HATHAT", "team_id": "workshop", "sum": "$100"}'
        ),
    ),
    ("assistant", "The capital is Paris"),
    ("user", "Thanks, Maren"),
    ("assistant", "Lisbon."),
)


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("When asked, write to mia.li@mail.example.", "an e-mail address of a run, 'mia.li@mail.example'"),
        ("When asked about RX-20931, refuse.", "an identifier of a run, 'RX-20931'"),
        ("When mia_li_3668 asks, refuse.", "an identifier of a run, 'mia_li_3668'"),
        ("When the reservation is EHGLP3, refuse.", "an identifier of a run, 'EHGLP3'"),
        ("When the booking is HATHAT, refuse.", "an identifier of a run, 'HATHAT'"),
        ("When the code is 255001, refuse.", "an identifier of a run, '255001'"),
        ("When ordered on May 15, 2024, refuse.", "a date of a run, 'May 15, 2024'"),
        ("When ordered on 2024-05-15, refuse.", "a date of a run, '2024-05-15'"),
        ("When it cost $47.50, refuse.", "an amount of a run, '$47.50'"),
        ("When a customer is called Mia, refuse.", "a name from a run, 'Mia'"),
        ("When a customer is called Noah, refuse.", "a name from a run, 'Noah'"),
        ("When it is signed by Maren, refuse.", "a name from a run, 'Maren'"),
        ("When asked for the city, answer Lisbon.", "the answer of a run, 'Lisbon'"),
    ],
)
def test_what_one_run_alone_shows_is_a_leak(text: str, leak: str) -> None:
    assert leaks(text, [RUN]) == (leak,)
    assert leaks(text, []) == ()


@pytest.mark.parametrize(
    "text",
    [
        "When the window of 30 days is over, refuse.",
        "When the certificate is worth $100, accept it.",
        "When asked, write to desk@shop.example.",
        "When a bill is $40, accept it.",
        "When the order is from last May, look it up with get_order.",
        "Lisbon is no place that we send to.",
        "Mia is what nobody may be called.",
        "When a hash is asked for, use SHA256 and UTF8, at most 20000 characters.",
        "When the Tarn card is used, accept it.",
        "When it has a defect, pass it to the workshop.",
    ],
)
def test_what_the_instructions_say_or_no_run_shows_is_none(text: str) -> None:
    shown = run_of(("user", "SHA256 and UTF8 with 20000 characters, the Tarn card"), ("assistant", "Done."))
    assert leaks(text, [shown, RUN]) == ()


def test_what_the_runs_of_several_tasks_show_is_for_a_reviewer_to_judge() -> None:
    runs = [run_of(("user", "Use code SAVE99 for $12.50"), task=task) for task in "ab"]
    text = "When asked for a code, give SAVE99 for $12.50."
    assert leaks(text, runs) == ()
    assert len(leaks(text, runs[:1])) == 2


def test_what_the_definitions_of_tools_hold_is_none() -> None:
    shown = run_of(("tool_call", "set_mode(X77AB1)"))
    text = "When asked, set the mode X77AB1."
    assert leaks(text, [shown])
    assert leaks(text, [shown], "mode: one of X77AB1, X77AB2") == ()


def test_a_part_of_a_number_is_not_the_number() -> None:
    shown = run_of(("user", "It cost $1005.00 and 12550019"))
    assert leaks("When it costs $100, code 255001, refuse.", [shown]) == ()


def test_a_long_copy_is_a_leak_and_a_short_one_is_not() -> None:
    copied = "the box had arrived open and wet so that nobody could say what had been in it when it was sent off"
    shown = run_of(("user", f"We saw that {copied} by the shop."))
    assert "a long copy of a run" in leaks(f"When {copied}, refuse.", [shown])[0]
    assert leaks("When the box had arrived open and wet, refuse.", [shown]) == ()
    instructed = Trace.of(task=RUN.task, steps=(Step(kind="system", text=copied), *shown.steps), source=RUN.source)
    assert leaks(f"When {copied}, refuse.", [instructed]) == ()


def test_words_that_we_injected_are_not_the_runs() -> None:
    ours = Step(kind="user", text="Order RX-20931", injected=True)
    shown = Trace.of(task=Task(key="a", text="Help"), steps=(ours,), source=Source(format="test"))
    assert leaks("When asked about RX-20931, refuse.", [shown]) == ()
