"""With which probability the skills of a book are kept in the prompts of runs, and who said so.

A skill without a rule of its own is kept as the book says; a book without one, as the settings say. A branch begins
with the rules of the book that it branched off from. Every change is on the audit trail. Raises `StoreError`, and
`UsageError` for a probability that is none and for a skill that is not there.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from pydantic import Field
from sqlalchemy import Connection, delete, insert, select

from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.audit import record
from seasoned.store.database import Database

DEFAULT_PROBABILITY = 0.8
"""Of a skill of which nobody has said anything."""
ON_TRIAL = 0.5
"""Of a skill on trial: as many runs have it as not, which is what shows an effect soonest."""
ALWAYS = 1.0
"""Of a skill that no run may lack; its effect cannot be estimated."""
BOOK = ""
"""In the place of a skill's id: all skills that have no rule of their own."""

_TABLE = schema.keeping.c


class KeepingRule(Value):
    """With which probability a skill, or every other skill of a book, is kept."""

    book: str
    """The book whose rule it is: for a branch perhaps the one that it branched off from."""
    skill_id: str
    """Empty: the rule for all skills of the book that have none of their own."""
    probability: float = Field(gt=0.0, le=1.0)
    at: datetime
    by: Text
    reason: Text = ""


class Keeping(Value):
    """The rules of one book, with all that it has from the books that it branched off from."""

    rules: tuple[KeepingRule, ...] = ()
    """By skill id; one for each skill at most, that of the book itself first."""

    def probability(self, skill_id: str, otherwise: float = DEFAULT_PROBABILITY) -> float:
        """With which probability a skill is kept.

        Args:
            skill_id: The skill.
            otherwise: What holds where neither the skill nor the book has a rule.
        """
        said = {rule.skill_id: rule.probability for rule in self.rules}
        return said.get(skill_id, said.get(BOOK, otherwise))


class Keepings:
    """The rules of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the rules of this database."""
        self._database = database

    def of(self, book: str) -> Keeping:
        """The rules that hold for a book."""
        with self._database.reading() as connection:
            found: dict[str, KeepingRule] = {}
            for name in _lineage(connection, book):
                query = select(schema.keeping).where(_TABLE.book == name)
                for row in connection.execute(query).mappings():
                    found.setdefault(row["skill_id"], KeepingRule.model_validate({**row}))
        return Keeping(rules=tuple(found[skill_id] for skill_id in sorted(found)))

    def said(self, book: str) -> dict[str, frozenset[float]]:
        """Every probability that a rule for a book, or for one that it branched off from, has or ever had.

        Returns:
            By skill id; under `BOOK` those for all skills without a rule of their own.
        """
        with self._database.reading() as connection:
            lineage = _lineage(connection, book)
            audit = schema.audit.c
            acts = connection.execute(select(audit.subject, audit.detail).where(audit.act == "keep")).all()
        found = defaultdict[str, set[float]](set)
        for subject, detail in acts:
            told = json.loads(detail)
            if told["book"] in lineage:
                found[BOOK if subject == told["book"] else subject].add(told["probability"])
        return {skill_id: frozenset(known) for skill_id, known in found.items()}

    def keep(self, book: str, skill_ids: Iterable[str], probability: float, *, by: str, reason: str = "") -> None:
        """Keep skills with a probability from now on; runs that were handed a prompt before are not changed.

        Args:
            book: The skillbook.
            skill_ids: Its skills, or `BOOK` for all that have no rule of their own.
            probability: In (0, 1].
            by: Who says so.
            reason: Why.

        Raises:
            UsageError: It is no such probability, or the book has no such skill.
        """
        if not 0.0 < probability <= 1.0:
            raise UsageError(
                f"{probability} is no probability to keep a skill with",
                why="it is above 0 and at most 1; one that is never kept is better retired",
                hint="0.5 is for a skill on trial, 1 for one that no run may lack",
            )
        wanted = sorted(set(skill_ids))
        now = datetime.now(UTC).isoformat()
        with self._database.writing(alone=f"book:{book}") as connection:
            _refuse_unknown(connection, book, wanted)
            for skill_id in wanted:
                connection.execute(delete(schema.keeping).where(_TABLE.book == book, _TABLE.skill_id == skill_id))
                row = {"book": book, "skill_id": skill_id, "probability": probability}
                connection.execute(insert(schema.keeping), {**row, "at": now, "by": by, "reason": reason})
                detail = {"book": book, "probability": probability, "reason": reason}
                record(connection, by, "keep", skill_id or book, detail)

    def keep_as_the_book(self, book: str, skill_ids: Iterable[str], *, by: str, reason: str = "") -> tuple[str, ...]:
        """Take the rules of single skills away, so that they are kept as the book's others are.

        Returns:
            The skills that had a rule of their own.

        Raises:
            UsageError: The book has no such skill, or a skill has its rule from the book that this one branched off.
        """
        wanted = sorted(set(skill_ids))
        inherited = {rule.skill_id for rule in self.of(book).rules if rule.book != book}
        if handed_down := [skill_id for skill_id in wanted if skill_id in inherited]:
            raise UsageError(
                f"the rule of {handed_down[0]} is that of the book this one branched off from",
                hint="give the skill a probability here; it then holds for this book alone",
            )
        gone: list[str] = []
        with self._database.writing(alone=f"book:{book}") as connection:
            _refuse_unknown(connection, book, wanted)
            for skill_id in wanted:
                same = (_TABLE.book == book) & (_TABLE.skill_id == skill_id)
                if connection.execute(delete(schema.keeping).where(same)).rowcount:
                    record(connection, by, "keep as the book", skill_id, {"book": book, "reason": reason})
                    gone.append(skill_id)
        return tuple(gone)


def _lineage(connection: Connection, book: str) -> Sequence[str]:
    """The book, then the book that it branched off from, and so on."""
    names = [book]
    table = schema.book.c
    while (parent := connection.execute(select(table.parent).where(table.name == names[-1])).scalar()) is not None:
        names.append(parent)
    return names


def _refuse_unknown(connection: Connection, book: str, skill_ids: Iterable[str]) -> None:
    table = schema.skill.c
    for skill_id in skill_ids:
        known = select(table.id).where(table.book == book, table.id == skill_id)
        if skill_id != BOOK and connection.execute(known).first() is None:
            raise UsageError(
                f"the skillbook {book!r} has no skill {skill_id!r}", hint="`seasoned skills list` shows the ids"
            )
