"""What people type for a revision, made a number. Raises `UsageError` for what names none."""

import re
from datetime import UTC, date, datetime, time

from seasoned.errors import UsageError
from seasoned.store.books.tags import HEAD
from seasoned.store.store import Store

_BACK = re.compile(rf"{HEAD}(?:~(\d{{1,9}}))?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}")


def revision_of(store: Store, book: str, typed: str) -> int:
    """The revision of a book that was typed.

    Args:
        store: Where the book is.
        book: Its name.
        typed: A number, `head`, `head~3` for three before it, a tag, or a day or time in ISO 8601 (without a zone in
            UTC) for the revision that stood then, for a day at its end. 0 is the book before its first event.

    Raises:
        UsageError: It is nothing of these, or the book does not have it.
    """
    head = store.books.lineage(book)[0][1]
    typed = typed.strip()
    if _NUMBER.fullmatch(typed):
        return _existing(book, int(typed), head)
    if (back := _BACK.fullmatch(typed)) is not None:
        return _existing(book, head - int(back[1] or 0), head)
    tags = {tag.name: tag.revision for tag in store.tags.all(book)}
    if typed in tags:
        return tags[typed]
    if (moment := _moment(typed)) is not None:
        # Times on the log can go back by a little where two machines write; the last one of those before counts.
        return max((event.revision for event in store.books.events(book) if event.at <= moment), default=0)
    raise UsageError(
        f"the skillbook {book!r} has no revision {typed!r}",
        why=f"its tags are {', '.join(tags)}" if tags else "it has no tags",
        hint="write a number, head, head~3, a tag, or a day or time such as 2026-05-01 or 2026-05-01T14:30",
    )


def _existing(book: str, revision: int, head: int) -> int:
    if not 0 <= revision <= head:
        why = f"its last is {head}" if head else "nothing was ever written to it"
        raise UsageError(
            f"the skillbook {book!r} has no revision {revision}", why=why, hint="`seasoned skills log` lists them"
        )
    return revision


def _moment(typed: str) -> datetime | None:
    try:
        if len(typed) == len("2026-05-01"):
            return datetime.combine(date.fromisoformat(typed), time.max, UTC)
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
