"""Stale skills of a stored book: found, and proposed for removal, which a reviewer settles. Nothing is dropped here.

Raises `StoreError`, `StoreConflict` where other writers were always first.
"""

from datetime import date

from seasoned.core.operation import Operation
from seasoned.core.rating import Rating
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.curate.rates import rates_of
from seasoned.curate.stale import Facts, Stale, StaleRules, is_new, kept_reasons, removals, stale, tools_of
from seasoned.store.books.ratings import reads_as_rated
from seasoned.store.store import Store


def stale_skills(store: Store, book: Skillbook, rules: StaleRules, today: date) -> dict[str, tuple[Stale, ...]]:
    """The reasons why skills of a book are stale, by skill id, but for those that a reviewer kept them in spite of.

    Args:
        store: What is known of the skills.
        book: The skillbook.
        rules: When a skill is stale.
        today: The day that validity ends before.
    """
    approved = book.with_status("approved")
    rates, ratings = rates_of(store, book), _ratings(store, book)
    runs = _runs(store, approved, rules.n_runs)
    found: dict[str, tuple[Stale, ...]] = {}
    for skill in approved:
        agent = skill.scope.agent if skill.scope.tools else None
        facts = Facts(
            skill=skill,
            rate=rates[skill.id],
            ratings=ratings.get(skill.id, ()),
            runs=() if agent is None else runs[agent],
            rules=rules,
        )
        if reasons := stale(facts, today):
            kept = kept_reasons(store.books.events(book.name, skill_id=skill.id))
            if new := tuple(reason for reason in reasons if is_new(reason, kept)):
                found[skill.id] = new
    return found


def propose_removals(store: Store, name: str, rules: StaleRules, today: date) -> dict[str, tuple[Stale, ...]]:
    """Propose the removal of every stale skill of a book; returns what was proposed and why, by skill id."""
    proposed: dict[str, tuple[Stale, ...]] = {}

    def decide(book: Skillbook) -> tuple[Operation, ...]:
        proposed.clear()
        proposed.update(stale_skills(store, book, rules, today))
        return removals(proposed)

    store.books.change(name, decide)
    return proposed


def _ratings(store: Store, book: Skillbook) -> dict[str, list[Rating]]:
    """What was said about runs and the skills as they read now, by skill id."""
    found: dict[str, list[Rating]] = {}
    for rating in store.ratings.all(book.name):
        skill = book.skills.get(rating.skill_id)
        if rating.trace_id and skill is not None and reads_as_rated(skill, rating.wording):
            found.setdefault(rating.skill_id, []).append(rating)
    return found


def _runs(store: Store, skills: tuple[Skill, ...], n: int) -> dict[str, tuple[frozenset[str], ...]]:
    """The tools of the latest runs of each agent whose skills name tools; the agent "" stands for all."""
    agents = sorted({skill.scope.agent for skill in skills if skill.scope.tools})
    return {agent: tuple(tools_of(trace) for trace in store.traces.latest(n, agent=agent)) for agent in agents}
