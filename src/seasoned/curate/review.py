"""Review: a person decides on proposals, with the evidence shown where it stands, and can take each step back.

Which verdict is allowed when is decided by the fold in `core.skillbook`. Raises `OperationError` for a verdict that the
skill's state forbids, `UsageError` when there is nothing to undo.
"""

import getpass
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from seasoned.core.counters import RatingVerdict
from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, Operation, OperationKind
from seasoned.core.rating import Rating
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.text import shortened
from seasoned.core.trace import StepKind, Trace
from seasoned.core.value import Value
from seasoned.curate.placing import scope_of
from seasoned.curate.taint import evidence_texts, taints
from seasoned.errors import UsageError
from seasoned.store.store import Store


class ContextStep(Value):
    """One step around a quote."""

    index: int
    kind: StepKind
    name: str | None
    before: str
    """Text before the quote; the whole text of a step that is not quoted."""
    quote: str = ""
    after: str = ""


def in_context(evidence: Evidence, trace: Trace, *, around: int = 1, max_chars: int = 600) -> tuple[ContextStep, ...]:
    """The quoted step and its neighbours.

    Args:
        evidence: What to show; it must have been verified against the trace.
        trace: The trace that it is from.
        around: Steps before and after.
        max_chars: Upper bound on the text on either side of the quote, and on each neighbour's text.
    """
    shown: list[ContextStep] = []
    for index in range(max(0, evidence.step - around), min(len(trace.steps), evidence.step + around + 1)):
        step = trace.steps[index]
        if index != evidence.step:
            text = shortened(step.text, max_chars)
            shown.append(ContextStep(index=index, kind=step.kind, name=step.name, before=text))
            continue
        before, after = step.text[: evidence.start], step.text[evidence.end :]
        if len(before) > max_chars:
            before = "… " + before[-max_chars:]
        shown.append(
            ContextStep(
                index=index,
                kind=step.kind,
                name=step.name,
                before=before,
                quote=evidence.quote,
                after=shortened(after, max_chars),
            )
        )
    return tuple(shown)


def queue(book: Skillbook) -> tuple[Skill, ...]:
    """The proposals to decide on: most evidence first, then the more confident, then the older."""
    waiting = book.with_status("proposed")
    return tuple(sorted(waiting, key=lambda s: (-len(s.evidence), -(s.confidence or 0.0), s.born.revision)))


def without_verdict(skills: Iterable[Skill], store: Store) -> frozenset[str]:
    """The ids of the skills none of whose runs carries a verdict: nobody has said whether those runs went well.

    Looked up rather than kept, since a run can be labelled at any time.
    """
    behind = {skill.id: {e.trace_id for e in skill.evidence} for skill in skills}
    verdicts = store.traces.verdicts(sorted({each for ids in behind.values() for each in ids}))
    known = {i: ids & verdicts.keys() for i, ids in behind.items()}
    return frozenset(i for i, ids in known.items() if ids and all(verdicts[each] is None for each in ids))


