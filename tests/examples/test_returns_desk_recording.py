"""The shipped recording is real: it says what made it, and its rewards follow from its own calls."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from examples.returns_desk.pack import pack
from examples.returns_desk.record import Plan, record, seed_of

from seasoned.evaluate.suites.returns_desk.reward import judge
from seasoned.evaluate.suites.returns_desk.tasks import load_database, load_tasks
from seasoned.evaluate.suites.returns_desk.tools import Desk
from seasoned.llm.model import Reply, Request

RECORDING = Path(__file__).parents[2] / "src/seasoned/demo/runs.jsonl.gz"
TASKS = {task.task_id: task for task in load_tasks()}


def recorded() -> list[dict[str, Any]]:
    text = gzip.decompress(RECORDING.read_bytes()).decode()
    return [json.loads(line) for line in text.splitlines()]


def test_the_recording_says_what_made_it() -> None:
    runs = recorded()
    assert RECORDING.stat().st_size <= 2_000_000
    for run in runs:
        metadata = run["metadata"]
        assert metadata["agent"] == "returns_desk"
        assert metadata["split"] == "train"
        assert metadata["temperature"] > 0
        assert metadata["date"] == "2026-11-22"
        for key in ("model", "weights", "quantisation", "server", "prompt_sha256", "seed", "calls"):
            assert metadata[key] not in (None, "")
    assert len({run["metadata"]["prompt_sha256"] for run in runs}) == 1


def test_every_recorded_reward_follows_from_the_recorded_calls() -> None:
    for run in recorded():
        desk = Desk(load_database())
        results = [message["content"] for message in run["messages"] if message["role"] == "tool"]
        calls = [call["function"] for message in run["messages"] for call in message.get("tool_calls", ())]
        assert [desk.call(call["name"], call["arguments"]) for call in calls] == results
        last = [message for message in run["messages"] if message.get("name") != "supervisor"][-1]
        said = last["content"] if last["role"] == "assistant" else ""
        verdict = judge(TASKS[run["task_id"]], desk.snapshot(), said)
        assert verdict.reward == run["reward"]
        assert list(verdict.extra_writes) == run["reward_info"]["extra_writes"]
        assert list(verdict.missing_facts) == run["reference"]["missing_facts"]
        assert run["messages"][1]["content"] == TASKS[run["task_id"]].ticket


def test_the_recording_packs_to_the_same_bytes() -> None:
    runs = recorded()
    assert pack(runs[::-1]) == RECORDING.read_bytes()
    with pytest.raises(ValueError, match="twice"):
        pack([*runs, runs[0]])


class Silent:
    """Says nothing of use, and counts."""

    model_id = "test:silent"
    calls = 0

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        return Reply(content="Hello.")


def test_an_interrupted_recording_goes_on_where_it_stopped(tmp_path: Path) -> None:
    model = Silent()
    out = tmp_path / "runs.jsonl"
    tasks = load_tasks("train")[:3]

    def plan(trials: int) -> Plan:
        return Plan(
            prompt="base",
            tasks=tasks,
            trials=trials,
            temperature=0.5,
            max_steps=5,
            concurrency=2,
            out=out,
            facts={},
        )

    asyncio.run(record(model, plan(1)))
    asyncio.run(record(model, plan(2)))
    runs = [json.loads(line) for line in out.read_text().splitlines()]
    assert model.calls == len(runs) == 6
    assert len({(run["task_id"], run["trial"]) for run in runs}) == 6
    assert len({run["metadata"]["seed"] for run in runs}) == 6
    assert seed_of(1, 0) - seed_of(0, 0) > 10
