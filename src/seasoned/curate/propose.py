"""Findings become operations: evidence is checked against the stored traces, equal wordings become one skill.

Knows nothing of how findings were made. Raises only what reading a stored trace raises; a finding that does not hold is
dropped with its reason.
"""

from collections.abc import Callable, Sequence

from seasoned.core.finding import Draft, Evidence, Finding, verify
from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.core.value import Value
from seasoned.curate.taint import evidence_texts, taints
from seasoned.errors import EvidenceError
from seasoned.learn.learner import DroppedFinding


class Proposal(Value):
    """What findings come to for one skillbook."""

    operations: tuple[Operation, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    noted: tuple[str, ...] = ()
    """Claims of findings that suggest no skill: worth knowing, but nothing to do about in a prompt."""


def propose(findings: Sequence[Finding], book: Skillbook, author: Author, trace_of: Callable[[str], Trace]) -> Proposal:
    """Operations that bring the findings into the book as proposals.

    A wording that the book holds already gets the new evidence (AGREE); one that a reviewer rejected is not proposed
    again; a finding without a draft asks for no change and is noted.

    Args:
        findings: What a learner found.
        book: The skillbook as it stands.
        author: The learner, as the log is to name it.
        trace_of: Reads a stored trace by id.
    """
    operations: list[Operation] = []
    dropped: list[DroppedFinding] = []
    noted: list[str] = []
    added: set[str] = set()
    # A reviewer may have reworded a skill: every wording that it ever had is known.
    worded = {skill_id(wording.text): skill for skill in book.skills.values() for wording in skill.wordings}
    for finding in findings:
        if finding.draft is None:
            noted.append(finding.claim)
            continue
        traces = {e.trace_id: trace_of(e.trace_id) for e in finding.evidence}
        evidence = tuple(e for e in finding.evidence if _holds(e, traces[e.trace_id]))
        if not evidence:
            dropped.append(DroppedFinding(claim=finding.claim, reason="none of its quotes stands in the stored traces"))
            continue
        known = worded.get(skill_id(finding.draft.text))
        identity = skill_id(finding.draft.text) if known is None else known.id
        if known is not None and known.status in ("rejected", "retired"):
            reason = f"a reviewer has {known.status} this skill before ({identity})"
            dropped.append(DroppedFinding(claim=finding.claim, reason=reason))
        elif known is not None and set(evidence) <= set(known.evidence):
            dropped.append(DroppedFinding(claim=finding.claim, reason=f"{identity} holds all of its evidence already"))
        elif known is not None or identity in added:
            operations.append(_agree(finding, identity, evidence, author))
        else:
            added.add(identity)
            operations.append(_add(finding, finding.draft, evidence, author, traces))
    return Proposal(operations=tuple(operations), dropped=tuple(dropped), noted=tuple(noted))


def _holds(evidence: Evidence, trace: Trace) -> bool:
    try:
        verify(evidence, trace)
    except EvidenceError:
        return False
    return True


def _agree(finding: Finding, identity: str, evidence: tuple[Evidence, ...], author: Author) -> Operation:
    return Operation(
        kind="AGREE",
        skill_id=identity,
        author=author,
        evidence=evidence,
        reason=finding.claim,
        finding_id=finding.id,
        confidence=finding.confidence,
    )


def _add(
    finding: Finding, draft: Draft, evidence: tuple[Evidence, ...], author: Author, traces: dict[str, Trace]
) -> Operation:
    return Operation(
        kind="ADD",
        skill_id=skill_id(draft.text),
        author=author,
        text=draft.text,
        reason=draft.reason or finding.claim,
        section=draft.section,
        evidence=evidence,
        finding_id=finding.id,
        confidence=finding.confidence,
        taints=taints(draft.text, evidence_texts(traces.values())),
    )
