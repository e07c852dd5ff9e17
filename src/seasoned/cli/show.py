"""`seasoned traces show`: one run, readable: results beside their calls, long payloads folded, times from its start."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from rich.table import Table
from rich.text import Text

from seasoned.cli.output import emit_json, mark, note, out, safe
from seasoned.cli.place import Place, opened
from seasoned.core.text import shortened
from seasoned.core.trace import Step, StepKind, Trace
from seasoned.errors import UsageError
from seasoned.store.traces.derived import began, in_utc
from seasoned.store.traces.outcomes import Statement
from seasoned.store.traces.traces import TraceRow

STEP_STYLES: dict[StepKind, str] = {
    "system": "dim",
    "user": "bold",
    "assistant": "green",
    "thought": "italic dim",
    "tool_call": "cyan",
    "tool_result": "blue",
    "error": "red",
    "image": "magenta",
}
FOLDED_CHARS = 400
"""Characters of a step that are shown before the rest is folded away."""
FOLDED_LINES = 8
"""Lines of a step that are shown before the rest is folded away."""
_RANGE = re.compile(r"(\d{0,9})(:?)(\d{0,9})")


@dataclass(frozen=True)
class Around:
    """What the store knows of a run beside the trace itself."""

    parent: str | None
    """Id of the trace that started it, if that one is in the store."""
    children: tuple[TraceRow, ...]
    statements: tuple[Statement, ...]


def show(
    trace: str, /, *, steps: str | None = None, full: bool = False, json: bool = False, place: Place | None = None
) -> None:
    """Show one run step by step: results beside their calls, long payloads folded.

    Args:
        trace: The trace's id, or enough of its beginning, or its run key.
        steps: Only these, counted from 0: 3:10 is 3 to 9, :5 the first five, 12: from 12 on, 7 one step.
        full: Show every step whole.
        json: Print one JSON document: the trace, what was said about it, and its sub-agents' traces.
        place: Where to look.
    """
    with opened(place) as here:
        found = here.store.traces.get(here.store.traces.find(trace))
        parents = here.store.traces.of([found.parent_id] if found.parent_id else [])
        around = Around(
            parent=next((parent.id for parent in parents), None),
            children=here.store.traces.children(found.id),
            statements=here.store.outcomes.of(found.id),
        )
    chosen = range_of_steps(steps, len(found.steps))
    if json:
        beside: dict[str, JsonValue] = {
            "outcomes": [s.model_dump(mode="json") for s in around.statements],
            "children": [row.model_dump(mode="json") for row in around.children],
        }
        emit_json(found.model_dump(mode="json") | beside)
        return
    _print_head(found, around)
    print_steps(found, chosen, is_full=full)


def range_of_steps(typed: str | None, n: int) -> range:
    """The steps that `--steps` means, of so many; None means all; raises `UsageError` for a range that is none."""
    if typed is None:
        return range(n)
    match = _RANGE.fullmatch(typed.strip())
    first, colon, behind = match.groups() if match else ("", "", "")
    if not first and not behind:
        raise UsageError("--steps is no range of steps", where=typed, hint="write 3:10, :5, 12: or 7")
    start = int(first or 0)
    chosen = range(n)[start : int(behind) if behind else n if colon else start + 1]
    if not chosen:
        raise UsageError("the run has no such steps", where=typed, why=f"its steps are 0 to {n - 1}")
    return chosen


def _print_head(trace: Trace, around: Around) -> None:
    out.print(Text(trace.id, "bold") + Text("  ") + mark(trace.verdict))
    counts = Counter(step.kind for step in trace.steps)
    at = began(trace)
    lines = {
        "task": f"{trace.task.key}: {_folded(trace.task.text, is_full=False)}",
        "outcome": "none" if trace.outcome is None else said(Statement(at=None, outcome=trace.outcome)),
        "agent": " ".join(part for part in (trace.agent, trace.model) if part) or "unknown",
        "began": "unknown" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC",
        "steps": ", ".join(f"{n} {kind}" for kind, n in counts.most_common()),
        "source": f"{trace.source.path} {trace.source.where} ({trace.source.format})".strip(),
    }
    for name, text in lines.items():
        _line(name, safe(text))
    if len(around.statements) > 1:
        for statement in around.statements:
            _line("said", safe(said(statement)))
    if trace.parent_id is not None:
        _line("started by", safe(trace.parent_id + ("" if around.parent else ", which is not in the store")))
    for child in around.children:
        _line("started", safe(f"{child.id}  ") + mark(child.verdict) + safe(f"  {child.agent} {child.task_key}"))


def said(statement: Statement) -> str:
    """One statement on one line: what, by whom, when, in which words."""
    outcome = statement.outcome
    word = {True: "pass", False: "fail", None: "undecided"}[outcome.success]
    score = "" if outcome.score is None else f", score {outcome.score:g}"
    by = f"{outcome.source} {outcome.name}".strip()
    when = "" if statement.at is None else f", {statement.at:%Y-%m-%d %H:%M}"
    contradicts = "" if statement.stands else " (contradicted what was known, changed nothing)"
    feedback = f": {outcome.feedback}" if outcome.feedback else ""
    return f"{word} by {by}{score}{when}{contradicts}{feedback}"


def _line(name: str, text: Text) -> None:
    out.print(Text(f"{name}: ", "dim") + text, soft_wrap=not out.is_terminal)


def print_steps(trace: Trace, chosen: Sequence[int], *, is_full: bool) -> None:
    """Steps of a run by index, each result right behind its call, long ones folded unless they are asked for whole."""
    start = began(trace)
    rows = [_row(trace, index, start, is_full=is_full, is_answer=below) for index, below in _in_order(trace, chosen)]
    has_times = any(time for _, time, _ in rows)
    n_folded = 0
    for head, time, text in rows:
        n_folded += "… (+" in text.plain
        _print_step(head, time if has_times else None, text)
    if n_folded and not is_full:
        note(f"{n_folded} folded; --full shows them whole, --steps N one of them", "dim")


def _in_order(trace: Trace, chosen: Sequence[int]) -> Iterator[tuple[int, bool]]:
    """The steps with each result right behind its call; True marks a result that stands there."""
    shown: set[int] = set()
    for index in chosen:
        if index in shown:
            continue
        yield index, False
        pair = trace.steps[index].pair
        if trace.steps[index].kind == "tool_call" and pair is not None and pair in chosen:
            shown.add(pair)
            yield pair, True


def _row(trace: Trace, index: int, start: datetime | None, *, is_full: bool, is_answer: bool) -> tuple[Text, str, Text]:
    step = trace.steps[index]
    name = f" {step.name}" if step.name and step.kind != "tool_call" and not is_answer else ""
    marks = " (ours)" if step.injected else " (failed)" if step.is_error and not is_answer else ""
    kind = step.kind.replace("_", " ")
    if is_answer:
        kind = "└ failed" if step.is_error else "└ result"
    style = "red" if step.is_error else STEP_STYLES[step.kind]
    head = safe(f"{index:>4} {kind}{name}{marks}", style)
    return head, _since_start(step, start), safe(_placeholder(step) + _folded(step.text, is_full=is_full))


def _placeholder(step: Step) -> str:
    """What stands for an image or attachment, unless the text says what it is."""
    if step.blob is None or step.text.startswith("["):
        return ""
    return f"[{step.kind if step.kind == 'image' else 'attachment'} {step.blob[:12]}] "


def _since_start(step: Step, start: datetime | None) -> str:
    if step.at is None or start is None:
        return ""
    seconds = (in_utc(step.at) - start).total_seconds()
    if abs(seconds) < 60:
        return f"{seconds:+.1f}s"
    minutes, rest = divmod(int(abs(seconds)), 60)
    sign = "+" if seconds > 0 else "-"
    return f"{sign}{minutes}:{rest:02}" if minutes < 60 else f"{sign}{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _print_step(head: Text, time: str | None, text: Text) -> None:
    if not out.is_terminal:
        when = "" if time is None else f" {time}"
        out.print(head + safe(f"{when}  ", "dim") + text, soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=HEAD_CHARS, overflow="fold")
    cells: Sequence[Text] = (head, text) if time is None else (head, safe(time, "dim"), text)
    if time is not None:
        grid.add_column(width=TIME_CHARS, justify="right", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    grid.add_row(*cells)
    out.print(grid)


HEAD_CHARS = 18
"""Width of a step's number and kind in a terminal; a long name wraps."""
TIME_CHARS = 8
"""Width of a step's time in a terminal."""


def _folded(text: str, *, is_full: bool) -> str:
    """The beginning of a long text and how much was left out."""
    if is_full:
        return text
    return shortened(text, min(FOLDED_CHARS, _end_of_line(text, FOLDED_LINES)))


def _end_of_line(text: str, n_lines: int) -> int:
    """Where the n-th line ends, or the length of a shorter text."""
    at = -1
    for _ in range(n_lines):
        at = text.find("\n", at + 1)
        if at < 0:
            return len(text)
    return at
