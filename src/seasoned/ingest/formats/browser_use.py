"""Histories of browser-use: `{history: [{model_output, result, state, metadata}]}`, one run a document.

A step of the agent is: the page it saw (`system`, named `browser`, and the screenshot, stored once), its thoughts,
its actions and their results. Actions of one step are calls made together; the n-th result answers the n-th action. A
step without a model's output holds only what went wrong.

Thoughts stand in `current_state` in older histories and flat in newer ones; each is kept under its own name. The task
is in no history; it is read from a `task` beside it or from the `<user_request>` in what newer ones keep of the
prompt, and a run without either is its own task.

`success` on the last result is the agent's own claim; a `judgement` there is a judge's verdict.

Source: the agent views of the browser_use package, 0.1 to 0.9, and histories that it saved.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from seasoned.core.ids import content_id
from seasoned.core.outcome import Outcome
from seasoned.core.trace import Task, Usage
from seasoned.ingest.attachments import attachment, from_url
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.narrow import as_count, as_list, as_number, as_object, as_text, compact_json
from seasoned.ingest.run import Place, run_of, text_key
from seasoned.ingest.steps import StepList
from seasoned.ingest.times import as_time

_THOUGHTS = (
    "thinking",
    "page_summary",
    "evaluation_previous_goal",
    "important_contents",
    "memory",
    "next_goal",
    "plan_update",
)
_PAGE = ("url", "title", "tabs")
_ASKED = re.compile(r"<user_request>\s*(.*?)\s*</user_request>", re.DOTALL)


class BrowserUse:
    """Saved agent histories of browser-use."""

    name = "browser_use"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where a history's items hold a model's output with results or a browser's state."""
        first = sample.records[0] if sample.records else None
        items = [as_object(item) for item in _history(first)]
        if not any("model_output" in item and ("result" in item or "state" in item) for item in items):
            return None
        reason = "a history whose items have model_output, result and state"
        return Detection(format=self.name, confidence=SURE, reason=reason)

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each history."""
        yield from each_run(document.records(), _run, format_name=self.name, path=document.path)


def _history(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, list):
        return value
    inner = as_object(value).get("history")
    return as_list(as_object(inner).get("history")) if isinstance(inner, dict) else as_list(inner)


def _run(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    entry, steps = as_object(value), StepList()
    items = [as_object(item) for item in _history(value)]
    told = (match[1] for item in items if (match := _ASKED.search(as_text(item.get("state_message")))))
    asked = as_text(entry.get("task")) or next(told, "")
    if asked:
        steps.add("user", asked)
    for item in items:
        _add_item(item, steps)
    if not len(steps):
        return [Problem(where=place.where, why="no `history` in it")]
    key = text_key(asked) if asked else content_id("task", steps.keys())
    task, usage = Task(key=key, text=asked), _usage(entry, [as_object(item.get("metadata")) for item in items])
    return [run_of(steps, place, task=task, outcome=_outcome(items), usage=usage, agent="browser-use")]


def _add_item(item: dict[str, JsonValue], steps: StepList) -> None:
    metadata, output = as_object(item.get("metadata")), as_object(item.get("model_output"))
    began, ended = as_time(metadata.get("step_start_time")), as_time(metadata.get("step_end_time"))
    _add_page(item, began, steps)
    thoughts = as_object(output.get("current_state")) | output
    for name in _THOUGHTS:
        thought = thoughts.get(name)
        if text := compact_json(thought) if isinstance(thought, list) and thought else as_text(thought):
            steps.add("thought", text, name=name, at=began)
    actions, names = output.get("action"), list[str]()
    for action in map(as_object, actions if isinstance(actions, list) else [actions]):
        for name, arguments in action.items():
            if arguments is not None:
                steps.call(name, arguments, at=began)
                names.append(name)
    for number, result in enumerate(map(as_object, as_list(item.get("result")))):
        error = as_text(result.get("error"))
        texts = [as_text(result.get("extracted_content")) or as_text(result.get("long_term_memory")), error]
        text = "\n".join(text for text in texts if text)
        if names:
            name = names[number] if number < len(names) else ""
            steps.result(text, name=name, failed=bool(error), at=ended)
        elif text:
            steps.add("error" if error else "tool_result", text, at=ended)
        for image in map(as_object, as_list(result.get("images"))):
            steps.attach(attachment("image", as_text(image.get("media_type")), as_text(image.get("data"))))


def _add_page(item: dict[str, JsonValue], at: datetime | None, steps: StepList) -> None:
    """What the agent saw before it acted."""
    state = as_object(item.get("state"))
    page: dict[str, JsonValue] = {key: state[key] for key in _PAGE if state.get(key)}
    if seen := as_text(item.get("state_message")) or (compact_json(page) if page else ""):
        steps.add("system", seen, name="browser", at=at)
    if shot := as_text(state.get("screenshot")):
        found = from_url("image", shot) if shot.startswith("data:") else attachment("image", "image/png", shot)
        steps.attach(found, name="browser")


def _outcome(items: list[dict[str, JsonValue]]) -> Outcome | None:
    """The judgement on the last result, else what the agent said of itself when it was done."""
    results = [as_object(result) for item in items for result in as_list(item.get("result"))]
    last = results[-1] if results else {}
    judged = as_object(last.get("judgement"))
    if isinstance(verdict := judged.get("verdict"), bool):
        told = [as_text(judged.get(key)) for key in ("failure_reason", "reasoning")]
        feedback = "\n".join(text for text in told if text)
        return Outcome(score=float(verdict), success=verdict, feedback=feedback, source="judge", name="judgement")
    if last.get("is_done") is True and isinstance(success := last.get("success"), bool):
        return Outcome(success=success, source="self-report", name="success")
    return None


def _usage(entry: dict[str, JsonValue], metadata: list[dict[str, JsonValue]]) -> Usage:
    total = as_object(entry.get("usage"))
    counts = [count for data in metadata if (count := as_count(data.get("input_tokens"))) is not None]
    times = [as_number(data.get(key)) for data in metadata for key in ("step_start_time", "step_end_time")]
    known = [time for time in times if time is not None]
    told = as_count(total.get("total_prompt_tokens"))
    cost_usd = as_number(total.get("total_cost"))
    return Usage(
        input_tokens=told if told is not None else sum(counts) if counts else None,
        output_tokens=as_count(total.get("total_completion_tokens")),
        cost_usd=cost_usd if cost_usd is not None and cost_usd >= 0 else None,
        duration_s=max(known) - min(known) if known else None,
    )
