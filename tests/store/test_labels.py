"""Labels: where they point, every move of them, and what came before."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from seasoned.errors import StoreConflict, StoreError, UsageError
from seasoned.store import schema
from seasoned.store.labels import NOWHERE, Labels
from seasoned.store.store import Store
from tests.prompts import bare_prompt

A, B, C, D = (bare_prompt(text).id for text in "ABCD")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        for text in "ABCD":
            opened.prompts.add(bare_prompt(text))
        yield opened


@pytest.fixture
def labels(store: Store) -> Labels:
    return store.labels


def moved(labels: Labels, *prompt_ids: str | None) -> None:
    for prompt_id in prompt_ids:
        labels.move("desk", "production", prompt_id, by="ada")


def go_back(labels: Labels) -> str | None:
    """Roll the label back; returns where it points then."""
    previous = labels.previous("desk", "production")
    moved(labels, previous)
    return previous


def test_a_label_points_where_its_last_move_left_it(labels: Labels) -> None:
    assert labels.at("desk", "production") is None
    labels.move("desk", "production", A, by="ada", reason="first")
    labels.move("desk", "production", B, by="bob", reason="better")
    labels.move("desk", "staging", C, by="bob")
    labels.move("other", "production", D, by="bob")
    at = labels.at("desk", "production")
    assert at is not None
    assert (at.prompt_id, at.by, at.reason) == (B, "bob", "better")
    assert {name: move.prompt_id for name, move in labels.current("desk").items()} == {"production": B, "staging": C}
    assert [(m.book, m.label) for m in labels.everywhere()] == [
        ("desk", "production"),
        ("desk", "staging"),
        ("other", "production"),
    ]


def test_every_move_is_kept(labels: Labels) -> None:
    moved(labels, A, B, None)
    labels.move("desk", "staging", C, by="bob")
    assert [m.prompt_id for m in labels.history("desk", "production")] == [A, B, None]
    assert [m.label for m in labels.history("desk")] == ["production"] * 3 + ["staging"]


def test_a_move_to_where_it_is_changes_nothing(labels: Labels) -> None:
    moved(labels, A)
    again = labels.move("desk", "production", A, by="bob", reason="again")
    assert (again.by, len(labels.history("desk"))) == ("ada", 1)


def test_a_label_that_was_taken_away_is_gone_but_not_forgotten(labels: Labels) -> None:
    moved(labels, A, None)
    assert (labels.at("desk", "production"), labels.current("desk")) == (None, {})
    assert go_back(labels) == A


def test_rolling_back_twice_goes_two_steps_back(labels: Labels) -> None:
    moved(labels, A, B, C)
    assert (go_back(labels), go_back(labels), labels.previous("desk", "production")) == (B, A, None)


def test_after_a_roll_back_what_was_left_is_not_gone_back_to(labels: Labels) -> None:
    moved(labels, A, B)
    go_back(labels)
    moved(labels, C)
    assert (go_back(labels), labels.previous("desk", "production")) == (A, None)


def test_setting_a_label_to_an_earlier_prompt_is_going_back_too(labels: Labels) -> None:
    moved(labels, A, B, C, A, D)
    assert (go_back(labels), labels.previous("desk", "production")) == (A, None)


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    """One store for many examples, each with a skillbook of its own."""
    with Store(":memory:") as opened:
        for text in "ABCD":
            opened.prompts.add(bare_prompt(text))
        yield opened


@given(st.lists(st.sampled_from([A, B, C, D, None, "back"]), max_size=30))
def test_going_back_ends_and_never_comes_by_a_prompt_twice(shared: Store, steps: list[str | None]) -> None:
    labels, book = shared.labels, uuid.uuid4().hex
    for step in steps:
        is_there = labels.at(book, "production") is not None
        wanted = labels.previous(book, "production") if step == "back" else step
        if wanted is not None or (step is None and is_there):
            labels.move(book, "production", wanted, by="ada")
    at = labels.at(book, "production")
    seen = [] if at is None else [at.prompt_id]
    while (previous := labels.previous(book, "production")) is not None:
        seen.append(labels.move(book, "production", previous, by="ada").prompt_id)
    assert len(seen) == len(set(seen)) <= 4


def test_a_label_that_others_moved_is_not_moved_unseen(labels: Labels) -> None:
    moved(labels, A)
    with pytest.raises(StoreConflict, match=f"expected {B}, found {A}"):
        labels.move("desk", "production", C, by="bob", expected=B)
    with pytest.raises(StoreConflict, match="expected nothing"):
        labels.move("desk", "production", C, by="bob", expected=NOWHERE)
    labels.move("desk", "production", C, by="bob", expected=A)
    assert labels.move("desk", "staging", C, by="bob", expected=NOWHERE).prompt_id == C


def test_of_many_who_expect_the_same_one_moves_it(store: Store) -> None:
    start, outcomes = threading.Barrier(4), list[str]()

    def take(prompt_id: str) -> None:
        start.wait()
        try:
            store.labels.move("desk", "production", prompt_id, by="ada", expected=NOWHERE)
            outcomes.append("moved")
        except StoreConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=take, args=(prompt_id,)) for prompt_id in (A, B, C, D)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 3 + ["moved"]
    assert len(store.labels.history("desk")) == 1


def test_what_cannot_be_is_refused(labels: Labels) -> None:
    with pytest.raises(UsageError, match="there is no prompt 'prompt-ffff'"):
        labels.move("desk", "production", "prompt-ffff", by="ada")
    with pytest.raises(UsageError, match="no label can be called 'Prod'"):
        labels.move("desk", "Prod", A, by="ada")
    with pytest.raises(UsageError, match="has no label 'production'"):
        labels.move("desk", "production", None, by="ada")


def test_the_record_cannot_be_edited(store: Store) -> None:
    moved(store.labels, A, B)
    for statement in (update(schema.label_move).values(by="eve"), delete(schema.label_move)):
        with pytest.raises(StoreError, match="append-only"), store.database.writing() as connection:
            connection.execute(statement)
    assert [m.by for m in store.labels.history("desk")] == ["ada", "ada"]


def test_a_prompt_compiled_anew_keeps_its_label(store: Store) -> None:
    moved(store.labels, A)
    store.prompts.add(bare_prompt("A", revision=7))
    at = store.labels.at("desk", "production")
    assert at is not None
    assert store.prompts.get(at.prompt_id or "").revision == 7
