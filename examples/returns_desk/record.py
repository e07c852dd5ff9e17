"""Records a model at work: `python -m examples.returns_desk.record --help`.

Runs every ticket of a split several times and appends one JSON object per line, so that an interrupted
recording goes on where it stopped. It talks to any OpenAI-compatible server. It knows nothing of
learning. A server that cannot be reached ends it with the server's own error; the lines written so far
stay.
"""

import argparse
import asyncio
import json
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from examples.returns_desk.runner import message_to_openai, run_task, to_record
from examples.returns_desk.tasks import PromptName, Split, Task, load_prompt, load_tasks
from examples.returns_desk.text_calls import CallsAsText

from seasoned.llm.model import Model, Reply, Request, TokenUsage, ToolRequest

CALL_TIMEOUT_S = 600


class ChatEndpoint:
    """The smallest `Model` over an OpenAI-compatible `chat/completions`."""

    def __init__(self, base_url: str, model: str) -> None:
        """Keep the address; nothing is sent yet."""
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._model = model

    @property
    def model_id(self) -> str:
        """`openai-compatible:MODEL`."""
        return f"openai-compatible:{self._model}"

    async def complete(self, request: Request) -> Reply:
        """Answer one request in a thread, as urllib blocks."""
        return await asyncio.to_thread(self._post, request)

    def _post(self, request: Request) -> Reply:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [message_to_openai(message) for message in request.messages],
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
            "seed": request.seed,
            "cache_prompt": True,
        }
        if request.tools:
            body["tools"] = [{"type": "function", "function": spec.model_dump(mode="json")} for spec in request.tools]
        sent = urllib.request.Request(  # noqa: S310 - the address is the user's own argument
            self._url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(sent, timeout=CALL_TIMEOUT_S) as answer:  # noqa: S310 - as above
            return _read_reply(json.loads(answer.read()))


def _read_reply(body: dict[str, Any]) -> Reply:
    choice = body["choices"][0]
    usage: dict[str, Any] = body.get("usage") or {}
    details: dict[str, Any] = usage.get("prompt_tokens_details") or {}
    calls: list[dict[str, Any]] = choice["message"].get("tool_calls") or []
    return Reply(
        content=choice["message"].get("content") or "",
        tool_requests=tuple(
            ToolRequest(
                call_id=call.get("id") or f"call_{index}",
                name=call["function"]["name"],
                arguments=call["function"]["arguments"],
            )
            for index, call in enumerate(calls)
        ),
        finish_reason=choice.get("finish_reason"),
        usage=TokenUsage(
            input_tokens=usage.get("prompt_tokens"),
            output_tokens=usage.get("completion_tokens"),
            cached_tokens=details.get("cached_tokens"),
        ),
        model=body.get("model", ""),
    )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to record."""

    prompt: PromptName
    tasks: tuple[Task, ...]
    trials: int
    temperature: float
    max_steps: int
    concurrency: int
    """Tickets worked at the same time; more than the server's slots gains nothing."""
    out: Path
    facts: dict[str, Any]
    """Metadata that every record repeats: quantisation, server, date."""


def seed_of(task_index: int, trial: int) -> int:
    """A seed of its own for each run, 100 apart, so that the steps of two runs never share one."""
    return 100 * (1000 * trial + task_index)


async def record(model: Model, plan: Plan) -> None:
    """Run what is not yet in `plan.out`, appending each run as it ends."""
    done = _already_recorded(plan.out)
    waiting: asyncio.Queue[tuple[int, int, Task]] = asyncio.Queue()
    for trial in range(plan.trials):
        for index, task in enumerate(plan.tasks):
            if (task.task_id, trial) not in done:
                waiting.put_nowait((trial, index, task))

    async def work() -> None:
        while not waiting.empty():
            trial, index, task = waiting.get_nowait()
            began = time.monotonic()
            run = await run_task(
                model,
                task,
                load_prompt(plan.prompt),
                max_steps=plan.max_steps,
                temperature=plan.temperature,
                seed=seed_of(index, trial),
            )
            facts = plan.facts | {"prompt": plan.prompt, "duration_s": round(time.monotonic() - began, 1)}
            _append(plan.out, to_record(run, trial=trial, facts=facts))
            sys.stderr.write(f"{task.task_id} trial {trial}: {run.verdict.reward}\n")

    await asyncio.gather(*(work() for _ in range(plan.concurrency)))


def _already_recorded(path: Path) -> set[tuple[str, int]]:
    if not path.exists():
        return set()
    with path.open(encoding="utf-8") as lines:
        return {(entry["task_id"], entry["trial"]) for entry in map(json.loads, lines)}


def _append(path: Path, entry: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Record a model at the returns desk.")
    parser.add_argument("--base-url", required=True, help="e.g. http://127.0.0.1:8080/v1")
    parser.add_argument("--model", required=True, help="the model's name at the server")
    parser.add_argument("--prompt", choices=get_args(PromptName), default="base")
    parser.add_argument("--split", choices=get_args(Split), default="train")
    parser.add_argument("--first", type=int, help="only the first N tickets of the split")
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--max-steps", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--calls", choices=("text", "native"), default="text", help="how tools are called")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; existing runs are kept")
    parser.add_argument("--fact", action="append", default=[], metavar="NAME=TEXT", help="metadata for every record")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Read the command line and record."""
    args = _parser().parse_args(argv)
    plan = Plan(
        prompt=args.prompt,
        tasks=load_tasks(args.split)[: args.first],
        trials=args.trials,
        temperature=args.temperature,
        max_steps=args.max_steps,
        concurrency=args.concurrency,
        out=args.out,
        facts={"calls": args.calls} | dict(fact.split("=", 1) for fact in args.fact),
    )
    model: Model = ChatEndpoint(args.base_url, args.model)
    asyncio.run(record(CallsAsText(model) if args.calls == "text" else model, plan))


if __name__ == "__main__":
    main()
