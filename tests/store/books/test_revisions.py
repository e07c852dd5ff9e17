"""Tags, which never move, and everything else that people type for a revision."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from seasoned.errors import UsageError
from seasoned.store.books.revisions import revision_of
from seasoned.store.store import Store
from tests.make import add

TEXTS = ("When late, refuse.", "When early, accept.", "When broken, replace.")


@pytest.fixture
def store() -> Iterator[Store]:
    """A store in memory with a book at revision 3."""
    with Store(":memory:") as store:
        store.books.append("main", [add(text) for text in TEXTS], scope="begin")
        yield store


@pytest.mark.parametrize(
    ("typed", "revision"), [("2", 2), ("0", 0), ("head", 3), ("HEAD", 3), ("head~2", 1), (" v1 ", 2), ("9999-12-31", 3)]
)
def test_what_names_a_revision(store: Store, typed: str, revision: int) -> None:
    store.tags.add("main", "v1", 2, by="ada")
    assert revision_of(store, "main", typed) == revision


def test_a_time_names_the_revision_that_stood_then(store: Store) -> None:
    last = list(store.books.events("main"))[-1].at
    assert revision_of(store, "main", last.isoformat()) == 3
    assert revision_of(store, "main", last.replace(tzinfo=None).isoformat()) == 3
    assert revision_of(store, "main", last.date().isoformat()) == 3
    assert revision_of(store, "main", (last - timedelta(days=400)).isoformat()) == 0


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("4", "has no revision 4: its last is 3"),
        ("head~4", "has no revision -1"),
        ("v2", "has no revision 'v2': it has no tags"),
        ("2026-13-01", "has no revision '2026-13-01'"),
        ("-1", "write a number, head, head~3, a tag, or a day"),
    ],
)
def test_what_names_none_says_so(store: Store, typed: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        revision_of(store, "main", typed)


def test_an_unknown_tag_is_told_the_ones_there_are(store: Store) -> None:
    store.tags.add("main", "v1", 2, by="ada")
    with pytest.raises(UsageError, match="its tags are v1"):
        revision_of(store, "main", "v2")


def test_a_tag_never_moves_and_comes_twice_without_harm(store: Store) -> None:
    store.tags.add("main", "v1", 2, by="ada", reason="launch")
    store.tags.add("main", "v1", 2, by="bob")
    assert [(t.name, t.revision, t.by, t.reason) for t in store.tags.all("main")] == [("v1", 2, "ada", "launch")]
    with pytest.raises(UsageError, match="names revision 2 of 'main', and a tag never moves"):
        store.tags.add("main", "v1", 3, by="ada")


@pytest.mark.parametrize("name", ["", "12", "head", "Head", "a b", "ü", "x" * 65, "a/b", "v1\n", "--json", ".."])
def test_what_no_tag_can_be_called(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="no tag can be called"):
        store.tags.add("main", name, 1, by="ada")


@pytest.mark.parametrize(("book", "revision"), [("main", 0), ("main", 4), ("none", 1)])
def test_only_a_revision_that_is_there_is_tagged(store: Store, book: str, revision: int) -> None:
    with pytest.raises(UsageError, match="to tag"):
        store.tags.add(book, "v1", revision, by="ada")


def test_a_branch_has_the_tags_of_the_revisions_that_it_shares(store: Store) -> None:
    store.tags.add("main", "v1", 1, by="ada")
    store.tags.add("main", "v3", 3, by="ada")
    store.books.branch("main", "trial", at=2)
    store.tags.add("trial", "mine", 2, by="ada")
    assert [tag.name for tag in store.tags.all("trial")] == ["v1", "mine"]
    assert [tag.name for tag in store.tags.all("main")] == ["v1", "v3"]
