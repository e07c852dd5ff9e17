"""Findings become operations: evidence is checked against the stored traces, and one rule becomes one skill.

All findings of a run are decided on together, so that episodes that ran side by side cannot add one rule twice. Knows
nothing of how findings were made. Raises only what reading a stored trace and writing down a model call raise; a
finding that does not hold is dropped with its reason, a model that fails is a note.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import NamedTuple, TypeVar

from seasoned.core.finding import Evidence, Finding, verify
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.curate.advised import sorted_out, text_of
from seasoned.curate.clusters import clusters
from seasoned.curate.decide import Cluster, Decided, Verdict, by_advice, by_model, by_words, known_wordings
from seasoned.curate.deciding import Candidate, Deciding
from seasoned.curate.general import general
from seasoned.curate.operations import Writer
from seasoned.curate.wording import plain
from seasoned.errors import EvidenceError
from seasoned.learn.learner import DroppedFinding

T = TypeVar("T")


class Proposal(Value):
    """What findings come to for one skillbook."""

    operations: tuple[Operation, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    noted: tuple[str, ...] = ()
    """Claims of findings that suggest no skill: worth knowing, but nothing to do about in a prompt."""
    notes: tuple[str, ...] = ()
    """What the reader must know of how it was decided: a model that failed, an answer that did not hold."""


class _Drafts(NamedTuple):
    """What the findings suggest, by the id that a skill of that wording has."""

    candidates: dict[str, list[Candidate]]
    known: dict[str, str]
    """The skill of the book that has the wording already, where there is one."""


async def propose(
    findings: Sequence[Finding],
    book: Skillbook,
    author: Author,
    trace_of: Callable[[str], Trace],
    deciding: Deciding | None = None,
) -> Proposal:
    """Operations that bring the findings into the book as proposals.

    A wording that the book holds already gets the new evidence (AGREE), whether it is the same to the letter or but for
    words of form. One that reads like a skill or like another finding's is decided on: by one question to the model for
    each group of such wordings, or, without one, by words alone. One that a reviewer rejected is proposed again only by
    as many new runs as were behind it then; a finding without a draft asks for no change and is noted.

    A finding with advice says itself which skill it is about. It agrees with it, or proposes its removal; a better
    wording is taken as such where nothing is lost by it and nobody has approved the skill, else it is proposed beside.

    Args:
        findings: What a learner found, all of one run.
        book: The skillbook as it stands.
        author: The learner, as the log is to name it.
        trace_of: Reads a stored trace by id.
        deciding: The model, the search and the limits; without it words alone decide.

    Raises:
        StoreError: A trace cannot be read, or a call cannot be written down.
    """
    deciding = deciding or Deciding()
    asked = sorted_out(findings, book)
    candidates, unworded = _held(asked.worded, book, trace_of, deciding)
    heard, unheard = _held(asked.said, book, trace_of, deciding)
    drafts, leaking = await _drafted(candidates, book, deciding)
    decided = await _decided(drafts, book, deciding)
    verdicts = decided.verdicts | {draft: Verdict("same", (skill,)) for draft, skill in drafts.known.items()}
    writer = Writer(book, author, {draft: verdicts.get(draft, Verdict("new")) for draft in drafts.candidates})
    writer.write(drafts.candidates)
    writer.hear(heard)
    dropped = (*asked.dropped, *unworded, *unheard, *leaking, *writer.dropped)
    noted, notes = tuple(each.claim for each in asked.noted), (*decided.notes, *writer.notes)
    return Proposal(operations=tuple(writer.operations), dropped=dropped, noted=noted, notes=notes)


def _held(
    findings: Sequence[Finding], book: Skillbook, trace_of: Callable[[str], Trace], deciding: Deciding
) -> tuple[list[Candidate], list[DroppedFinding]]:
    """The findings whose evidence stands in the stored traces and is not our own words, with as much of it as does."""
    candidates: list[Candidate] = []
    dropped: list[DroppedFinding] = []
    for finding in findings:
        traces = {e.trace_id: trace_of(e.trace_id) for e in finding.evidence}
        standing = tuple(e for e in finding.evidence if _holds(e, traces[e.trace_id]))
        evidence = deciding.ours.fresh(standing, traces.__getitem__)
        if not evidence:
            ours_alone, nowhere = (
                "its quotes are words that we handed the agent",
                "none of its quotes stands in the runs",
            )
            reason = ours_alone if standing else nowhere
            dropped.append(DroppedFinding(claim=finding.claim, reason=reason))
            continue
        text = text_of(finding, book)
        behind = tuple(deciding.in_hand.get(i, traces[i]) for i in dict.fromkeys(e.trace_id for e in evidence))
        candidates.append(Candidate(finding=finding, text=text, evidence=evidence, traces=behind))
    return candidates, dropped


def _holds(evidence: Evidence, trace: Trace) -> bool:
    try:
        verify(evidence, trace)
    except EvidenceError:
        return False
    return True


async def _drafted(
    candidates: Sequence[Candidate], book: Skillbook, deciding: Deciding
) -> tuple[_Drafts, list[DroppedFinding]]:
    """The candidates by wording, none of which leaks; and those that leave none."""
    # A reviewer may have reworded or merged a skill: every wording that it ever had is known.
    wordings = [(w.text, book.standing(s.id).id) for s in book.skills.values() for w in s.wordings]
    by_id = {skill_id(text): identity for text, identity in wordings}
    by_plain = known_wordings(wordings)
    by_text: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_text.setdefault(skill_id(candidate.text), []).append(candidate)
    # What a reviewer has seen in the book is judged already; only new wordings are looked through.
    new = [group for identity, group in by_text.items() if identity not in by_id]
    limit = asyncio.Semaphore(deciding.concurrency)

    async def one(group: Sequence[Candidate]) -> tuple[str, str]:
        async with limit:
            return await general(group, deciding)

    mended = dict(zip((skill_id(group[0].text) for group in new), await _all(map(one, new)), strict=True))
    drafts, dropped = _Drafts({}, {}), list[DroppedFinding]()
    leads: dict[tuple[str, ...], str] = {}
    for identity, group in by_text.items():
        text, why = mended.get(identity, (group[0].text, ""))
        if why:
            dropped += [DroppedFinding(claim=each.finding.claim, reason=why) for each in group]
            continue
        born = skill_id(text)
        lead = born if born in by_id else leads.setdefault(plain(text), born)
        worded = [Candidate(finding=c.finding, text=text, evidence=c.evidence, traces=c.traces) for c in group]
        drafts.candidates.setdefault(lead, []).extend(worded)
        known = by_id.get(lead) or by_plain.get(plain(text))
        if known is not None:
            drafts.known[lead] = known
    return drafts, dropped


async def _decided(drafts: _Drafts, book: Skillbook, deciding: Deciding) -> Decided:
    """What becomes of the drafts that read like a skill of the book or like each other."""
    advised = _advised(drafts, book)
    settled = drafts.known.keys() | advised.verdicts.keys()
    open_drafts = {draft: group[0].text for draft, group in drafts.candidates.items() if draft not in settled}
    skills = [skill for skill in book.skills.values() if skill.status != "merged"]
    ids = [skill.id for skill in skills] + list(open_drafts)
    texts = [skill.text for skill in skills] + list(open_drafts.values())
    how = deciding.max_cluster, deciding.embedder
    found = await clusters(texts, len(skills), *how) if open_drafts else []
    limit = asyncio.Semaphore(deciding.concurrency)

    async def one(members: Sequence[int]) -> Decided:
        cluster = Cluster(
            tuple(skills[i] for i in members if i < len(skills)),
            {ids[i]: texts[i] for i in members if i >= len(skills)},
        )
        if deciding.model is None:
            return by_words(cluster)
        async with limit:
            return await by_model(cluster, deciding.model)

    parts = [advised, *await _all(map(one, found))]
    verdicts = {draft: verdict for part in parts for draft, verdict in part.verdicts.items()}
    return Decided(verdicts, tuple(note for part in parts for note in part.notes))


def _advised(drafts: _Drafts, book: Skillbook) -> Decided:
    """What becomes of the drafts that are called a better wording of a skill by the finding itself."""
    verdicts: dict[str, Verdict] = {}
    notes: list[str] = []
    for draft, group in drafts.candidates.items():
        finding = next((each.finding for each in group if each.finding.advice is not None), None)
        if finding is None or finding.advice is None or draft in drafts.known:
            continue
        skill = book.skills[finding.advice.skill_id]
        verdicts[draft], why = by_advice(skill, draft, group[0].text, finding.claim)
        notes += [f"a better wording of {skill.id} was not taken as one: {why}"] if why else []
    return Decided(verdicts, tuple(notes))


async def _all(works: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """What each gives, in order; where one fails, its error, once the others have ended and been written down."""
    tasks = [asyncio.ensure_future(work) for work in works]
    await asyncio.gather(*tasks, return_exceptions=True)
    return [task.result() for task in tasks]
