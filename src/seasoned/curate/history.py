"""Going back in a skillbook's history, and bringing branches together.

Both are told before they are done, and both are made for the revision that was looked at: where somebody else was
first, nothing is done and what came meanwhile is named. Raises `UsageError`, `StoreConflict`, and `OperationError` for
what the book's state forbids.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from seasoned.core.bookdiff import BookDiff, diff_books
from seasoned.core.change import Change
from seasoned.core.merging import Choices, MergeConflict, Plan, Sides, plan_merge
from seasoned.core.operation import Author, Event, Operation
from seasoned.core.replaying import Here, Merger
from seasoned.core.skillbook import Skillbook, extended
from seasoned.core.text import shortened
from seasoned.core.value import Value
from seasoned.errors import StoreConflict, UsageError
from seasoned.store.books.books import BookInfo, MergeInfo, retried, unknown_book
from seasoned.store.store import Store

_NAMED_EVENTS = 3
"""So many of the events that came meanwhile are named."""


class Rollback(Value):
    """What going back changes."""

    diff: BookDiff
    """From the book as it stands to the book afterwards."""
    operation: Operation
    changes_nothing: bool
    """Whether the book already is as it was then, down to its wordings and verdicts."""


class Merged(Value):
    """What came of a merge."""

    book: str
    source: str
    base: str
    """The latest state that both had in common, as `name@revision`."""
    source_revision: int
    revision: int
    """Of the book, afterwards; as it was where nothing was merged."""
    is_done: bool
    """False for a dry run, and where conflicts are unresolved."""
    changed: tuple[str, ...]
    """Ids of the skills that changed, or would."""
    operations: tuple[Operation, ...]
    conflicts: tuple[MergeConflict, ...]

    @property
    def unresolved(self) -> tuple[MergeConflict, ...]:
        """The conflicts that nobody has decided; with any, nothing is merged."""
        return tuple(conflict for conflict in self.conflicts if conflict.choice is None)


def rollback_of(store: Store, book: Skillbook, to: int, *, by: Author, skill_id: str = "", reason: str) -> Rollback:
    """What going back would change, without doing it.

    Args:
        store: Where the book is.
        book: The book as it stands.
        to: The revision whose state is to come back.
        by: Who goes back.
        skill_id: This skill alone; empty: the whole book. The rules of review stay in either case.
        reason: Why.

    Raises:
        UsageError: There is no such revision before the present one.
        OperationError: One skill alone cannot go back to what it was, as others have since gone into it or gone.
    """
    if not 0 <= to < book.revision:
        raise UsageError(
            f"there is no way back to revision {to}",
            where=book.name,
            why=f"the book is at revision {book.revision}",
            hint="`seasoned skills log` lists the revisions",
        )
    operation = Operation(kind="ROLLBACK", skill_id=skill_id, author=by, reason=reason, to_revision=to)
    event = Event(revision=book.revision + 1, at=datetime.now(UTC), operation=operation)
    after = extended(book, [event], at=lambda revision: store.books.at(book.name, revision).skills)
    return Rollback(diff=diff_books(book, after), operation=operation, changes_nothing=after.skills == book.skills)


def roll_back(store: Store, book: Skillbook, rollback: Rollback) -> int:
    """Go back, if the book still is as it was when `rollback_of` looked at it; returns the revision afterwards.

    Raises:
        StoreConflict: Something came meanwhile, which going back would wipe out unseen.
    """
    if rollback.changes_nothing:
        return book.revision
    try:
        done = store.books.append(book.name, [rollback.operation], expected_revision=book.revision)
    except StoreConflict as conflict:
        raise _told(store, book.name, book.revision, "going back would undo it unseen") from conflict
    return done.revision


def merge_books(
    store: Store, source: str, into: str, *, by: Author, choices: Choices | None = None, dry_run: bool = False
) -> Merged:
    """Bring what one skillbook did since both had a state in common into the other one.

    A conflict that is not decided leaves everything as it was. Merging again brings nothing twice.

    Args:
        store: Where the books are.
        source: The book whose work is brought in; it stays as it is.
        into: The book that takes it in.
        by: Who merges.
        choices: How conflicts are decided; None: those that are found are reported.
        dry_run: Only say what would be done.

    Raises:
        UsageError: A book is not there, the two have no history in common, or a choice names no conflict.
        StoreConflict: Somebody changed the book meanwhile.
    """

    def once() -> Merged:
        return _merged(store, sides_of(store, source, into), by, choices or Choices(), dry_run)

    # What was chosen was chosen for what was shown; without a choice, the merge is planned anew.
    return retried(once) if choices is None else once()


def _merged(store: Store, sides: Sides, by: Author, choices: Choices, dry_run: bool) -> Merged:
    source, into = sides.theirs.name, sides.ours.name
    ours, theirs = sides.ours, sides.theirs
    here = Here(ours.skills, ours.policy, ours.revision, lambda revision: store.books.at(into, revision).skills)
    merger = Merger(by, f"merged from {source}@{theirs.revision}")
    plan = plan_merge(sides, here, merger, choices)
    is_new = sides.base.name != source or sides.base.revision != theirs.revision
    revision, is_done = ours.revision, not plan.unresolved and not dry_run
    if is_done and is_new:
        revision = _apply(store, sides, plan, by)
    return Merged(
        book=into,
        source=source,
        base=f"{sides.base.name}@{sides.base.revision}",
        source_revision=theirs.revision,
        revision=revision,
        is_done=is_done,
        changed=plan.changed,
        operations=plan.operations,
        conflicts=plan.conflicts,
    )


def sides_of(store: Store, source: str, into: str) -> Sides:
    """The two books and what they have in common: their latest merge in either direction, else the fork.

    Raises:
        UsageError: A book is not there, or the two have no history in common.
    """
    _require_two(store, source, into)
    shared = _fork(store, source, into)
    ours = store.books.read(into)  # before the merges, so that one that comes between moves the revision on
    merges = [merge for merge in store.books.merges() if {merge.book, merge.source} == {source, into}]
    since = max((merge.source_revision for merge in merges if merge.book == into), default=shared)
    last = merges[-1] if merges else None
    known, revision = (into, shared) if last is None else (last.source, last.source_revision)
    theirs = store.books.read(source)
    return Sides(
        base=store.books.at(known, revision),
        ours=ours,
        theirs=theirs,
        events=tuple(e for e in store.books.events(source, up_to=theirs.revision) if e.revision > since),
        known=_known(store, into, merges, shared),
        since=since,
        shared=shared,
    )


def _known(store: Store, into: str, merges: list[MergeInfo], shared: int) -> tuple[Operation, ...]:
    """What the other side took from this book, as operations."""
    up_to = max((merge.source_revision for merge in merges if merge.source == into), default=None)
    if up_to is None:
        return ()
    return tuple(e.operation for e in store.books.events(into, up_to=up_to) if e.revision > shared)


def _require_two(store: Store, source: str, into: str) -> None:
    names = store.books.names()
    for name in (source, into):
        if name not in names:
            raise unknown_book(name, names)
    if source == into:
        raise UsageError(f"the skillbook {source!r} cannot be merged into itself", hint="name another one with --into")


def _fork(store: Store, source: str, into: str) -> int:
    """The last revision up to which the logs of both books are one."""
    of_source, of_into = dict(store.books.lineage(source)), dict(store.books.lineage(into))
    common = [min(last, of_into[book]) for book, last in of_source.items() if book in of_into]
    if not common:
        raise UsageError(
            f"the skillbooks {source!r} and {into!r} have no history in common",
            why="neither is a branch of the other, and they branch off no third one",
            hint=f"`seasoned skills export --book {source}` and `seasoned skills import` carry skills over",
        )
    return max(common)


def _apply(store: Store, sides: Sides, plan: Plan, by: Author) -> int:
    source = BookInfo(name=sides.theirs.name, revision=sides.theirs.revision)
    try:
        return store.books.merge(
            sides.ours.name, plan.operations, source=source, expected_revision=sides.ours.revision, by=by.name
        ).revision
    except StoreConflict as conflict:
        raise _told(store, sides.ours.name, sides.ours.revision, "the merge was made without it") from conflict


def _told(store: Store, book: str, revision: int, why: str) -> StoreConflict:
    """The error that names what came since a revision."""
    came = [event for event in store.books.events(book) if event.revision > revision]
    named = [f"{e.revision} {e.operation.kind} by {e.operation.author.name}" for e in came[:_NAMED_EVENTS]]
    more = f" and {len(came) - _NAMED_EVENTS} more" if len(came) > _NAMED_EVENTS else ""
    return StoreConflict(
        f"the skillbook {book!r} has moved on since it was looked at",
        where=f"revision {revision + len(came)}, not {revision}",
        why=f"meanwhile came {'; '.join(named)}{more}; {why}",
        hint="look at it again with `seasoned skills log` and repeat the command",
    )


def what_happened(operation: Operation, text: str) -> str:
    """One operation of the log on one line.

    Args:
        operation: The operation.
        text: The wording of its skill afterwards; empty where it has none.
    """
    if operation.kind == "POLICY":
        rules = operation.policy.rules if operation.policy is not None else ()
        return f"rules of review: {', '.join(rule.name for rule in rules) or 'none, one person decides'}"
    if operation.kind == "ROLLBACK" and not operation.skill_id:
        return f"the whole book as at revision {operation.to_revision}"
    parts = [operation.skill_id]
    if operation.kind == "ROLLBACK":
        parts.append(f"as at revision {operation.to_revision}")
    if operation.merged_id is not None:
        parts.append(f"takes in {operation.merged_id}")
    if operation.evidence:
        parts.append(f"{len(operation.evidence)} quote" + ("s" if len(operation.evidence) > 1 else ""))
    return f"{', '.join(parts)}: {shortened(text, 100) or '(gone)'}"


def wordings_then(name: str, events: Iterable[Event]) -> dict[int, str]:
    """The wording of each event's skill just after the event, by revision; none where the skill was gone."""
    found: dict[int, str] = {}

    def see(event: Event, what: Change) -> None:
        texts.update((skill.id, skill.text) for skill in what.skills)
        for gone in what.gone:
            del texts[gone]
        if event.operation.skill_id in texts:
            found[event.revision] = texts[event.operation.skill_id]

    texts: dict[str, str] = {}
    extended(Skillbook(name=name), events, seen=see)
    return found
