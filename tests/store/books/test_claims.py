"""Who is to decide on what, and who looks at it now."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from seasoned.store.store import Store
from tests.make import add

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SKILLS = [f"skill-{n}" for n in range(12)]


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.books.append("desk", [add("When late, refuse.")], scope="r")
        yield opened


def test_what_one_holds_another_does_not_get_until_it_is_released(store: Store) -> None:
    assert store.claims.hold("desk", "skill-1", "ada")
    assert not store.claims.hold("desk", "skill-1", "bob")
    assert store.claims.held("desk") == {"skill-1": "ada"}
    store.claims.release("desk", "skill-1", "bob")
    assert store.claims.held("desk") == {"skill-1": "ada"}
    store.claims.release("desk", "skill-1", "ada")
    assert store.claims.hold("desk", "skill-1", "bob")


def test_a_hold_ends_by_itself_and_can_be_made_longer(store: Store) -> None:
    assert store.claims.hold("desk", "skill-1", "ada", minutes=5, now=NOW)
    assert store.claims.hold("desk", "skill-1", "ada", minutes=5, now=NOW + timedelta(minutes=4))
    later = NOW + timedelta(minutes=9)
    assert not store.claims.hold("desk", "skill-1", "bob", now=later - timedelta(microseconds=1))
    assert store.claims.held("desk", now=later) == {}
    assert store.claims.hold("desk", "skill-1", "bob", now=later)


def test_books_are_apart(store: Store) -> None:
    store.books.append("other", [add("When late, refuse.")], scope="r")
    assert store.claims.hold("desk", "skill-1", "ada")
    assert store.claims.hold("other", "skill-1", "bob")


def test_an_assignment_stands_until_it_is_changed_and_is_on_record(store: Store) -> None:
    store.claims.assign("desk", ["skill-1", "skill-2"], "bob", by="ada")
    store.claims.hold("desk", "skill-1", "bob")
    store.claims.release("desk", "skill-1", "bob")
    assert {i: claim.assignee for i, claim in store.claims.of("desk").items()} == {"skill-1": "bob", "skill-2": "bob"}
    store.claims.assign("desk", ["skill-1"], None, by="bob")
    assert set(store.claims.of("desk")) == {"skill-2"}
    acts = [(act.by, act.act, act.subject, act.detail) for act in store.audit.all()]
    assert acts == [
        ("ada", "assign", "desk", {"skills": ["skill-1", "skill-2"], "to": "bob"}),
        ("bob", "assign", "desk", {"skills": ["skill-1"], "to": None}),
    ]


def _taken(path: str, who: str) -> list[str]:
    """The skills that a reviewer gets, going through all of them."""
    with Store(path) as store:
        return [skill for skill in SKILLS if store.claims.hold("desk", skill, who)]


def test_reviewers_in_several_threads_never_hold_the_same_skill(store: Store, place: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(_taken, [place] * 4, ["ada", "bob", "eve", "kim"]))
    assert sorted(skill for mine in taken for skill in mine) == sorted(SKILLS)


def test_reviewers_in_several_processes_never_hold_the_same_skill(store: Store, place: str) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        taken = list(pool.map(_taken, [place] * 2, ["ada", "bob"]))
    assert sorted(skill for mine in taken for skill in mine) == sorted(SKILLS)
