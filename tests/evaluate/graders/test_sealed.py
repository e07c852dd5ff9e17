"""What gives a sealed reference away, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.evaluate.graders.sealed import gives_away


@pytest.mark.parametrize(
    ("text", "reference", "shown", "is_given"),
    [
        ("It should be Paris.", "Paris", "Rome, I think", True),
        ("It said Paris.", "Paris", "Paris is fine", False),
        ("It should be PARIS", {"a": [{"b": "paris"}]}, "", True),
        ("It is 94.50 that was due", {"amount": 94.5}, "", False),
        ("It is 94.5 that was due", {"amount": 94.5}, "", True),
        ("The refund goes to the gift card in full", "refund 94.50, goes to the gift card", "", True),
        ("The gift card was not used", "refund 94.50, goes to the gift card", "", False),
        ("It is true that none was made", {"a": True, "b": None}, "", False),
        ("Parisian", "Paris", "", False),
        ("anything", None, "", False),
        ("...", "...", "", False),
    ],
)
def test_words_of_the_reference_that_the_run_does_not_show(
    text: str, reference: JsonValue, shown: str, is_given: bool
) -> None:
    assert gives_away(text, reference, shown) == is_given


@given(st.text(), st.text(alphabet="abc ", min_size=1).filter(str.strip))
def test_a_reference_said_whole_is_always_given_away_unless_the_run_shows_it(before: str, reference: str) -> None:
    said = f"{before} {reference}"
    assert gives_away(said, reference, "")
    assert not gives_away(said, reference, reference)
