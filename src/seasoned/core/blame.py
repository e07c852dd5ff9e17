"""Where each part of a skill is from: which operation brought it, by whom, when and why. Pure; raises nothing."""

from collections.abc import Iterable
from typing import Literal

from seasoned.core.bookdiff import scope_text
from seasoned.core.change import Change
from seasoned.core.finding import Evidence
from seasoned.core.operation import Event
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook, extended
from seasoned.core.value import Value

Part = Literal["wording", "section", "scope", "evidence", "conflict", "verdict", "rollback"]


class Origin(Value):
    """One part of a skill and the event that brought it."""

    part: Part
    value: str
    event: Event
    evidence: Evidence | None = None


def blame(name: str, events: Iterable[Event], skill_id: str) -> tuple[Origin, ...]:
    """Where each part of a skill is from, as the book stands after the events.

    What a rollback brought back is from the event that brought it first; the rollback itself is named too. A quote
    that came by a merge is from the event that brought it to the skill that went in.

    Returns:
        Every wording, the section, the scope, every quote, every conflict, every verdict, and the rollbacks that
        changed the skill; each kind oldest first. Empty where the book does not have the skill.
    """
    tracing = _Tracing(skill_id)
    book = extended(Skillbook(name=name), events, seen=tracing.see)
    skill = book.skills.get(skill_id)
    return () if skill is None else tuple(tracing.origins(skill))


class _Tracing:
    def __init__(self, skill_id: str) -> None:
        self._id = skill_id
        self._events: dict[int, Event] = {}
        self._values: dict[tuple[Part, str], Event] = {}
        self._now: set[tuple[Part, str]] = set()
        """What the skill had after the event before."""
        self._quotes: dict[tuple[str, Evidence], Event] = {}
        self._rollbacks: list[Event] = []

    def see(self, event: Event, what: Change) -> None:
        """Keep which event brought what is new."""
        self._events[event.revision] = event
        merged_id = event.operation.merged_id
        for skill in what.skills:
            for quote in skill.evidence:
                first = event if merged_id is None else self._quotes.get((merged_id, quote), event)
                self._quotes.setdefault((skill.id, quote), first)
        mine = next((skill for skill in what.skills if skill.id == self._id), None)
        if event.operation.kind == "ROLLBACK" and (mine is not None or self._id in what.gone):
            self._rollbacks.append(event)
        if mine is not None:
            values = set(_values(mine))
            if event.operation.kind != "ROLLBACK":
                self._values.update(dict.fromkeys(values - self._now, event))
            self._now = values

    def origins(self, skill: Skill) -> Iterable[Origin]:
        """The parts of the skill as it stands."""
        for wording in skill.wordings:
            yield Origin(part="wording", value=wording.text, event=self._events[wording.revision])
        for part, value in _values(skill):
            yield Origin(part=part, value=value, event=self._values[part, value])
        for quote in skill.evidence:
            event = self._quotes[skill.id, quote]
            yield Origin(part="evidence", value=quote.quote, event=event, evidence=quote)
        for decision in skill.decisions:
            value = decision.kind if decision.code is None else f"{decision.kind} ({decision.code})"
            yield Origin(part="verdict", value=value, event=self._events[decision.revision])
        if skill.removal is not None:
            yield Origin(part="verdict", value="REMOVE", event=self._events[skill.removal.revision])
        for event in self._rollbacks:
            yield Origin(part="rollback", value=f"to revision {event.operation.to_revision}", event=event)


def _values(skill: Skill) -> Iterable[tuple[Part, str]]:
    yield "section", skill.section
    if scope := scope_text(skill.scope):
        yield "scope", scope
    for conflict in skill.conflicts:
        yield "conflict", f"{conflict.kind} {conflict.skill_id}"
