"""Records that stand for themselves -> runs, one after the other, each under a guard of its own.

Knows nothing of what is in a record. Raises nothing: what escapes from reading a record is a `Problem` in its place.
"""

from collections.abc import Callable, Iterable, Iterator

from pydantic import JsonValue

from seasoned.core.parsed import Parsed
from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.record import Problem, Record
from seasoned.ingest.run import Place


def each_run(
    records: Iterable[Record | Problem],
    read: Callable[[JsonValue, Place], Iterable[Parsed | Problem]],
    *,
    format_name: str,
    path: str,
) -> Iterator[Parsed | Problem]:
    """What `read` makes of each record, in order, with the problems among the records in their places.

    Args:
        records: The records of a document.
        read: Gives the runs of one record and what is wrong with it; not a generator, as it is guarded while it runs.
        format_name: For the runs' places.
        path: The file as the user named it.
    """
    for item in records:
        if isinstance(item, Problem):
            yield item
            continue
        place = Place(format=format_name, path=path, where=item.where)
        yield from attempt_all(lambda value=item.value, place=place: read(value, place), item.where)
