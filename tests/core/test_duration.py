"""Lengths of time as a person writes them."""

from datetime import timedelta

import pytest

from seasoned.core.duration import duration


@pytest.mark.parametrize(
    ("text", "hours"), [("30m", 0.5), ("12h", 12), ("7d", 168), (" 2w ", 336), ("0h", 0), ("999999w", 999999 * 168)]
)
def test_a_number_and_a_unit(text: str, hours: float) -> None:
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "h", "24", "24 h", "-1h", "1.5h", "24H", "1s", "off", "9999999h", "\u0663h"])
def test_what_is_none(text: str) -> None:
    assert duration(text) is None
