"""Where a skill applies: what is not known excludes nothing, but for the tenant."""

from datetime import date

import pytest
from pydantic import ValidationError

from seasoned.core.scope import Scope, Situation, mismatch

MAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("scope", "situation", "why"),
    [
        (Scope(), Situation(agent="desk", tenant="acme", model="openai:gpt-5", tags=("eu",), tools=(), on=MAY), ""),
        (Scope(agent="desk"), Situation(), ""),
        (Scope(agent="desk"), Situation(agent="desk"), ""),
        (Scope(agent="desk"), Situation(agent="researcher"), "it is for the agent desk"),
        (Scope(tools=("refund", "pay")), Situation(), ""),
        (Scope(tools=("refund",)), Situation(tools=("pay", "refund")), ""),
        (Scope(tools=("refund", "pay")), Situation(tools=("pay",)), "the agent has no tool refund"),
        (Scope(tenant="acme"), Situation(tenant="acme"), ""),
        (Scope(tenant="acme"), Situation(tenant="other"), "it is for the tenant acme"),
        (Scope(tenant="acme"), Situation(), "it is for the tenant acme"),
        (Scope(models=("gpt-5", "claude")), Situation(model="anthropic:claude-opus-4"), ""),
        (Scope(models=("gpt-5",)), Situation(model="openrouter:openai/gpt-5-mini"), ""),
        (Scope(models=("gpt-5",)), Situation(), ""),
        (Scope(models=("gpt-5",)), Situation(model="ollama:qwen3"), "it is for models of gpt-5"),
        (Scope(tags=("eu", "b2b")), Situation(tags=("b2b",)), ""),
        (Scope(tags=("eu",)), Situation(), ""),
        (Scope(tags=("eu",)), Situation(tags=("us",)), "it is tagged eu"),
        (Scope(valid_from=MAY, valid_until=MAY), Situation(on=MAY), ""),
        (Scope(valid_from=MAY), Situation(on=date(2026, 4, 30)), "it begins on 2026-05-01"),
        (Scope(valid_until=MAY), Situation(on=date(2026, 5, 2)), "it ended on 2026-05-01"),
        (Scope(valid_until=MAY), Situation(), ""),
    ],
)
def test_a_scope_applies_or_says_why_not(scope: Scope, situation: Situation, why: str) -> None:
    assert mismatch(scope, situation) == why


def test_what_learners_see_never_moves_the_limits_of_a_person() -> None:
    limits = {"tenant": "acme", "models": ("gpt-5",), "tags": ("eu",), "valid_until": MAY}
    narrow = Scope.model_validate({"agent": "desk", "tools": ("pay",), **limits})
    wide = narrow.widened(Scope(agent="shop", tools=("refund",), tenant="other", tags=("us",)))
    assert wide == Scope.model_validate({"agent": "", "tools": ("pay", "refund"), **limits})


def test_a_scope_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match="it would end on 2026-04-30, before it begins on 2026-05-01"):
        Scope(valid_from=MAY, valid_until=date(2026, 4, 30))
