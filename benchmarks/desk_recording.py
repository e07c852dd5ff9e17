"""Records a small model at the returns desk in several ways, for `benchmarks/nonparametric.py` to compare.

    uv run python benchmarks/desk_recording.py --base-url http://127.0.0.1:8080/v1 --model NAME [--trials 2]
        [--prompt skills=FILE --prompt expel=FILE]

The ways: `zero-shot`, the base prompt alone; `fixed`, the same examples before every ticket; `dynamic`, the examples
nearest to the ticket; and one for each compiled prompt that is given: `skills` is what the reflector learns in the demo
and `expel` what `--learner expel` learns from the same runs. Examples are of their successes, chosen by
the bank's own policy, and are shown as chat messages. Every way works the same test tickets with the same seeds. Runs
are appended to a file, so that a recording goes on where it stopped. Needs a server with OpenAI's interface; nothing
else in the project needs this script.
"""

import argparse
import asyncio
import gzip
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from examples.returns_desk.runner import run_task, to_record

from seasoned.compile.few_shot.messages import as_messages
from seasoned.core.exemplar import Case
from seasoned.evaluate.agents.text_calls import CallsAsText
from seasoned.evaluate.suites.returns_desk.tasks import Task, load_prompt, load_tasks
from seasoned.learn.exemplars.filling import fill
from seasoned.learn.exemplars.policy import BankPolicy
from seasoned.llm.model import Message, Model
from seasoned.llm.providers import ProviderConfig, resolve
from seasoned.pipeline.importing import ImportOptions, import_traces
from seasoned.retrieve.choosing import fixed
from seasoned.retrieve.exemplars import ExemplarIndex, Retrieval, Sought
from seasoned.store.store import Store

RECORDING = Path(__file__).parent / "results" / "returns_desk_arms.jsonl.gz"
N_EXAMPLES = 4
BOOK = "default"


def seed_of(task_index: int, trial: int) -> int:
    """A seed of its own for each run, 100 apart, so that the steps of two runs never share one."""
    return 100 * task_index + 10_000 * trial


def bank() -> dict[str, Case]:
    """The cases that the demo's runs give, by exemplar id, in the bank's order."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bank.db") as store:
        with as_file(files("seasoned.demo") / "runs.jsonl.gz") as runs:
            imported = import_traces(store, [str(runs)], ImportOptions())
        traces = store.traces.of(imported.trace_ids)
        filled = fill(traces, BankPolicy(is_reviewed=False), datetime.now(UTC))
        store.exemplars.add(BOOK, filled.exemplars)
        usable = store.exemplars.usable(BOOK)
        return {case.exemplar.id: case for case in store.exemplars.cases(BOOK, [each.id for each in usable])}


async def openings(
    tasks: Sequence[Task], prompts: Mapping[str, str]
) -> Mapping[str, Mapping[str, tuple[Message, ...]]]:
    """What the agent is told before each ticket, by arm and task; `prompts` are compiled ones by the arm's name."""
    cases = bank()
    base = Message(role="system", content=load_prompt("base"))
    exemplars = [case.exemplar for case in cases.values()]
    always = [cases[each.exemplar.id] for each in fixed(exemplars, N_EXAMPLES, "medoids").ranked]
    index = ExemplarIndex(exemplars)
    nearest: dict[str, list[Case]] = {}
    for task in tasks:
        found = await index.found(Sought(text=task.ticket, task_key=task.task_id), Retrieval(n=N_EXAMPLES))
        nearest[task.task_id] = [cases[each.exemplar.id] for each in reversed(found)]  # the nearest stands last
    compiled = {name: (Message(role="system", content=text),) for name, text in prompts.items()}
    return {
        "zero-shot": {task.task_id: (base,) for task in tasks},
        "fixed": {task.task_id: (base, *as_messages(always)) for task in tasks},
        "dynamic": {task.task_id: (base, *as_messages(nearest[task.task_id])) for task in tasks},
        **{name: {task.task_id: opening for task in tasks} for name, opening in compiled.items()},
    }


async def record(model: Model, tasks: Sequence[Task], prompts: Mapping[str, str], n_trials: int, out: Path) -> None:
    """Run what is not in the file yet."""
    done = {(run["metadata"]["arm"], run["task_id"], run["trial"]) for run in recorded(out)}
    told = await openings(tasks, prompts)
    for trial in range(n_trials):
        for arm in told:
            for index, task in enumerate(tasks):
                if (arm, task.task_id, trial) in done:
                    continue
                opening, seed = told[arm][task.task_id], seed_of(index, trial)
                run = await run_task(model, task, opening, max_steps=5, temperature=0.5, seed=seed)
                entry = to_record(run, trial=trial, facts={"arm": arm})
                with gzip.open(out, "at", encoding="utf-8") as file:
                    file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                sys.stderr.write(f"{arm} {task.task_id} trial {trial}: {run.verdict.reward}\n")


def recorded(path: Path) -> list[dict[str, Any]]:
    """The runs of a recording; none where there is no file yet."""
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main() -> None:
    """Read the command line and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", required=True, help="the model's name at the server")
    parser.add_argument("--prompt", action="append", default=[], metavar="ARM=FILE", help="a compiled prompt")
    parser.add_argument("--trials", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RECORDING)
    args = parser.parse_args()
    config = ProviderConfig(timeout_s=600)
    model = resolve(f"openai:{args.model}", base_url=args.base_url, api_key="none", config=config)
    named = (each.split("=", 1) for each in args.prompt)
    prompts = {name: Path(path).read_text(encoding="utf-8") for name, path in named}
    asyncio.run(record(CallsAsText(model), load_tasks("test"), prompts, args.trials, args.out))


if __name__ == "__main__":
    main()
