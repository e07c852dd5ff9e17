"""Review: a person decides on proposals, with the evidence shown where it stands, and can take each step back.

Which verdict is allowed when is decided in `core.change`. Raises `OperationError` for a verdict that the
skill's state forbids, `UsageError` for a wording that cannot be one and when there is nothing to undo.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from seasoned.core.change import is_among, rule_for
from seasoned.core.counters import RatingVerdict
from seasoned.core.operation import Author, Operation, OperationKind, ReasonCode, skill_id
from seasoned.core.rating import Rating
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.curate.placing import GENERAL, scope_of
from seasoned.curate.review.person import this_person
from seasoned.curate.review.queue import Waiting, ordered, waiting
from seasoned.curate.review.undoing import Act, Undone, last_act, take_back
from seasoned.curate.taint import evidence_texts, taints
from seasoned.curate.wording import MAX_SKILL_CHARS
from seasoned.errors import UsageError
from seasoned.store.books.claims import Claim
from seasoned.store.store import Store


def without_verdict(skills: Iterable[Skill], store: Store) -> frozenset[str]:
    """The ids of the skills none of whose runs carries a verdict: nobody has said whether those runs went well.

    Looked up rather than kept, since a run can be labelled at any time.
    """
    behind = {skill.id: {e.trace_id for e in skill.evidence} for skill in skills}
    verdicts = store.traces.verdicts(sorted({each for ids in behind.values() for each in ids}))
    known = {i: ids & verdicts.keys() for i, ids in behind.items()}
    return frozenset(i for i, ids in known.items() if ids and all(verdicts[each] is None for each in ids))


class Review:
    """One sitting of one reviewer on one skillbook.

    Every step is in the log at once, so an interruption loses nothing.
    """

    def __init__(self, store: Store, book: str, author: Author | None = None) -> None:
        """Begin a sitting; the author is the person at the keyboard unless said otherwise."""
        self._store, self._book = store, book
        self.author = author or this_person()
        self._acts: list[tuple[int, int]] = []
        """First and last revision of each step that was not taken back."""

    def book(self) -> Skillbook:
        """The skillbook as it stands."""
        return self._store.books.read(self._book)

    def queue(self, book: Skillbook | None = None) -> tuple[Waiting, ...]:
        """All that waits for a decision, by anybody: the most valuable first, what reads alike together."""
        book = book or self.book()
        runs = {i for skill in waiting(book) for i in skill.trace_ids}
        return ordered(book, self._store.traces.verdicts(sorted(runs)))

    def mine(self, found: Iterable[Waiting], *, assigned: bool = False) -> tuple[Waiting, ...]:
        """What of a queue is this reviewer's to decide on; see `of_others`.

        Args:
            found: The queue.
            assigned: Only what this reviewer, by name, is to decide on.
        """
        found, claims = tuple(found), self._store.claims.of(self._book)
        others = self.of_others(found, claims)
        kept = (each for each in found if each.skill.id not in others)
        if not assigned:
            return tuple(kept)
        return tuple(e for e in kept if e.skill.id in claims and claims[e.skill.id].assignee == self.author.name)

    def of_others(self, found: Iterable[Waiting], claims: Mapping[str, Claim] | None = None) -> dict[str, str]:
        """Why what waits is not this reviewer's to decide on now, by the skill's id."""
        claims, name = self._store.claims.of(self._book) if claims is None else claims, self.author.name
        why: dict[str, str] = {}
        for each in found:
            claim = claims.get(each.skill.id) or Claim(skill_id=each.skill.id)
            if claim.assignee not in (None, name):
                why[each.skill.id] = f"{claim.assignee} is to decide on it"
            elif claim.holder not in (None, name):
                why[each.skill.id] = f"{claim.holder} looks at it now"
            elif each.kind == "proposal" and is_among(name, each.skill.approvals) and self._takes_more(each.skill):
                why[each.skill.id] = f"{name} has approved it, and it waits for another person"
        return why

    def _takes_more(self, skill: Skill) -> bool:
        """Whether persons are missing who must approve a skill, by the rules as they are now."""
        return len(skill.approvals) < rule_for(self.book().policy, skill).approvals

    def hold(self, skill_id: str) -> bool:
        """Hold a skill while it is looked at, so that no other reviewer gets it; False where one has it already."""
        return self._store.claims.hold(self._book, skill_id, self.author.name)

    def release(self, skill_id: str) -> None:
        """Let a skill go that was held."""
        self._store.claims.release(self._book, skill_id, self.author.name)

    def approve(self, skill_id: str, *, reason: str = "", wording: str | None = None) -> None:
        """Let a proposal into compiled prompts; if `wording` is given, only while that is how it reads."""
        self.decide("APPROVE", [skill_id], reason=reason, wordings=_read_as(skill_id, wording))

    def reject(self, skill_id: str, *, reason: str, code: ReasonCode | None = None, wording: str | None = None) -> None:
        """Turn a proposal down; the same wording is not proposed again without as many new runs behind it."""
        self.decide("REJECT", [skill_id], reason=reason, code=code, wordings=_read_as(skill_id, wording))

    def retire(self, skill_id: str, *, reason: str, code: ReasonCode | None = None) -> None:
        """Take an approved skill out of compiled prompts; its history stays."""
        self.decide("RETIRE", [skill_id], reason=reason, code=code)

    def restore(self, skill_id: str, *, reason: str = "", code: ReasonCode | None = None) -> None:
        """Take the last verdict on a skill back, or keep a skill whose removal was proposed."""
        self.decide("RESTORE", [skill_id], reason=reason, code=code)

    def approve_all(self, skill_ids: Iterable[str], *, reason: str) -> None:
        """Approve several at once, all or none."""
        self.decide("APPROVE", skill_ids, reason=reason)

    def decide(
        self,
        kind: OperationKind,
        skill_ids: Iterable[str],
        *,
        reason: str = "",
        code: ReasonCode | None = None,
        wordings: Mapping[str, str] | None = None,
    ) -> None:
        """Decide on several skills in one step, all or none.

        Args:
            kind: A verdict, or REMOVE.
            skill_ids: The skills.
            reason: Why, in words.
            code: Why, for counting.
            wordings: How skills read when they were looked at, by id; a verdict on one that reads otherwise by now is
                refused.
        """
        said = wordings or {}
        made = (Operation(kind=kind, skill_id=i, author=self.author, text=said.get(i)) for i in skill_ids)
        self._append(*(each.model_copy(update={"reason": reason, "code": code}) for each in made))

    def add(self, text: str, *, reason: str = "", section: str = GENERAL, scope: Scope | None = None) -> str:
        """Propose a skill that a person wrote by hand, without evidence; returns its id.

        Raises:
            UsageError: The text is none, or too long.
        """
        text = _checked(text)
        identity = skill_id(text)
        add = Operation(kind="ADD", skill_id=identity, author=self.author, text=text, reason=reason, scope=scope)
        self._append(add.model_copy(update={"section": section, "taints": taints(text, ())}))
        return identity

    def edit(
        self,
        skill_id: str,
        text: str,
        *,
        reason: str = "",
        section: str | None = None,
        scope: Scope | None = None,
    ) -> None:
        """Reword a skill, or change where it belongs and applies; the earlier wording stays in its history.

        Args:
            skill_id: The skill.
            text: The wording.
            reason: Why the skill holds, where that is to be said anew.
            section: Where it belongs; None: where it did.
            scope: Where it applies; None: where it did. An agent and tools that are not set anew are, with a new
                wording, what that and the runs behind the skill show.

        Raises:
            UsageError: Nothing would change, or the text is none or too long.
        """
        skill, text = self.book().skills.get(skill_id), _checked(text)
        if skill is None:
            raise UsageError(f"no skill {skill_id!r} in the skillbook {self._book!r}")
        is_moved = (section or skill.section) != skill.section or (scope or skill.scope) != skill.scope
        if text == skill.text and not is_moved and reason in ("", skill.reason):
            raise UsageError("the wording is as it was", where=skill_id, hint="change the text, or skip the skill")
        # A trace that was erased on request is passed over.
        traces = list(self._store.traces.of(sorted(skill.trace_ids)))
        scope = scope or skill.scope
        if traces and text != skill.text and scope.learned(skill.scope.agent, skill.scope.tools) == scope:
            seen = scope_of(text, traces)
            scope = scope.learned(seen.agent, seen.tools)
        edit = Operation(kind="EDIT", skill_id=skill.id, author=self.author, text=text, reason=reason, section=section)
        self._append(edit.model_copy(update={"scope": scope, "taints": taints(text, evidence_texts(traces))}))

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
            by=self.author.name,
            verdict=verdict,
            at=datetime.now(UTC),
            reason=reason,
        )
        self._store.ratings.add(self._book, [rating])

    def undo(self) -> str:
        """Take the last step of this sitting back; returns what it was.

        Raises:
            UsageError: There is nothing left to take back.
            OperationError: Others have built on it.
        """
        if not self._acts:
            raise UsageError(
                "there is nothing to undo in this sitting",
                hint="`seasoned skills undo` takes back what you did before, `seasoned skills restore ID` a verdict",
            )
        first, last = self._acts[-1]
        events = tuple(e for e in self._store.books.events(self._book, up_to=last) if e.revision >= first)
        undone = self._take_back(Act(first=first, last=last, events=events))
        self._acts.pop()
        return "; ".join([undone.act.name, *(f"not {kept.skill_id}: {kept.why}" for kept in undone.kept)])

    def undo_last(self) -> Undone:
        """Take back what this person did last in the skillbook, in whatever sitting.

        Raises:
            UsageError: There is nothing left to take back.
            OperationError: Others have built on all of it.
        """
        return self._take_back(last_act(tuple(self._store.books.events(self._book)), self.author))

    def _take_back(self, act: Act) -> Undone:
        return take_back(self._store.books, self._book, act, self.author)

    def _append(self, *operations: Operation) -> None:
        done = self._store.books.append(self._book, operations)
        if done.events:
            self._acts.append((done.events[0].revision, done.events[-1].revision))


def _read_as(skill_id: str, wording: str | None) -> dict[str, str]:
    return {} if wording is None else {skill_id: wording}


def _checked(text: str) -> str:
    if not text.strip():
        raise UsageError("the skill has no text", hint='write it as "When …, do …"')
    if len(text) > MAX_SKILL_CHARS:
        raise UsageError(
            "the skill's text is too long",
            why=f"it has {len(text):,} characters, and a skill may have {MAX_SKILL_CHARS:,}",
            hint="say what to do when in a few sentences; several rules are several skills",
        )
    return text
