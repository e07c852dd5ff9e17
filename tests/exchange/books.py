"""Books and texts that the tests of exchange build on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from seasoned.core.operation import Event, Operation, OperationKind, skill_id
from seasoned.core.policy import ReviewPolicy, ReviewRule
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill, Wording
from seasoned.core.skillbook import Skillbook, extended, fold
from seasoned.errors import OperationError
from seasoned.exchange.document import document_of, dumped
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATE, EARLY, BROKEN = "When late, refuse.", "When early, accept.", "When broken, replace it."
TEXTS = (LATE, EARLY, BROKEN)
TRACE = make_trace(("user", "Refund me"), ("assistant", "Sure. I refunded it. Bye."), score=0)
QUOTES = tuple(make_evidence(TRACE, quote, step=1) for quote in ("Sure", "refunded it", "Bye"))
PROPOSAL = add(LATE, (QUOTES[0],), LEARNER, "refunds")
POLICY = ReviewPolicy(rules=(ReviewRule(name="two", sections=("refunds",), approvals=2),))


def log(*operations: Operation) -> tuple[Event, ...]:
    """The events of these operations, a minute apart."""
    return tuple(
        Event(revision=n, at=NOON + timedelta(minutes=n), operation=operation)
        for n, operation in enumerate(operations, 1)
    )


def text_of(*operations: Operation, with_history: bool = True) -> str:
    """The JSON document of the book that these operations make."""
    events = log(*operations)
    return dumped(document_of(fold("desk", events), events if with_history else None))


def merge(into: str, gone: str) -> Operation:
    """A person lets one skill go into another."""
    return Operation(kind="MERGE", skill_id=skill_id(into), merged_id=skill_id(gone), author=PERSON)


def skill_of(text: str, *, section: str = "general", reason: str = "", scope: Scope | None = None) -> Skill:
    """A skill that a person worded."""
    wording = Wording(revision=1, text=text, reason=reason, author=PERSON, at=NOON)
    return Skill(
        id=skill_id(text), text=text, section=section, reason=reason, scope=scope or Scope(), wordings=(wording,)
    )


def _operation(kind: OperationKind, text: str, other: str, place: int, revision: int) -> Operation:
    if kind == "ADD":
        return add(text, (QUOTES[place],), LEARNER if place else PERSON, ("refunds", "general", "tone")[place])
    if kind == "MERGE":
        return merge(text, other)
    if kind == "ROLLBACK":
        whole = Operation(kind="ROLLBACK", author=PERSON, to_revision=revision)
        return whole if place else whole.model_copy(update={"skill_id": skill_id(text)})
    if kind == "POLICY":
        return Operation(kind="POLICY", author=PERSON, policy=POLICY if place else ReviewPolicy())
    made = verdict(kind, text, reason="because")
    more = {"evidence": (QUOTES[place],)} if kind == "AGREE" else {}
    scope = Scope(agent="desk", tags=("shop",), valid_until=date(2027, 1, 1)) if place else Scope(tenant="acme")
    return made.model_copy(update={"text": f"{text} Say so.", "scope": scope} if kind == "EDIT" else more)


_KINDS: tuple[OperationKind, ...] = (
    "ADD", "ADD", "EDIT", "AGREE", "MERGE", "REMOVE", "APPROVE", "REJECT", "RETIRE", "RESTORE", "ROLLBACK", "POLICY",
)  # fmt: skip


@st.composite
def logs(draw: st.DrawFn) -> tuple[Event, ...]:
    """Logs of any allowed operations, merges, rollbacks and rules of review among them."""
    book, events = Skillbook(name="desk"), list[Event]()
    wanted: Sequence[tuple[OperationKind, str, str, int]] = draw(
        st.lists(
            st.tuples(st.sampled_from(_KINDS), st.sampled_from(TEXTS), st.sampled_from(TEXTS), st.integers(0, 2)),
            max_size=30,
        )
    )
    for kind, text, other, place in wanted:
        revision = draw(st.integers(0, max(book.revision - 1, 0))) if kind == "ROLLBACK" else 0
        operation = _operation(kind, text, other, place, revision)
        event = Event(revision=book.revision + 1, at=NOON + timedelta(seconds=len(events)), operation=operation)
        try:
            book = extended(book, [event], at=lambda n: fold("desk", events[:n]).skills)
        except OperationError:
            continue
        events.append(event)
    return tuple(events)
