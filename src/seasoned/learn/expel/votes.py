"""The list of rules with its votes, as a pure fold: what a call's operations make of it, and why one is refused.

The arithmetic is that of ExpeL: a new rule begins with 2 votes, AGREE and EDIT give one, REMOVE takes one, or three
where the list is overfull; what ends a call without votes is gone, and the list stands by votes. Unlike there, a rule
is named by its id, never by its words. Knows nothing of models, prompts or traces. Raises nothing: what cannot be
applied is refused with the reason.

Source: A. Zhao et al., "ExpeL: LLM Agents Are Experiential Learners", AAAI 2024, arXiv 2308.10144, section 4.2, and
the authors' code at LeapLabTHU/ExpeL.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from seasoned.core.finding import Evidence, FindingKind
from seasoned.core.operation import skill_id
from seasoned.core.skill import Skill
from seasoned.core.value import Text, Value

RuleKind = Literal["ADD", "AGREE", "EDIT", "REMOVE"]

VOTES_AT_BIRTH = 2
MAX_OPERATIONS = 4
"""Of one call."""
OVERFULL_BY = 5
"""So many rules above `max_num_rules`, REMOVE takes more votes."""
ORDER: tuple[RuleKind, ...] = ("REMOVE", "AGREE", "EDIT", "ADD")
"""In which the operations of a call are applied."""


class RuleOperation(Value):
    """What a call says of one rule."""

    kind: RuleKind
    rule: str = ""
    """Id of the rule; ADD has none."""
    text: Text = ""
    """ADD and EDIT: the wording."""
    reason: Text = ""
    """What in the runs says so."""
    section: Text = "general"
    """ADD."""
    about: FindingKind = "other"
    evidence: tuple[Evidence, ...] = ()


class Rule(Value):
    """One rule of the list."""

    id: str
    """The skill's, for a rule that the book has; else `draft-1` and so on, in order of birth."""
    text: Text
    votes: int
    is_of_book: bool = False
    history: tuple[RuleOperation, ...] = ()
    """The operations that were applied to it, in order; that of its birth too, where it was born here."""

    def evidence(self, *kinds: RuleKind) -> tuple[Evidence, ...]:
        """What its operations of these kinds rest on, each once."""
        return tuple(dict.fromkeys(e for each in self.history if each.kind in kinds for e in each.evidence))

    def last(self, *kinds: RuleKind) -> RuleOperation | None:
        """The latest operation of one of these kinds."""
        return next((each for each in reversed(self.history) if each.kind in kinds), None)


class Refused(Value):
    """An operation that was not applied, and why."""

    operation: RuleOperation
    reason: str


class RuleList(Value):
    """The rules as they stand, those with most votes first; the earlier one among equals."""

    rules: tuple[Rule, ...] = ()
    gone: tuple[Rule, ...] = ()
    """Rules that lost their last vote, as they were then."""
    max_num_rules: int = Field(default=20, ge=1)
    n_born: int = 0

    @property
    def n_counted(self) -> int:
        """Rules that count against `max_num_rules`: those born here.

        The paper's list begins empty, so that these are all. A skill of the book is another matter: that a book is
        large speaks against none of what persons approved.
        """
        return sum(not rule.is_of_book for rule in self.rules)

    @property
    def is_full(self) -> bool:
        """Whether there is room for a new rule only if it is a very general one."""
        return self.n_counted >= self.max_num_rules

    @property
    def votes_of_removal(self) -> int:
        """Votes that REMOVE takes."""
        return 3 if self.n_counted >= self.max_num_rules + OVERFULL_BY else 1

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


def beginning(skills: Sequence[Skill], max_num_rules: int) -> RuleList:
    """The list that begins with skills of a book, each with the votes of a new rule; the paper's begins empty."""
    rules = (Rule(id=each.id, text=each.text, votes=VOTES_AT_BIRTH, is_of_book=True) for each in skills)
    return RuleList(rules=tuple(rules), max_num_rules=max_num_rules)


