"""Which approved skills have gone stale, by facts that were loaded before, and why.

A reason has a key, such as `harmful` or `its tool refund_order is gone`, and numbers. What a reviewer kept once is not
proposed for removal again for a reason of the same key, whatever its numbers are by then. Pure; raises nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from seasoned.core.counters import Rate
from seasoned.core.operation import Author, Event, Operation, ReasonCode
from seasoned.core.rating import Rating
from seasoned.core.skill import Skill
from seasoned.core.trace import Trace
from seasoned.core.value import Value

AUTHOR = Author(kind="policy", name="stale")
_JOINT = "; also "


class StaleRules(Value):
    """When a skill is stale."""

    n_rated: int = 20
    """It did not apply in any of so many rated runs, the latest."""
    idle_days: int = 90
    """Or it last applied so many days ago, and not in any of at least `n_since` runs that were rated since."""
    n_since: int = 5
    n_runs: int = 100
    """None of so many runs of its agent, the latest, offers or calls one of its tools."""
    n_informative: int = 5
    """It is harmful where so many observations say whether it helps or harms, and `harmful_below` holds."""
    harmful_below: float = 0.5
    """The upper end of its rate's interval is below this."""


class Stale(Value):
    """One reason why a skill is stale."""

    skill_id: str
    key: str
    """What kind of reason it is, and what of: a reviewer who kept the skill is not asked again for the same key."""
    detail: str
    """The numbers."""
    code: ReasonCode

    @property
    def reason(self) -> str:
        """As the proposed removal says it."""
        return f"{self.key}: {self.detail}"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one skill beside the book."""

    skill: Skill
    rate: Rate
    ratings: Sequence[Rating] = ()
    """Of its present wording and about runs, oldest first."""
    runs: Sequence[frozenset[str]] = ()
    """Tools that each of the latest runs of its agent offers or calls; empty where the skill names no tool."""
    rules: StaleRules = field(default_factory=StaleRules)


def stale(facts: Facts, today: date) -> tuple[Stale, ...]:
    """All reasons why a skill is stale; none for one that is not approved or is proposed for removal already."""
    if facts.skill.status != "approved" or facts.skill.removal is not None:
        return ()
    found = (_harmful(facts), _expired(facts, today), _unproven(facts), *_gone_tools(facts), _idle(facts, today))
    return tuple(each for each in found if each is not None)


def kept_reasons(events: Iterable[Event]) -> tuple[str, ...]:
    """The reasons for which removals of a skill were proposed here and a person kept it.

    Args:
        events: Those of the skill, oldest first.
    """
    waiting: str | None = None
    kept: list[str] = []
    for event in events:
        operation = event.operation
        match operation.kind:
            case "REMOVE":
                waiting = operation.reason if operation.author == AUTHOR else None
            case "RESTORE":
                kept += [waiting] if waiting is not None and operation.author.kind == "person" else []
                waiting = None
            case "RETIRE" | "REJECT" | "ROLLBACK":
                waiting = None
            case _:
                pass
    return tuple(kept)


def is_new(found: Stale, kept: Sequence[str]) -> bool:
    """Whether no reviewer has kept the skill for a reason of this key."""
    return not any(reason.startswith(f"{found.key}: ") for reason in _parts(kept))


def removals(found: Mapping[str, Sequence[Stale]]) -> tuple[Operation, ...]:
    """A proposed removal for each skill, with all its reasons, the first of which gives the code."""
    return tuple(
        Operation(
            kind="REMOVE",
            skill_id=skill_id,
            author=AUTHOR,
            reason=_JOINT.join(each.reason for each in reasons),
            code=reasons[0].code,
        )
        for skill_id, reasons in found.items()
        if reasons
    )


def _parts(reasons: Iterable[str]) -> list[str]:
    return [part for reason in reasons for part in reason.split(_JOINT)]


def _harmful(facts: Facts) -> Stale | None:
    rate, rules = facts.rate, facts.rules
    if rate.n < rules.n_informative or rate.high >= rules.harmful_below:
        return None
    spread = f"{rate.low:.2f} to {rate.high:.2f}, {rate.source}, n = {rate.n}"
    detail = f"it helps rather than harms at a rate of {rate.mean:.2f} ({spread})"
    return Stale(skill_id=facts.skill.id, key="harmful", detail=detail, code="not useful")


def _expired(facts: Facts, today: date) -> Stale | None:
    until = facts.skill.scope.valid_until
    if until is None or until >= today:
        return None
    n_days = (today - until).days
    detail = f"that is {n_days} days ago" if n_days > 1 else "that was yesterday"
    return Stale(skill_id=facts.skill.id, key=f"it ended on {until}", detail=detail, code="outdated")


def _unproven(facts: Facts) -> Stale | None:
    if not facts.skill.is_unproven:
        return None
    n = len(facts.skill.evidence)
    detail = f"the runs of all {n} quotes were deleted" if n > 1 else "the run of its one quote was deleted"
    return Stale(skill_id=facts.skill.id, key="unproven", detail=detail, code="other")


def _gone_tools(facts: Facts) -> tuple[Stale, ...]:
    scope, n_runs = facts.skill.scope, facts.rules.n_runs
    if len(facts.runs) < n_runs:
        return ()
    latest = facts.runs[:n_runs]
    of = f" of {scope.agent}" if scope.agent else ""
    return tuple(
        Stale(
            skill_id=facts.skill.id,
            key=f"its tool {tool} is gone",
            detail=f"none of the last {n_runs} runs{of} offers or calls it",
            code="outdated",
        )
        for tool in scope.tools
        if not any(tool in run for run in latest)
    )


def _idle(facts: Facts, today: date) -> Stale | None:
    """That it has not applied for a long time, over rated runs or days."""
    rules = facts.rules
    latest: dict[str, Rating] = {}
    for rating in facts.ratings:
        latest.pop(rating.trace_id, None)
        latest[rating.trace_id] = rating
    since = 0
    last: date | None = None
    for rating in reversed(latest.values()):
        if rating.verdict != "not applicable":
            last = rating.at.date()
            break
        since += 1
    is_long_ago = last is not None and last <= today - timedelta(days=rules.idle_days) and since >= rules.n_since
    if since < rules.n_rated and not is_long_ago:
        return None
    when = "" if last is None else f"; it last applied in one rated on {last}"
    detail = f"it applied in none of the last {since} rated runs{when}"
    return Stale(skill_id=facts.skill.id, key="never applicable", detail=detail, code="not useful")


def tools_of(trace: Trace) -> frozenset[str]:
    """Names of the tools that a run offers or calls."""
    called = (step.name for step in trace.steps if step.kind == "tool_call" and step.name)
    return frozenset([*trace.tools, *called])
