"""What skills do, measured on a schedule: when it is time, once, and again after a failure."""

import logging
import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from seasoned.core.trace import Task
from seasoned.errors import StoreError
from seasoned.pipeline import measuring_due
from seasoned.pipeline.crediting import KIND, Measured, measure
from seasoned.pipeline.measuring_due import measured_when_due
from seasoned.store.schedule import AGAIN_AFTER
from seasoned.store.store import Store
from seasoned.workspace.book import Book
from seasoned.workspace.workspace import Workspace
from seasoned.workspace.workspace import open as opened
from tests.workspace.building import conversation

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HARMFUL = "When a case comes up, close it unread."


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with opened(tmp_path / "store.db", author="ada", keep_probability=0.5) as made:
        made.store.salt = b"the same in every test"
        yield made


@pytest.fixture
def book(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Book:
    """A book with a skill that plainly harms, as 100 live runs show."""
    drawn = random.Random(3)
    ids = SimpleNamespace(uuid4=lambda: uuid.UUID(int=drawn.getrandbits(128)))
    monkeypatch.setattr("seasoned.workspace.live_run.uuid", ids)
    found = workspace.skillbook("desk")
    found.approve(found.add(HARMFUL))
    found.promote("production", found.compile("You are the desk agent."), unproven="reviewed")
    live_runs(found, 100)
    return found


def live_runs(book: Book, n: int) -> None:
    for number in range(n):
        run = book.run(Task(key=f"task {number % 10}", text="A case, please."), label="production")
        run.finish(conversation(run.task), score=float(HARMFUL not in run.prompt))


def look(store: Store, now: datetime) -> list[Measured]:
    return list(measured_when_due(store, DAY, now))


def test_a_book_is_measured_when_its_turn_comes(workspace: Workspace, book: Book) -> None:
    (first,) = look(workspace.store, NOW)
    assert (first.uplift.book, first.uplift.n_runs, len(first.counts)) == ("desk", 100, 1)
    assert look(workspace.store, NOW + DAY / 2) == []
    live_runs(book, 5)
    (second,) = look(workspace.store, NOW + DAY)
    assert (second.was_done, second.uplift.n_runs) == (False, 105)


def test_what_harms_is_proposed_for_removal_and_not_removed(workspace: Workspace, book: Book) -> None:
    (measured,) = look(workspace.store, NOW)
    assert [each.skill_id for each in measured.proposed] == [book.skills()[0].id]
    (skill,) = book.read().skills.values()
    assert (skill.status, skill.removal is not None) == ("approved", True)


def test_a_restart_does_not_begin_the_wait_anew_and_no_other_server_measures_beside(
    workspace: Workspace, book: Book, tmp_path: Path
) -> None:
    waiting = measured_when_due(workspace.store, DAY, NOW)
    assert next(waiting).uplift.book == book.name
    with Store(tmp_path / "store.db") as restarted:
        assert look(restarted, NOW + DAY / 2) == []
        assert len(look(restarted, NOW + DAY)) == 1
        assert look(workspace.store, NOW + DAY) == []


def test_a_failure_is_logged_and_tried_again(
    workspace: Workspace, book: Book, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> Measured:
        raise StoreError("the disk is full")

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(measuring_due, "measure", fails)
        assert look(workspace.store, NOW) == []
    assert f"the skills of {book.name} could not be measured: the disk is full" in caplog.text
    assert look(workspace.store, NOW + AGAIN_AFTER / 2) == []
    assert len(look(workspace.store, NOW + AGAIN_AFTER)) == 1


def test_a_book_without_an_approved_skill_leaves_no_run(workspace: Workspace) -> None:
    workspace.skillbook("empty").add("When asked, answer.")
    assert look(workspace.store, NOW) == []
    assert [run for run in workspace.store.runs.all() if run.kind == KIND] == []


def test_books_take_turns_and_whoever_stops_asking_begins_no_other(workspace: Workspace, book: Book) -> None:
    other = workspace.skillbook("another")
    other.approve(other.add("When asked, answer."))
    due = measured_when_due(workspace.store, DAY, NOW)
    first = next(due).uplift.book
    (rest,) = look(workspace.store, NOW)
    assert {first, rest.uplift.book} == {book.name, "another"}


def test_a_book_that_breaks_the_measuring_does_not_hold_up_the_others(
    workspace: Workspace, book: Book, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = workspace.skillbook("another")
    other.approve(other.add("When asked, answer."))

    def measured(store: Store, name: str, *, otherwise: float) -> Measured:
        if name == other.name:
            raise ZeroDivisionError("a mistake of ours")
        return measure(store, name, otherwise=otherwise)

    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(measuring_due, "measure", measured)
        assert [each.uplift.book for each in look(workspace.store, NOW)] == [book.name]
    assert "ZeroDivisionError: a mistake of ours" in caplog.text
