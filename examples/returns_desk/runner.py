"""Lets a model work one ticket, and turns the run into a record.

The loop is that of `seasoned.evaluate.agents.model`. The module knows nothing of providers. Whatever a model says ends
in a scored run; only the model's own `ProviderError` passes through.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seasoned.core.trace import Task as Asked
from seasoned.evaluate.agents.model import ModelAgentConfig, Talk
from seasoned.evaluate.agents.openai_messages import written, written_tool
from seasoned.evaluate.attempt import Attempt
from seasoned.evaluate.suites.returns_desk.reward import Verdict, judge
from seasoned.evaluate.suites.returns_desk.suite import DeskWorld
from seasoned.evaluate.suites.returns_desk.tasks import Task
from seasoned.evaluate.suites.returns_desk.tools import tool_specs
from seasoned.llm.model import Message, Model, Reply, TokenUsage

MAX_REPLY_TOKENS = 160
"""A call or a short letter to the customer fits; a small model that rambles is cut off."""


@dataclass(frozen=True)
class FinishedRun:
    """A worked ticket."""

    task: Task
    messages: tuple[Message, ...]
    verdict: Verdict
    ended: Literal["reply", "max_steps"]
    usage: TokenUsage
    model_id: str
    temperature: float
    seed: int


async def run_task(
    model: Model, task: Task, opening: Sequence[Message], *, max_steps: int, temperature: float, seed: int
) -> FinishedRun:
    """Work one ticket on a fresh database.

    Args:
        model: Any model, with native tool calls or with calls written as text.
        task: The ticket.
        opening: What the agent is told before the ticket: its instructions, and examples if there are any.
        max_steps: Upper bound on model calls, at least 1.
        temperature: Sampling temperature >= 0.
        seed: Seed of the first model call; later calls of the run count up from it.
    """
    config = ModelAgentConfig(
        max_steps=max_steps, temperature=temperature, max_tokens=MAX_REPLY_TOKENS, opening=tuple(opening)
    )
    world = DeskWorld()
    asked = Attempt(task=Asked(key=task.task_id, text=task.ticket), seed=seed)
    talk = Talk(model, config, asked, world)
    ended = "reply" if await talk.go_on() == "answered" else "max_steps"
    said = talk.messages[-1].content if ended == "reply" else ""
    return FinishedRun(
        task=task,
        messages=tuple(talk.messages),
        verdict=judge(task, world.state(), said),
        ended=ended,
        usage=_total(talk.replies),
        model_id=model.model_id,
        temperature=temperature,
        seed=seed,
    )


def _total(replies: list[Reply]) -> TokenUsage:
    """Sums over the calls that stated a count; None where none did."""

    def total(counts: list[int | None]) -> int | None:
        known = [count for count in counts if count is not None]
        return sum(known) if known else None

    return TokenUsage(
        input_tokens=total([reply.usage.input_tokens for reply in replies]),
        output_tokens=total([reply.usage.output_tokens for reply in replies]),
        cached_tokens=total([reply.usage.cached_tokens for reply in replies]),
    )


def to_record(run: FinishedRun, *, trial: int, facts: dict[str, Any]) -> dict[str, Any]:
    """A run as one JSON-able object in OpenAI chat form.

    Args:
        run: The finished run.
        trial: Which attempt at its task this is, from 0.
        facts: Further metadata, such as the prompt's name and the server's version.
    """
    prompt_sha = hashlib.sha256(run.messages[0].content.encode()).hexdigest()
    return {
        "task_id": run.task.task_id,
        "trial": trial,
        "reward": run.verdict.reward,
        "reward_info": _open_breakdown(run),
        "usage": run.usage.model_dump(mode="json"),
        "metadata": {
            "agent": "returns_desk",
            "task_id": run.task.task_id,
            "split": run.task.split,
            "trial": trial,
            "model": run.model_id,
            "temperature": run.temperature,
            "seed": run.seed,
            "prompt_sha256": prompt_sha,
            **facts,
        },
        "messages": [written(message) for message in run.messages],
        "tools": [written_tool(tool) for tool in tool_specs()],
        "reference": run.task.reference.model_dump(mode="json")
        | {
            "topic": run.task.topic,
            "missing_writes": list(run.verdict.missing_writes),
            "missing_facts": list(run.verdict.missing_facts),
        },
    }


def _open_breakdown(run: FinishedRun) -> dict[str, Any]:
    """What was wrong, as a reviewer would say it: what the agent did wrong, never what was due instead."""
    verdict = run.verdict
    return {
        "extra_writes": list(verdict.extra_writes),
        "wrong_arguments": list(verdict.wrong_arguments),
        "n_missing_writes": len(verdict.missing_writes),
        "n_missing_facts": len(verdict.missing_facts),
        "ended": run.ended,
    }
