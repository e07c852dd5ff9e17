"""When recurring work was last done, and whose turn it is, for all processes that share a database.

Whoever takes a turn has it alone: nobody else is given it until the work is told to be done and due anew, or until a
while has passed in which it was not, as its process died or it failed. Raises `StoreError`.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from seasoned.core.value import Value
from seasoned.store.database import Database
from seasoned.store.settings import read_setting, write_setting

AGAIN_AFTER = timedelta(minutes=15)
"""Work that was begun and is not done is anybody's again after so long, or when it is due anew if that is sooner."""


class Turn(Value):
    """What is known of one piece of recurring work."""

    done_at: datetime | None = None
    """When the last turn that was brought to its end was taken."""
    taken_at: datetime | None = None
    """When a turn was taken that has not been brought to its end."""


class Schedule:
    """The recurring work of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the work of this database."""
        self._database = database

    def turn(self, work: str) -> Turn:
        """What is known of this work."""
        with self._database.reading() as connection:
            return _read(connection, work)

    def take(self, work: str, every: timedelta, now: datetime) -> bool:
        """Take a turn, if the work is due and nobody is at it.

        Args:
            work: What is done.
            every: How long after a turn the next one is due; the first one is due at once.
            now: The time.
        """
        if not _is_open(self.turn(work), every, now):
            return False
        with self._database.writing(alone=_name(work)) as connection:
            known = _read(connection, work)
            if not _is_open(known, every, now):
                return False
            _write(connection, work, known.model_copy(update={"taken_at": now}))
            return True

    def done(self, work: str, taken_at: datetime) -> None:
        """Say that the turn taken at this time was brought to its end."""
        with self._database.writing(alone=_name(work)) as connection:
            _write(connection, work, Turn(done_at=taken_at))


def _is_open(known: Turn, every: timedelta, now: datetime) -> bool:
    """Whether the work is due and nobody is at it."""
    return _is_past(known.done_at, every, now) and _is_past(known.taken_at, min(every, AGAIN_AFTER), now)


def _is_past(at: datetime | None, wait: timedelta, now: datetime) -> bool:
    """Whether the wait from that time on is over; a time as far ahead is of a clock that was wrong."""
    return at is None or abs(now - at) >= wait


def _read(connection: Connection, work: str) -> Turn:
    found = read_setting(connection, _name(work))
    return Turn() if found is None else Turn.model_validate_json(found)


def _write(connection: Connection, work: str, known: Turn) -> None:
    write_setting(connection, _name(work), known.model_dump_json())


def _name(work: str) -> str:
    return f"turn:{work}"
