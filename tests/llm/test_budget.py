"""A budget as people write it."""

import pytest

from seasoned.errors import UsageError
from seasoned.llm.budget import Budget


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("2usd", Budget(max_cost_usd=2)),
        ("0.50 USD", Budget(max_cost_usd=0.5)),
        ("200calls", Budget(max_calls=200)),
        ("1 call, 500000 tokens", Budget(max_calls=1, max_tokens=500_000)),
        ("600s", Budget(max_duration_s=600)),
        ("1 second", Budget(max_duration_s=1)),
        ("90 seconds", Budget(max_duration_s=90)),
        ("10min", Budget(max_duration_s=600)),
        ("2 minutes, 3usd", Budget(max_duration_s=120, max_cost_usd=3)),
        ("2h", Budget(max_duration_s=7200)),
        ("1.5 hours", Budget(max_duration_s=5400)),
    ],
)
def test_a_budget_is_read_as_people_write_it(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize(
    "text", ["", "2", "usd", "2eur", "-1usd", "2usd,3usd", "1e9calls", "1h,30min", "2ms", "1h30min"]
)
def test_what_is_no_budget_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no budget.*usd, calls, tokens or time.*write 2usd.*10min"):
        Budget.parse(text)


@pytest.mark.parametrize("text", ["0.5calls", "1.5 tokens"])
def test_half_a_call_is_no_budget(text: str) -> None:
    with pytest.raises(UsageError, match="is no budget"):
        Budget.parse(text)
