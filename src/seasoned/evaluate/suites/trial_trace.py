"""From the log of a foreign evaluation to the trace of one trial, by the format that reads such logs from files too.

What we handed the agent is marked as injected. Knows nothing of the packages that write the logs. Raises nothing: a log
without a run in it becomes a trace of one error.
"""

import json
from io import BytesIO

from pydantic import JsonValue

from seasoned.core.outcome import Outcome
from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Trace
from seasoned.evaluate.attempt import FORMAT, Attempt
from seasoned.ingest.files.document import Document
from seasoned.ingest.format import Format


def trial_trace(log: JsonValue, reader: Format, attempt: Attempt, outcome: Outcome | None) -> Trace:
    """The run as the log has it, with the task and the key of the attempt.

    Args:
        log: A document of the reader's format with one run.
        reader: The format that reads it.
        attempt: What the agent was given.
        outcome: The verdict that is to stand in the trace.
    """
    data = json.dumps(log).encode()
    document = Document("", lambda: BytesIO(data))
    found = next((item.trace for item in reader.read(document) if isinstance(item, Parsed)), None)
    source = Source(format=FORMAT, run_key=attempt.run_key)
    if found is None:
        steps = (Step(kind="error", text="the agent left nothing to read"),)
        return Trace.of(task=attempt.task, steps=steps, source=source, outcome=outcome)
    return Trace.of(
        task=attempt.task,
        steps=tuple(_marked(step, attempt.prompt.strip()) for step in found.steps),
        source=source,
        outcome=outcome,
        usage=found.usage,
        agent=found.agent,
        model=found.model,
        tools=found.tools,
        started_at=found.started_at,
    )


def _marked(step: Step, prompt: str) -> Step:
    is_ours = step.kind == "system" and bool(prompt) and step.text.strip() == prompt
    return step.model_copy(update={"injected": True}) if is_ours else step
