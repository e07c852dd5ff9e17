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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from examples.returns_desk.runner import run_task, to_record

from seasoned.evaluate.agents.text_calls import CallsAsText
from seasoned.evaluate.suites.returns_desk.tasks import PromptName, Split, Task, load_prompt, load_tasks
from seasoned.llm.model import Message, Model
from seasoned.llm.providers import ProviderConfig, resolve

PATIENCE = ProviderConfig(timeout_s=600)
"""A small model on two busy cores can take minutes for one answer."""


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
                (Message(role="system", content=load_prompt(plan.prompt)),),
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
    parser.add_argument("--api-key", default="none", help="for servers that ask for one")
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
    model = resolve(f"openai:{args.model}", base_url=args.base_url, api_key=args.api_key, config=PATIENCE)
    asyncio.run(record(CallsAsText(model) if args.calls == "text" else model, plan))


if __name__ == "__main__":
    main()
