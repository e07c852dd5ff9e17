"""What the lists of all folds come to: a finding for each new rule, and advice about skills that the book has.

The union of the folds. Votes of folds that came to one wording are added up. Pure; raises nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from seasoned.core.finding import Advice, Draft, Evidence, Finding
from seasoned.core.operation import skill_id
from seasoned.core.skillbook import Skillbook
from seasoned.learn.expel.config import NAME
from seasoned.learn.expel.votes import VOTES_AT_BIRTH, Rule, RuleKind, RuleList
from seasoned.learn.learner import DroppedFinding

RUNS_AGAINST = 2
"""So many runs that speak against a skill of the book are enough to propose its removal, whatever its votes."""


@dataclass
class Union:
    """What all folds come to."""

    findings: list[Finding] = field(default_factory=list[Finding])
    dropped: list[DroppedFinding] = field(default_factory=list[DroppedFinding])
    notes: list[str] = field(default_factory=list[str])


def union_of(folds: Sequence[tuple[int, RuleList]], book: Skillbook, n_folds: int) -> Union:
    """The findings, those with most votes first.

    Args:
        folds: The number of each fold that was read, and its list.
        book: What the lists began with.
        n_folds: All folds there were.
    """
    found = Union()
    _born(folds, n_folds, found)
    ids = dict.fromkeys(rule.id for _, each in folds for rule in (*each.rules, *each.gone) if rule.is_of_book)
    for each in ids:
        rules = [rule for _, of in folds for rule in (*of.rules, *of.gone) if rule.id == each]
        _agreed(each, rules, found)
        _reworded(each, rules, book.skills[each].text, found)
        _removed(each, rules, found)
    return found


def confidence_of(votes: int) -> float:
    """What votes say of a rule: 0.5 for a new one, nearer to 1 with each that is added."""
    return votes / (votes + VOTES_AT_BIRTH)


def _born(folds: Sequence[tuple[int, RuleList]], n_folds: int, found: Union) -> None:
    by_text: dict[str, list[tuple[int, Rule]]] = {}
    for number, each in folds:
        for rule in each.rules:
            if not rule.is_of_book:
                by_text.setdefault(skill_id(rule.text), []).append((number, rule))
    same = sorted(by_text.values(), key=lambda group: -sum(rule.votes for _, rule in group))
    for group in same:
        found.findings.append(_new(group, n_folds))
    if n_folds > 1 and (n_single := sum(len(group) == 1 for group in same)):
        found.notes.append(f"{n_single} of {len(same)} new rules were learned by one fold alone; their reasons say so")


def _new(group: Sequence[tuple[int, Rule]], n_folds: int) -> Finding:
    votes = sum(rule.votes for _, rule in group)
    first = group[0][1]
    born, worded = first.last("ADD"), first.last("ADD", "EDIT")
    claim = (worded.reason if worded else "") or f"The runs show a rule: {first.text}"
    numbers = " and ".join(str(number) for number, _ in group)
    where = f", fold {numbers} of {n_folds}{' alone' if len(group) == 1 else ''}" if n_folds > 1 else ""
    evidence = _together([rule for _, rule in group], "ADD", "AGREE", "EDIT")
    draft = Draft(
        text=first.text, reason=f"{claim} ({_votes(votes)}{where})", section=born.section if born else "general"
    )
    return Finding(
        claim=claim,
        kind=born.about if born else "other",
        confidence=confidence_of(votes),
        evidence=evidence,
        draft=draft,
        learner=NAME,
        has_verdicts=True,
    )


def _agreed(skill: str, rules: Sequence[Rule], found: Union) -> None:
    if evidence := _together(rules, "AGREE"):
        votes = sum(rule.votes for rule in rules)
        found.findings.append(_advice("AGREE", skill, rules, evidence, confidence_of(max(0, votes))))


def _reworded(skill: str, rules: Sequence[Rule], text: str, found: Union) -> None:
    by_text: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.votes > 0 and rule.last("EDIT") and skill_id(rule.text) != skill_id(text):
            by_text.setdefault(skill_id(rule.text), []).append(rule)
    for same in by_text.values():
        advised = _advice("EDIT", skill, same, _together(same, "EDIT"), confidence_of(sum(r.votes for r in same)))
        draft = Draft(text=same[0].text, reason=advised.claim)
        found.findings.append(advised.model_copy(update={"draft": draft}))


def _removed(skill: str, rules: Sequence[Rule], found: Union) -> None:
    evidence = _together(rules, "REMOVE")
    if not evidence:
        return
    n_runs = len({each.trace_id for each in evidence})
    advised = _advice("REMOVE", skill, rules, evidence, confidence_of(n_runs))
    if n_runs >= RUNS_AGAINST or any(rule.votes <= 0 for rule in rules):
        found.findings.append(advised)
        return
    reason = f"one run alone speaks against {skill}, which kept {_votes(rules[0].votes)}"
    found.dropped.append(DroppedFinding(claim=advised.claim, reason=reason))


def _advice(
    kind: Literal["AGREE", "EDIT", "REMOVE"],
    skill: str,
    rules: Sequence[Rule],
    evidence: tuple[Evidence, ...],
    confidence: float,
) -> Finding:
    said = next((last for rule in rules if (last := rule.last(kind))), None)
    fallback = {
        "AGREE": "The runs show it again",
        "EDIT": "The wording misses something",
        "REMOVE": "Runs contradict it",
    }
    return Finding(
        claim=(said.reason if said else "") or f"{fallback[kind]}: {skill}",
        kind=said.about if said else "other",
        confidence=confidence,
        evidence=evidence,
        advice=Advice(kind=kind, skill_id=skill),
        learner=NAME,
        has_verdicts=True,
    )


def _votes(n: int) -> str:
    return f"{n} vote{'s' * (n != 1)}"


def _together(rules: Sequence[Rule], *kinds: RuleKind) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(each for rule in rules for each in rule.evidence(*kinds)))
