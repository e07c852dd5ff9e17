"""What the code of an episode can use: the objects made of the runs, and the functions over them.

Each is one `Function`: lines of usage for the prompt, which is the only place where the model is told of it, and a host
function, source that is run inside the sandbox, or neither where the source of an earlier one defines it. Work that
hostile input could make slow, such as matching a regular expression, is done inside. An episode takes any number of
them, so another one is another entry in the tuple.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seasoned.core.trace import Trace
from seasoned.learn.recursive.desk import Desk, Known
from seasoned.learn.recursive.inside import source
from seasoned.sandbox.sandbox import HostFunction


@dataclass(frozen=True, kw_only=True)
class Function:
    """One thing that the code of an episode can use."""

    usage: str
    """`name(parameters) -> result: what it does`, for the model."""
    call: HostFunction | None = None
    source: str = ""
    """Definitions in the sandbox's Python, of this one and of others; they need the variable `views`."""
    host_name: str = ""
    """What `call` is named inside, where source of ours stands between it and the model's code."""

    @property
    def name(self) -> str:
        """What `call` is named inside, or what the usage names."""
        return self.host_name or re.split(r"\W", self.usage, maxsplit=1)[0]


_OBJECTS = """\
traces: list of Trace
  - Trace: .id, .task (what was asked), .task_key (shared by runs of one task), .agent, .verdict ("passed", "failed", \
"unknown"), .score, .feedback, .source (who judged), .tools (names offered), .steps
  - Step: .i (index), .kind (system, user, assistant, thought, tool_call, tool_result, error, image), .name, .text, \
.arguments (dict), .pair (index of a call's result, or of a result's call), .is_error, .trace_id
  - trace.calls(name=None) -> list of Call: .step (index), .name, .arguments, .result (its ends), .is_error, .trace_id
  - trace.show(start=0, end=None, width=200): prints steps, one line each, the ends of long texts
  - trace.find(regex), find(regex, trace=None, limit=20) -> list of Hit: .trace_id, .step (index), .kind, .context"""

_GET = "get(id) -> Trace: by its id or the beginning of it; functions take either"

_DIFF = """\
diff(a, b) -> Diff: aligns two runs by calls and kinds of steps, prints where they part ways: .n_same (steps alike \
at the start), .first_a, .first_b (first unlike step), .only_a, .only_b (lists of Call), .apart (spans)"""

_PATTERNS = """\
patterns() -> list of {"name", "sentence", "label", "runs", "steps"}: statistics of all runs that these runs show, and \
where; associations, not causes"""

_READ = "read(trace, step, start=0, end=None) -> str: text of a step that is marked as cut"

_CITE = "cite(trace, step, quote) -> evidence: the step (index, Step, Call or Hit) must hold the quote (8+ characters)"

_TOOLS = "tools(trace=None) -> list: definitions of the tools offered, where the log has them"

_BOOK_SEARCH = """\
book.search(text) -> list of Skill, nearest first: .id, .section, .status, .text, .reason, .n_runs (behind it)"""

_BOOK_READ = "book.read(id) -> Skill, uncut"

_BOOK_INDEX = "book.index(section=None) -> list of Skill"


def episode_functions(traces: Mapping[str, Trace], known: Known) -> tuple[Function, ...]:
    """What an episode's code can use, without `submit`; the variable `views` must hold the traces' views.

    Args:
        traces: The traces of the episode, by id.
        known: What else it can ask about.
    """
    desk = Desk(traces, known)
    return (
        Function(usage=_OBJECTS, source=source()),
        Function(usage=_GET),
        Function(usage=_DIFF),
        Function(usage=_PATTERNS, call=desk.patterns),
        Function(usage=_READ, call=desk.read, host_name="_read"),
        Function(usage=_CITE, call=desk.cite, host_name="_cite"),
        Function(usage=_TOOLS, call=desk.tools, host_name="_tools"),
        Function(usage=_BOOK_SEARCH, call=desk.book_search, host_name="_book_search"),
        Function(usage=_BOOK_READ, call=desk.book_read, host_name="_book_read"),
        Function(usage=_BOOK_INDEX, call=desk.book_index, host_name="_book_index"),
    )
