"""A reflection that says what an earlier one of its task said."""

from hypothesis import given
from hypothesis import strategies as st

from seasoned.learn.reflexion.repeats import said_before, telling

FIRST = (
    "I kept walking to the table and never filled the bucket. I will fill the bucket at the tap, then wipe the floor."
)


def test_the_same_in_other_forms_of_the_words_is_a_repeat() -> None:
    again = "I walked to the table and did not fill the bucket. I should fill the bucket at the tap and wipe the floor."
    assert said_before(again, [FIRST]) == 0


def test_a_shortened_plan_says_nothing_new() -> None:
    assert said_before("Next time I will fill the bucket at the tap and wipe the floor.", [FIRST]) == 0


def test_a_plan_that_adds_a_phrase_to_a_long_one_is_a_repeat() -> None:
    assert said_before(f"{FIRST} I will also be careful.", [FIRST]) == 0


def test_another_plan_is_none_although_the_words_of_form_are_the_same() -> None:
    other = "I kept opening the drawer and never took the key. I will take the key from the hook, then unlock the door."
    assert said_before(other, [FIRST]) is None


def test_the_last_of_several_equal_ones_is_named() -> None:
    assert said_before(FIRST, [FIRST, "Search the archive by year first.", FIRST]) == 2
    assert said_before(FIRST, []) is None


def test_numbers_count_whole() -> None:
    assert telling("drawer 12345678 drawers") == {"drawe", "12345678"}


def test_the_order_of_words_is_not_seen() -> None:
    """What the detector cannot do: these two plans are opposites."""
    assert said_before("Sort before filtering the rows.", ["Filter the rows before sorting."]) == 0


@given(st.text(min_size=1))
def test_what_has_telling_words_repeats_itself(text: str) -> None:
    assert (said_before(text, [text]) == 0) == bool(telling(text))
