"""The shipped recording is real: it says what made it, and its rewards follow from its own calls."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from examples.returns_desk.pack import pack
from examples.returns_desk.record import Plan, record, seed_of
from examples.returns_desk.runner import run_task, to_record

from seasoned.evaluate.suites.returns_desk.reward import judge
from seasoned.evaluate.suites.returns_desk.tasks import load_database, load_tasks
from seasoned.evaluate.suites.returns_desk.tools import Desk
from seasoned.llm.model import Message, Reply, Request, ToolRequest

RECORDING = Path(__file__).parents[2] / "src/seasoned/demo/runs.jsonl.gz"
MEASURED = ("duration_s",)
"""What no second run repeats."""
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


class Recorded:
    """Answers what was recorded of a run, in turn."""

    def __init__(self, run: dict[str, Any]) -> None:
        self.model_id = run["metadata"]["model"]
        self.said = iter([message for message in run["messages"] if message["role"] == "assistant"])

    async def complete(self, request: Request) -> Reply:
        message = next(self.said)
        calls = [(call["id"], call["function"]) for call in message.get("tool_calls", ())]
        requests = tuple(ToolRequest(call_id=id_, name=of["name"], arguments=of["arguments"]) for id_, of in calls)
        return Reply(content=message["content"], tool_requests=requests)


def test_what_was_recorded_is_recorded_again_when_the_model_says_the_same() -> None:
    for run in recorded():
        metadata, (system, *_) = run["metadata"], run["messages"]
        opening = (Message(role="system", content=system["content"]),)
        worked = run_task(
            Recorded(run),
            TASKS[run["task_id"]],
            opening,
            max_steps=5,
            temperature=metadata["temperature"],
            seed=metadata["seed"],
        )
        facts = {key: metadata[key] for key in metadata if key not in MEASURED}
        again = to_record(asyncio.run(worked), trial=run["trial"], facts=facts)
        said_later = run["messages"][len(again["messages"]) :]
        assert [message.get("name") for message in said_later] in ([], ["supervisor"])
        again["messages"] += said_later
        for part in ("messages", "reward", "reward_info", "tools", "reference", "task_id", "trial"):
            assert json.dumps(again[part], sort_keys=True) == json.dumps(run[part], sort_keys=True)
        assert again["metadata"] == {key: metadata[key] for key in metadata if key not in MEASURED}


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
