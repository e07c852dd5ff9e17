"""What an error of a model's code says besides, where the code took one of our objects for something else.

An interpreter's own words, such as "'Trace' object has no attribute 'messages'", say what is wrong but not what is
right, and not every sandbox lets a class answer for attributes that it lacks. Places in our own
code, which the model has not seen, are left out. Works on the text of a turn. Pure; raises nothing.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from seasoned.learn.recursive.inside import source
from seasoned.learn.recursive.inside.compare import Diff
from seasoned.learn.recursive.inside.desk import Skill
from seasoned.learn.recursive.inside.objects import Call, Hit, Step, Trace
from seasoned.sandbox.sandbox import Turn
from seasoned.sandbox.stops import SOURCE_CHARS

_FIELDS: Mapping[str, Sequence[str]] = {
    "Trace": (*Trace.fields, "calls(name=None)", "show(start, end)", "find(regex)"),
    "Step": Step.fields,
    "Call": Call.fields,
    "Hit": Hit.fields,
    "Diff": Diff.fields,
    "Skill": Skill.fields,
    "Book": ("index(section=None)", "search(text)", "read(id)"),
}
_OURS = f"({'|'.join(_FIELDS)})"
_MISUSED = re.compile(
    rf"'{_OURS}' object|of type '{_OURS}'|of type {_OURS} is not JSON|instances of '{_OURS}'"
    rf"|can be passed, not {_OURS}$"
)
_ABSENT = re.compile(r"'(list|int|dict|str|NoneType)' object has no attribute '(\w+)'")
_UNDEFINED = re.compile(r"^NameError: name '(\w+)' is not defined")
_UNCALLED = re.compile(
    r"'(?:function|method)' object (?:is not (?:subscriptable|iterable)|has no attribute)|type 'method'"
)
_PLACE = re.compile(r"  at line (\d+)(?: in \w+)?: (.+)")
_LIST_BY_NAME = re.compile(r"list indices must be integers or slices, not str")


def hinted(turn: Turn) -> Turn:
    """The turn, its error followed by what the code should say instead, where that can be told.

    Args:
        turn: What became of a model's code.
    """
    if turn.error is None or turn.error_kind != "code":
        return turn
    message, *places = turn.error.split("\n")
    lines = [message, *(place for place in places if not _is_ours(place)), *_hints(message)]
    return turn.model_copy(update={"error": "\n".join(lines)})


def _is_ours(place: str) -> bool:
    """Whether it is a place in the code of `inside`, which its author has not seen."""
    found, lines = _PLACE.match(place), _lines()
    if found is None or not 0 < int(found[1]) <= len(lines):
        return False
    return lines[int(found[1]) - 1].strip()[:SOURCE_CHARS] == found[2].removesuffix("…")


@cache
def _lines() -> list[str]:
    return source().split("\n")


def _hints(message: str) -> list[str]:
    if (found := _MISUSED.search(message)) is not None:
        kind = next(group for group in found.groups() if group)
        return [f"A {kind} has .{', .'.join(_FIELDS[kind])}"]
    hint = _of_other_things(message)
    return [] if hint is None else [hint]


def _of_other_things(message: str) -> str | None:
    if (found := _ABSENT.search(message)) is not None:
        return _of_a_plain_value(found[1], found[2])
    if (found := _UNDEFINED.search(message)) is not None:
        owners = _owners(found[1])
        return f"Write trace.{found[1]} with a trace from traces" if "Trace" in owners else None
    if _UNCALLED.search(message):
        return "Call it: trace.calls(), trace.show(), trace.find(regex), book.index()"
    if _LIST_BY_NAME.search(message):
        return "This is a list: traces[0] and trace.steps[3] take an index; get(id) finds a run by its id"
    return None


def _of_a_plain_value(kind: str, name: str) -> str | None:
    owners = _owners(name)
    if not owners:
        return None
    match kind:
        case "list":
            return f"This is a list; each {' or '.join(owners)} in it has .{name}"
        case "int" if "Step" in owners:
            return f".step and .pair are indexes: write trace.steps[index].{name}"
        case "str" if "Trace" in owners:
            return f"This is text; get(id).{name} goes from an id to the run"
        case _:
            return f"This is a {kind}; a {' or '.join(owners)} has .{name}"


def _owners(name: str) -> list[str]:
    return [kind for kind, fields in _FIELDS.items() if name in (field.partition("(")[0] for field in fields)]
