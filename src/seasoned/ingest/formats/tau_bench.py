"""tau-bench results: an array of `{task_id, reward, info, traj, trial}`, `traj` being an OpenAI chat.

The reward is a verifier's: 1 where the database ends as it should. The task's text is what the user said first:
`info.task.instruction` is the simulated user's secret script, and with the gold actions it is sealed as the reference.
The task's key is `tau-DOMAIN-ID`, equal across trials; the domain is the first word of the policy's heading, and where
there is none a digest of the task stands for it, as every domain counts its tasks from 0.

Source: tau-bench, arXiv:2406.12045, and the result files that its repository publishes.
"""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from seasoned.core.ids import canonical_json, sha256_hex
from seasoned.core.trace import Task
from seasoned.ingest.attempt import attempt_all
from seasoned.ingest.chat_run import chat_outcome
from seasoned.ingest.format import SURE, Detection, Document, Parsed, Problem, Sample
from seasoned.ingest.messages import add_messages
from seasoned.ingest.narrow import as_label, as_list, as_object, as_text
from seasoned.ingest.record import Record
from seasoned.ingest.run import Place, run_of
from seasoned.ingest.steps import StepList

_KEYS = frozenset({"task_id", "reward", "traj"})
_HEADING = re.compile(r"\s*#+\s*(\w+)")


class TauBench:
    """Result files of tau-bench."""

    name = "tau_bench"

    def detect(self, sample: Sample) -> Detection | None:
        """Sure where the first record has a task's id, a reward and a trajectory."""
        first = sample.first
        if not first.keys() >= _KEYS or not isinstance(first["traj"], list):
            return None
        return Detection(format=self.name, confidence=SURE, reason="records with task_id, reward and traj")

    def read(self, document: Document) -> Iterator[Parsed | Problem]:
        """One run for each record."""
        for item in document.records():
            if isinstance(item, Problem):
                yield item
            elif not isinstance(as_object(item.value).get("traj"), list):
                yield Problem(where=item.where, why="no `traj` in it")
            else:
                yield from _runs(item, document.path)


def _runs(record: Record, path: str) -> Iterator[Parsed | Problem]:
    yield from attempt_all(lambda: _parsed(as_object(record.value), path, record.where), record.where)


def _parsed(entry: dict[str, JsonValue], path: str, where: str) -> list[Parsed | Problem]:
    messages = as_list(entry["traj"])
    steps = StepList()
    problems = add_messages(messages, steps, where)
    if not len(steps):
        return [*problems, Problem(where=where, why="no messages in it")]
    info = as_object(entry.get("info"))
    domain = _domain(messages, info)
    outcome, doubts = chat_outcome(entry, where)
    sealed: dict[str, JsonValue] = {key: info[key] for key in ("task", "reward_info") if info.get(key) is not None}
    parsed = run_of(
        steps,
        Place(format=TauBench.name, path=path, where=where),
        task=Task(key=f"tau-{domain}-{as_label(entry.get('task_id'))}", text=steps.asked()),
        run_key=f"trial {as_label(entry.get('trial')) or '0'}",
        reference=sealed or None,
        outcome=outcome,
        agent=domain,
    )
    return [*problems, *doubts, parsed]


def _domain(messages: list[JsonValue], info: dict[str, JsonValue]) -> str:
    first = as_object(messages[0])
    heading = _HEADING.match(as_text(first.get("content"))) if first.get("role") == "system" else None
    return heading[1].lower() if heading else sha256_hex(canonical_json(info.get("task")))[:8]