def settled(rules: RuleList, operation: RuleOperation) -> RuleOperation:
    """The operation as it counts: an EDIT to what a rule says already agrees with that rule."""
    if operation.kind != "EDIT":
        return operation
    same = _saying(rules, operation.text)
    return operation if same is None else operation.model_copy(update={"kind": "AGREE", "rule": same.id, "text": ""})


def refusal(rules: RuleList, operation: RuleOperation, beside: Sequence[RuleOperation] = ()) -> str:
    """Why an operation is not applied, whatever it rests on; empty if nothing speaks against it.

    Args:
        rules: The list as it stood when the call was made.
        operation: As it came.
        beside: Operations of the same call that are applied.
    """
    if len(beside) >= MAX_OPERATIONS:
        return f"at most {MAX_OPERATIONS} operations were asked for, and this is one more"
    asked = settled(rules, operation)
    if asked.kind != "ADD" and rules.rule(operation.rule) is None:
        return f"no rule has the id {operation.rule[:60]!r}"
    if asked.kind in ("ADD", "EDIT") and not asked.text.strip():
        return "it holds no wording"
    if asked.kind == "ADD" and (same := _saying(rules, asked.text)) is not None:
        return f"{same.id} says this already"
    return _refused_beside(asked, [settled(rules, each) for each in beside])


def needs_evidence(rules: RuleList, operation: RuleOperation) -> bool:
    """Whether it is refused without a quote: all but the removal of a rule that is no skill yet."""
    rule = rules.rule(operation.rule)
    return operation.kind != "REMOVE" or rule is None or rule.is_of_book


def applied(rules: RuleList, operations: Sequence[RuleOperation]) -> tuple[RuleList, tuple[Refused, ...]]:
    """The list after one call.

    Args:
        rules: The list before it.
        operations: What the call said, in its order; of two that cannot both be applied the first one is.
    """
    taken: list[RuleOperation] = []
    refused: list[Refused] = []
    for operation in operations:
        why = refusal(rules, operation, taken)
        if not why and not operation.evidence and needs_evidence(rules, operation):
            why = "it names no quote, and nothing is kept without one"
        if why:
            refused.append(Refused(operation=operation, reason=why))
        else:
            taken.append(operation)
    cost, found, n_born = rules.votes_of_removal, {rule.id: rule for rule in rules.rules}, rules.n_born
    for operation in sorted((settled(rules, each) for each in taken), key=lambda each: ORDER.index(each.kind)):
        if operation.kind == "ADD":
            n_born += 1
            born = f"draft-{n_born}"
            found[born] = Rule(id=born, text=operation.text, votes=VOTES_AT_BIRTH, history=(operation,))
        else:
            found[operation.rule] = _voted(found[operation.rule], operation, cost)
    standing = sorted((rule for rule in found.values() if rule.votes > 0), key=lambda rule: -rule.votes)
    gone = (*rules.gone, *(rule for rule in found.values() if rule.votes <= 0))
    return rules.model_copy(update={"rules": tuple(standing), "gone": gone, "n_born": n_born}), tuple(refused)


def _voted(rule: Rule, operation: RuleOperation, cost: int) -> Rule:
    votes = rule.votes - cost if operation.kind == "REMOVE" else rule.votes + 1
    text = operation.text if operation.kind == "EDIT" else rule.text
    return rule.model_copy(update={"votes": votes, "text": text, "history": (*rule.history, operation)})


def _saying(rules: RuleList, text: str) -> Rule | None:
    """The rule with this wording, but for case and spacing."""
    return next((rule for rule in rules.rules if skill_id(rule.text) == skill_id(text)), None)


def _refused_beside(asked: RuleOperation, beside: Sequence[RuleOperation]) -> str:
    for other in beside:
        if asked.rule and other.rule == asked.rule:
            return f"another operation is about {asked.rule}, and each rule takes one"
        if asked.text and other.text and skill_id(other.text) == skill_id(asked.text):
            return "another operation words the same rule"
    return ""
