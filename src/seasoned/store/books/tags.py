"""Tags: names for revisions of skillbooks, which never move. Raises `StoreError`, `UsageError` for what is no tag."""

import re
from datetime import UTC, datetime

from sqlalchemy import insert, select

from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.books.books import Books
from seasoned.store.database import Database

HEAD = "head"
"""What the latest revision is called; no tag is."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Tag(Value):
    """A name for one revision of a skillbook."""

    book: str
    name: str
    revision: int
    at: datetime
    by: Text
    reason: Text


class Tags:
    """The tags of one database."""

    def __init__(self, database: Database) -> None:
        """Look at the tags of this database."""
        self._database = database

    def add(self, book: str, name: str, revision: int, *, by: str, reason: str = "") -> Tag:
        """Name a revision.

        Raises:
            UsageError: It is no name for a tag, the name is taken, or the book has no such revision.
        """
        if not _NAME.fullmatch(name) or name.isdigit() or name.lower() == HEAD:
            raise UsageError(
                f"no tag can be called {name!r}",
                why="a tag is 1 to 64 letters, digits, dots, dashes and underscores, begins with a letter or digit, "
                "is not digits alone and not `head`",
                hint="such as v1 or 2026-05-launch",
            )
        tag = Tag(book=book, name=name, revision=revision, at=datetime.now(UTC), by=by, reason=reason)
        table = schema.tag.c
        with self._database.writing() as connection:
            head = connection.execute(select(schema.book.c.revision).where(schema.book.c.name == book)).scalar()
            if head is None or not 1 <= revision <= head:
                why = "there is no such skillbook" if head is None else f"its revisions are 1 to {head}"
                raise UsageError(f"the skillbook {book!r} has no revision {revision} to tag", why=why)
            query = select(table.revision).where(table.book == book, table.name == name)
            taken = connection.execute(query).scalar()
            if taken is not None and taken != revision:
                raise UsageError(
                    f"the tag {name!r} is taken",
                    why=f"it names revision {taken} of {book!r}, and a tag never moves",
                    hint="choose another name",
                )
            if taken is None:
                connection.execute(insert(schema.tag), {**tag.model_dump(), "at": tag.at.isoformat()})
        return tag

    def all(self, book: str) -> tuple[Tag, ...]:
        """The tags of a book, by revision, then by name; a branch has those of its parent's revisions too."""
        table, found = schema.tag.c, dict[str, Tag]()
        for of, last in Books(self._database).lineage(book):
            query = select(schema.tag).where(table.book == of, table.revision <= last)
            with self._database.reading() as connection:
                rows = connection.execute(query).mappings().all()
            for row in rows:
                found.setdefault(row["name"], Tag.model_validate(dict(row)))
        return tuple(sorted(found.values(), key=lambda tag: (tag.revision, tag.name)))