def this_person() -> Author:
    """The person at the keyboard, by the name of their account."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "unknown"
    return Author(kind="person", name=name)


class Review:
    """One sitting of one reviewer on one skillbook.

    Every step is in the log at once, so an interruption loses nothing.
    """

    def __init__(self, store: Store, book: str, author: Author | None = None) -> None:
        """Begin a sitting; the author is the person at the keyboard unless said otherwise."""
        self._store, self._book = store, book
        self._author = author or this_person()
        self._undo: list[tuple[str, tuple[Operation, ...]]] = []

    def book(self) -> Skillbook:
        """The skillbook as it stands."""
        return self._store.books.read(self._book)

    def approve(self, skill_id: str, *, reason: str = "", wording: str | None = None) -> None:
        """Let a proposal into compiled prompts; if `wording` is given, only while that is how it reads."""
        self._judge("APPROVE", skill_id, reason, wording)

    def reject(self, skill_id: str, *, reason: str, wording: str | None = None) -> None:
        """Turn a proposal down; the same wording is not proposed again."""
        self._judge("REJECT", skill_id, reason, wording)

    def retire(self, skill_id: str, *, reason: str) -> None:
        """Take an approved skill out of compiled prompts; its history stays."""
        self._judge("RETIRE", skill_id, reason)

    def restore(self, skill_id: str, *, reason: str = "") -> None:
        """Take the last verdict on a skill back."""
        self._append(self._verdict("RESTORE", skill_id, reason))

    def edit(self, skill_id: str, text: str, *, reason: str = "") -> None:
        """Reword a skill; the earlier wording stays in its history."""
        skill = self.book().skills.get(skill_id)
        if skill is None or text == skill.text:
            raise UsageError("the wording is as it was", where=skill_id, hint="change the text, or skip the skill")
        # A trace that was erased on request is passed over.
        behind = self._store.traces.of(list({e.trace_id for e in skill.evidence}))
        traces = list(behind)
        change = self._wording(skill, text, reason=reason, found=taints(text, evidence_texts(traces)))
        self._append(change.model_copy(update={"scope": scope_of(text, traces)}))
        back = self._wording(skill, skill.text, reason=skill.reason, found=skill.taints)
        back = back.model_copy(update={"scope": skill.scope})
        self._undo.append((f"edit of {skill_id}", (back,)))

    def approve_all(self, skill_ids: Iterable[str], *, reason: str) -> None:
        """Approve several at once, all or none."""
        verdicts = tuple(self._verdict("APPROVE", i, reason) for i in skill_ids)
        self._append(*verdicts)
        undo = tuple(self._verdict("RESTORE", v.skill_id, "undo") for v in verdicts)
        self._undo.append((f"approval of {len(verdicts)} skills", undo))

    def vote(self, skill_id: str, verdict: RatingVerdict, *, trace_id: str = "", reason: str = "") -> None:
        """Say how a skill did, in one run or on the whole; said again about the same run, the new word counts.

        A vote is an observation, kept beside the log: it changes no revision, and `undo` does not take it back.

        Raises:
            UsageError: The book has no such skill, or the store no such trace.
        """
        skill = self.book().skills.get(skill_id)
        if skill is None:
            raise UsageError(
                f"there is no skill {skill_id!r}", where=self._book, hint="`seasoned skills list` shows ids"
            )
        rating = Rating(
            skill_id=skill_id,
            wording=skill.wordings[-1].revision,
            trace_id=trace_id,
            source="voted",
            by=self._author.name,
            verdict=verdict,
            at=datetime.now(UTC),
            reason=reason,
        )
        self._store.ratings.add(self._book, [rating])

    def undo(self) -> str:
        """Take the last step of this sitting back; returns what it was.

        Raises:
            UsageError: There is nothing left to take back.
        """
        if not self._undo:
            raise UsageError(
                "there is nothing to undo in this sitting", hint="`seasoned skills restore ID` undoes a verdict"
            )
        what, operations = self._undo[-1]
        self._append(*operations)
        self._undo.pop()
        return what

    def _judge(self, kind: OperationKind, skill_id: str, reason: str, wording: str | None = None) -> None:
        self._append(self._verdict(kind, skill_id, reason, wording))
        self._undo.append((f"{kind} of {skill_id}", (self._verdict("RESTORE", skill_id, "undo"),)))

    def _verdict(self, kind: OperationKind, skill_id: str, reason: str, wording: str | None = None) -> Operation:
        return Operation(kind=kind, skill_id=skill_id, author=self._author, reason=reason, text=wording)

    def _wording(self, skill: Skill, text: str, *, reason: str, found: tuple[str, ...]) -> Operation:
        return Operation(kind="EDIT", skill_id=skill.id, author=self._author, text=text, reason=reason, taints=found)

    def _append(self, *operations: Operation) -> None:
        # Each act of a person counts, even one that repeats an earlier one, so every append has a scope of its own.
        self._store.books.append(self._book, operations, scope=f"review-{uuid.uuid4().hex}")
