"""What was read of a file becomes part of a skillbook: all of it at once, or nothing.

A document with its history makes a book that is not there yet what it was. Everything else comes in as operations of
the person who imports: what is new is proposed, what is there already stays as it is and gets the evidence that it did
not have. Raises `SkillbookError` for evidence that the store contradicts, and what the book's state forbids.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from seasoned.core.change import Ground, change, rule_for
from seasoned.core.finding import Evidence, verify
from seasoned.core.operation import Author, Event, Operation, OperationKind, skill_id
from seasoned.core.skill import Skill, SkillStatus
from seasoned.core.skillbook import Skillbook, extended
from seasoned.core.value import Text, Value
from seasoned.curate.taint import taints
from seasoned.errors import EvidenceError, SkillbookError
from seasoned.exchange.brought import Brought, FormatName, LeftOut
from seasoned.exchange.document import SkillbookDocument, placed_evidence
from seasoned.exchange.reading import Source
from seasoned.store.store import Store

What = Literal["restored", "added", "reworded", "agreed", "known"]
_SOURCE = "Imported from "


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How to import."""

    keep_status: bool = False
    """Decide on new skills as the file says; without it they are proposed, and what was turned down stays out."""
    update: bool = False
    """Reword skills that are there as the file does."""
    is_dry: bool = False
    """Only say what would come of it."""


class Arrived(Value):
    """What became of one skill of the file."""

    skill_id: str
    where: str
    what: What
    status: SkillStatus
    """In the book, afterwards."""
    note: Text = ""
    taints: tuple[Text, ...] = ()
    helpful: int | None = None
    """Counted by another program; said here, and no rating of ours."""
    harmful: int | None = None


class Imported(Value):
    """What came of an import."""

    path: str
    format: FormatName
    why: str
    """What the format was known by."""
    book: str
    revision: int
    """Of the book, afterwards."""
    n_events: int
    is_dry: bool
    skills: tuple[Arrived, ...]
    left_out: tuple[LeftOut, ...]
    n_unknown_traces: int
    """Traces that evidence is from and that this store does not have."""

    def n(self, *what: What) -> int:
        """How many skills became one of these."""
        return sum(each.what in what for each in self.skills)


@dataclass
class _Plan:
    """What is to be done with the book as it stands."""

    operations: list[Operation] = field(default_factory=list[Operation])
    arrived: list[Arrived] = field(default_factory=list[Arrived])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])


def import_skills(store: Store, book: str, source: Source, author: Author, options: ImportOptions) -> Imported:
    """Bring what was read into a book, and put it on the audit record.

    Args:
        store: Where the book is.
        book: Its name; it is made if it is not there.
        source: What was read.
        author: The person who imports.
        options: How.

    Raises:
        SkillbookError: Evidence is of a trace that was erased here, or is not what the stored trace says.
        OperationError: The book's state forbids it; nothing was applied.
    """
    imported = _Import(store, book, source, author, options).done()
    if not options.is_dry:
        counts: dict[str, int] = {what: imported.n(what) for what in ("restored", "added", "reworded", "agreed")}
        detail = {"file": source.name, "format": imported.format, "revision": imported.revision, **counts}
        store.audit.record(author.name, "import", book, detail)
    return imported


class _Import:
    """One import into one book."""

    def __init__(self, store: Store, book: str, source: Source, author: Author, options: ImportOptions) -> None:
        self._store, self._book, self._source = store, book, source
        self._author, self._options = author, options
        self._n_unknown = len(_unknown_traces(store, source))

    def done(self) -> Imported:
        document = self._source.document
        if document is None or document.events is None or self._book in self._store.books.names():
            return self._applied()
        return self._restored(document, document.events)

    def _restored(self, document: SkillbookDocument, events: Sequence[Event]) -> Imported:
        if not self._options.is_dry:
            self._store.books.restore_log(self._book, events)
        arrived = [
            Arrived(
                skill_id=skill.id,
                where=f"$.skills[{number}]",
                what="restored",
                status=skill.status,
                note=_who_approved(skill),
                taints=_taints(skill.text, skill.evidence, skill.taints),
            )
            for number, skill in enumerate(document.skills)
        ]
        return self._imported(_Plan(arrived=arrived), document.revision, len(events))

    def _applied(self) -> Imported:
        plan = _Plan()

        def decide(now: Skillbook) -> Sequence[Operation]:
            nonlocal plan
            plan = _Planning(now, self._source, self._author, self._options).plan()
            return plan.operations

        now = self._store.books.read(self._book)
        operations = decide(now)
        if self._options.is_dry or not operations:
            # Refuses what an append would.
            revision = extended(now, _events(now.revision, operations)).revision
        else:
            revision = self._store.books.change(self._book, decide).revision
        return self._imported(plan, revision, len(plan.operations))

    def _imported(self, plan: _Plan, revision: int, n_events: int) -> Imported:
        contents = self._source.contents
        return Imported(
            path=self._source.path,
            format=contents.format,
            why=contents.why,
            book=self._book,
            revision=revision,
            n_events=n_events,
            is_dry=self._options.is_dry,
            skills=tuple(plan.arrived),
            left_out=(*contents.left_out, *plan.left_out),
            n_unknown_traces=self._n_unknown,
        )


