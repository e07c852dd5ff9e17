"""Labels: names such as `production` that point at a prompt, and every move that they ever made.

Moves are only ever added, which the table's triggers see to; where a label points is its last move. Raises `UsageError`
for a name or a prompt that is none, `StoreConflict` where another writer moved the label first, and `StoreError`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, func, insert, select

from seasoned.core.label import label_name
from seasoned.core.value import Text, Value
from seasoned.errors import StoreConflict, UsageError
from seasoned.store import schema
from seasoned.store.database import Database

NOWHERE = ""
"""What to expect of a label that is not there."""


class LabelMove(Value):
    """That a label was set to a prompt, or taken away."""

    book: str
    label: str
    prompt_id: str | None
    """None: the label was taken away."""
    at: datetime
    by: Text
    reason: Text


class Labels:
    """The labels of one database; each belongs to a skillbook."""

    def __init__(self, database: Database) -> None:
        """Look at the labels of this database."""
        self._database = database

    def move(
        self, book: str, label: str, prompt_id: str | None, *, by: str, reason: str = "", expected: str | None = None
    ) -> LabelMove:
        """Let a label point at a prompt, or take it away.

        Args:
            book: The skillbook whose label it is.
            label: Its name.
            prompt_id: The prompt's whole id; None takes the label away.
            by: Who does it.
            reason: Why.
            expected: The prompt that the label is thought to point at, `NOWHERE` for a label that is not there; None
                moves it from wherever it is.

        Returns:
            The move, or, where the label stands so already, the one that brought it there.

        Raises:
            UsageError: There is no such prompt, the name is none, or there is no label to take away.
            StoreConflict: The label points at another prompt than expected.
        """
        row = {"book": book, "label": label_name(label), "prompt_id": prompt_id, "by": by, "reason": reason}
        with self._database.writing() as connection:
            last = _last(connection, book, label)
            present = last.prompt_id if last is not None else None
            if expected is not None and (present or NOWHERE) != expected:
                raise StoreConflict(
                    f"the label {label!r} of {book!r} has moved",
                    why=f"expected {expected or 'nothing'}, found {present or 'nothing'}",
                    hint="`seasoned prompt labels --history` shows who moved it",
                )
            if last is not None and present == prompt_id is not None:
                return last
            _must_make_sense(connection, book, label, present, prompt_id)
            moved = LabelMove.model_validate({**row, "at": datetime.now(UTC)})
            connection.execute(insert(schema.label_move), {**moved.model_dump(), "at": moved.at.isoformat()})
        return moved

    def at(self, book: str, label: str) -> LabelMove | None:
        """The move that brought the label where it points; None where there is no such label."""
        with self._database.reading() as connection:
            last = _last(connection, book, label)
        return last if last is not None and last.prompt_id is not None else None

    def current(self, book: str) -> dict[str, LabelMove]:
        """Each label of a skillbook, sorted by name, with the move that brought it where it points."""
        return {move.label: move for move in self.everywhere() if move.book == book}

    def everywhere(self) -> tuple[LabelMove, ...]:
        """The same for the labels of all skillbooks, sorted by book and name."""
        table = schema.label_move.c
        latest = select(func.max(table.seq)).group_by(table.book, table.label)
        query = select(schema.label_move).where(table.seq.in_(latest), table.prompt_id.is_not(None))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.book, table.label)).mappings()
            return tuple(map(_move, rows))

    def history(self, book: str, label: str | None = None) -> tuple[LabelMove, ...]:
        """All moves of a skillbook's labels, or of one label, oldest first."""
        with self._database.reading() as connection:
            return _history(connection, book, label)

    def previous(self, book: str, label: str) -> str | None:
        """The prompt that rolling the label back leads to; None where nothing came before. See `path`."""
        moves = self.history(book, label)
        behind = path(moves)
        if moves and moves[-1].prompt_id is None:
            return behind[-1]
        return behind[-2] if len(behind) > 1 else None


def path(moves: Iterable[LabelMove]) -> tuple[str, ...]:
    """The prompts by which a label came to where it points, without those that it left to go back.

    A move to a prompt that is on the path goes back to it, whatever command made it, and what came after it is off the
    path. So rolling back twice goes two steps back, and never forth again to what was rolled back from. Taking the
    label away leaves the path as it is: rolling that back leads to the last prompt on it.

    Args:
        moves: Of one label, oldest first.
    """
    found: list[str] = []
    for move in moves:
        if move.prompt_id is None:
            continue
        if move.prompt_id in found:
            del found[found.index(move.prompt_id) :]
        found.append(move.prompt_id)
    return tuple(found)


def _must_make_sense(connection: Connection, book: str, label: str, present: str | None, prompt_id: str | None) -> None:
    if prompt_id is None:
        if present is None:
            raise UsageError(
                f"the skillbook {book!r} has no label {label!r}", hint="`seasoned prompt labels` shows those it has"
            )
    elif connection.execute(select(schema.prompt.c.id).where(schema.prompt.c.id == prompt_id)).first() is None:
        raise UsageError(
            f"there is no prompt {prompt_id!r} to point at", hint="`seasoned prompt list` shows the prompts"
        )


def _last(connection: Connection, book: str, label: str) -> LabelMove | None:
    table = schema.label_move.c
    query = select(schema.label_move).where(table.book == book, table.label == label)
    row = connection.execute(query.order_by(table.seq.desc()).limit(1)).mappings().one_or_none()
    return None if row is None else _move(row)


def _history(connection: Connection, book: str, label: str | None) -> tuple[LabelMove, ...]:
    table = schema.label_move.c
    query = select(schema.label_move).where(table.book == book).order_by(table.seq)
    if label is not None:
        query = query.where(table.label == label)
    return tuple(_move(row) for row in connection.execute(query).mappings())


def _move(row: RowMapping) -> LabelMove:
    return LabelMove.model_validate({name: row[name] for name in LabelMove.model_fields})
