"""The formats that are installed: loaded once, when first asked for, from the entry-point group `seasoned.formats`.

Knows no format by name. Raises nothing: a plugin that does not load is kept as a `Problem` and logged.
"""

import logging
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

from seasoned.ingest.attempt import attempt
from seasoned.ingest.format import Format
from seasoned.ingest.record import Problem

GROUP = "seasoned.formats"
_log = logging.getLogger(__name__)


class Formats(NamedTuple):
    """What could be loaded, and what could not."""

    formats: tuple[Format, ...]
    """By name."""
    broken: tuple[Problem, ...]


@cache
def installed_formats() -> Formats:
    """The formats of this environment."""
    return load_formats(entry_points(group=GROUP))


def load_formats(points: Iterable[EntryPoint]) -> Formats:
    """Load each entry point once; the first one of a name is kept, in the order of names and then of distributions."""
    loaded, broken = dict[str, Format](), list[Problem]()
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        where = f"format plugin {point.name} ({point.value})"
        found = attempt(lambda point=point: _loaded(point), where)
        if isinstance(found, Format) and found.name not in loaded:
            loaded[found.name] = found
            continue
        why = "it is no format: see seasoned.ingest.format.Format"
        if isinstance(found, Problem):
            why = found.why
        elif isinstance(found, Format):
            why = f"the name {found.name} is taken"
        broken.append(Problem(where=where, why=why))
        _log.warning("%s was left out: %s", where, why)
    return Formats(tuple(loaded[name] for name in sorted(loaded)), tuple(broken))


def _loaded(point: EntryPoint) -> object:
    return point.load()()
