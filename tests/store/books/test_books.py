"""Skillbooks in the store: many operations at once, branches, rollbacks, and writers that retry."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

from seasoned.core.operation import Operation
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.skillbook import Skillbook, fold
from seasoned.errors import OperationError, StoreConflict, UsageError
from seasoned.store.store import Store
from tests.make import PERSON, add, verdict

TEXTS = tuple(f"When case {i} comes, do thing {i}." for i in range(6))


@pytest.fixture
def store(place: str) -> Generator[Store]:
    with Store(place) as store:
        yield store


def back_to(revision: int, skill_id: str = "") -> Operation:
    return Operation(kind="ROLLBACK", author=PERSON, to_revision=revision, skill_id=skill_id)


def test_the_projection_is_the_fold_whatever_was_appended_at_once(store: Store) -> None:
    merge = verdict("MERGE", TEXTS[0]).model_copy(update={"merged_id": add(TEXTS[1]).skill_id})
    rules = Operation(kind="POLICY", author=PERSON, policy=ReviewPolicy(rules=(ReviewRule(name="two", approvals=2),)))
    batches = [
        [add(text) for text in TEXTS],
        [verdict("APPROVE", TEXTS[0]), merge, back_to(6), verdict("REJECT", TEXTS[1]), rules],
        [back_to(9), back_to(2), add(TEXTS[5]), back_to(9, add(TEXTS[3]).skill_id)],
    ]
    for n, batch in enumerate(batches):
        store.books.append("desk", batch, scope=f"batch-{n}")
        events = tuple(store.books.events("desk"))
        assert store.books.read("desk") == fold("desk", events)
        assert list(store.books.read("desk").skills) == list(fold("desk", events).skills)
    assert store.books.read("desk").policy.rules[0].name == "two"


def test_a_refused_operation_undoes_the_whole_batch(store: Store) -> None:
    store.books.append("desk", [add(TEXTS[0])], scope="a")
    with pytest.raises(OperationError):
        store.books.append("desk", [add(TEXTS[1]), back_to(0), verdict("APPROVE", TEXTS[0])], scope="b")
    assert store.books.read("desk").revision == 1


def test_a_branch_shares_its_past_and_nothing_else(store: Store) -> None:
    store.books.append("desk", [add(TEXTS[0]), add(TEXTS[1])], scope="a")
    store.books.branch("desk", "try", at=1)
    store.books.append("try", [add(TEXTS[2]), verdict("APPROVE", TEXTS[0])], scope="b")
    store.books.append("desk", [verdict("REJECT", TEXTS[0])], scope="c")
    store.books.branch("try", "deeper", at=2)
    assert [s.text for s in store.books.read("deeper").skills.values()] == [TEXTS[0], TEXTS[2]]
    for name in ("desk", "try", "deeper"):
        book = store.books.read(name)
        assert book == fold(name, store.books.events(name)) == store.books.at(name, book.revision)
        assert store.books.at(name, 1).skills == store.books.at("desk", 1).skills
    assert [(b.name, b.parent, b.parent_revision) for b in store.books.infos()] == [
        ("deeper", "try", 2),
        ("desk", None, None),
        ("try", "desk", 1),
    ]


def test_a_branch_may_go_back_before_its_beginning(store: Store) -> None:
    store.books.append("desk", [add(TEXTS[0]), add(TEXTS[1])], scope="a")
    store.books.branch("desk", "try")
    store.books.append("try", [back_to(1)], scope="b")
    assert [s.text for s in store.books.read("try").skills.values()] == [TEXTS[0]]


@pytest.mark.parametrize(
    ("name", "new", "at", "why"),
    [
        ("absent", "try", None, "there is no skillbook 'absent'"),
        ("desk", "desk", None, "the name is taken"),
        ("desk", " ", None, "no skillbook can be called ' '"),
        ("desk", "..", None, "no skillbook can be called"),
        ("desk", "--json", None, "begins with no '-'"),
        ("desk", "desk:3", None, "without ':'"),
        ("desk", "de\u202esk", None, "visible characters"),
        ("desk", "d" * 101, None, "1 to 100"),
        ("desk", "try", 7, "has no revision 7"),
    ],
)
def test_a_branch_that_cannot_be_says_why(store: Store, name: str, new: str, at: int | None, why: str) -> None:
    store.books.append("desk", [add(TEXTS[0])], scope="a")
    with pytest.raises(UsageError, match=why):
        store.books.branch(name, new, at=at)
    assert store.books.names() == ("desk",)


def test_the_events_of_one_skill(store: Store) -> None:
    merge = verdict("MERGE", TEXTS[1]).model_copy(update={"merged_id": add(TEXTS[0]).skill_id})
    log = [add(TEXTS[0]), add(TEXTS[1]), verdict("EDIT", TEXTS[1]), merge, add(TEXTS[2]), back_to(4)]
    store.books.append("desk", log, scope="a")
    found = store.books.events("desk", skill_id=add(TEXTS[0]).skill_id)
    assert [(e.revision, e.operation.kind) for e in found] == [(1, "ADD"), (4, "MERGE"), (6, "ROLLBACK")]


def test_writers_that_decide_on_what_they_read_lose_nothing(place: str) -> None:
    with Store(place) as store:
        store.books.append("desk", [add(TEXTS[0])], scope="a")

    def count_on(n: int) -> None:
        def one_more(book: Skillbook) -> list[Operation]:
            (skill,) = book.skills.values()
            return [verdict("EDIT", TEXTS[0]).model_copy(update={"text": f"{skill.text}+"})]

        with Store(place) as store:
            store.books.change("desk", one_more, scope=f"writer-{n}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_on, range(16)))
    with Store(place) as store:
        (skill,) = store.books.read("desk").skills.values()
    assert skill.text == TEXTS[0] + "+" * 16, "each writer built on what the one before had written"


def test_a_writer_that_is_never_first_is_told(store: Store) -> None:
    def too_slow(book: Skillbook) -> list[Operation]:
        store.books.append("desk", [add(f"When {book.revision}, act.")], scope="other")
        return [add(TEXTS[0])]

    with pytest.raises(StoreConflict, match="has moved on"):
        store.books.change("desk", too_slow, scope="a")


def test_a_log_that_was_written_elsewhere_begins_a_book_that_goes_on(store: Store) -> None:
    rules = Operation(kind="POLICY", author=PERSON, policy=ReviewPolicy(agreement="evidence only"))
    store.books.append("desk", [*map(add, TEXTS), verdict("APPROVE", TEXTS[0]), rules, back_to(3)], scope="x")
    events = tuple(store.books.events("desk"))
    restored = store.books.restore_log("copy", events)
    assert tuple(store.books.events("copy")) == events
    assert store.books.read("copy") == restored == store.books.read("desk").model_copy(update={"name": "copy"})
    assert store.books.append("copy", [back_to(7)], scope="x").revision == 10
    assert store.books.branch("copy", "twig", at=5).parent == "copy"


def test_a_log_begins_no_book_that_is_there_and_none_that_it_does_not_make(store: Store) -> None:
    store.books.append("desk", [add(TEXTS[0])], scope="x")
    events = tuple(store.books.events("desk"))
    for name, why in (("desk", "the name is taken"), (" ", "no skillbook can be called ' '")):
        with pytest.raises(UsageError, match=why):
            store.books.restore_log(name, events)
    with pytest.raises(OperationError, match="does not follow revision 0"):
        store.books.restore_log("copy", [events[0].model_copy(update={"revision": 2})])
    assert store.books.names() == ("desk",)
