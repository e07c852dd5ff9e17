"""Phrases that say how a conversation goes, and those that only look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.learn.patterns.tone import backtracks, corrects, gives_up, is_dissatisfied


@pytest.mark.parametrize(
    "message",
    [
        "No, I meant the blue one.",
        "no no, not that file",
        "No, that's not my address.",
        "That's wrong. It is order 7.",
        "Wrong file.",
        "That's not what I asked for",
        "This isn\u2019t the one I wanted.",
        "I didn't ask you to delete anything!",
        "I never agreed to a fee.",
        "I already told you my name.",
        "Like I said, the invoice is from May.",
        "You misunderstood me, I need two.",
        "You've booked me the wrong hotel.",
        "I think there might be some mix-up, I fly to Oslo.",
        "Actually, I wanted the earlier train.",
        "Sorry, but that is incorrect.",
        "Thanks, but you forgot the second page",
        "Nein, ich meinte die andere Rechnung.",
        "Eso no es lo que pedí",
        "不对 是另一个",
    ],
)
def test_a_correction(message: str) -> None:
    assert corrects(message)


@pytest.mark.parametrize(
    "message",
    [
        "No, thank you.",
        "No, that's all, thanks!",
        "No, I don't need insurance.",
        "No, it wasn't made in the last 24 hours.",
        "No, that's not necessary.",
        "Actually, could you also add a bag?",
        "Actually, let's make it 3 PM.",
        "Actually I like that.",
        "Is that wrong?",
        "Please tell me if that's wrong.",
        "I booked the wrong date and want to change it.",
        "I already have an account.",
        "I didn't want to say that aloud.",
        "That's not a problem.",
        'The page says "that is wrong", what does it mean?',
        "That's right, not left.",
        "Yes, please go ahead.",
        "",
    ],
)
def test_what_only_looks_like_a_correction(message: str) -> None:
    assert not corrects(message)


@pytest.mark.parametrize(
    "message",
    [
        "This is ridiculous.",
        "I'm really frustrated with this.",
        "That is unacceptable",
        "It's still not working",
        "That didn't help.",
        "I am not happy with that answer.",
        "Can I speak to a real person?",
        "Transfer me to a supervisor now.",
        "Let me talk to a human",
        "How many times do I have to explain this?",
        "Das ist lächerlich!",
        "我要投诉",
    ],
)
def test_dissatisfaction(message: str) -> None:
    assert is_dissatisfied(message)


@pytest.mark.parametrize(
    "message",
    [
        "Thanks, no frustrating surprises this time!",
        "I'm not disappointed at all.",
        "Yes, please transfer me to a human agent. Thank you!",
        "It works, thanks",
        "How does it work?",
        "Who is the manager of the Oslo office?",
        "I need a person's name for the form",
        "",
    ],
)
def test_what_is_no_dissatisfaction(message: str) -> None:
    assert not is_dissatisfied(message)


@pytest.mark.parametrize(
    "message",
    [
        "I apologize for the confusion, the fee is 20.",
        "My apologies for the earlier mistake.",
        "I'm sorry for my error.",
        "You're right, the order was placed in May.",
        "My mistake: that is the other account.",
        "I misread the table.",
        "I made a mistake there.",
    ],
)
def test_an_agent_that_takes_something_back(message: str) -> None:
    assert backtracks(message)


@pytest.mark.parametrize(
    "message",
    [
        "I apologize, but I cannot refund that.",
        "I'm sorry for the delay.",
        "I apologize for the inconvenience this may cause.",
        "If you're right-handed, choose the left one.",
        "Turn right.",
    ],
)
def test_regret_about_a_rule_takes_nothing_back(message: str) -> None:
    assert not backtracks(message)


@pytest.mark.parametrize(
    "message",
    [
        "I was unable to find the file.",
        "I'm not able to complete this.",
        "Unfortunately I couldn't determine the year.",
        "I cannot locate that order.",
        "Error: timeout",
        "Here is what happened:\nTraceback (most recent call last):\n  File",
        "I apologize, but I encountered an error.",
        "Agent stopped due to max iterations.",
        "x" * 5_000 + "\nIn the end I gave up.",
    ],
)
def test_an_agent_that_gives_up(message: str) -> None:
    assert gives_up(message)


@pytest.mark.parametrize(
    "message",
    [
        "All done.",
        "The customer was unable to log in, so I reset the password.",
        "I can't wait!",
        "No errors: all fine.",
    ],
)
def test_an_answer_is_no_giving_up(message: str) -> None:
    assert not gives_up(message)


@given(st.text(max_size=300))
def test_any_text_can_be_judged(message: str) -> None:
    for judge in (corrects, is_dissatisfied, backtracks, gives_up):
        assert judge(message) in (True, False)


@pytest.mark.parametrize("piece", ["no ", "i ", '"', "that's not the ", "you ", "> ", "sorry ", "\n", "`a"])
def test_only_a_bounded_part_of_a_long_text_is_read(piece: str) -> None:
    """A megabyte that repeats what a phrase begins with is judged by its beginning and its end."""
    text = piece * (1_000_000 // len(piece))
    for judge in (corrects, is_dissatisfied, backtracks, gives_up):
        assert judge(text) == judge(text[:4_000] + text[-4_000:])
