"""AgentBench runs: lines `{index, error, info, output: {index, status, result, history}, time}`, one run a line.

The history is chat between `user` and `agent`. A status other than `completed` is an error step. A `result` that says
`{result: true | false}` is a verifier's verdict; other results hold what is scored elsewhere, beside what was due, so
all of them are sealed.

Source: AgentBench, arXiv:2308.03688, and the assigner of its repository.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.outcome import Outcome, scored
from seasoned.ingest.each_run import each_run
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text, compact_json
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList

_KEYS = frozenset({"status", "result", "history"})


class AgentBench:
    """AgentBench's `runs.jsonl`."""

    name = "agentbench"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where an output has a status, a result and a history."""
        first = sample.first
        if "index" not in first or not as_object(first.get("output")).keys() >= _KEYS:
            return None
        return Detection(format=self.name, confidence=SURE, reason="outputs with status, result and history")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each record."""
        yield from each_run(document.records(), _parsed, format_name=self.name, path=document.path)


def _parsed(value: JsonValue, place: Place) -> list[Parsed | Problem]:
    entry = as_object(value)
    output, steps = as_object(entry.get("output")), StepList()
    problems = add_messages(map(_as_chat, as_list(output.get("history"))), steps, place.where)
    if not len(steps):
        return [*problems, Problem(where=place.where, why="no history in it")]
    if (status := as_text(output.get("status"))) not in ("", "completed"):
        steps.add("error", status)
    for key in ("error", "info"):
        if told := entry.get(key):
            steps.add("error", as_text(told) or compact_json(told))
    result = output.get("result")
    run_key = f"index {as_label(entry.get('index'))}"
    parsed = run_of(
        steps, place, run_key=run_key, reference=result or None, outcome=_outcome(result), agent="agentbench"
    )
    return [*problems, parsed]


def _as_chat(message: JsonValue) -> JsonValue:
    entry = as_object(message)
    return {**entry, "role": "assistant"} if entry.get("role") == "agent" else message


def _outcome(result: JsonValue) -> Outcome | None:
    told = as_object(result).get("result") if isinstance(result, dict) else result
    return scored(float(told), "verifier", name="result") if isinstance(told, bool) else None
