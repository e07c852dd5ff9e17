"""How near learning comes to the speed of the model that it asks: `python benchmarks/learn.py [--quick] [--json]`.

A stand-in for an OpenAI-compatible server, a process of its own, answers every call after 200 ms. It is scripted for
three calls to an episode: look round; compare and cite; submit one finding, whose evidence is what the second turn
printed. So the whole path of `seasoned learn` runs: episodes, sandboxes, redaction, budget, journal, provider, evidence
check, curation, a store on disk. A run in which an episode keeps no finding ends the benchmark with an error.

The traces are made up, the same every time: 30 steps and about 20 kB each, in pairs of one task, of which one failed.
Each size is learned from by a process of its own. Its start, imports and the reading of the traces come before the
clock starts; they are `load_s` and `base_rss_mb`.

    wall_s         the learning itself
    floor_s        n_calls / concurrency x 0.2 s, which no scheduling can go below
    floor_rounds_s what can be reached at best: the calls of an episode follow one another and an episode is never
                   split, so it is whole rounds of `concurrency` episodes, three calls each
    ratio          wall_s / floor_s; ratio_rounds is wall_s / floor_rounds_s
    cpu_s          processor time of the learning process (own_cpu_s) and its sandbox workers
    rss_mb         peak resident memory of the learning process; worker_rss_mb is the peak of all its workers together
    prompt_tokens_per_trace   characters of all messages sent, by four, over all traces handed in; the same again as
                   tau_prompt_tokens_per_trace over the tau-bench runs of the shared collection, where that is there
    store_mb, journal_mb      the store's file with the traces, and what the requests and replies in it take

A peer measured the same way (ace-framework 0.13.0, fake server at 200 ms a call, 100 traces, 2 cores, 2026-11) took
84.6 s at 3 calls a trace and 251 s at 4, and sent 13,100 to 16,000 prompt tokens per trace. The last line printed is
one JSON object; progress goes to standard error.
"""

import argparse
import json
import math
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from learn_standin import CALLS_PER_EPISODE, CHARS_PER_TOKEN, LATENCY_S

MEGABYTE = 1_000_000
SIZES, QUICK_SIZES = (20, 100, 1000), (20, 100)
PEER = {
    "name": "ace-framework 0.13.0",
    "measured": "2026-11",
    "n_traces": 100,
    "wall_s": [84.6, 251],
    "prompt_tokens_per_trace": [13_100, 16_000],
}


