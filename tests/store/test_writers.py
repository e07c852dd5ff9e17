"""Several writers decide on what they read: no update is lost, and no two decide on the same state."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from seasoned.core.operation import Operation
from seasoned.core.skillbook import Skillbook
from seasoned.errors import StoreConflict
from seasoned.store.books import books
from seasoned.store.store import Store
from tests.make import add

N_WRITERS, N_EACH = 4, 6

WRITER = """
import sys
from tests.store.test_writers import count_up
from seasoned.store.store import Store

with Store(sys.argv[1]) as store:
    count_up(store, int(sys.argv[2]))
"""


def next_number(book: Skillbook) -> Sequence[Operation]:
    """A skill whose wording says how many there were: two that saw the same book would word, and so name, it alike."""
    return [add(f"When there are {len(book.skills)}, count on.")]


def count_up(store: Store, writer: int) -> None:
    for n in range(N_EACH):
        while True:
            try:
                store.books.change("default", next_number, scope=f"{writer}-{n}")
                break
            except StoreConflict:
                continue


def check_count(store: Store) -> None:
    book = store.books.read("default")
    total = N_WRITERS * N_EACH
    assert [skill.text for skill in book.skills.values()] == [f"When there are {n}, count on." for n in range(total)]
    assert book.revision == total
    assert store.books.at("default", total) == book


def test_threads_lose_no_update(place: str) -> None:
    with Store(place) as store:
        with ThreadPoolExecutor(N_WRITERS) as threads:
            list(threads.map(count_up, [store] * N_WRITERS, range(N_WRITERS)))
        check_count(store)


def test_processes_lose_no_update(place: str) -> None:
    Store(place).close()
    words = [sys.executable, "-c", WRITER, place]
    writers = [subprocess.Popen([*words, str(n)]) for n in range(N_WRITERS)]
    assert [writer.wait() for writer in writers] == [0] * N_WRITERS
    with Store(place) as store:
        check_count(store)


def test_what_was_decided_on_an_old_book_is_decided_anew(place: str) -> None:
    seen: list[int] = []
    with Store(place) as store:

        def decide(book: Skillbook) -> Sequence[Operation]:
            seen.append(book.revision)
            if len(seen) == 1:
                store.books.append("default", [add("When first, win.")], scope="other")
            return next_number(book)

        appended = store.books.change("default", decide, scope="mine")
        assert seen == [0, 1]
        assert [event.operation.text for event in appended.events] == ["When there are 1, count on."]


def test_one_who_is_never_first_is_told(place: str) -> None:
    n_others = 0
    with Store(place) as store:

        def decide(book: Skillbook) -> Sequence[Operation]:
            nonlocal n_others
            n_others += 1
            store.books.append("default", next_number(book), scope=f"other-{n_others}")
            return [add("When last, lose.")]

        with pytest.raises(StoreConflict, match="has moved on"):
            store.books.change("default", decide, scope="mine")
        assert n_others == store.books.read("default").revision == books.TRIES


def test_a_change_that_is_made_again_is_made_once(place: str) -> None:
    with Store(place) as store:
        for _ in range(2):
            store.books.change("default", lambda _: [add("When twice, once.")], scope="same")
        assert store.books.read("default").revision == 1
