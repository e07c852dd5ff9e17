"""What evaluating costs beside the agent: `uv run python benchmarks/evaluate.py [--quick] [--json]`.

    running   Trials of an agent that takes 200 ms, 8 at once, each stored with its trace and grade: the wall time over
              the floor, which is trials / 8 x 200 ms. The same with an agent that takes no time, in trials a second.
    compare   Two arms of many tasks, 4 trials each: seconds, and the ratio to adding up the successes by task alone.
    uplift    The effects of 20 skills from runs that were handed them by chance, read from a store: seconds, and the
              ratio to loading the bodies of the same runs, which is what it does without.

On a store of SQLite in a temporary folder. The last line printed is one JSON object.
"""

import argparse
import asyncio
import json
import platform
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

from seasoned.core.operation import Author, Operation, skill_id
from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.core.prompt import Exposure
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.evaluate.agents.python import PythonAgent
from seasoned.evaluate.compare.arms import Arm, Trial
from seasoned.evaluate.compare.comparing import compare
from seasoned.evaluate.graders.registry import grader_named
from seasoned.evaluate.suites.tasks_file import read_tasks
from seasoned.pipeline.crediting import uplift
from seasoned.pipeline.evaluating import evaluate_sync
from seasoned.pipeline.evaluation.options import EvaluateOptions
from seasoned.store.store import Store

Figures = dict[str, Any]

CONCURRENCY, AGENT_S = 8, 0.2


def running(folder: Path, n_tasks: int) -> Figures:
    """Trials of an agent that waits, and of one that does not."""
    tasks = folder / "tasks.jsonl"
    lines = ({"id": f"t{n}", "input": f"What is {n} + 1?", "target": str(n + 1)} for n in range(n_tasks))
    tasks.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    async def answering(task: str, prompt: str) -> str:  # noqa: ARG001 - an agent is told both
        return str(int(task.removeprefix("What is ").removesuffix(" + 1?")) + 1)

    async def waiting(task: str, prompt: str) -> str:
        await asyncio.sleep(AGENT_S)
        return await answering(task, prompt)

    walls: dict[str, float] = {}
    for name, agent in (("waiting", waiting), ("at_once", answering)):
        with Store(folder / f"{name}.db") as store:
            options = EvaluateOptions(
                suite=(suite := read_tasks(str(tasks))),
                tasks=suite.tasks,
                agent=PythonAgent(agent, name),
                graders=(grader_named("exact", {}),),
                concurrency=CONCURRENCY,
            )
            began = time.perf_counter()
            done = evaluate_sync(store, options)
            walls[name] = time.perf_counter() - began
        if done.n_passed != n_tasks:
            raise SystemExit(f"{done.n_passed} of {n_tasks} passed: not a measurement")
    floor_s = n_tasks / CONCURRENCY * AGENT_S
    return {
        "n_trials": n_tasks,
        "wall_s": round(walls["waiting"], 2),
        "floor_s": round(floor_s, 2),
        "ratio_to_floor": round(walls["waiting"] / floor_s, 3),
        "trials_a_second_without_waiting": round(n_tasks / walls["at_once"], 1),
    }


def comparing(n_tasks: int) -> Figures:
    """Two arms of many tasks."""
    chance = Random(7)  # noqa: S311 - made-up runs
    hard = [chance.random() for _ in range(n_tasks)]
    arms = [_arm(name, hard, lift, chance) for name, lift in (("before", 0.0), ("after", 0.05))]
    began = time.perf_counter()
    report = compare(arms)
    wall_s = time.perf_counter() - began
    began = time.perf_counter()
    for arm in arms:
        added = defaultdict[str, int](int)
        for trial in arm.trials:
            added[trial.task_key] += trial.passed
    floor_s = time.perf_counter() - began
    return {
        "n_tasks": n_tasks,
        "wall_s": round(wall_s, 2),
        "adding_up_s": round(floor_s, 3),
        "ratio": round(wall_s / floor_s, 1),
        "verdict": report.comparisons[0].verdict,
    }


def _arm(name: str, hard: list[float], lift: float, chance: Random) -> Arm:
    trials = tuple(
        Trial(task_key=f"t{n}", trace_id=f"{name}-{n}-{trial}", passed=chance.random() < p + lift)
        for n, p in enumerate(hard)
        for trial in range(4)
    )
    return Arm(name=name, trials=trials)


def uplifting(folder: Path, n_runs: int) -> Figures:
    """The effects of 20 skills, of which the first helps."""
    chance = Random(7)  # noqa: S311 - made-up runs
    by = Author(kind="person", name="ada")
    texts = [f"When case {n} comes up, look at entry {n} first." for n in range(20)]
    with Store(folder / "uplift.db") as store:
        for text in texts:
            add = Operation(kind="ADD", skill_id=skill_id(text), text=text, section="general", author=by)
            approve = Operation(kind="APPROVE", skill_id=skill_id(text), author=by)
            store.books.append("default", [add, approve], scope=text)
        revision, ids = store.books.read("default").revision, [skill_id(text) for text in texts]
        for start in range(0, n_runs, 1_000):
            store.traces.add([_run(n, ids, revision, chance) for n in range(start, min(start + 1_000, n_runs))])
        began = time.perf_counter()
        found = uplift(store, "default")
        wall_s = time.perf_counter() - began
        began = time.perf_counter()
        n_loaded = sum(1 for _ in store.traces.iterate())
        loading_s = time.perf_counter() - began
    best = max(found.skills, key=lambda each: each.e_helps)
    return {
        "n_runs": n_loaded,
        "n_skills": len(ids),
        "wall_s": round(wall_s, 2),
        "loading_the_runs_s": round(loading_s, 2),
        "ratio": round(wall_s / loading_s, 2),
        "found": best.verdict if best.skill_id == ids[0] else "another skill",
    }


def _run(n: int, ids: list[str], revision: int, chance: Random) -> Parsed:
    kept = [chance.random() < 0.8 for _ in ids]
    passed = chance.random() < 0.4 + 0.1 * kept[0]
    exposures = tuple(
        Exposure(skill_id=i, revision=revision, included=is_in, probability=0.8, book="default")
        for i, is_in in zip(ids, kept, strict=True)
    )
    steps = (Step(kind="user", text=f"case {n}"), Step(kind="assistant", text="done " * 40))
    task = Task(key=f"task {n % 500}", text=f"case {n % 500}")
    source = Source(format="benchmark", run_key=str(n))
    outcome = scored(float(passed), "verifier")
    return Parsed(trace=Trace.of(task=task, steps=steps, source=source, exposures=exposures, outcome=outcome))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes: shows that it runs")
    parser.add_argument("--json", action="store_true", help="print nothing but the last line")
    parser.add_argument("--out", type=Path, help="write the figures to a file as well")
    args = parser.parse_args()
    n_trials, n_tasks, n_runs = (80, 2_000, 2_000) if args.quick else (800, 100_000, 100_000)
    figures: Figures = {"machine": platform.platform(), "python": platform.python_version(), "quick": args.quick}
    with tempfile.TemporaryDirectory() as folder:
        figures["running"] = running(Path(folder), n_trials)
        figures["compare"] = comparing(n_tasks)
        figures["uplift"] = uplifting(Path(folder), n_runs)
    if not args.json:
        print(json.dumps(figures, indent=1))
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
