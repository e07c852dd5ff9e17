"""One object with chat `messages`, and what people write beside them, -> a run. Shared by the chat-like formats.

Read beside `messages`: `tools` or `functions`, `model`, `usage`, `error`, `task_id`, `trial`, `run_id` or `id`,
`metadata` {agent, model, duration_s}; `reward` or `score` in [0, 1] and `success`, which are taken for a verifier's
word, with `feedback`; and `SEALED`, which never reaches the trace, as even a reward's details tell what was due.
A verdict's number, `true` or `false` may be written as text.

A task is known by its `task_id`, taken to be unique within a store, else by the first user message's wording. Runs of
equal content are told apart by `trial`, else by the log's own `run_id` or `id`. Knows nothing of files. Raises
what `StepList` raises.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from seasoned.core.outcome import SUCCESS_SCORE, Outcome
from seasoned.core.trace import Source, Task, Trace, Usage
from seasoned.ingest.chat import add_messages, task_text, text_key, tool_names
from seasoned.ingest.format import Parsed, Problem
from seasoned.ingest.narrow import as_count, as_label, as_list, as_number, as_object, as_text, compact_json
from seasoned.ingest.steps import StepList

_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,30})?|\.\d{1,30})(?:e[+-]?\d{1,2})?", re.ASCII)
_WORDS = {"true": True, "false": False}
SEALED = ("reference", "reward_info", "ground_truth", "expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands."""

    format: str
    path: str
    where: str


def chat_run(run: dict[str, JsonValue], place: Place) -> list[Parsed | Problem]:
    """The run, after whatever was wrong about it; no run where there is nothing in it."""
    messages = as_list(run.get("messages"))
    steps = StepList()
    problems = add_messages(messages, steps, place.where)
    if error := run.get("error"):
        steps.add("error", as_text(error) or compact_json(error))
    if not len(steps):
        return [*problems, Problem(where=place.where, why="no messages in it")]
    metadata = as_object(run.get("metadata"))
    outcome, doubts = chat_outcome(run, place.where)
    trace = Trace.of(
        task=_task(run, messages),
        steps=steps.done(),
        source=Source(format=place.format, path=place.path, where=place.where, run_key=_run_key(run)),
        outcome=outcome,
        usage=_usage(as_object(run.get("usage")), metadata),
        agent=as_text(metadata.get("agent")),
        model=as_text(metadata.get("model")) or as_text(run.get("model")),
        tools=tool_names(run.get("tools")) or tool_names(run.get("functions")),
    )
    sealed: dict[str, JsonValue] = {key: run[key] for key in SEALED if run.get(key) is not None}
    return [*problems, *doubts, Parsed(trace=trace, reference=sealed or None, blobs=steps.blobs)]


def chat_outcome(run: dict[str, JsonValue], where: str) -> tuple[Outcome | None, list[Problem]]:
    """The verdict in `reward`, `score` or `success`; one that cannot be used is left out and reported."""
    name, score, problems = _score(run, where)
    said = run.get("success")
    told = _said_success(said)
    if told is None and said is not None:
        problems.append(Problem(where=where, why="its success is neither true nor false, so it was left out"))
    success = told if told is not None else None if score is None else score >= SUCCESS_SCORE
    if success is None:
        return None, problems
    feedback = as_text(run.get("feedback"))
    return Outcome(score=score, success=success, feedback=feedback, source="verifier", name=name or "success"), problems


def _score(run: dict[str, JsonValue], where: str) -> tuple[str, float | None, list[Problem]]:
    """The key and the value of the first score that is a number, None where it is outside its range."""
    problems: list[Problem] = []
    for name in ("reward", "score"):
        if (value := run.get(name)) is None:
            continue
        score = _read_number(value)
        if score is None:
            problems.append(Problem(where=where, why=f"its {name} is not a number, so it was left out"))
        elif 0.0 <= score <= 1.0:
            return name, score, problems
        else:
            problems.append(Problem(where=where, why=f"its {name} is outside [0, 1], so it was left out"))
            return name, None, problems
    return "", None, problems


def _read_number(value: JsonValue) -> float | None:
    """A finite number, also where it is written as text; true counts as 1 and false as 0."""
    if not isinstance(value, str):
        return as_number(value)
    word = value.strip().lower()
    return float(word) if _NUMBER.fullmatch(word) else as_number(_WORDS.get(word))


def _said_success(value: JsonValue) -> bool | None:
    if isinstance(value, str):
        return _WORDS.get(value.strip().lower())
    return bool(value) if isinstance(value, (int, float)) and value in (0, 1) else None


def _task(run: dict[str, JsonValue], messages: Sequence[JsonValue]) -> Task:
    asked = task_text(messages)
    return Task(key=as_label(run.get("task_id")) or text_key(asked), text=asked)


def _run_key(run: dict[str, JsonValue]) -> str:
    trial = as_label(run.get("trial"))
    return f"trial {trial}" if trial else as_label(run.get("run_id")) or as_label(run.get("id"))


def _usage(usage: dict[str, JsonValue], metadata: dict[str, JsonValue]) -> Usage:
    duration_s = as_number(metadata.get("duration_s"))
    cost_usd = as_number(usage.get("cost_usd", usage.get("cost")))
    return Usage(
        input_tokens=as_count(usage.get("input_tokens", usage.get("prompt_tokens"))),
        output_tokens=as_count(usage.get("output_tokens", usage.get("completion_tokens"))),
        cost_usd=cost_usd if cost_usd is not None and cost_usd >= 0 else None,
        duration_s=duration_s if duration_s is not None and duration_s >= 0 else None,
    )
