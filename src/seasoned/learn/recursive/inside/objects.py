"""Runs as objects. Misuse raises `TypeError` or `ValueError` that say what to write instead."""

# The modules are one namespace in the sandbox, which is also the model's: what is not for it has an underscore.
# pyright: reportUnusedFunction=false

import re
from typing import Any

_BREAKS = (
    ("\r", "\\r"),
    ("\n", "\\n"),
    ("\x0b", "\\v"),
    ("\x0c", "\\f"),
    ("\x1c", "\\x1c"),
    ("\x1d", "\\x1d"),
    ("\x1e", "\\x1e"),
    ("\x85", "\\x85"),
    ("\u2028", "\\u2028"),
    ("\u2029", "\\u2029"),
)
"""Whatever a terminal or a reader may take for the end of a line."""


def _one_line(text: str, width: int) -> str:
    shown = _ends(text, width)
    for character, escaped in _BREAKS:
        shown = shown.replace(character, escaped)
    return shown


def _ends(text: str, width: int) -> str:
    """The beginning and the end of a long text."""
    # What a long text is about often stands at its end.
    tail = width // 4
    if len(text) <= width:
        return text
    return f"{text[: width - tail]}[… {len(text) - width:,} characters …]{text[len(text) - tail :]}"


def _field(owner: Any, kind: str, key: Any) -> Any:
    if isinstance(key, str) and key in owner.fields:
        return getattr(owner, key)
    if kind == "Trace" and not isinstance(key, str):
        raise TypeError("a Trace is no list: write trace.steps[...]")
    raise TypeError(f"a {kind} has no {key!r}; it has .{', .'.join(owner.fields)}")


class Step:
    """One entry of a run."""

    fields = ("i", "kind", "name", "text", "arguments", "pair", "is_error", "trace_id")

    def __init__(self, view: dict[str, Any], trace_id: str) -> None:
        self.i: int = view["i"]
        self.kind: str = view["kind"]
        self.name: str | None = view["name"]
        self.text: str = view["text"]
        self.arguments: dict[str, Any] | None = view["arguments"]
        self.pair: int | None = view["pair"]
        self.is_error: bool = view["is_error"]
        self.trace_id = trace_id
        # A sandbox that shows values from outside does not call __repr__, but looks for this.
        self._repr = f"<Step {_head(self)} {self.text[:120]!r}{'…' if len(self.text) > 120 else ''}>"

    def __repr__(self) -> str:
        return self._repr

    def __getitem__(self, key: Any) -> Any:
        return _field(self, "Step", key)


def _head(step: Step) -> str:
    name = f" {_one_line(step.name, 80)}" if step.name and step.kind != "tool_call" else ""
    return f"{step.i} {step.kind}{name}{' ERROR' if step.is_error else ''}"


class Call:
    """A call of a tool, with the beginning of what came back."""

    fields = ("step", "name", "arguments", "result", "is_error", "trace_id")

    def __init__(self, step: Step, result: Step | None) -> None:
        self.step = step.i
        self.name = step.name
        self.arguments = step.arguments
        self.result: str | None = None if result is None else _ends(result.text, 300)
        self.is_error = result is not None and result.is_error
        self.trace_id = step.trace_id
        self._repr = f"<Call {step.i}{' ERROR' if self.is_error else ''} {step.text[:200]!r}>"

    def __repr__(self) -> str:
        return self._repr

    def __getitem__(self, key: Any) -> Any:
        return _field(self, "Call", key)


class Hit:
    """A step whose text matches, with the words around the first match."""

    fields = ("trace_id", "step", "kind", "context")

    def __init__(self, step: Step, start: int, end: int) -> None:
        self.trace_id = step.trace_id
        self.step = step.i
        self.kind = step.kind
        self.context = step.text[max(0, start - 80) : end + 80]
        self._repr = f"<Hit {self.trace_id} step {self.step} {self.kind} {self.context!r}>"

    def __repr__(self) -> str:
        return self._repr

    def __getitem__(self, key: Any) -> Any:
        return _field(self, "Hit", key)


