"""mini-swe-agent's trajectories: `{info, messages, trajectory_format}`, or the messages alone.

A command stands in a Markdown fence of the agent's words (version 1), or is a tool call (version 2, in OpenAI's shape
or in items of its Responses API); either way it is a call of `bash`. What the program answers in the user's name is the
call's result; it failed where it says a return code other than 0. `info.exit_status` is a self-report, never a verdict.

Source: mini-swe-agent 1.0 to 2.x, its default agent and its documentation of output files.
"""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.trace import Task, Usage
from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.dialects import responses
from seasoned.ingest.dialects.blocks import result_parts
from seasoned.ingest.dialects.chat import kind_of
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_label, as_list, as_number, as_object, as_text
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.sessions.exit_status import ended
from seasoned.ingest.sessions.turn import add_answer, add_turn, chat_call
from seasoned.ingest.sessions.written_calls import fenced_command
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time
from seasoned.ingest.usage import read_usage, total_usage

_RETURN_CODE = re.compile(r"\s*<returncode>\s*(-?\d{1,9})\s*</returncode>")


class MiniSweAgent:
    """Trajectories of mini-swe-agent."""

    name = "mini_swe_agent"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where the file names its format; confident where fenced commands are answered by return codes."""
        first = sample.records[0] if sample.records else None
        entry = as_object(first)
        if as_text(entry.get("trajectory_format")).startswith("mini-swe-agent"):
            return Detection(format=self.name, confidence=SURE, reason="its trajectory_format is one of mini-swe-agent")
        info = as_object(entry.get("info"))
        if isinstance(entry.get("messages"), list) and (
            "mini_version" in info or info.keys() >= {"exit_status", "model_stats"}
        ):
            return Detection(format=self.name, confidence=0.9, reason="messages beside an exit status and model_stats")
        if sample.layout in ("array", "lines") and "<returncode>" in sample.text and "```" in sample.text:
            found = list(sample.records) if not isinstance(first, list) else first
            if any(as_object(message).get("role") == "system" for message in found) and "bash" in sample.text:
                return Detection(format=self.name, confidence=0.8, reason="fenced commands answered by return codes")
        return None

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each object with messages, one for bare messages together."""
        bare: list[JsonValue] = []
        for item in document.records():
            place = Place(format=self.name, path=document.path, where=item.where)
            if isinstance(item, Problem):
                yield item
            elif isinstance(item.value, list):
                yield from _runs({"messages": item.value}, place)
            elif isinstance(as_object(item.value).get("messages"), list):
                yield from _runs(as_object(item.value), place)
            else:
                bare.append(item.value)
        if bare:
            yield from _runs({"messages": bare}, Place(format=self.name, path=document.path, where="file"))


def _runs(entry: dict[str, JsonValue], place: Place) -> Iterator[Parsed | Problem]:
    yield from attempt_all(lambda: _parsed(entry, place), place.where)


def _parsed(entry: dict[str, JsonValue], place: Place) -> list[Parsed | Problem]:
    steps, problems = StepList(), list[Parsed | Problem]()
    messages = as_list(entry.get("messages"))
    for number, message in enumerate(map(as_object, messages), 1):
        if not _add(message, steps):
            why = "it is no message; it was left out"
            problems.append(Problem(where=f"{place.where}, message {number}", why=why))
    if not len(steps):
        return [*problems, Problem(where=place.where, why="no messages in it")]
    info = as_object(entry.get("info"))
    instance = as_label(entry.get("instance_id"))
    config = as_object(as_object(info.get("config")).get("model"))
    run = run_of(
        steps,
        place,
        task=Task(key=instance, text=steps.asked()) if instance else None,
        outcome=ended(info.get("exit_status")),
        usage=_usage(info, messages),
        agent="mini-swe-agent",
        model=as_text(config.get("model_name")),
    )
    return [*problems, run]


def _add(message: dict[str, JsonValue], steps: StepList) -> bool:
    """Add one message; False for what is none."""
    extra, role = as_object(message.get("extra")), as_text(message.get("role"))
    at = as_time(message.get("timestamp")) or as_time(extra.get("timestamp"))
    if message.get("object") == "response" or role == "":
        items = [as_object(item) for item in as_list(message.get("output"))] or [message]
        known = [item for item in items if responses.matches(item)]
        for item in known:
            responses.add_message(item, steps, at=at)
        return bool(known)
    content = message.get("content")
    is_open = bool(steps.slots) and steps.slots[-1].is_call
    if kind_of(role) == "tool_result" or (is_open and role == "user"):
        add_answer(steps, content, call_id=as_label(message.get("tool_call_id")), failed=_failed(content), at=at)
    elif role == "exit":
        _add_exit(content, extra, steps, is_open=is_open)
    elif role == "assistant":
        calls = [chat_call(call) for call in as_list(message.get("tool_calls"))]
        if not calls and isinstance(content, str):
            content, calls = fenced_command(content)
        thought = as_text(message.get("reasoning_content"))
        if content or thought or not calls:
            add_turn(steps, "assistant", content, thought=thought, at=at)
        for call in calls:
            steps.call(call.name, call.arguments, call_id=call.id, at=at)
    else:
        add_turn(steps, kind_of(role), content, at=at)
    return True


def _add_exit(content: JsonValue, extra: dict[str, JsonValue], steps: StepList, *, is_open: bool) -> None:
    """The run's end: what the last command printed, or why the run was cut off."""
    if is_open:
        add_answer(steps, content)
    elif text := as_text(content) or as_text(extra.get("exit_status")):
        steps.add("system" if extra.get("exit_status") == "Submitted" else "error", text)


def _failed(content: JsonValue) -> bool | None:
    code = _RETURN_CODE.match(result_parts(content)[0])
    return None if code is None else int(code[1]) != 0


def _usage(info: dict[str, JsonValue], messages: list[JsonValue]) -> Usage:
    extras = (as_object(as_object(message).get("extra")) for message in messages)
    usage = total_usage(read_usage(as_object(extra.get("response")).get("usage")) for extra in extras)
    cost_usd = as_number(as_object(info.get("model_stats")).get("instance_cost"))
    return usage.model_copy(update={"cost_usd": cost_usd}) if cost_usd is not None and cost_usd >= 0 else usage
