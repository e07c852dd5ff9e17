"""The traces as JSON for the sandbox, bounded in size; what we ourselves handed the agent is withheld.

Pure; raises nothing.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from seasoned.core.text import storable
from seasoned.core.trace import Step, Trace
from seasoned.learn.injected import NOTHING, HandedOut
from seasoned.learn.transcript import verdict

STEP_CHARS = 20_000
"""Characters of one step's text that the sandbox holds."""
EPISODE_CHARS = 1_500_000
"""Characters of all steps together; beyond it only the beginning of each step is held."""
STUB_CHARS = 200


def views(traces: Sequence[Trace], ours: HandedOut = NOTHING) -> list[JsonValue]:
    """The traces as the sandbox's variable `views`, from which the objects of `inside` are made."""
    left = EPISODE_CHARS
    result: list[JsonValue] = []
    for trace in traces:
        steps: list[JsonValue] = []
        for index, step in enumerate(trace.steps):
            shown = ours.shown(trace, index)
            view, size = _step_view(index, step, shown, STEP_CHARS if left > 0 else STUB_CHARS)
            left -= size
            steps.append(view)
        result.append({**_head(trace, ours), "steps": steps})
    return result


def _head(trace: Trace, ours: HandedOut) -> dict[str, JsonValue]:
    outcome = trace.outcome
    return {
        "id": trace.id,
        "task_key": trace.task.key,
        "task": ours.without(trace.task.text)[:STEP_CHARS],
        "agent": trace.agent,
        "tools": list[JsonValue](trace.tools),
        "verdict": verdict(trace),
        "score": None if outcome is None else outcome.score,
        "feedback": "" if outcome is None else outcome.feedback[:STEP_CHARS],
        "source": None if outcome is None else outcome.source,
    }


def _step_view(index: int, step: Step, text: str, max_chars: int) -> tuple[JsonValue, int]:
    n_left_out = len(text) - max_chars
    if n_left_out > 0:
        text = f"{text[:max_chars]}[… {n_left_out:,} more characters: read(trace, {index}, {max_chars})]"
    # Arguments repeat the text of a call, so large ones are left to it.
    arguments = None if step.injected or n_left_out > 0 else _clean(step.arguments)
    view: JsonValue = {
        "i": index,
        "kind": step.kind,
        "name": step.name,
        "text": text,
        "arguments": arguments,
        "pair": step.pair,
        "is_error": step.is_error or step.kind == "error",
    }
    return view, len(text) * (1 if arguments is None else 2)


def _clean(value: JsonValue) -> JsonValue:
    """Arguments come from a log as they are; lone surrogates cannot enter the sandbox."""
    if isinstance(value, str):
        return str(storable(value))
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {str(storable(key)): _clean(each) for key, each in value.items()}
    return value
