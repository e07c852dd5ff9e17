"""Recurring work: when it is due, and that only one process is given the turn."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from seasoned.store.schedule import AGAIN_AFTER
from seasoned.store.store import Store

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


def test_the_first_turn_is_due_at_once_and_the_next_one_after_a_while(store: Store) -> None:
    assert store.schedule.take("sweep", DAY, NOW)
    store.schedule.done("sweep", NOW)
    assert not store.schedule.take("sweep", DAY, NOW + DAY - SECOND)
    assert store.schedule.take("sweep", DAY, NOW + DAY)


def test_a_shorter_while_holds_from_the_last_turn_on(store: Store) -> None:
    store.schedule.take("sweep", DAY, NOW)
    store.schedule.done("sweep", NOW)
    assert store.schedule.take("sweep", timedelta(hours=1), NOW + timedelta(hours=1))


def test_a_turn_is_given_once_to_all_that_share_the_database(store: Store, place: str) -> None:
    with Store(place) as other:
        assert store.schedule.take("sweep", DAY, NOW)
        assert not other.schedule.take("sweep", DAY, NOW + SECOND)
        store.schedule.done("sweep", NOW)
        assert not other.schedule.take("sweep", DAY, NOW + AGAIN_AFTER)
        assert other.schedule.turn("sweep").done_at == NOW


def test_of_many_that_ask_at_once_one_has_the_turn(store: Store, place: str) -> None:
    with Store(place) as other, ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(each.schedule.take, "sweep", DAY, NOW) for each in (store, other) * 4]
        assert [each.result() for each in asked].count(True) == 1


def test_a_turn_that_was_not_brought_to_its_end_is_anybodys_again_after_a_while(store: Store) -> None:
    assert store.schedule.take("sweep", DAY, NOW)
    assert not store.schedule.take("sweep", DAY, NOW + AGAIN_AFTER - SECOND)
    assert store.schedule.take("sweep", DAY, NOW + AGAIN_AFTER)
    assert store.schedule.turn("sweep").taken_at == NOW + AGAIN_AFTER


def test_each_work_has_its_own_turns(store: Store) -> None:
    assert store.schedule.take("sweep", DAY, NOW)
    assert store.schedule.take("mop", DAY, NOW)
    assert store.schedule.turn("dust").done_at is None


@pytest.mark.parametrize("is_done", [True, False])
def test_a_clock_that_was_years_ahead_holds_nothing_up(store: Store, is_done: bool) -> None:
    ahead = NOW + 1000 * DAY
    assert store.schedule.take("sweep", DAY, ahead)
    if is_done:
        store.schedule.done("sweep", ahead)
    assert store.schedule.take("sweep", DAY, NOW)


def test_clocks_a_little_apart_give_no_turn_twice(store: Store) -> None:
    assert store.schedule.take("sweep", DAY, NOW)
    assert not store.schedule.take("sweep", DAY, NOW - SECOND)
    store.schedule.done("sweep", NOW)
    assert not store.schedule.take("sweep", DAY, NOW - SECOND)
