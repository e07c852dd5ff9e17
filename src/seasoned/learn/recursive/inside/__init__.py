"""What is run inside an episode's sandbox before the first turn: the objects that the model's code works with.

The modules share one namespace there, and are written in the part of Python that every sandbox takes: no inheritance,
no property, no generator, no `del`; of the double-underscore methods only `__init__`, `__repr__`, `__getitem__` and
`__iter__`. They import each other for the sake of type checkers only: the lines are left out by `source`. What the
model is told of them stands in `learn.recursive.functions`.
"""

from functools import cache
from importlib.resources import files

_MODULES = ("objects", "compare", "desk")
_BEGIN = """
_runs = [Trace(view) for view in views]
views = None
traces = list(_runs)
book = Book()
"""
"""The variables that the model works with; what they were made from is forgotten."""


@cache
def source() -> str:
    """All of it as one piece of code; it needs the variable `views` and the host functions that `desk` names."""
    return "\n".join([*map(_part, _MODULES), _BEGIN])


def objects_source() -> str:
    """What runs, steps and calls are, alone: it needs nothing of the host."""
    return _part("objects")


def _part(name: str) -> str:
    return _without_imports_of_ours((files(__name__) / f"{name}.py").read_text("utf-8"))


def _without_imports_of_ours(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("from seasoned."))
