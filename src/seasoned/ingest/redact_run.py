"""Redaction of one run: every text of the trace and its sealed reference. Blobs are bytes and stay as they are.

Raises `RecursionError` for a reference that is nested too deeply.
"""

import operator
from collections import Counter
from dataclasses import replace
from typing import Any

from seasoned.core.trace import Step, Task, Trace
from seasoned.ingest.format import Parsed
from seasoned.ingest.redact import may_hold_secret, redact, redact_json


def redact_run(parsed: Parsed, salt: bytes) -> tuple[Parsed, Counter[str]]:
    """The run without the secrets that were found, and how many of each type.

    A trace that changes gets the id of what it now holds; the same bytes under the same salt give the same id.
    """
    counts = Counter[str]()
    trace, reference = _redact_trace(parsed.trace, salt, counts), parsed.reference
    if reference is not None:
        reference = redact_json(reference, salt, counts)
    return replace(parsed, trace=trace, reference=reference), counts


def _redact_trace(trace: Trace, salt: bytes, counts: Counter[str]) -> Trace:
    texts = [step.text for step in trace.steps]
    texts += [step.name for step in trace.steps if step.name]
    texts += [trace.task.text, "" if trace.outcome is None else trace.outcome.feedback]
    key = redact(trace.task.key, salt).text
    if key == trace.task.key and not may_hold_secret("\n".join(texts)):
        return trace

    def clean(text: str) -> str:
        redacted = redact(text, salt)
        counts.update(redacted.counts)
        return redacted.text

    task = Task(key=key, text=redact(trace.task.text, salt).text)
    steps = tuple(_redact_step(step, clean(step.text), salt) for step in trace.steps)
    outcome = trace.outcome
    if outcome is not None:
        outcome = outcome.model_copy(update={"feedback": clean(outcome.feedback)})
    if not counts and task == trace.task and all(map(operator.is_, steps, trace.steps)):
        return trace
    rest: dict[str, Any] = {
        name: getattr(trace, name) for name in Trace.model_fields if name not in ("id", "task", "steps", "outcome")
    }
    return Trace.of(task=task, steps=steps, outcome=outcome, **rest)


def _redact_step(step: Step, text: str, salt: bytes) -> Step:
    update: dict[str, Any] = {}
    if text != step.text:
        update["text"] = text
    if step.name and may_hold_secret(step.name):
        update["name"] = redact(step.name, salt).text
    if step.arguments is not None and text != step.text:
        update["arguments"] = redact_json(dict(step.arguments), salt, Counter())
    return step.model_copy(update=update) if update else step
