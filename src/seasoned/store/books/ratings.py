"""What was said about how skills did: votes and judgements, one row each, and measured counts.

Kept beside the skillbooks' logs, not in them, so that the votes of live agents make no revisions. What was said about
an earlier wording of a skill stays, and counts only while the skill reads so. Raises `StoreError`, `UsageError` for a
skill, run or trace that is not there, and `EvidenceError` for a quote that does not hold.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product

from sqlalchemy import ColumnElement, Connection, Executable, RowMapping, delete, func, insert, or_, select, update

from seasoned.core.counters import Count, Counters, RatingSource
from seasoned.core.finding import verify
from seasoned.core.rating import Rating
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.database import Database, batched

_RATING = schema.rating.c
_COUNTED = "counted"
"""The verdict of a row that holds measured counts, which are in its body."""


class Ratings:
    """The ratings of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the ratings of this database."""
        self._database = database

    def add(self, book: str, ratings: Sequence[Rating]) -> None:
        """Keep ratings, all or none; a statement of the same person or model about the same run is replaced.

        Args:
            book: The skillbook that has the skills.
            ratings: Votes and judgements.

        Raises:
            UsageError: The book has no such skill, or the store no such trace.
            EvidenceError: A quote is not what the stored trace holds there.
        """
        with self._database.writing() as connection:
            _refuse_unknown_skills(connection, book, {rating.skill_id for rating in ratings})
            _verify(connection, ratings)
            for rating in ratings:
                connection.execute(delete(schema.rating).where(*_same(book, rating)))
                connection.execute(insert(schema.rating), _row(book, rating))

    def of(self, book: str, skill_id: str) -> tuple[Rating, ...]:
        """All votes and judgements on a skill, on whichever wording, oldest first."""
        return self._read(_RATING.book == book, _RATING.skill_id == skill_id)

    def all(self, book: str) -> tuple[Rating, ...]:
        """All votes and judgements on the skills of a book, on whichever wording, oldest first."""
        return self._read(_RATING.book == book)

    def judged_by(self, book: str, judge: str) -> frozenset[tuple[str, int, str]]:
        """What a model has judged: skill, revision that brought its wording, and trace."""
        query = select(_RATING.skill_id, _RATING.wording, _RATING.trace_id)
        query = query.where(_RATING.book == book, _RATING.source == "judged", _RATING.by == judge)
        with self._database.reading() as connection:
            return frozenset((row.skill_id, row.wording, row.trace_id) for row in connection.execute(query))

    def counters(self, book: Skillbook) -> dict[str, Counters]:
        """The counters of every skill of a book as it reads now, by skill id; one that nobody rated has zeros.

        Votes count each. Of several models that judged one run the latest counts, as more judges make no more runs.
        """
        counts: dict[str, dict[RatingSource, Counter[str]]] = {}
        measured: dict[str, Count] = {}
        with self._database.reading() as connection:
            for row in connection.execute(_counts(book.name)):
                if _counts_for(book, row.skill_id, row.wording):
                    found = counts.setdefault(row.skill_id, {}).setdefault(row.source, Counter())
                    found[row.verdict] += row.n
            for row in connection.execute(_measured(book.name)):
                if _counts_for(book, row.skill_id, row.wording):
                    measured[row.skill_id] = Count.model_validate(json.loads(row.body)["count"])
        return {
            skill_id: Counters(
                voted=Count.of(counts.get(skill_id, {}).get("voted", {})),
                judged=Count.of(counts.get(skill_id, {}).get("judged", {})),
                measured=measured.get(skill_id, Count()),
            )
            for skill_id in book.skills
        }

    def measure(self, book: Skillbook, counts: Mapping[str, Count], *, run_id: str) -> None:
        """Set the measured counts of a book: all that were measured before are replaced.

        They are for a run of ours to set that compared runs handed a skill at random with runs that were not; nothing
        else measures. Nothing here checks how it did so: `run_id` says where to look.

        Args:
            book: The skillbook as it was measured.
            counts: By skill id.
            run_id: The run that measured.

        Raises:
            UsageError: The store has no such run, or the book no such skill.
        """
        now = datetime.now(UTC).isoformat()
        with self._database.writing() as connection:
            if connection.execute(select(schema.run.c.id).where(schema.run.c.id == run_id)).first() is None:
                raise UsageError(
                    f"{run_id!r} is no run of this store", why="only a run that compared outcomes measures a skill"
                )
            _refuse_unknown_skills(connection, book.name, set(counts))
            old = delete(schema.rating).where(_RATING.book == book.name, _RATING.source == "measured")
            connection.execute(old)
            rows = [
                {
                    "book": book.name,
                    "skill_id": skill_id,
                    "wording": book.skills[skill_id].wordings[-1].revision,
                    "trace_id": "",
                    "source": "measured",
                    "by": run_id,
                    "verdict": _COUNTED,
                    "at": now,
                    "body": json.dumps({"count": count.model_dump()}),
                }
                for skill_id, count in counts.items()
            ]
            if rows:
                connection.execute(insert(schema.rating), rows)

    def _read(self, *where: ColumnElement[bool]) -> tuple[Rating, ...]:
        query = select(schema.rating).where(_RATING.source != "measured", *where).order_by(_RATING.seq)
        with self._database.reading() as connection:
            return tuple(map(_rating, connection.execute(query).mappings()))


def forget_ratings(connection: Connection, trace_ids: Iterable[str]) -> int:
    """Take the words out of ratings about traces that are erased: quotes become empty, reasons go, verdicts stay.

    Returns:
        How many ratings held words.
    """
    n_blanked = 0
    for part in batched(trace_ids):
        rows = connection.execute(select(schema.rating).where(_RATING.trace_id.in_(part))).mappings().all()
        for row in rows:
            rating = _rating(row)
            blank = tuple(each.model_copy(update={"quote": ""}) for each in rating.evidence)
            forgotten = rating.model_copy(update={"reason": "", "evidence": blank})
            if forgotten != rating:
                new = update(schema.rating).where(_RATING.seq == row["seq"]).values(body=_body(forgotten))
                connection.execute(new)
                n_blanked += 1
    return n_blanked


def pass_votes_on(connection: Connection, trace_id: str, heirs: Sequence[str]) -> None:
    """Let votes about a run be about later versions of it, so that they neither dangle nor count twice.

    What a judge said stays with the version that it read, where its quotes are.
    """
    votes = (_RATING.trace_id == trace_id) & (_RATING.source == "voted")
    rows = connection.execute(select(schema.rating).where(votes).order_by(_RATING.seq)).mappings().all()
    connection.execute(delete(schema.rating).where(votes))
    for row, heir in product(rows, heirs):
        vote = _rating(row).model_copy(update={"trace_id": heir})
        connection.execute(delete(schema.rating).where(*_same(row["book"], vote)))
        connection.execute(insert(schema.rating), _row(row["book"], vote))


def reads_as_rated(skill: Skill, wording: int) -> bool:
    """Whether a skill reads now as it did in the wording that a revision brought."""
    return any(each.revision == wording and each.text == skill.text for each in skill.wordings)


def _counts_for(book: Skillbook, skill_id: str, wording: int) -> bool:
    skill = book.skills.get(skill_id)
    return skill is not None and reads_as_rated(skill, wording)


def _counts(book: str) -> Executable:
    ours = _RATING.book == book
    latest = select(func.max(_RATING.seq)).where(ours, _RATING.source == "judged")
    latest = latest.group_by(_RATING.skill_id, _RATING.wording, _RATING.trace_id)
    counted = or_(_RATING.source == "voted", _RATING.seq.in_(latest))
    parts = (_RATING.skill_id, _RATING.wording, _RATING.source, _RATING.verdict)
    return select(*parts, func.count().label("n")).where(ours, counted).group_by(*parts)


def _measured(book: str) -> Executable:
    query = select(_RATING.skill_id, _RATING.wording, _RATING.body)
    return query.where(_RATING.book == book, _RATING.source == "measured")


def _refuse_unknown_skills(connection: Connection, book: str, skill_ids: Iterable[str]) -> None:
    wanted = sorted(skill_ids)
    known: set[str] = set()
    for part in batched(wanted):
        query = select(schema.skill.c.id).where(schema.skill.c.book == book, schema.skill.c.id.in_(part))
        known |= set(connection.execute(query).scalars())
    if absent := [skill_id for skill_id in wanted if skill_id not in known]:
        raise UsageError(
            f"the skillbook {book!r} has no skill {absent[0]!r}", hint="`seasoned skills list` shows the ids"
        )


def _verify(connection: Connection, ratings: Sequence[Rating]) -> None:
    """Refuse ratings about traces that are not there, and quotes that their traces do not hold."""
    about: dict[str, list[Rating]] = {}
    for rating in ratings:
        if rating.trace_id:
            about.setdefault(rating.trace_id, []).append(rating)
    for part in batched(about):
        query = select(schema.trace.c.id, schema.trace.c.body).where(schema.trace.c.id.in_(part))
        bodies = {row.id: row.body for row in connection.execute(query)}
        for trace_id in part:
            if trace_id not in bodies:
                raise UsageError(
                    f"there is no trace {trace_id!r} in the store", hint="`seasoned traces list` shows the ids"
                )
            quotes = [quote for rating in about[trace_id] for quote in rating.evidence]
            if quotes:
                trace = Trace.model_validate_json(bodies[trace_id])
                for quote in quotes:
                    verify(quote, trace)


def _same(book: str, rating: Rating) -> tuple[ColumnElement[bool], ...]:
    """Which row the rating takes the place of."""
    return (
        _RATING.book == book,
        _RATING.skill_id == rating.skill_id,
        _RATING.trace_id == rating.trace_id,
        _RATING.source == rating.source,
        _RATING.by == rating.by,
    )


def _row(book: str, rating: Rating) -> dict[str, object]:
    columns = ("skill_id", "wording", "trace_id", "source", "by", "verdict")
    row: dict[str, object] = {name: getattr(rating, name) for name in columns}
    return {**row, "book": book, "at": rating.at.isoformat(), "body": _body(rating)}


def _body(rating: Rating) -> str:
    return rating.model_dump_json(include={"reason", "evidence"})


def _rating(row: RowMapping) -> Rating:
    return Rating(
        skill_id=row["skill_id"],
        wording=row["wording"],
        trace_id=row["trace_id"],
        source=row["source"],
        by=row["by"],
        verdict=row["verdict"],
        at=row["at"],
        **json.loads(row["body"]),
    )
