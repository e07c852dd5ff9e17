"""Operations applied to the projection of one skillbook, within a transaction that somebody else holds.

What the operations touch is loaded at once, and what changed is written at once, so that thousands of operations take
few statements. Raises `OperationError` for what the state forbids.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from seasoned.core.change import Ground, change
from seasoned.core.operation import Event, Operation
from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.store import schema
from seasoned.store.books.log import policy_row
from seasoned.store.database import batched

_SKILL = schema.skill.c
_REWRITE = update(schema.skill).where(_SKILL.book == bindparam("of"), _SKILL.id == bindparam("which"))


class Applying:
    """One append."""

    def __init__(
        self,
        connection: Connection,
        book: Skillbook,
        *,
        everything: Callable[[], Mapping[str, Skill]],
        history: Callable[[int], Mapping[str, Skill]],
    ) -> None:
        """Begin with a book as it is stored.

        Args:
            connection: Of a writing transaction.
            book: Its name, revision and policy; its skills are loaded as they are needed.
            everything: All stored skills.
            history: The skills at an earlier revision.
        """
        self._connection, self._book, self._policy = connection, book, book.policy
        self._everything, self._history = everything, history
        self._stored: dict[str, Skill | None] = {}
        """Skills as the database has them, as far as they were looked up."""
        self._new: dict[str, Skill | None] = {}
        """Skills as the operations left them; None: gone."""
        self._past: dict[int, Mapping[str, Skill]] = {}

    def apply(self, operations: Sequence[Operation], scope: str, now: datetime) -> tuple[Event, ...]:
        """Apply what is new under this scope, in order; returns the events."""
        keys = [operation.key(scope) for operation in operations]
        known = self._known(keys)
        self._load({i for o in operations for i in (o.skill_id, o.merged_id) if i})
        wanted = {operation.to_revision for operation in operations}
        events: list[Event] = []
        rows: list[dict[str, object]] = []
        for operation, key in zip(operations, keys, strict=True):
            if key in known:
                continue
            known.add(key)
            event = Event(revision=self._book.revision + len(events) + 1, at=now, operation=operation)
            self._step(event)
            if event.revision in wanted:
                self._past[event.revision] = self._all()
            events.append(event)
            rows.append(event_row(self._book.name, event, key))
        if rows:
            self._connection.execute(insert(schema.event), rows)
            self._write()
        return tuple(events)

    def _step(self, event: Event) -> None:
        ground = Ground(self._skill, self._policy, self._all, self._at)
        what = change(ground, event.operation, event.revision, event.at)
        self._new.update((skill.id, skill) for skill in what.skills)
        self._new.update(dict.fromkeys(what.gone))
        self._policy = what.policy or self._policy

    def _skill(self, skill_id: str) -> Skill | None:
        if skill_id in self._new:
            return self._new[skill_id]
        if skill_id not in self._stored:
            self._load({skill_id})
        return self._stored[skill_id]

    def _all(self) -> Mapping[str, Skill]:
        stored = dict(self._everything())
        self._stored.update(stored)
        return {i: skill for i, skill in (stored | self._new).items() if skill is not None}

    def _at(self, revision: int) -> Mapping[str, Skill]:
        return self._past[revision] if revision in self._past else self._history(revision)

    def _load(self, ids: set[str]) -> None:
        self._stored.update(dict.fromkeys(ids))
        for part in batched(sorted(ids)):
            query = select(_SKILL.id, _SKILL.body).where(_SKILL.book == self._book.name, _SKILL.id.in_(part))
            for row in self._connection.execute(query):
                self._stored[row.id] = Skill.model_validate_json(row.body)

    def _known(self, keys: Sequence[str]) -> set[str]:
        table, found = schema.event.c, set[str]()
        for part in batched(keys):
            query = select(table.key).where(table.book == self._book.name, table.key.in_(part))
            found |= set(self._connection.execute(query).scalars())
        return found

    def _write(self) -> None:
        name = self._book.name
        gone = [i for i, skill in self._new.items() if skill is None]
        for part in batched(gone):
            self._connection.execute(delete(schema.skill).where(_SKILL.book == name, _SKILL.id.in_(part)))
        standing = [skill for skill in self._new.values() if skill is not None]
        changed = [skill for skill in standing if self._stored.get(skill.id) is not None]
        if changed:
            rows = [{"of": name, "which": skill.id, **_columns(skill)} for skill in changed]
            self._connection.execute(_REWRITE, rows)
        write_skills(self._connection, name, (s for s in standing if self._stored.get(s.id) is None))
        if self._policy != self._book.policy:
            row = {"policy": policy_row(self._policy)}
            self._connection.execute(update(schema.book).where(schema.book.c.name == name).values(row))


def event_row(book: str, event: Event, key: str) -> dict[str, object]:
    """An event as the log keeps it, with what its table reads off the operation."""
    operation = event.operation
    return {
        "book": book,
        "revision": event.revision,
        "key": key,
        "at": event.at.isoformat(),
        "operation": operation.model_dump_json(exclude_defaults=True),
        "skill_id": operation.skill_id,
        "merged_id": operation.merged_id,
    }


def write_skills(connection: Connection, book: str, skills: Iterable[Skill]) -> None:
    """Write skills that the projection of the book does not have yet."""
    rows = [{"book": book, "id": skill.id, **_columns(skill)} for skill in skills]
    if rows:
        connection.execute(insert(schema.skill), rows)


def _columns(skill: Skill) -> dict[str, object]:
    return {
        "born": skill.born.revision,
        "status": skill.status,
        "body": skill.model_dump_json(exclude_defaults=True),
    }
