"""The functions that a model may call from the sandbox during an episode.

Each is one `Function`: a line of usage for the prompt, and either a host function or source that is run inside the
sandbox. Work that hostile input could make slow, such as matching a regular expression, is done inside. An episode
takes any number of them, so another one is another entry in the tuple.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.learn.recursive.citing import cited, trace_named
from seasoned.sandbox.sandbox import HostFunction

MAX_READ_CHARS = 20_000
MAX_SKILLS_LISTED = 100
MAX_SKILLS_FOUND = 8


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function of an episode; it has either `call` or `source`."""

    usage: str
    """`name(parameters) -> result: what it does`, one line for the model."""
    call: HostFunction | None = None
    source: str = ""
    """A definition in the sandbox's Python."""

    @property
    def name(self) -> str:
        """What the code calls it."""
        return self.usage.partition("(")[0]


_SHOW = """
def _chosen(trace_id):
    found = [t for t in traces if trace_id is None or t["id"].startswith(trace_id)]
    if not found or (trace_id is not None and len(found) > 1):
        raise ValueError(f"no single trace {trace_id!r}; the ids are {[t['id'] for t in traces]}")
    return found

def show(trace_id, start=0, end=None, width=200):
    for s in _chosen(trace_id)[0]["steps"][start:end]:
        text = s["text"] if len(s["text"]) <= width else s["text"][:width] + f"[… {len(s['text']):,} characters]"
        # A line break stays in its line, so that no text can pose as another step.
        text = text.replace("\\r", "\\\\r").replace("\\n", "\\\\n")
        name = f" {s['name']}" if s["name"] and s["kind"] != "tool_call" else ""
        print(f"{s['i']} {s['kind']}{name}{' ERROR' if s['is_error'] else ''}: {text}")
"""

_FIND = """
import re

def find(regex, trace_id=None, limit=20):
    pattern, hits, n = re.compile(regex, re.IGNORECASE), [], 0
    for t in _chosen(trace_id):
        for s in t["steps"]:
            m = pattern.search(s["text"])
            if m:
                n += 1
                if n <= limit:
                    context = s["text"][max(0, m.start() - 80):m.end() + 80]
                    hits.append({"trace_id": t["id"], "step": s["i"], "kind": s["kind"], "context": context})
    if n > limit:
        print(f"find: {limit} of {n} matching steps; narrow it, or pass limit=")
    return hits
"""

_CALLS = """
def calls(trace_id, name=None):
    steps, found = _chosen(trace_id)[0]["steps"], []
    for s in steps:
        if s["kind"] == "tool_call" and name in (None, s["name"]):
            r = steps[s["pair"]] if s["pair"] is not None else None
            found.append({
                "step": s["i"], "name": s["name"], "arguments": s["arguments"],
                "is_error": r is not None and r["is_error"], "result": r["text"][:300] if r else None,
            })
    return found
"""


_INSIDE = (
    Function(
        usage="show(trace_id, start=0, end=None, width=200): prints those steps, one line each, text cut to width, "
        "line breaks as \\n",
        source=_SHOW,
    ),
    Function(
        usage='find(regex, trace_id=None, limit=20) -> [{"trace_id", "step", "kind", "context"}]: steps whose text '
        "matches, ignoring case, in one run or all",
        source=_FIND,
    ),
    Function(
        usage='calls(trace_id, name=None) -> [{"step", "name", "arguments", "is_error", "result"}]: tool calls '
        "with the beginning of their results",
        source=_CALLS,
    ),
)


def episode_functions(traces: Mapping[str, Trace], book: Skillbook, ours: HandedOut = NOTHING) -> tuple[Function, ...]:
    """The functions over an episode's traces and the skillbook, without `submit`.

    Args:
        traces: The traces of the episode, by id.
        book: What is known already.
        ours: What agents were handed, which is withheld.
    """
    desk = _Desk(traces, book, ours)
    return (
        *_INSIDE,
        Function(
            usage="read(trace_id, step, start=0, end=None) -> str: text of a step that is marked as cut",
            call=desk.read,
        ),
        Function(
            usage="cite(trace_id, step, quote) -> evidence: checks that the step's text holds the quote, character for "
            "character; the error says what is nearest",
            call=desk.cite,
        ),
        Function(
            usage='book_search(text) -> [{"id", "section", "status", "text"}]: known skills that share its words',
            call=desk.book_search,
        ),
        Function(
            usage='book_index(section=None) -> [{"id", "section", "status", "text"}]: skills known already',
            call=desk.book_index,
        ),
    )


class _Desk:
    """The host's side of the functions; their parameters come from sandboxed code, so each is checked."""

    def __init__(self, traces: Mapping[str, Trace], book: Skillbook, ours: HandedOut) -> None:
        self._traces, self._ours = traces, ours
        self._skills = book.with_status("approved", "proposed")

    async def read(
        self, trace_id: JsonValue, step: JsonValue, start: JsonValue = 0, end: JsonValue = None
    ) -> JsonValue:
        trace = trace_named(self._traces, _text(trace_id, "trace_id"))
        index, first = _whole(step, "step"), _whole(start, "start")
        last = first + MAX_READ_CHARS if end is None else min(_whole(end, "end"), first + MAX_READ_CHARS)
        if index >= len(trace.steps):
            raise ValueError(f"the trace has no step {index}; its steps are 0 to {len(trace.steps) - 1}")
        if trace.steps[index].injected:
            raise ValueError("this step holds text that we handed the agent ourselves; it is withheld")
        return self._ours.shown(trace, index)[first:last]

    async def cite(self, trace_id: JsonValue, step: JsonValue, quote: JsonValue) -> JsonValue:
        index = _whole(step, "step")
        found = cited(self._traces, _text(trace_id, "trace_id"), index, _text(quote, "quote"), self._ours)
        return found.model_dump(mode="json")

    async def book_search(self, text: JsonValue) -> JsonValue:
        wanted = _words(_text(text, "text"))
        ranked = sorted(
            ((len(wanted & _words(f"{skill.section} {skill.text}")), skill) for skill in self._skills),
            key=lambda pair: -pair[0],
        )
        return [_entry(skill, 600) for n_shared, skill in ranked[:MAX_SKILLS_FOUND] if n_shared]

    async def book_index(self, section: JsonValue = None) -> JsonValue:
        wanted = None if section is None else _text(section, "section")
        chosen = [skill for skill in self._skills if wanted in (None, skill.section)]
        return [_entry(skill, 120) for skill in chosen[:MAX_SKILLS_LISTED]]


def _entry(skill: Skill, max_chars: int) -> dict[str, JsonValue]:
    return {"id": skill.id, "section": skill.section, "status": skill.status, "text": skill.text[:max_chars]}


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{3,}", text.lower()))


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, not {type(value).__name__}")
    return value


def _whole(value: JsonValue, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError(f"{name} must be a whole number from 0, not {value!r}"[:200])
    return value
