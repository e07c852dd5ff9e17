"""Lets a model work one ticket, and turns the run into a record.

The loop is: ask the model, run the tools it asks for, hand back the results, until it answers without a
call or its steps are used up. The module knows nothing of providers. Whatever a model says ends in a
scored run; only the model's own `ProviderError` passes through.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seasoned.evaluate.agents.text_calls import find_call
from seasoned.evaluate.suites.returns_desk.reward import Verdict, judge
from seasoned.evaluate.suites.returns_desk.tasks import Task, load_database
from seasoned.evaluate.suites.returns_desk.tools import Desk, tool_specs
from seasoned.llm.model import Message, Model, Reply, Request, TokenUsage, ToolRequest

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
    desk = Desk(load_database())
    messages = [*opening, Message(role="user", content=task.ticket)]
    replies: list[Reply] = []
    ended: Literal["reply", "max_steps"] = "max_steps"
    for step in range(max_steps):
        replies.append(await model.complete(_request(messages, temperature, seed + step)))
        message = _with_calls(replies[-1], len(messages))
        messages.append(message)
        if not message.tool_requests:
            ended = "reply"
            break
        messages.extend(_answer(desk, call) for call in message.tool_requests)
    said = messages[-1].content if ended == "reply" else ""
    return FinishedRun(
        task=task,
        messages=tuple(messages),
        verdict=judge(task, desk.snapshot(), said),
        ended=ended,
        usage=_total(replies),
        model_id=model.model_id,
        temperature=temperature,
        seed=seed,
    )


def _request(messages: list[Message], temperature: float, seed: int) -> Request:
    return Request(
        messages=tuple(messages),
        tools=tool_specs(),
        temperature=temperature,
        max_tokens=MAX_REPLY_TOKENS,
        seed=seed,
    )


def _with_calls(reply: Reply, position: int) -> Message:
    """The reply as a message, with calls written as text turned into proper ones."""
    if reply.tool_requests:
        return Message(role="assistant", content=reply.content, tool_requests=reply.tool_requests)
    found = find_call(reply.content, [spec.name for spec in tool_specs()])
    if found is None:
        return Message(role="assistant", content=reply.content)
    call = ToolRequest(call_id=f"call_{position}", name=found.name, arguments=found.arguments)
    return Message(role="assistant", content=found.said, tool_requests=(call,))


def _answer(desk: Desk, call: ToolRequest) -> Message:
    result = desk.call(call.name, call.arguments)
    return Message(role="tool", content=result, call_id=call.call_id, name=call.name)


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
        "messages": [message_to_openai(message) for message in run.messages],
        "tools": tools_to_openai(),
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


def tools_to_openai() -> list[dict[str, Any]]:
    """The desk's tools in OpenAI's `tools` form."""
    return [{"type": "function", "function": spec.model_dump(mode="json")} for spec in tool_specs()]


def message_to_openai(message: Message) -> dict[str, Any]:
    """A message in OpenAI's chat form."""
    if message.role == "tool":
        return {
            "role": "tool",
            "tool_call_id": message.call_id,
            "name": message.name,
            "content": message.content,
        }
    if not message.tool_requests:
        return {"role": message.role, "content": message.content}
    calls = [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in message.tool_requests
    ]
    return {"role": "assistant", "content": message.content, "tool_calls": calls}