class Trace:
    """One run."""

    fields = ("id", "task", "task_key", "agent", "verdict", "score", "feedback", "source", "tools", "steps")

    def __init__(self, view: dict[str, Any]) -> None:
        self.id: str = view["id"]
        self.task: str = view["task"]
        self.task_key: str = view["task_key"]
        self.agent: str = view["agent"]
        self.verdict: str = view["verdict"]
        self.score: float | None = view["score"]
        self.feedback: str = view["feedback"]
        self.source: str | None = view["source"]
        self.tools: list[str] = view["tools"]
        self.steps = [Step(step, self.id) for step in view["steps"]]
        self._repr = f"<Trace {self.id} {self.verdict}, task {self.task_key[:60]!r}, {len(self.steps)} steps>"

    def __repr__(self) -> str:
        return self._repr

    def __getitem__(self, key: Any) -> Any:
        return _field(self, "Trace", key)

    def __iter__(self) -> Any:
        raise TypeError("a Trace is no list: write for step in trace.steps")

    def calls(self, name: Any = None) -> list[Call]:
        """The calls of tools, or of one tool."""
        if name is not None and not isinstance(name, str):
            raise TypeError("calls(name): name is a tool's name as text, or left out for all calls")
        called = [step for step in self.steps if step.kind == "tool_call" and name in (None, step.name)]
        return [Call(step, None if step.pair is None else self.steps[step.pair]) for step in called]

    def show(self, start: Any = 0, end: Any = None, width: Any = 200) -> None:
        """Print steps, one line each."""
        for number in (start, end or 0, width):
            if not isinstance(number, int):
                raise TypeError("show(start, end, width): whole numbers, the first two are indexes of steps")
        for step in self.steps[start:end]:
            print(f"{_head(step)}: {_one_line(step.text, width)}")

    def find(self, regex: Any, limit: int = 20) -> list[Hit]:
        """Steps whose text matches."""
        return _found(regex, self, limit)


_runs: list[Trace] = []
"""All of them, even when the model's code gives `traces` another meaning."""


def get(trace_id: Any) -> Trace:
    """The run with this id, or the only one whose id begins so."""
    return _run(trace_id)


def _run(trace_id: Any) -> Trace:
    if isinstance(trace_id, Trace):
        return trace_id
    if not isinstance(trace_id, str):
        raise TypeError(f"a run is meant by its Trace or its id, not by {trace_id!r}; the first one is traces[0]")
    found = [trace for trace in _runs if trace.id == trace_id]
    if not found and trace_id:
        found = [trace for trace in _runs if trace.id.startswith(trace_id)]
    if len(found) == 1:
        return found[0]
    why = f"{len(found)} ids begin so" if found else "there is none here"
    raise ValueError(f"no single trace {trace_id[:60]!r} ({why}); the ids are {', '.join([t.id for t in _runs])}")


def find(regex: Any, trace: Any = None, limit: int = 20) -> list[Hit]:
    """Steps of one run or of all whose text matches, ignoring case."""
    return _found(regex, trace, limit)


def _found(regex: Any, trace: Any, limit: int) -> list[Hit]:
    if not isinstance(regex, str):
        raise TypeError("find(regex, trace=None, limit=20): the regex is text and comes first")
    pattern, n_found = re.compile(regex, re.IGNORECASE), 0
    hits: list[Hit] = []
    for each in _runs if trace is None else [_run(trace)]:
        for step in each.steps:
            match = pattern.search(step.text)
            if match:
                n_found += 1
                if n_found <= limit:
                    hits.append(Hit(step, match.start(), match.end()))
    if n_found > limit:
        print(f"find: {limit} of {n_found} matching steps; narrow it, or pass limit=")
    return hits


def _index(trace: Trace, step: Any) -> int:
    if isinstance(step, int) and not isinstance(step, bool):
        return step
    if isinstance(step, (Step, Call, Hit)):
        if step.trace_id != trace.id:
            raise ValueError(f"this {type(step).__name__} is of run {step.trace_id}, not of {trace.id}")
        return step.i if isinstance(step, Step) else step.step
    raise TypeError(f"a step is meant by its index in trace.steps or its Step, not by {step!r}"[:300])
