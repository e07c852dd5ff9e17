"""Comparisons of two prompts on record; they are only ever added, which the table's triggers see to.

Raises `StoreError`.
"""

import json

from sqlalchemy import RowMapping, insert, select

from seasoned.core.comparison import KeptComparison
from seasoned.store import schema
from seasoned.store.database import Database

_TABLE = schema.comparison.c
_IN_COLUMNS = ("book", "baseline_id", "candidate_id", "passes", "at", "by")


class Comparisons:
    """The comparisons of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the comparisons of this database."""
        self._database = database

    def keep(self, kept: KeptComparison) -> None:
        """Put a comparison on record, unless the newest of these two prompts says just the same."""
        earlier = [each for each in self.of(kept.candidate_id) if each.baseline_id == kept.baseline_id][-1:]
        if any(each.model_copy(update={"at": kept.at, "by": kept.by}) == kept for each in earlier):
            return
        row = {name: getattr(kept, name) for name in _IN_COLUMNS}
        body = kept.model_dump_json(exclude=set(_IN_COLUMNS), exclude_defaults=True)
        with self._database.writing() as connection:
            connection.execute(insert(schema.comparison), {**row, "at": kept.at.isoformat(), "body": body})

    def of(self, candidate_id: str) -> tuple[KeptComparison, ...]:
        """The comparisons in which this prompt was the candidate, oldest first."""
        query = select(schema.comparison).where(_TABLE.candidate_id == candidate_id).order_by(_TABLE.seq)
        with self._database.reading() as connection:
            return tuple(map(_kept, connection.execute(query).mappings()))

    def all(self, book: str | None = None) -> tuple[KeptComparison, ...]:
        """Every comparison, oldest first; or those of one skillbook's prompts."""
        query = select(schema.comparison).order_by(_TABLE.seq)
        if book is not None:
            query = query.where(_TABLE.book == book)
        with self._database.reading() as connection:
            return tuple(map(_kept, connection.execute(query).mappings()))


def _kept(row: RowMapping) -> KeptComparison:
    return KeptComparison.model_validate({**json.loads(row["body"]), **{name: row[name] for name in _IN_COLUMNS}})
