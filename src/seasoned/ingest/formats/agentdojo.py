"""AgentDojo runs: `{suite_name, user_task_id, injection_task_id, messages, utility, security, …}`, one a document.

Messages are chat with calls `{function: NAME, args}` and text parts `{type: text, content}`. `utility`, whether the
user's task was done, is the verdict. `security`, whether the injected task was done too, is feedback as it stands,
and only where something was injected. What was injected, and where, is sealed: the agent met it in its tools'
results.

Source: AgentDojo, arXiv:2406.13352, and the trace logger of its package.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.outcome import Outcome, scored
from seasoned.core.trace import Task, Usage
from seasoned.ingest.dialects import inspect
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_number, as_object, as_text, compact_json
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time

_KEYS = frozenset({"suite_name", "user_task_id", "messages"})
_SEALED = ("injection_task_id", "injections")


class AgentDojo:
    """AgentDojo's logged runs."""

    name = "agentdojo"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where messages stand beside a suite's name and a user task's id."""
        first = sample.first
        if not first.keys() >= _KEYS or not isinstance(first["messages"], list):
            return None
        return Detection(format=self.name, confidence=SURE, reason="messages with suite_name and user_task_id")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each record."""
        yield from each_run(document.records(), _parsed, format_name=self.name, path=document.path)


def _parsed(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    entry = as_object(value)
    steps, problems = StepList(), list[Parsed | Problem]()
    for number, message in enumerate(map(as_object, as_list(entry.get("messages"))), 1):
        if isinstance(message.get("role"), str):
            inspect.add_message(_as_inspect(message), steps)
        else:
            problems.append(Problem(where=f"{place.where}, message {number}", why="it has no role; it was left out"))
    if error := entry.get("error"):
        steps.add("error", as_text(error) or compact_json(error))
    if not len(steps):
        return [*problems, Problem(where=place.where, why="no messages in it")]
    suite = as_text(entry.get("suite_name"))
    keys = ("attack_type", "injection_task_id", "benchmark_version")
    sealed = {key: entry[key] for key in _SEALED if entry.get(key) not in (None, {}, [])}
    parsed = run_of(
        steps,
        place,
        task=Task(key=f"agentdojo-{suite}-{as_label(entry.get('user_task_id'))}", text=steps.asked()),
        run_key=", ".join(label for key in keys if (label := as_label(entry.get(key)))),
        reference=sealed or None,
        outcome=_outcome(entry),
        usage=Usage(duration_s=_seconds(entry.get("duration"))),
        agent=suite,
        model=as_text(entry.get("pipeline_name")),
        started_at=as_time(entry.get("evaluation_timestamp")),
    )
    return [*problems, parsed]


def _as_inspect(message: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The message under the names that Inspect has for the same things."""
    content = message.get("content")
    calls = [as_object(call) for call in as_list(message.get("tool_calls"))]
    error = as_text(message.get("error"))
    named: dict[str, JsonValue] = {
        "content": [_part(part) for part in content] if isinstance(content, list) else content,
        "tool_calls": [{**call, "arguments": call.get("args", call.get("arguments"))} for call in calls],
        "function": as_text(as_object(message.get("tool_call")).get("function")),
        "error": {"message": error} if error else None,
    }
    return message | named


def _part(part: JsonValue) -> JsonValue:
    entry = as_object(part)
    if not isinstance(text := entry.get("content"), str):
        return part
    is_thought = entry.get("type") == "thinking"
    return {"type": "reasoning", "reasoning": text} if is_thought else {"type": "text", "text": text}


def _outcome(entry: dict[str, JsonValue]) -> Outcome | None:
    utility, security = entry.get("utility"), entry.get("security")
    if not isinstance(utility, bool):
        return None
    injected = entry.get("injection_task_id") is not None and isinstance(security, bool)
    feedback = f"security: {compact_json(security)}" if injected else ""
    return scored(float(utility), "verifier", name="utility", feedback=feedback)


def _seconds(value: JsonValue) -> float | None:
    seconds = as_number(value)
    return seconds if seconds is not None and seconds >= 0 else None
