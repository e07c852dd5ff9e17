"""One guard for everything that reads a record: whatever escapes becomes a `Problem`, and the next record goes on."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from seasoned.errors import SeasonedError, TraceError, boundary
from seasoned.ingest.record import Problem

T = TypeVar("T")
_READING = boundary(TraceError, "could not read this record")


def attempt(read: Callable[[], T], where: str) -> T | Problem:
    """What `read` returns, or the problem that stopped it."""
    try:
        with _READING:
            return read()
    except SeasonedError as error:
        return Problem(where=where, why=f"could not be read ({_cause(error)})")


def attempt_all(read: Callable[[], Iterable[T]], where: str) -> Iterable[T | Problem]:
    """What `read` returns, or the one problem that stopped it; of a generator use `attempt_each`."""
    found = attempt(read, where)
    return (found,) if isinstance(found, Problem) else found


def attempt_each(items: Iterable[T], where: str) -> Iterator[T | Problem]:
    """The items until one cannot be produced, then the problem that stopped them."""
    iterator = iter(items)
    while (found := attempt(lambda: _next(iterator), where)) is not None:
        if isinstance(found, Problem):
            yield found
            return
        yield found[0]


def _next(iterator: Iterator[T]) -> tuple[T] | None:
    for item in iterator:
        return (item,)
    return None


def _cause(error: SeasonedError) -> str:
    """The kind of error only: its message may quote the file, which may hold secrets."""
    return error.what if error.__cause__ is None else type(error.__cause__).__name__
