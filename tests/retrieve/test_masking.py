"""What belongs to one case alone is masked, so that tasks are alike where they ask for the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.retrieve.masking import READ_CHARS, Wording, masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ada.lovelace@example.co.uk now", "write to email now"),
        ("on 2024-05-20 or May 20th, 2024", "on date or date"),
        ("refund $1,234.50 or 30 EUR", "refund amount or amount"),
        ("my id is mia_li_3668", "my id is identifier"),
        ("reservation EHGLP3 on HAT136", "reservation identifier on identifier"),
        ("order #W77A and RX-20931", "order identifier and identifier"),
        ("key 6f1a2b3c-0000-4aaa-8bbb-1234567890ab", "key identifier"),
        ("card 4242424242424242", "card number"),
        ("call +1 (555) 123-4567", "call number"),
        ("part bb-2041x", "part identifier"),
        ("by <SECRET:github_token:1f0c9a7e>!", "by github_token !"),
        ("two\n\tlines", "two lines"),
    ],
)
def test_each_form_becomes_a_word_for_its_type(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize("text", ["within 24 hours", "a 24-hour window of 30days", "SHA-256 over HTTP-2", "step 3"])
def test_what_says_something_of_the_task_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text(alphabet="aZ09-_ .@$#:/", max_size=60))
def test_no_long_number_is_left_standing_alone(text: str) -> None:
    assert not any(word.isdigit() and len(word) >= 5 for word in masked(text).split())


@pytest.mark.parametrize("part", ["a", "1,", "a.b", "1 ", "@a", "a-", "A1"])
def test_a_very_long_text_is_read_so_far(part: str) -> None:
    assert masked(part * 10**6) == masked((part * 10**6)[:READ_CHARS])


class TestAskingTheSame:
    def same(self, left: str, right: str) -> bool:
        assert Wording.of(left).is_same(Wording.of(right)) == Wording.of(right).is_same(Wording.of(left))
        return Wording.of(left).is_same(Wording.of(right))

    def test_but_for_case_spacing_and_marks(self) -> None:
        assert self.same("Cancel my trip, please!", "cancel  my trip please")

    @pytest.mark.parametrize(
        "other",
        [
            "Bitte den Cafe\u0301-Gutschein fu\u0308r Jose\u0301 pru\u0308fen",
            "Bit\u00adte den Café-Gut\u200bschein für Jo\u2060sé prüfen",
            "\uff22\uff49\uff54\uff54\uff45 den \uff23\uff41\uff46é-Gutschein für José prüfen",
        ],
        ids=["letters taken apart", "invisible characters", "wide letters"],
    )
    def test_but_for_how_its_letters_are_written(self, other: str) -> None:
        text = "Bitte den Café-Gutschein für José prüfen"
        assert self.same(text, other)
        assert masked(text) == masked(other)

    def test_but_for_one_number_in_a_long_text(self) -> None:
        text = "I would like to cancel the reservation {} because my plans for the summer have changed."
        assert self.same(text.format("EHGLP3"), text.format("ABCDE5"))

    def test_a_short_request_about_another_order_is_another_task(self) -> None:
        assert not self.same("cancel reservation EHGLP3", "cancel reservation ABCDE5")

    def test_other_words_are_another_task(self) -> None:
        assert not self.same("cancel my trip to Rome in spring", "change my trip to Rome in spring")
        assert not self.same("cancel", "")

    def test_nothing_is_the_same_as_nothing(self) -> None:
        assert self.same("", " ")
        assert not self.same("?", "!")
