"""Who is to decide on a skill, and who looks at it now, so that several reviewers do not do one work twice.

A hold is a lease: nobody else gets the skill to see until it is released or its time is over, so a reviewer who leaves
without a word holds nothing for long. Neither is part of a skill: no revision changes. Raises `StoreError`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from seasoned.core.value import Text, Value
from seasoned.store import schema
from seasoned.store.audit import record
from seasoned.store.database import Database, batched, insert_new

HOLD_MINUTES = 15.0
"""So long a skill is held for the reviewer who sees it, unless it is released before."""

_TABLE = schema.review_claim.c


class Claim(Value):
    """What is said of one skill."""

    skill_id: str
    assignee: Text | None = None
    """Who is to decide on it; None: anybody."""
    holder: Text | None = None
    """Who looks at it now."""
    held_until: datetime | None = None


class Claims:
    """The assignments and holds of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the claims of this database."""
        self._database = database

    def of(self, book: str, *, now: datetime | None = None) -> dict[str, Claim]:
        """What holds at a time, by default now, by the skill's id; a hold whose time is over is left out."""
        at = _stamp(now or datetime.now(UTC))
        with self._database.reading() as connection:
            rows = connection.execute(select(schema.review_claim).where(_TABLE.book == book)).mappings().all()
        found: dict[str, Claim] = {}
        for row in rows:
            is_held = row["holder"] is not None and row["held_until"] > at
            if row["assignee"] is not None or is_held:
                found[row["skill_id"]] = Claim(
                    skill_id=row["skill_id"],
                    assignee=row["assignee"],
                    holder=row["holder"] if is_held else None,
                    held_until=datetime.fromisoformat(row["held_until"]) if is_held else None,
                )
        return found

    def held(self, book: str, *, now: datetime | None = None) -> dict[str, str]:
        """Who looks at which skill at a time, by the skill's id."""
        return {i: claim.holder for i, claim in self.of(book, now=now).items() if claim.holder is not None}

    def assign(self, book: str, skills: Iterable[str], to: str | None, *, by: str) -> None:
        """Say who is to decide on skills, and put that on record.

        Args:
            book: The skillbook, which must have been written to.
            skills: Their ids.
            to: The reviewer's name; None: anybody.
            by: Who says so.
        """
        wanted = list(dict.fromkeys(skills))
        with self._database.writing(alone=_name(book)) as connection:
            for part in batched(wanted):
                _begin(connection, book, part)
                chosen = (_TABLE.book == book) & _TABLE.skill_id.in_(part)
                connection.execute(update(schema.review_claim).where(chosen).values(assignee=to))
            if wanted:
                record(connection, by, "assign", book, {"skills": [*wanted], "to": to})

    def hold(
        self, book: str, skill_id: str, who: str, *, minutes: float = HOLD_MINUTES, now: datetime | None = None
    ) -> bool:
        """Hold a skill for a reviewer, or hold it for longer.

        Args:
            book: The skillbook, which must have been written to.
            skill_id: What to hold.
            who: The reviewer's name.
            minutes: After so many minutes the hold ends by itself.
            now: When; by default now.

        Returns:
            False where another reviewer holds it.
        """
        now = now or datetime.now(UTC)
        is_free = or_(_TABLE.holder.is_(None), _TABLE.holder == who, _TABLE.held_until <= _stamp(now))
        chosen = (_TABLE.book == book) & (_TABLE.skill_id == skill_id) & is_free
        until = _stamp(now + timedelta(minutes=minutes))
        with self._database.writing(alone=_name(book)) as connection:
            _begin(connection, book, [skill_id])
            taken = connection.execute(update(schema.review_claim).where(chosen).values(holder=who, held_until=until))
            return taken.rowcount == 1

    def release(self, book: str, skill_id: str, who: str) -> None:
        """Let a skill go that this reviewer holds; what another one holds stays held."""
        chosen = (_TABLE.book == book) & (_TABLE.skill_id == skill_id) & (_TABLE.holder == who)
        with self._database.writing(alone=_name(book)) as connection:
            connection.execute(update(schema.review_claim).where(chosen).values(holder=None, held_until=None))


def _name(book: str) -> str:
    """Claims of one book are made one after the other, and beside everything else."""
    return f"claims:{book}"


def _begin(connection: Connection, book: str, skills: Iterable[str]) -> None:
    rows = [{"book": book, "skill_id": i} for i in skills]
    connection.execute(insert_new(connection, schema.review_claim), rows)


def _stamp(at: datetime) -> str:
    """Times of one length and zone, so that their texts compare as they do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
