"""Whatever is done to skillbooks, their branches and merges, the log tells exactly what stands, and the past stays."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seasoned.core.merging import Choices, Side
from seasoned.core.operation import Author, Operation, OperationKind, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.scope import Scope
from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.threeway import essence
from seasoned.curate.history import merge_books, roll_back, rollback_of, sides_of
from seasoned.errors import OperationError
from seasoned.store.store import Store
from tests.make import LEARNER, PERSON, make_evidence, make_trace

TEXTS = ("When late, refuse.", "When early, accept.", "When broken, replace.")
TRACE = make_trace(("assistant", "one two three four"))
QUOTES = tuple(make_evidence(TRACE, word) for word in ("one", "two", "three", "four"))
OTHER = Author(kind="person", name="bob")
POLICIES = (
    ReviewPolicy(),
    ReviewPolicy(rules=(ReviewRule(name="two", sections=("payments",), approvals=2),)),
    ReviewPolicy(agreement="evidence only"),
)

some_text = st.sampled_from(TEXTS)
some_author = st.sampled_from([PERSON, OTHER, LEARNER])
some_quotes = st.lists(st.sampled_from(QUOTES), min_size=1, max_size=2, unique=True).map(tuple)
some_scope = st.sampled_from(
    [None, Scope(), Scope(agent="desk", tools=("pay",)), Scope(tenant="acme"), Scope(tags=("x",))]
)
some_side: st.SearchStrategy[Side | None] = st.sampled_from([None, "ours", "theirs"])


def standing(book: Skillbook) -> dict[str, dict[str, object]]:
    """What of a book a merge carries over, and so what is equal after one: see `essence`."""
    return {i: essence(skill) for i, skill in book.skills.items()}


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "s.db")
        self.books = ["main"]
        self.past: dict[tuple[str, int], Skillbook] = {}
        self.n = 0
        self.act("main", Operation(kind="ADD", skill_id=skill_id(TEXTS[0]), text=TEXTS[0], author=PERSON))

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def act(self, book: str, operation: Operation) -> None:
        """One operation; one that the state forbids changes nothing."""
        self.n += 1
        with suppress(OperationError):
            self.store.books.append(book, [operation], scope=f"test-{self.n}")
            self.keep(book)

    def keep(self, book: str) -> None:
        now = self.store.books.read(book)
        assert self.past.setdefault((book, now.revision), now) == now

    def a_book(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self.books), label="book")

    @rule(data=st.data(), text=some_text, author=some_author, evidence=some_quotes, scope=some_scope)
    def adds(
        self,
        data: st.DataObject,
        text: str,
        author: Author,
        evidence: tuple[object, ...],
        scope: Scope | None,
    ) -> None:
        kind = data.draw(st.sampled_from(["ADD", "ADD", "AGREE"]))
        fields = {"kind": kind, "skill_id": skill_id(text), "author": author, "evidence": evidence, "scope": scope}
        self.act(self.a_book(data), Operation.model_validate({**fields, "text": text if kind == "ADD" else None}))

    @rule(data=st.data(), text=some_text, author=some_author, scope=some_scope, n=st.integers(0, 2))
    def rewords(self, data: st.DataObject, text: str, author: Author, scope: Scope | None, n: int) -> None:
        section = data.draw(st.sampled_from([None, "payments", "returns"]))
        wording = data.draw(st.sampled_from([None, f"{text} Wording {n}."]))
        edit = Operation(
            kind="EDIT",
            skill_id=skill_id(text),
            author=author,
            text=wording,
            section=section,
            scope=scope,
            reason=f"reason {n}",
        )
        self.act(self.a_book(data), edit)

    @rule(
        data=st.data(),
        text=some_text,
        author=some_author,
        kind=st.sampled_from(["APPROVE", "APPROVE", "REJECT", "RETIRE", "RESTORE", "REMOVE"]),
    )
    def judges(self, data: st.DataObject, text: str, author: Author, kind: OperationKind) -> None:
        self.act(self.a_book(data), Operation(kind=kind, skill_id=skill_id(text), author=author, reason="so"))

    @rule(data=st.data(), into=some_text, gone=some_text, author=some_author)
    def joins_skills(self, data: st.DataObject, into: str, gone: str, author: Author) -> None:
        merge = Operation(kind="MERGE", skill_id=skill_id(into), merged_id=skill_id(gone), author=author)
        self.act(self.a_book(data), merge)

    @rule(data=st.data(), policy=st.sampled_from(POLICIES))
    def governs(self, data: st.DataObject, policy: ReviewPolicy) -> None:
        self.act(self.a_book(data), Operation(kind="POLICY", author=PERSON, policy=policy))

    @rule(data=st.data())
    def goes_back(self, data: st.DataObject) -> None:
        name = self.a_book(data)
        book = self.store.books.read(name)
        to = data.draw(st.integers(0, book.revision - 1), label="to")
        one = data.draw(st.sampled_from(["", *book.skills]), label="skill")
        with suppress(OperationError):
            found = rollback_of(self.store, book, to, by=PERSON, skill_id=one, reason="it was better")
            roll_back(self.store, book, found)
            then, now = self.store.books.at(name, to), self.store.books.read(name)
            if one:
                assert now.skills.get(one) == then.skills.get(one)
            else:
                assert now.skills == then.skills
            assert now.policy == book.policy
            self.keep(name)

    @rule(data=st.data())
    def goes_there_and_back(self, data: st.DataObject) -> None:
        name = self.a_book(data)
        book = self.store.books.read(name)
        to = data.draw(st.integers(0, book.revision - 1), label="to")
        roll_back(self.store, book, rollback_of(self.store, book, to, by=PERSON, reason="there"))
        self.keep(name)
        middle = self.store.books.read(name)
        if middle.revision > book.revision:
            roll_back(self.store, middle, rollback_of(self.store, middle, book.revision, by=PERSON, reason="back"))
        self.keep(name)
        assert self.store.books.read(name).skills == book.skills

    @precondition(lambda self: len(self.books) < 4)
    @rule(data=st.data())
    def branches_off(self, data: st.DataObject) -> None:
        parent, name = self.a_book(data), f"branch-{len(self.books)}"
        head = self.store.books.read(parent).revision
        at = data.draw(st.integers(1, head), label="at")
        self.store.books.branch(parent, name, at=at)
        self.books.append(name)
        for revision in range(1, at + 1):
            self.past[name, revision] = self.past[parent, revision].model_copy(update={"name": name})

    @precondition(lambda self: len(self.books) > 1)
    @rule(data=st.data(), side=some_side)
    def merges(self, data: st.DataObject, side: Side | None) -> None:
        source, into = data.draw(st.permutations(self.books), label="books")[:2]
        sides = sides_of(self.store, source, into)
        base, ours, theirs = standing(sides.base), standing(sides.ours), standing(sides.theirs)
        done = merge_books(self.store, source, into, by=OTHER, choices=Choices(rest=side))
        after = self.store.books.read(into)
        assert self.store.books.read(source) == sides.theirs
        if side == "ours":
            assert done.is_done
        if not done.is_done:
            assert done.unresolved
            assert after == sides.ours
            return
        self.keep_all(into, sides.ours.revision)
        if base == theirs and sides.base.policy == sides.theirs.policy:
            assert standing(after) == ours
        if base == ours and sides.base.policy == sides.ours.policy:
            assert not [c for c in done.conflicts if c.fields]
            if not done.conflicts:
                assert standing(after) == theirs
                assert after.policy == sides.theirs.policy
        if not done.conflicts:
            self.carries_over(base, ours, theirs, standing(after))
        again = merge_books(self.store, source, into, by=OTHER)
        assert (again.is_done, again.operations, again.revision) == (True, (), after.revision)

    def carries_over(self, *sides: dict[str, dict[str, object]]) -> None:
        """Without a conflict, no quote that either side still has is lost, and what one side did stands."""
        base, ours, theirs, after = sides
        for i in base.keys() | ours.keys() | theirs.keys():
            mine, other = ours.get(i), theirs.get(i)
            if mine == base.get(i) or other == base.get(i):
                assert after.get(i) == (other if mine == base.get(i) else mine)

    def keep_all(self, name: str, since: int) -> None:
        """A merge makes several revisions at once; each of them is then as it was from the start."""
        for revision in range(since + 1, self.store.books.read(name).revision + 1):
            self.past[name, revision] = self.store.books.at(name, revision)

    @invariant()
    def the_log_tells_what_stands(self) -> None:
        for name in self.books:
            assert fold(name, self.store.books.events(name)) == self.store.books.read(name)

    @invariant()
    def the_past_stays(self) -> None:
        for name in self.books:
            head = self.store.books.read(name).revision
            for revision in {1, head // 2 or 1, head}:
                assert self.store.books.at(name, revision) == self.past[name, revision]


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
