"""Whether a ticket was solved: a pure function of the end state.

Reward is 1 where the database equals the expected one and the final reply states every required fact,
else 0. How the agent got there does not count. The module knows nothing of models. It raises nothing.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from seasoned.evaluate.graders.facts import states
from seasoned.evaluate.suites.returns_desk.tasks import Task, expected_database
from seasoned.evaluate.suites.returns_desk.tools import Database


class Verdict(BaseModel):
    """A run's reward and everything that was wrong with it."""

    model_config = ConfigDict(frozen=True)

    reward: int
    """0 or 1."""
    missing_writes: tuple[str, ...] = ()
    """`tool order` of writes that were due and not made."""
    extra_writes: tuple[str, ...] = ()
    """`tool order` of writes that were made and not due."""
    wrong_arguments: tuple[str, ...] = ()
    """`tool order: field=X` of writes that were due, but not with this argument."""
    missing_facts: tuple[str, ...] = ()
    """The first spelling of each fact that the reply lacks."""


def judge(task: Task, database: Database, reply: str) -> Verdict:
    """Score an end state.

    Args:
        task: The ticket.
        database: The database after the run.
        reply: The last thing the agent said to the customer; empty where it never replied.
    """
    expected = expected_database(task)
    due, made = _writes(expected), _writes(database)
    wrong = [
        f"{' '.join(key)}: {field}={made[key].get(field)!r}"
        for key in sorted(due.keys() & made.keys())
        for field, value in due[key].items()
        if made[key].get(field) != value
    ]
    missing_facts = tuple(fact[0] for fact in task.reference.facts if not states(reply, fact))
    return Verdict(
        reward=int(database == expected and not missing_facts),
        missing_writes=tuple(" ".join(key) for key in sorted(due.keys() - made.keys())),
        extra_writes=tuple(" ".join(key) for key in sorted(made.keys() - due.keys())),
        wrong_arguments=tuple(wrong),
        missing_facts=missing_facts,
    )


def _writes(database: Database) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (kind, order_id): fields for order_id, kinds in database["writes"].items() for kind, fields in kinds.items()
    }
