"""The question of one call: the runs, the rules so far, and what may be said of them.

A pure function of its arguments, so that a resumed run asks the same. Raises nothing.
"""

import json
from collections.abc import Sequence

from pydantic import Field

from seasoned.core.finding import FindingKind
from seasoned.core.text import shortened
from seasoned.core.value import Text, Value
from seasoned.learn.asking import Held, Item, Question
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.gathering import Reading
from seasoned.learn.expel.votes import MAX_OPERATIONS, Rule, RuleKind, RuleList, RuleOperation, needs_evidence, refusal
from seasoned.learn.injected import HandedOut
from seasoned.learn.quoting import block
from seasoned.llm import prompt_file
from seasoned.retrieve.lexical import LexicalIndex

PAIRS = prompt_file.load(__package__ or "", "expel")
SUCCESSES = prompt_file.load(__package__ or "", "expel_successes")

MAX_TEXT_CHARS = 2_000
_MAX_REASON_CHARS = 1_000
_MAX_SECTION_CHARS = 100
_FULL = (
    "The list is full. Before anything else, REMOVE rules that these runs speak against, that say the same as another "
    "one, or that fit few tasks; ADD a rule only if it is very general."
)


class Said(Item):
    """An operation, as a model says it."""

    operation: RuleKind
    rule: Text = Field(default="", max_length=200)
    text: Text = Field(default="", max_length=MAX_TEXT_CHARS)
    reason: Text = Field(default="", max_length=_MAX_REASON_CHARS)
    section: Text = Field(default="general", max_length=_MAX_SECTION_CHARS)
    kind: FindingKind = "other"

    @property
    def name(self) -> str:
        """The operation, its rule and its wording."""
        return shortened(" ".join(filter(None, (self.operation, self.rule, self.text))), MAX_TEXT_CHARS)


class Operations(Value):
    """The answer to one question."""

    operations: tuple[Said, ...] = ()


def question_of(reading: Reading, rules: RuleList, ours: HandedOut, config: ExpelConfig) -> Question[Said, Operations]:
    """What is asked about some runs, with the rules in view."""
    shown = shown_rules(rules, "\n".join(trace.task.text for trace in reading.traces), config.max_rules_shown)
    known = frozenset(rule.id for rule in shown)

    def problem(said: Said) -> str:
        operation = operation_of(said)
        if operation.rule and operation.rule not in known:
            return f"no rule has the id {operation.rule[:60]!r}"
        return refusal(rules, operation)

    return Question(
        traces=reading.traces,
        ours=ours,
        system=(PAIRS if reading.is_pair else SUCCESSES).render(max_operations=str(MAX_OPERATIONS)),
        asked=_asked(shown, rules),
        shape=Operations,
        items=lambda answer: answer.operations,
        problem=problem,
        clash=lambda said, beside: refusal(rules, operation_of(said), [operation_of(each) for each in beside]),
        needs_quote=lambda said: needs_evidence(rules, operation_of(said)),
        max_items=MAX_OPERATIONS,
    )


def operation_of(said: Said, held: Held[Said] | None = None) -> RuleOperation:
    """The operation as the list takes it, with its evidence where that was checked."""
    return RuleOperation(
        kind=said.operation,
        rule="" if said.operation == "ADD" else said.rule.strip(),
        text=said.text.strip() if said.operation in ("ADD", "EDIT") else "",
        reason=" ".join(said.reason.split()),
        section=said.section.strip() or "general",
        about=said.kind,
        evidence=() if held is None else held.evidence,
    )


def shown_rules(rules: RuleList, tasks: str, most: int) -> tuple[Rule, ...]:
    """The rules that a question shows, in the order of the list: those born here, then the book's nearest to the tasks.

    Args:
        rules: The list.
        tasks: The texts of the tasks.
        most: So many at most.
    """
    if len(rules.rules) <= most:
        return rules.rules
    born = [rule.id for rule in rules.rules if not rule.is_of_book]
    of_book = [rule for rule in rules.rules if rule.is_of_book]
    hits = LexicalIndex([rule.text for rule in of_book]).nearest(tasks, most)
    near = [of_book[hit.index].id for hit in hits]
    kept = frozenset(list(dict.fromkeys([*born, *near, *(rule.id for rule in of_book)]))[:most])
    return tuple(rule for rule in rules.rules if rule.id in kept)


def _asked(shown: Sequence[Rule], rules: RuleList) -> str:
    if not shown:
        return "There is no rule yet."
    lines = (
        json.dumps({"id": rule.id, "text": shortened(rule.text, MAX_TEXT_CHARS)}, ensure_ascii=False) for rule in shown
    )
    which = "" if len(shown) == len(rules.rules) else f" (of {len(rules.rules)}, those nearest to these tasks)"
    text = f"The {len(shown)} rules so far{which}, the most important first:\n{block('data', chr(10).join(lines))}"
    return f"{text}\n{_FULL}" if rules.is_full else text
