"""Which skills leave a book."""

from datetime import date

import pytest

from seasoned.core.operation import skill_id
from seasoned.core.scope import Scope
from seasoned.core.skillbook import Skillbook, fold
from seasoned.errors import UsageError
from seasoned.exchange.document import parsed
from seasoned.exchange.exporting import Choice, Chosen, as_json, chosen, for_agents
from tests.exchange.books import BROKEN, EARLY, LATE, log, merge
from tests.make import add, verdict

TODAY = date(2026, 6, 1)


def book(*scopes: Scope) -> Skillbook:
    texts = [f"When {number}, do it." for number in range(len(scopes))]
    adds = [add(text).model_copy(update={"scope": scope}) for text, scope in zip(texts, scopes, strict=True)]
    return fold("desk", log(*adds, *(verdict("APPROVE", text) for text in texts)))


def texts(found: Chosen) -> list[str]:
    return [skill.text for skill in found.skills]


def test_skills_are_chosen_by_status_and_tag() -> None:
    events = log(add(LATE).model_copy(update={"scope": Scope(tags=("shop",))}), add(EARLY), verdict("APPROVE", EARLY))
    desk = fold("desk", events)
    assert texts(chosen(desk, Choice())) == [LATE, EARLY]
    assert texts(chosen(desk, Choice(statuses=("approved",)))) == [EARLY]
    assert texts(chosen(desk, Choice(tags=("shop", "mail")))) == [LATE]


def test_a_merged_skill_leaves_only_with_the_ones_that_it_went_into() -> None:
    desk = fold("desk", log(add(LATE), add(EARLY), add(BROKEN), merge(EARLY, LATE), merge(BROKEN, EARLY)))
    found = chosen(desk, Choice(statuses=("merged",)))
    assert texts(found) == []
    # The middle one was chosen too, but not the one that stands.
    assert [(each.where, each.why) for each in found.left_out] == [
        (skill_id(LATE), f"it went into {skill_id(BROKEN)}, which was not chosen"),
        (skill_id(EARLY), f"it went into {skill_id(BROKEN)}, which was not chosen"),
    ]
    assert parsed(as_json(desk, chosen(desk, Choice(statuses=("merged", "proposed"))).skills, None), "f").revision == 5


def test_agents_get_what_is_approved_for_everybody_and_today() -> None:
    desk = book(Scope(), Scope(tenant="acme"), Scope(valid_until=date(2026, 5, 31)), Scope(valid_from=date(2026, 6, 2)))
    found = for_agents(desk, Choice(), TODAY)
    assert texts(found) == ["When 0, do it."]
    assert [each.why for each in found.left_out] == [
        "it is for the tenant acme", "it ended on 2026-05-31", "it begins on 2026-06-02",
    ]  # fmt: skip


def test_agents_get_approved_skills_only() -> None:
    desk = fold("desk", log(add(LATE)))
    assert texts(for_agents(desk, Choice(statuses=("approved",)), TODAY)) == []
    with pytest.raises(UsageError, match="not proposed or rejected ones"):
        for_agents(desk, Choice(statuses=("proposed", "rejected")), TODAY)
