"""The audit trail: who did what, to what, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, insert, update

from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.parsed import Parsed
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.errors import StoreError
from seasoned.store import schema
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict
from tests.prompts import bare_prompt

TRACE = make_trace(("assistant", "I refunded it."))
RULE = "When late, refuse."
POLICY = Author(kind="policy", name="agreed often")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=TRACE)])
        yield opened


def acts(store: Store, **wanted: str) -> list[tuple[str, str, str]]:
    return [(entry.by, entry.act, entry.subject) for entry in store.trail.all(book=wanted.get("book"))]


def propose(store: Store, book: str = "desk") -> None:
    store.books.append(book, [add(RULE, (make_evidence(TRACE, "refunded"),), LEARNER)], scope="run")


def test_it_tells_everything_that_people_did_in_order(store: Store) -> None:
    propose(store)
    store.books.append("desk", [verdict("APPROVE", RULE, reason="it holds")], scope="review")
    store.prompts.add(bare_prompt("A"))
    store.labels.move("desk", "production", bare_prompt("A").id, by="bob", reason="go")
    store.labels.move("desk", "production", None, by="bob", reason="stop")
    store.audit.record("cleo", "backup", "store.db", {"reason": "nightly", "n_bytes": 7})
    store.erasures.erase([TRACE.id], by="dan", why="on request")
    assert acts(store) == [
        ("ada", "approve", skill_id(RULE)),
        ("bob", "label", "production"),
        ("bob", "unlabel", "production"),
        ("cleo", "backup", "store.db"),
        ("dan", "erase", TRACE.id),
    ]
    entries = store.trail.all()
    assert [entry.reason for entry in entries] == ["it holds", "go", "stop", "nightly", "on request"]
    assert [entry.detail for entry in entries] == [
        {"revision": 2},
        {"prompt_id": bare_prompt("A").id},
        {"prompt_id": None},
        {"n_bytes": 7},
        {},
    ]


def test_what_learners_proposed_is_not_on_it_even_where_they_write_like_people(store: Store) -> None:
    text = 'When "person" or "policy" stands in a form, ask.'
    store.books.append("desk", [add(text, (make_evidence(TRACE, "refunded"),), LEARNER)], scope="run")
    assert store.trail.all() == ()


def test_what_a_policy_decided_is_told_as_its_own(store: Store) -> None:
    rules = ReviewPolicy(rules=(ReviewRule(name="agreed often", approvals=0),))
    store.books.append("desk", [Operation(kind="POLICY", author=PERSON, policy=rules)], scope="set")
    propose(store)
    store.books.append("desk", [verdict("APPROVE", RULE, POLICY)], scope="policy")
    assert [(e.by, e.kind, e.act) for e in store.trail.all()] == [
        ("ada", "person", "policy"),
        ("agreed often", "policy", "approve"),
    ]


def test_roll_backs_say_how_far(store: Store) -> None:
    store.books.append("desk", [add(RULE)], scope="hand")
    back = Operation(kind="ROLLBACK", author=PERSON, to_revision=1, reason="oops")
    store.books.append("desk", [verdict("APPROVE", RULE), back], scope="back")
    last = store.trail.all()[-1]
    assert (last.act, last.subject, last.detail) == ("rollback", "desk", {"revision": 3, "to_revision": 1})


def test_tags_and_merges_of_books_are_on_it(store: Store) -> None:
    propose(store)
    propose(store, "branch")
    at = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    with store.database.writing() as connection:
        tag = {"book": "desk", "name": "v1", "revision": 1, "at": at, "by": "ada", "reason": "frozen"}
        merge = {"book": "desk", "revision": 1, "source": "branch", "source_revision": 1, "at": at, "by": "bob"}
        connection.execute(insert(schema.tag), tag)
        connection.execute(insert(schema.book_merge), merge)
    assert acts(store) == [("ada", "tag", "v1"), ("bob", "merge book", "branch")]


def test_it_can_be_cut_to_a_skillbook_and_to_a_time(store: Store) -> None:
    for book in ("desk", "other"):
        store.books.append(book, [add(RULE)], scope="hand")
    store.audit.record("ada", "import", "desk")
    store.audit.record("ada", "export", "file.json", {"book": "desk"})
    store.audit.record("ada", "export", "file.json", {"book": "other"})
    assert [act for _, act, _ in acts(store, book="desk")] == ["add", "import", "export"]
    entries = store.trail.all()
    assert store.trail.all(since=entries[2].at) == entries[2:]
    far_east = timezone(timedelta(hours=14))
    assert store.trail.all(since=entries[2].at.astimezone(far_east)) == entries[2:], "whatever its zone"
    assert store.trail.all(since=datetime.now(UTC) + timedelta(days=1)) == ()


@pytest.mark.parametrize("name", ["event", "label_move", "tag", "book_merge", "audit", "erasure"])
def test_nothing_on_it_can_be_changed_or_removed(store: Store, name: str) -> None:
    test_it_tells_everything_that_people_did_in_order(store)
    with store.database.writing() as connection:
        rest = {"at": "2026-01-01T00:00:00+00:00", "by": "ada"}
        connection.execute(insert(schema.tag), {"book": "desk", "name": "v1", "revision": 1, "reason": "", **rest})
        merge = {"book": "desk", "revision": 1, "source": "desk", "source_revision": 1, **rest}
        connection.execute(insert(schema.book_merge), merge)
    before = store.trail.all()
    table = schema.metadata.tables[name]
    for statement in (update(table).values(at="2030-01-01T00:00:00+00:00"), delete(table)):
        with pytest.raises(StoreError, match="append-only"), store.database.writing() as connection:
            connection.execute(statement)
    assert store.trail.all() == before