# The stand-in server
@contextmanager
def serving() -> Generator[str]:
    """The address of a stand-in that has not been asked anything."""
    command = [sys.executable, str(Path(__file__).with_name("learn_standin.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - ours
        try:
            assert server.stdout is not None  # noqa: S101 - a pipe was asked for
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


# The traces --------------------------------------------------------------------------------------------------------

N_TURNS = 9
"""Three steps each: what is said, a call, its result; with system, user and a last word 30 steps."""


def write_runs(path: Path, n_runs: int) -> None:
    """Made-up support chats, two to a task: the first of each looks the policy up and passes."""
    rng = random.Random(11)  # noqa: S311 - not for secrets
    words = [f"word{i}" for i in range(500)]

    def prose(n_words: int) -> str:
        return " ".join(rng.choices(words, k=n_words))

    policy = prose(300)
    tools = ("get_order", "search_orders", "track_parcel", "get_customer", "list_payments")
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_runs):
            is_good = number % 2 == 0
            messages: list[dict[str, Any]] = [
                {"role": "system", "content": f"You help customers of a shop. {policy}"},
                {"role": "user", "content": f"It is about case {number // 2}. {prose(40)}"},
            ]
            for turn in range(N_TURNS):
                name = "get_policy" if is_good and turn == N_TURNS - 1 else rng.choice(tools)
                arguments = json.dumps({"case": number // 2, "query": prose(4), "page": turn})
                call = {"id": f"call_{turn}", "type": "function", "function": {"name": name, "arguments": arguments}}
                rows = [{"order": f"R{rng.randrange(10**6)}", "item": prose(5), "days": i} for i in range(20)]
                messages += [
                    {"role": "assistant", "content": prose(20)},
                    {"role": "assistant", "content": None, "tool_calls": [call]},
                    {"role": "tool", "tool_call_id": f"call_{turn}", "content": json.dumps(rows)},
                ]
            last = "It is outside the window, so I cannot." if is_good else "error: the refund was not allowed"
            messages.append({"role": "assistant", "content": last})
            file.write(json.dumps({"task_id": f"t{number // 2}", "reward": int(is_good), "messages": messages}) + "\n")


def import_runs(source: Path, store: Path) -> int:
    """Bring the runs into a store on disk; returns how many there are."""
    from seasoned.pipeline.importing import ImportOptions, import_traces
    from seasoned.store.store import Store

    with Store(store) as opened:
        import_traces(opened, [str(source)], ImportOptions(jobs=1))
        return opened.traces.count()


# One learning, in a process of its own -----------------------------------------------------------------------------


def learn_one(store: str, url: str) -> dict[str, object]:
    """What learning from all traces of a store took, by the path that `seasoned learn` goes."""
    from seasoned.cli.learned import learn_with_progress
    from seasoned.cli.place import Place, opened
    from seasoned.learn.recursive.config import RecursiveConfig
    from seasoned.learn.recursive.learner import RecursiveLearner
    from seasoned.llm.budget import Budget
    from seasoned.llm.providers import resolve
    from seasoned.pipeline.given import LearnOptions

    # What the first call would import; without byte code beside it, compiling alone holds up all episodes for 100 ms.
    for name in ("pydantic_monty", "anyio._backends._asyncio", "concurrent.futures.thread"):
        import_module(name)
    began = time.perf_counter()
    with opened(Place(store=store, book="bench")) as here:
        traces = list(here.store.traces.iterate())
        model = resolve("openai:stand-in", base_url=f"{url}/v1", api_key="none")
        load_s, base_rss_mb = time.perf_counter() - began, rss_mb("VmRSS")
        forget_peak()
        began, began_cpu_s, began_own_cpu_s = time.perf_counter(), cpu_s(), time.process_time()
        how = LearnOptions(book=here.book, learner=RecursiveLearner(), model=model, budget=Budget(max_calls=1_000_000))
        learned = learn_with_progress(here, traces, how)
        wall_s, own_cpu_s = time.perf_counter() - began, time.process_time() - began_own_cpu_s
    return {
        "wall_s": round(wall_s, 3),
        "load_s": round(load_s, 3),
        "cpu_s": round(cpu_s() - began_cpu_s, 3),
        "own_cpu_s": round(own_cpu_s, 3),
        "rss_mb": rss_mb("VmHWM"),
        "base_rss_mb": base_rss_mb,
        "concurrency": RecursiveConfig().concurrency,
        "n_findings": learned.n_findings,
        "n_proposed": learned.n_proposed,
        "n_agreed": learned.n_agreed,
        "problems": [*learned.notes, *(f"{each.claim}: {each.reason}" for each in learned.dropped)],
    }


def cpu_s() -> float:
    """Processor time of this process and of those that it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def rss_mb(name: str, pid: int | str = "self") -> float:
    """Resident memory now (`VmRSS`) or at its peak (`VmHWM`).

    `ru_maxrss` begins at the size of the process that started this one, so it serves only where there is no /proc.
    """
    try:
        found = re.search(rf"^{name}:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE, 1) if pid == "self" else 0.0
    return round(int(found[1]) * 1024 / MEGABYTE, 1) if found else 0.0


def forget_peak() -> None:
    """Count the peak from now on: compiling large modules that have no byte code yet takes 50 MB for a moment."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def watch_workers(pid: int, stop: threading.Event, peak: list[float]) -> None:
    """Keep the peak of the memory that a process's children hold together; 0 where there is no /proc."""
    while not stop.wait(0.1):
        children = list[str]()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                children += task.read_text().split()
        peak[0] = max(peak[0], sum(rss_mb("VmRSS", child) for child in children))


def learned_from(source: Path, folder: Path) -> dict[str, Any]:
    """All figures of learning from the runs in a file or folder."""
    store = folder / "s.db"
    n_traces = import_runs(source, store)
    imported_mb = store.stat().st_size / MEGABYTE
    with serving() as url:
        command = [sys.executable, __file__, "--learn-one", str(store), url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603 - this file
            stop, peak = threading.Event(), [0.0]
            watcher = threading.Thread(target=watch_workers, args=(child.pid, stop, peak))
            watcher.start()
            printed, _ = child.communicate()
            stop.set()
            watcher.join()
        if child.returncode:
            raise SystemExit(f"learning from {n_traces} traces failed")
        with urlopen(url) as response:  # noqa: S310 - the stand-in's own address
            asked = json.load(response)
    took = json.loads(printed.splitlines()[-1])
    if took["problems"] or took["n_findings"] != asked["n_episodes"]:
        raise SystemExit(f"{asked['n_episodes']} episodes kept {took['n_findings']} findings: {took['problems'][:3]}")
    return figures(n_traces, asked, took) | {
        "worker_rss_mb": round(peak[0], 1),
        "imported_mb": round(imported_mb, 1),
        "journal_mb": journal_mb(store),
    }


def figures(n_traces: int, asked: dict[str, Any], took: dict[str, Any]) -> dict[str, Any]:
    """The figures that both sides' counts come to."""
    concurrency = took["concurrency"]
    floor_s = asked["n_calls"] / concurrency * LATENCY_S
    floor_rounds_s = math.ceil(asked["n_episodes"] / concurrency) * CALLS_PER_EPISODE * LATENCY_S
    return {
        "n_traces": n_traces,
        "n_episodes": asked["n_episodes"],
        "n_calls": asked["n_calls"],
        "wall_s": took["wall_s"],
        "floor_s": round(floor_s, 3),
        "ratio": round(took["wall_s"] / floor_s, 2),
        "floor_rounds_s": round(floor_rounds_s, 3),
        "ratio_rounds": round(took["wall_s"] / floor_rounds_s, 2),
        "cpu_s": took["cpu_s"],
        "own_cpu_s": took["own_cpu_s"],
        "cpu_ms_per_trace": round(took["cpu_s"] * 1000 / n_traces, 1),
        "cpu_ms_per_call": round(took["cpu_s"] * 1000 / asked["n_calls"], 1),
        "rss_mb": took["rss_mb"],
        "base_rss_mb": took["base_rss_mb"],
        "prompt_tokens_per_trace": round(asked["prompt_chars"] / CHARS_PER_TOKEN / n_traces),
        "concurrency": concurrency,
        "max_in_flight": asked["max_in_flight"],
        "load_s": took["load_s"],
        "n_proposed": took["n_proposed"],
        "n_agreed": took["n_agreed"],
    }


def journal_mb(store: Path) -> float:
    """Megabytes of the texts that the call journal holds."""
    from sqlalchemy import text

    from seasoned.store.store import Store

    with Store(store) as opened, opened.database.reading() as connection:
        query = "SELECT coalesce(sum(length(request) + length(coalesce(reply, ''))), 0) FROM call"
        return round(connection.execute(text(query)).scalar_one() / MEGABYTE, 2)


def tau_bench() -> dict[str, Any] | None:
    """The same over the shared tau-bench runs, if they are there."""
    root = Path(os.environ.get("SEASONED_SHARED_TRACES", Path(__file__).parents[2] / "shared" / "traces"))
    if not (root / "tau_bench").is_dir():
        say(f"tau-bench: left out, as {root / 'tau_bench'} is not there")
        return None
    with tempfile.TemporaryDirectory() as folder:
        return learned_from(root / "tau_bench", Path(folder))


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how near learning comes to the speed of its model.")
    parser.add_argument("--quick", action="store_true", help=f"sizes {QUICK_SIZES} instead of {SIZES}")
    parser.add_argument("--json", action="store_true", help="print the JSON object only, without a line for each size")
    parser.add_argument("--learn-one", nargs=2, metavar=("STORE", "URL"), help="learn from a store's traces")
    options = parser.parse_args()
    if options.learn_one:
        print(json.dumps(learn_one(*options.learn_one)))
        return
    sizes = list[dict[str, Any]]()
    for n_traces in QUICK_SIZES if options.quick else SIZES:
        say(f"{n_traces} traces ...")
        with tempfile.TemporaryDirectory() as name:
            write_runs(Path(name, "runs.jsonl"), n_traces)
            sizes.append(learned_from(Path(name, "runs.jsonl"), Path(name)))
        if not options.json:
            print(sizes[-1])
    tau = tau_bench()
    tau_tokens = None if tau is None else tau["prompt_tokens_per_trace"]
    result = {"latency_s": LATENCY_S, "sizes": sizes, "tau_prompt_tokens_per_trace": tau_tokens, "tau": tau}
    print(json.dumps(result | {"peer": PEER}))


if __name__ == "__main__":
    main()
