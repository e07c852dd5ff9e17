"""What the skills of a stored book do: estimated from its runs, written down as measured counters, and acted upon.

To estimate changes nothing and may be done at any time. Measuring is a Run: it sets the measured counters of the book
anew and proposes the removal of skills that harm, which a reviewer settles. Raises `StoreError`, `StoreConflict` where
other writers were always first, and `UsageError` where a living process does the same work.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field, JsonValue

from seasoned.core.counters import Count
from seasoned.core.ids import content_id
from seasoned.core.operation import Author, Event, Operation
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.value import Text, Value
from seasoned.evaluate.credit.effects import SkillEffect, effects
from seasoned.evaluate.credit.observed import Observed, WordingAt, by_wordings, observed
from seasoned.runs.hold import hold
from seasoned.store.exposed import exposed_runs
from seasoned.store.keeping import DEFAULT_PROBABILITY
from seasoned.store.store import Store
from seasoned.store.traces.trace_filter import TraceFilter

KIND = "uplift"
NAME = "uplift"
"""Under which removals are proposed, with the kind `policy`."""


class Uplift(Value):
    """What the approved skills of a book do, as far as runs show."""

    book: str
    revision: int
    n_runs: int = Field(ge=0)
    """Judged runs that were handed approved skills as they read now."""
    n_unjudged: int = Field(ge=0)
    """Runs that nobody judged; they say nothing."""
    skills: tuple[SkillEffect, ...]
    """The worst first."""


class ProposedRemoval(Value):
    """A skill that harms, put before a reviewer."""

    skill_id: str
    reason: Text


class Measured(Value):
    """What a measurement came to."""

    run_id: str
    was_done: bool = False
    """Nothing new had been seen since this Run measured the book."""
    uplift: Uplift
    counts: dict[str, Count]
    """The measured counters as they stand now; every skill that is not here has none."""
    proposed: tuple[ProposedRemoval, ...] = ()
    """Removals that this measurement proposed."""


def uplift(store: Store, book: str, *, since: datetime | None = None, otherwise: float = DEFAULT_PROBABILITY) -> Uplift:
    """Estimate what the approved skills of a book do; nothing is written.

    Args:
        store: Has the book and the runs.
        book: The skillbook's name.
        since: Only runs begun at this time or later.
        otherwise: With which probability a skill is kept where neither it nor the book has a rule.
    """
    now = store.books.read(book)
    return _uplift(store, now, _observed(store, now, since), otherwise)


def measure(
    store: Store, book: str, *, since: datetime | None = None, otherwise: float = DEFAULT_PROBABILITY
) -> Measured:
    """Estimate, set the measured counters of the book, and propose the removal of skills that harm.

    All counters that were measured before are replaced, so that measuring again counts no run twice. A decided skill
    has as many helpful (harmful) runs as its effect made of those that it was kept in; all others are neutral.

    Args:
        store: Has the book and the runs.
        book: The skillbook's name.
        since: Only runs begun at this time or later.
        otherwise: With which probability a skill is kept where neither it nor the book has a rule.
    """
    now = store.books.read(book)
    seen = _observed(store, now, since)
    estimated = _uplift(store, now, seen, otherwise)
    wordings = content_id("wordings", {i: now.skills[i].text for i in seen.skills})
    work: dict[str, JsonValue] = {"book": book, "runs": len(seen.outcomes), "seen": seen.digest(), "wordings": wordings}
    with hold(store, KIND, work) as held:
        counts = {each.skill_id: _count(each) for each in estimated.skills if each.verdict != "no estimate"}
        # Also where it was done before: something else may have been measured since.
        store.ratings.measure(now, counts, run_id=held.run.id)
        proposed = _propose(store, now, estimated.skills)
        was_done = held.is_done
        measured = Measured(run_id=held.run.id, was_done=was_done, uplift=estimated, counts=counts, proposed=proposed)
        if not was_done:
            held.summary = measured.model_dump(mode="json")
    return measured


def _uplift(store: Store, book: Skillbook, seen: Observed, otherwise: float) -> Uplift:
    keeping = store.keeping.of(book.name)
    probabilities = {skill_id: keeping.probability(skill_id, otherwise) for skill_id in seen.skills}
    return Uplift(
        book=book.name,
        revision=book.revision,
        n_runs=len(seen.outcomes),
        n_unjudged=seen.n_unjudged,
        skills=effects(seen, probabilities),
    )


def _observed(store: Store, book: Skillbook, since: datetime | None) -> Observed:
    chosen = None if since is None else TraceFilter(since=since)
    return observed(book, exposed_runs(store.database, chosen), _wording_at(store, book))


def _wording_at(store: Store, book: Skillbook) -> WordingAt:
    """How skills read at revisions, also at those whose wordings a rollback took back."""
    rolled_back = (event.revision for event in store.books.events(book.name) if event.operation.kind == "ROLLBACK")
    last, now = max(rolled_back, default=0), by_wordings(book)
    earlier: dict[int, Mapping[str, Skill]] = {}

    def wording_at(skill_id: str, revision: int) -> str | None:
        if revision >= last:
            return now(skill_id, revision)
        if revision not in earlier:
            earlier[revision] = store.books.at(book.name, revision).skills
        found = earlier[revision].get(skill_id)
        return None if found is None else found.text

    return wording_at


def _count(each: SkillEffect) -> Count:
    if each.effect is None or each.verdict == "not distinguishable":
        return Count(neutral=each.kept.n)
    n_changed = min(each.kept.n, round(each.kept.n * abs(each.effect.value)))
    rest = each.kept.n - n_changed
    if each.verdict == "helps":
        return Count(helpful=n_changed, neutral=rest)
    return Count(harmful=n_changed, neutral=rest)


def _propose(store: Store, measured: Skillbook, found: tuple[SkillEffect, ...]) -> tuple[ProposedRemoval, ...]:
    harmful = {each.skill_id: reason_of(each) for each in found if each.verdict == "harms"}
    proposed: dict[str, str] = {}

    def decide(book: Skillbook) -> tuple[Operation, ...]:
        proposed.clear()
        for skill_id, reason in harmful.items():
            skill = book.skills.get(skill_id)
            if skill is not None and _is_open(store, skill, measured):
                proposed[skill_id] = reason
        author = Author(kind="policy", name=NAME)
        return tuple(
            Operation(kind="REMOVE", skill_id=i, author=author, reason=reason, code="not useful")
            for i, reason in proposed.items()
        )

    if harmful:
        store.books.change(measured.name, decide)
    return tuple(ProposedRemoval(skill_id=i, reason=reason) for i, reason in proposed.items())


def reason_of(each: SkillEffect) -> str:
    """Why a skill that harms should go, in numbers."""
    effect, e = each.effect, each.e_harms
    spread = "" if effect is None else f"{100 * effect.value:+.1f} [{100 * effect.low:+.1f}, {100 * effect.high:+.1f}]"
    with_, without = (f"{100 * (group.rate or 0.0):.1f} % of {group.n:,}" for group in (each.kept, each.left_out))
    return f"harms: it changes the success rate by {spread} points ({with_} with it, {without} without; e = {e:,.0f})"


def _is_open(store: Store, skill: Skill, measured: Skillbook) -> bool:
    """Whether a skill stands as it was measured, no removal of it waits, and no person kept it in spite of this."""
    if skill.status != "approved" or skill.removal is not None or skill.text != measured.skills[skill.id].text:
        return False
    events = store.books.events(measured.name, skill_id=skill.id)
    return not _was_kept([event for event in events if event.revision > skill.wordings[-1].revision])


def _was_kept(events: list[Event]) -> bool:
    """Whether a person took back a removal that was proposed here, of the wording as it stands."""
    waiting = False
    for event in events:
        operation = event.operation
        if operation.kind == "REMOVE":
            waiting = operation.author.kind == "policy" and operation.author.name == NAME
        elif operation.kind == "RESTORE" and waiting and operation.author.kind == "person":
            return True
        elif operation.kind in ("RETIRE", "REJECT", "ROLLBACK"):
            waiting = False
    return False