class _Planning:
    """Decides on each skill of a file, given the book as it stands."""

    def __init__(self, book: Skillbook, source: Source, author: Author, options: ImportOptions) -> None:
        self._book, self._source, self._author, self._options = book, source, author, options
        self._by_wording = {skill_id(skill.text): skill for skill in book.skills.values()}
        self._seen: set[str] = set()
        self._plan = _Plan()

    def plan(self) -> _Plan:
        for brought in self._source.contents.skills:
            wanted = brought.skill_id or skill_id(brought.text)
            there = self._book.skills.get(wanted) or self._by_wording.get(skill_id(brought.text))
            standing = None if there is None else self._book.standing(there.id)
            key = wanted if standing is None else standing.id
            if key in self._seen:
                self._leave_out(brought, f"{key} stands in the file twice")
                continue
            self._seen.add(key)
            if standing is None:
                self._add(brought, wanted)
            else:
                self._meet(brought, standing)
        return self._plan

    def _add(self, brought: Brought, wanted: str) -> None:
        if brought.status == "merged":
            self._leave_out(brought, "it went into another skill there")
            return
        if brought.status in ("rejected", "retired") and not self._options.keep_status:
            self._leave_out(brought, f"it is {brought.status} there; --keep-status brings it in as that")
            return
        add = Operation(
            kind="ADD",
            skill_id=wanted,
            author=self._author,
            text=brought.text,
            reason=self._sourced(brought.reason),
            section=brought.section,
            evidence=brought.evidence,
            conflicts=brought.conflicts,
            scope=brought.scope,
            confidence=brought.confidence,
            taints=_taints(brought.text, brought.evidence, brought.taints),
        )
        n_persons = self._persons_asked(add)
        if brought.status == "retired" and n_persons > 1:
            self._leave_out(brought, f"it is retired there, and here {n_persons} persons must approve a skill first")
            return
        self._plan.operations.append(add)
        status, note = self._decide(brought, add, n_persons)
        self._arrive(brought, wanted, "added", status, note, add.taints)

    def _decide(self, brought: Brought, add: Operation, n_persons: int) -> tuple[SkillStatus, str]:
        """Decide on a new skill as the file does, if that is asked for; how it stands then, and why not otherwise."""
        if not self._options.keep_status or brought.status == "proposed":
            return "proposed", ""
        reason = brought.status_reason or f"{brought.status} in {self._source.name}"
        if brought.status == "rejected":
            self._do("REJECT", add.skill_id, reason=reason)
            return "rejected", ""
        if add.taints:
            return "proposed", f"{brought.status} there, but its wording must be looked at"
        self._do("APPROVE", add.skill_id, reason=reason)
        if n_persons > 1:
            return "proposed", f"this was the first of {n_persons} approvals that the book asks for"
        if brought.status == "retired":
            self._do("RETIRE", add.skill_id, reason=reason)
        return brought.status, ""

    def _persons_asked(self, add: Operation) -> int:
        """How many persons must approve what this proposes."""
        ground = Ground.present({}, self._book.policy)
        (skill,) = change(ground, add, self._book.revision + 1, datetime.now(UTC)).skills
        return rule_for(self._book.policy, skill).approvals

    def _meet(self, brought: Brought, skill: Skill) -> None:
        """The file has a skill that the book has too."""
        new = tuple(each for each in dict.fromkeys(brought.evidence) if each not in skill.evidence)
        differs = brought.skill_id == skill.id and _differs(brought, skill)
        if differs and self._options.update:
            if skill.status not in ("proposed", "approved"):
                self._leave_out(brought, f"it is {skill.status} here; restore it before it is reworded")
                return
            found = _taints(brought.text, (*skill.evidence, *brought.evidence), ())
            if skill.status == "approved" and (new_taints := [each for each in found if each not in skill.taints]):
                why = f"it is approved here, and its wording there must be looked at ({'; '.join(new_taints)})"
                self._leave_out(brought, why)
                return
            self._do(
                "EDIT",
                skill.id,
                text=brought.text,
                reason=brought.reason,
                section=brought.section,
                scope=brought.scope,
                evidence=new,
                taints=found,
            )
            self._arrive(brought, skill.id, "reworded", skill.status, "", found)
            return
        note = "the file has it otherwise; --update takes that" if differs else ""
        if new:
            self._do("AGREE", skill.id, evidence=new)
        self._arrive(brought, skill.id, "agreed" if new else "known", skill.status, note, skill.taints)

    def _do(self, kind: OperationKind, wanted: str, **rest: object) -> None:
        made = Operation.model_validate({"kind": kind, "skill_id": wanted, "author": self._author, **rest})
        self._plan.operations.append(made)

    def _arrive(
        self, brought: Brought, wanted: str, what: What, status: SkillStatus, note: str, found: tuple[str, ...]
    ) -> None:
        self._plan.arrived.append(
            Arrived(
                skill_id=wanted,
                where=brought.where,
                what=what,
                status=status,
                note=note,
                taints=found,
                helpful=brought.helpful,
                harmful=brought.harmful,
            )
        )

    def _leave_out(self, brought: Brought, why: str) -> None:
        self._plan.left_out.append(LeftOut(where=brought.where, why=why))

    def _sourced(self, reason: str) -> str:
        if _SOURCE in reason:
            return reason
        source = f"{_SOURCE}{self._source.name}."
        return f"{reason}\n{source}" if reason else source


