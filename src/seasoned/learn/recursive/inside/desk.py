"""What is asked of the host: quotes checked, long steps read, skills and tools looked up."""

# The modules are one namespace in the sandbox, which is also the model's: what is not for it has an underscore.
# pyright: reportPrivateUsage=false

from typing import Any

from seasoned.learn.recursive.inside.objects import Call, Hit, Step, Trace, _field, _head, _index, _one_line, _run

# Functions of the host, there before any of this is run.
_cite: Any
_read: Any
_tools: Any
_book_search: Any
_book_read: Any
_book_index: Any
_llm_map: Any
_reflect: Any


class Skill:
    """One skill that is known already."""

    fields = ("id", "section", "status", "text", "reason", "n_runs")

    def __init__(self, view: dict[str, Any]) -> None:
        self.id: str = view["id"]
        self.section: str = view["section"]
        self.status: str = view["status"]
        self.text: str = view["text"]
        self.reason: str = view["reason"]
        self.n_runs: int = view["n_runs"]
        self._repr = f"<Skill {self.id} {self.status} {self.section!r} {self.text!r}>"

    def __repr__(self) -> str:
        return self._repr

    def __getitem__(self, key: Any) -> Any:
        return _field(self, "Skill", key)


class Book:
    """The skills that are known already."""

    def __init__(self) -> None:
        self._repr = "<the skillbook: book.index(section=None), book.search(text), book.read(id)>"

    def __repr__(self) -> str:
        return self._repr

    def __iter__(self) -> Any:
        raise TypeError("the book is no list: write for skill in book.index()")

    def __getitem__(self, key: Any) -> Any:
        raise TypeError("the book is no dict: write book.read(id), book.search(text) or book.index()")

    def search(self, text: str) -> list[Skill]:
        """Skills that share words with the text, nearest first."""
        return [Skill(view) for view in _book_search(text)]

    def read(self, skill_id: Any) -> Skill:
        """One skill in full."""
        return Skill(_book_read(skill_id.id if isinstance(skill_id, Skill) else skill_id))

    def index(self, section: str | None = None) -> list[Skill]:
        """All skills in short."""
        return [Skill(view) for view in _book_index(section)]


def cite(trace: Any, step: Any, quote: str) -> dict[str, Any]:
    """Evidence for a quote."""
    run = _run(trace)
    return _cite(run.id, _index(run, step), quote)


def read(trace: Any, step: Any, start: int = 0, end: int | None = None) -> str:
    """Text of a step that is marked as cut."""
    run = _run(trace)
    return _read(run.id, _index(run, step), start, end)


def tools(trace: Any = None) -> list[Any]:
    """Definitions of the tools that the agent was offered."""
    found = _tools(None if trace is None else _run(trace).id)
    if not found:
        print("tools: the log holds no definitions; trace.tools has the names, where it tells them")
    return found


def llm_map(prompt: str, items: Any) -> list[str]:
    """The same question about each piece."""
    if isinstance(items, (str, Trace)):
        raise TypeError("llm_map(prompt, items): items is a list of texts, steps, calls, hits or runs")
    return _llm_map(prompt, [_piece(item) for item in items])


def reflect(traces: Any, question: str) -> dict[str, Any]:
    """An episode of its own on some of the runs."""
    runs = [traces] if isinstance(traces, (str, Trace)) else traces
    return _reflect([_run(each).id for each in runs], question)


def _piece(item: Any) -> Any:
    if isinstance(item, Trace):
        return "\n".join([f"{_head(step)}: {_one_line(step.text, 2000)}" for step in item.steps])
    if isinstance(item, Step):
        return f"{_head(item)}: {item.text}"
    if isinstance(item, Call):
        return f"call {item.name} {item.arguments}: {item.result}"
    if isinstance(item, Hit):
        return item.context
    return item
