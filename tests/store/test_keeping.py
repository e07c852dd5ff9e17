"""With which probability skills are kept, and who said so."""

from collections.abc import Iterator

import pytest

from seasoned.core.operation import skill_id
from seasoned.errors import UsageError
from seasoned.store.keeping import ALWAYS, BOOK, DEFAULT_PROBABILITY, ON_TRIAL
from seasoned.store.store import Store
from tests.prompts import RULES, approved

LATE, EARLY, DOUBT = (skill_id(text) for text in RULES)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        for text in RULES:
            approved(opened, text, book="desk")
        yield opened


def test_a_skill_goes_by_its_own_rule_then_the_books_then_the_settings(store: Store) -> None:
    assert store.keeping.of("desk").probability(LATE) == DEFAULT_PROBABILITY
    assert store.keeping.of("desk").probability(LATE, 0.9) == 0.9
    store.keeping.keep("desk", [BOOK], 0.7, by="ada")
    store.keeping.keep("desk", [LATE], ON_TRIAL, by="ada", reason="new")
    keeping = store.keeping.of("desk")
    assert [keeping.probability(i, 0.9) for i in (LATE, EARLY)] == [ON_TRIAL, 0.7]
    assert [(rule.skill_id, rule.by, rule.reason) for rule in keeping.rules] == [("", "ada", ""), (LATE, "ada", "new")]


def test_a_rule_takes_the_place_of_the_one_before(store: Store) -> None:
    store.keeping.keep("desk", [LATE, EARLY], ON_TRIAL, by="ada")
    store.keeping.keep("desk", [LATE], ALWAYS, by="bob")
    assert [(r.skill_id, r.probability) for r in store.keeping.of("desk").rules] == sorted([(LATE, 1.0), (EARLY, 0.5)])
    assert store.keeping.keep_as_the_book("desk", [LATE, DOUBT], by="bob") == (LATE,)
    assert [rule.skill_id for rule in store.keeping.of("desk").rules] == [EARLY]


def test_every_change_is_on_the_audit_trail(store: Store) -> None:
    store.keeping.keep("desk", [LATE], ALWAYS, by="ada", reason="safety")
    store.keeping.keep("desk", [BOOK], 0.9, by="ada")
    store.keeping.keep_as_the_book("desk", [LATE], by="bob", reason="no more")
    kept = [entry for entry in store.trail.all(book="desk") if entry.act.startswith("keep")]
    assert [(e.by, e.act, e.subject, e.reason, e.detail.get("probability")) for e in kept] == [
        ("ada", "keep", LATE, "safety", 1.0),
        ("ada", "keep", "desk", "", 0.9),
        ("bob", "keep as the book", LATE, "no more", None),
    ]


def test_a_branch_begins_with_the_rules_of_its_book(store: Store) -> None:
    store.keeping.keep("desk", [LATE], ALWAYS, by="ada", reason="safety")
    store.books.branch("desk", "tried")
    store.keeping.keep("tried", [BOOK], ON_TRIAL, by="ada")
    assert [store.keeping.of("tried").probability(i) for i in (LATE, EARLY)] == [ALWAYS, ON_TRIAL]
    assert store.keeping.of("desk").probability(EARLY) == DEFAULT_PROBABILITY
    with pytest.raises(UsageError, match="the book this one branched off from"):
        store.keeping.keep_as_the_book("tried", [LATE], by="ada")
    store.keeping.keep("tried", [LATE], ON_TRIAL, by="ada")
    assert store.keeping.of("tried").probability(LATE) == ON_TRIAL


def test_what_was_ever_said_for_a_book_is_known_though_it_holds_no_more(store: Store) -> None:
    store.keeping.keep("desk", [LATE], ALWAYS, by="ada")
    store.keeping.keep("desk", [LATE], ON_TRIAL, by="ada")
    store.keeping.keep_as_the_book("desk", [LATE], by="ada")
    store.keeping.keep("desk", [BOOK], 0.9, by="ada")
    store.books.branch("desk", "tried")
    store.keeping.keep("tried", [EARLY], 0.3, by="ada")
    assert store.keeping.said("desk") == {LATE: {ALWAYS, ON_TRIAL}, BOOK: {0.9}}
    assert store.keeping.said("tried") == {LATE: {ALWAYS, ON_TRIAL}, BOOK: {0.9}, EARLY: {0.3}}
    assert store.keeping.said("other") == {}


@pytest.mark.parametrize("probability", [0.0, -1.0, 1.5, float("nan")])
def test_what_is_no_probability_is_refused(store: Store, probability: float) -> None:
    with pytest.raises(UsageError, match="is no probability to keep a skill with"):
        store.keeping.keep("desk", [LATE], probability, by="ada")


def test_a_skill_that_is_not_there_is_refused_and_nothing_is_changed(store: Store) -> None:
    with pytest.raises(UsageError, match="has no skill 'skill-none'"):
        store.keeping.keep("desk", [LATE, "skill-none"], ALWAYS, by="ada")
    with pytest.raises(UsageError, match="has no skill 'skill-none'"):
        store.keeping.keep_as_the_book("desk", ["skill-none"], by="ada")
    assert store.keeping.of("desk").rules == ()