def _events(revision: int, operations: Iterable[Operation]) -> Iterator[Event]:
    at = datetime.now(UTC)
    return (Event(revision=n, at=at, operation=o) for n, o in enumerate(operations, revision + 1))


def _differs(brought: Brought, skill: Skill) -> bool:
    is_same_reason = not brought.reason or brought.reason == skill.reason
    same = brought.text == skill.text and brought.section == skill.section and brought.scope == skill.scope
    return not (same and is_same_reason)


def _taints(text: str, evidence: Iterable[Evidence], known: tuple[str, ...]) -> tuple[str, ...]:
    """Why a wording must be looked at: as found here, and as was said where it comes from."""
    return tuple(dict.fromkeys((*taints(text, [each.quote for each in evidence]), *known)))


def _who_approved(skill: Skill) -> str:
    names = dict.fromkeys(each.author.name for each in skill.decisions if each.kind == "APPROVE")
    return f"approved by {', '.join(names)}" if skill.status == "approved" else ""


def _unknown_traces(store: Store, source: Source) -> set[str]:
    """The traces that evidence is from and that the store does not have; all other evidence is checked."""
    behind: dict[str, list[tuple[str, Evidence]]] = defaultdict(list)
    if source.document is not None:
        for path, evidence in placed_evidence(source.document):
            behind[evidence.trace_id].append((path, evidence))
    unknown = set(behind)
    for trace in store.traces.of(list(behind)):
        unknown.discard(trace.id)
        for path, evidence in behind[trace.id]:
            try:
                if not evidence.is_erased:
                    verify(evidence, trace)
            except EvidenceError as cause:
                raise SkillbookError(
                    "the evidence is not what the stored trace says",
                    where=f"{source.path}, {path}",
                    why=str(cause),
                    hint="nothing was imported",
                ) from cause
    erased = unknown & {each.trace_id for each in store.erasures.all()}
    for trace_id in sorted(erased):
        for path, evidence in behind[trace_id]:
            if not evidence.is_erased:
                raise SkillbookError(
                    "the evidence quotes a trace that was erased from this store on request",
                    where=f"{source.path}, {path}",
                    why=f"{evidence.trace_id} must not come back",
                    hint='make its quotes empty ("quote": ""); nothing was imported',
                )
    return unknown - erased
