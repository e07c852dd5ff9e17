"""Verdicts become operations, each tried on a copy of the book first, so that the log takes all of them.

What the fold refuses (another draft may have changed the skill meanwhile) becomes the next safe thing: more evidence
for the skill. Pure; raises nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from seasoned.core.change import Ground, change
from seasoned.core.finding import FindingKind
from seasoned.core.operation import Author, Conflict, Operation, OperationKind, ReasonCode
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.curate.decide import Verdict
from seasoned.curate.deciding import Candidate
from seasoned.curate.leak import leaks
from seasoned.curate.placing import GENERAL, scope_of, section_of
from seasoned.curate.taint import evidence_texts, taints
from seasoned.errors import OperationError
from seasoned.learn.learner import DroppedFinding

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""The copy of the book is thrown away, so when its events were does not matter."""
_CODES: dict[FindingKind, ReasonCode] = {
    "policy gap": "wrong",
    "wrong tool": "wrong",
    "wrong argument": "wrong",
    "hallucination": "wrong",
    "extra step": "not useful",
    "inefficiency": "not useful",
}
"""Why a skill should go, by what a finding says that it led to."""


class Writer:
    """Collects the operations of one proposal, and what was dropped on the way."""

    def __init__(self, book: Skillbook, author: Author, verdicts: Mapping[str, Verdict]) -> None:
        """Begin with the book as it stands.

        Args:
            book: The skillbook.
            author: The learner, as the log is to name it.
            verdicts: By the id that a skill born with the draft's wording has.
        """
        self.operations: list[Operation] = []
        self.dropped: list[DroppedFinding] = []
        self.notes: list[str] = []
        self._author, self._verdicts = author, verdicts
        self._book, self._skills = book, dict(book.skills)
        self._sections = list(dict.fromkeys(skill.section for skill in book.skills.values()))

    def write(self, drafts: Mapping[str, Sequence[Candidate]]) -> None:
        """Bring the candidates in, by the verdicts on their drafts; the one that names a new skill comes first."""
        members: dict[str, list[str]] = {}
        for draft in drafts:
            members.setdefault(self._settled(draft)[0], []).append(draft)
        for target, found in members.items():
            for draft in sorted(found, key=lambda draft: draft != target):
                self._bring(draft, target, drafts[draft])

    def hear(self, candidates: Sequence[Candidate]) -> None:
        """Bring in what agrees with a skill by its id, or speaks against it; each of them has such advice."""
        for candidate in candidates:
            advice = candidate.finding.advice
            if advice is not None and advice.kind == "REMOVE":
                self._remove(candidate, advice.skill_id)
            elif advice is not None:
                self._agree(candidate, advice.skill_id)

    def _remove(self, candidate: Candidate, target: str) -> None:
        code = _CODES.get(candidate.finding.kind)
        remove = self._operation("REMOVE", target, candidate).model_copy(update={"code": code, "scope": None})
        if not self._try(remove):
            skill = self._skills[target]
            already = skill.status in ("proposed", "approved")
            why = "its removal is proposed already" if already else f"it is {skill.status}"
            self._drop(candidate, f"{target} cannot be proposed for removal: {why}")

    def _bring(self, draft: str, target: str, candidates: Sequence[Candidate]) -> None:
        settled, own = self._settled(draft)[1], self._verdicts[draft]
        first, *rest = candidates
        if settled.kind == "nothing":
            for each in candidates:
                self._drop(each, f"it was found to be no rule: {settled.reason or 'no reason given'}")
            return
        if target not in self._skills:
            self._add(first, target, settled)
        elif self._is_closed(candidates, target):
            return
        elif not self._changed(first, target, own):
            self._agree(first, target)
        for each in rest:
            self._agree(each, target)

    def _settled(self, draft: str) -> tuple[str, Verdict]:
        """The id that a draft goes to, and the verdict there: drafts that are the same as drafts are followed."""
        seen: list[str] = []
        while draft not in seen:
            seen.append(draft)
            verdict = self._verdicts[draft]
            if verdict.kind not in ("same", "better", "merge"):
                return draft, verdict
            if verdict.of[0] not in self._verdicts or verdict.of[0] in self._book.skills:
                return self._standing(verdict.of[0]), verdict
            draft = verdict.of[0]
        # All of them were called the same as another: they are one, and the one that sorts first is its name.
        return min(seen[seen.index(draft) :]), Verdict("new")

    def _standing(self, identity: str) -> str:
        while identity in self._skills and (into := self._skills[identity].merged_into) is not None:
            identity = into
        return identity

    def _is_closed(self, candidates: Sequence[Candidate], target: str) -> bool:
        """Whether a reviewer has turned the skill down: it is proposed again where much is new, else all is dropped."""
        skill = self._skills[target]
        if skill.status not in ("rejected", "retired"):
            return False
        if skill.status == "rejected" and self._proposed_again(skill, candidates):
            return True
        because = f": {skill.status_reason}" if skill.status_reason else ""
        hint = "; `seasoned skills restore` brings it back" if skill.status == "retired" else ""
        for each in candidates:
            self._drop(each, f"a reviewer has {skill.status} this skill before ({target}){because}{hint}")
        return True

    def _proposed_again(self, skill: Skill, candidates: Sequence[Candidate]) -> bool:
        """Propose a rejected skill again, as it was worded, if as many new runs speak for it as did then."""
        evidence = tuple(dict.fromkeys(e for each in candidates for e in each.evidence))
        n_new = len({e.trace_id for e in evidence} - skill.trace_ids)
        if n_new < max(1, len(skill.trace_ids)):
            return False
        add = self._operation("ADD", skill.id, candidates[0])
        again = f"{n_new} new run{'' if n_new == 1 else 's'} since it was rejected: {add.reason}"
        # The wording is the one that was judged: what a learner says now was not looked through for leaks.
        return self._try(add.model_copy(update={"text": skill.text, "evidence": evidence, "reason": again}))

    def _add(self, candidate: Candidate, target: str, verdict: Verdict) -> None:
        add = self._operation("ADD", target, candidate).model_copy(
            update={
                "text": candidate.text,
                "reason": candidate.reason,
                "section": self._section(candidate),
                "taints": taints(candidate.text, evidence_texts(candidate.traces)),
                "conflicts": self._conflicts(target, verdict),
            }
        )
        if not self._try(add):
            self._drop(candidate, f"the skillbook does not take it as {target}")

    def _section(self, candidate: Candidate) -> str:
        draft = candidate.finding.draft
        wanted = GENERAL if draft is None or leaks(draft.section, candidate.traces) else draft.section
        section = section_of(wanted, self._sections)
        if section not in self._sections:
            self._sections.append(section)
        return section

    def _conflicts(self, target: str, verdict: Verdict) -> tuple[Conflict, ...]:
        """The conflicts, with the ids that the other sides have in the end."""
        found: list[Conflict] = []
        for conflict in verdict.conflicts:
            other, its = conflict.skill_id, Verdict("new")
            if other in self._verdicts and other not in self._book.skills:
                other, its = self._settled(other)
            if its.kind != "nothing" and other != target:
                found.append(conflict.model_copy(update={"skill_id": self._standing(other)}))
        return tuple(dict.fromkeys(found))

    def _changed(self, candidate: Candidate, target: str, verdict: Verdict) -> bool:
        """Whether the skill could be reworded or merged as the verdict says."""
        if verdict.kind == "better":
            return self._reworded(candidate, target)
        if verdict.kind != "merge" or target != verdict.of[0]:
            return False
        merge = self._operation("MERGE", target, candidate)
        merge = merge.model_copy(update={"merged_id": verdict.of[1], "reason": verdict.reason or merge.reason})
        if verdict.text:
            found = taints(verdict.text, evidence_texts(candidate.traces))
            if not found and not leaks(verdict.text, candidate.traces):
                reworded = merge.model_copy(update={"text": verdict.text, "taints": found})
                if self._try(reworded):
                    return True
            self.notes.append(f"the wording for {target} and {verdict.of[1]} was refused, so {target} keeps its own")
        return self._try(merge)

    def _reworded(self, candidate: Candidate, target: str) -> bool:
        new = set(taints(candidate.text, evidence_texts(candidate.traces))) - set(self._skills[target].taints)
        if new:
            self.notes.append(f"a wording for {target} was refused: it {'; '.join(sorted(new))}")
            return False
        return self._try(
            self._operation("EDIT", target, candidate).model_copy(
                update={
                    "text": candidate.text,
                    "reason": candidate.reason,
                    "taints": taints(candidate.text, evidence_texts(candidate.traces)),
                    "scope": self._skills[target].scope.widened(scope_of(candidate.text, candidate.traces)),
                }
            )
        )

    def _agree(self, candidate: Candidate, target: str) -> None:
        target = self._standing(target)
        if set(candidate.evidence) <= set(self._skills[target].evidence):
            self._drop(candidate, f"{target} holds all of its evidence already")
            return
        agree = self._operation("AGREE", target, candidate)
        scope = scope_of(self._skills[target].text, candidate.traces)
        if not self._try(agree.model_copy(update={"scope": scope})):
            self._drop(candidate, f"{target} takes no more evidence: it is {self._skills[target].status}")

    def _operation(self, kind: OperationKind, target: str, candidate: Candidate) -> Operation:
        finding = candidate.finding
        return Operation(
            kind=kind,
            skill_id=target,
            author=self._author,
            evidence=candidate.evidence,
            reason=finding.claim,
            finding_id=finding.id,
            confidence=finding.confidence,
            scope=scope_of(candidate.text, candidate.traces),
        )

    def _try(self, operation: Operation) -> bool:
        revision = self._book.revision + len(self.operations) + 1
        try:
            ground = Ground.present(self._skills, self._book.policy)
            after = change(ground, operation, revision, _NO_TIME).skills
        except OperationError:
            return False
        self._skills.update({skill.id: skill for skill in after})
        self.operations.append(operation)
        return True

    def _drop(self, candidate: Candidate, reason: str) -> None:
        self.dropped.append(DroppedFinding(claim=candidate.finding.claim, reason=reason))
