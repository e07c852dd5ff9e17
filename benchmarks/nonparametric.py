"""How well exemplars are found and what they do: `uv run python benchmarks/nonparametric.py [--quick] [--json]`.

Offline, on real runs where they are beside the repository (../shared/traces), and on recordings that are in it.

    retrieval   Which method finds another run of the same task first (hit@1) or among five (hit@5): 100 runs of an
                airline's agent, 25 tasks with four runs each, each run sought with its own words. Identifiers are
                masked, or a booking code would give the task away. By the user's first message and by the first three.
                By type knows the tools that the run called, which nobody knows beforehand: an upper bound.
    next_tool   Which tool the agent calls next, told by the four exemplars nearest to where it stands, beside
                the tool called most often and the tool that most often follows the one before. Five folds by task; all
                are learned from the successful runs of the other folds alone. What is predicted is what the recorded
                agent did, right or wrong.
    desk        The returns desk's 27 test tickets worked by a 1.5B model with the base prompt, with the same examples
                every time, with examples chosen for the ticket, with ExpeL's skills and with the reflector's
                (`desk_recording.py` recorded it).
    latency     See `nonparametric_latency.py`.

Comparisons are paired by task, with intervals by bootstrap over tasks (`seasoned.evaluate`). Needs the extra
`embeddings` for meaning; the script fetches it by itself where uv runs it. The last line printed is one JSON object.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from hammer import NEEDED, begin_with
from seasoned.core.trace import Trace
from seasoned.evaluate.compare.arms import Arm, Trial, arm_of
from seasoned.evaluate.compare.comparing import Report, compare
from seasoned.pipeline.importing import import_traces
from seasoned.retrieve.choosing import overlap
from seasoned.retrieve.embedder import resolve_embedder
from seasoned.retrieve.lexical import LexicalIndex
from seasoned.retrieve.masking import masked
from seasoned.retrieve.near import cosine, fused
from seasoned.store.store import Store

EMBEDDER = "wordllama:256"
ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "benchmarks" / "results" / "returns_desk_arms.jsonl.gz"
N_NEIGHBOURS = 4
N_FOLDS = 5
DEPTH = 100
RESULT_CHARS = 300


def runs_of(path: Path) -> list[Trace]:
    """The runs of a file or folder, read as the product reads them."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "runs.db") as store:
        return list(store.traces.of(import_traces(store, [str(path)]).trace_ids))


# ---------------------------------------------------------------------------------------------------------- retrieval


def retrieval(runs: Sequence[Trace]) -> dict[str, Any]:
    """Hit rates of each method, by how much of the conversation is known."""
    keys = [run.task.key for run in runs]
    figures: dict[str, Any] = {"n_runs": len(runs), "n_tasks": len(set(keys)), "chance_at_1": round(3 / 99, 3)}
    for n_turns, name in ((1, "first_message"), (3, "three_messages")):
        texts = [masked(_said(run, n_turns)) for run in runs]
        figures[name] = {method: _hits(keys, ranking) for method, ranking in _rankings(runs, texts).items()}
    return figures


def _said(run: Trace, n_turns: int) -> str:
    return "\n".join([step.text for step in run.steps if step.kind == "user"][:n_turns])


Ranking = Callable[[int], Sequence[int]]


def _rankings(runs: Sequence[Trace], texts: Sequence[str]) -> dict[str, Ranking]:
    """For each method a function from a run to all others, nearest first."""
    index = LexicalIndex(texts)
    tools = [frozenset(step.name or "" for step in run.steps if step.kind == "tool_call") for run in runs]
    vectors = _vectors(texts)

    def by_type(at: int) -> Sequence[int]:
        return sorted(_others(at, len(runs)), key=lambda i: (-overlap(tools[at], tools[i]), i))

    def by_text(at: int) -> Sequence[int]:
        return [hit.index for hit in index.nearest(texts[at], DEPTH + 1) if hit.index != at]

    def by_meaning(at: int) -> Sequence[int]:
        return sorted(_others(at, len(runs)), key=lambda i: (-cosine(vectors[at], vectors[i]), i))

    def hybrid(at: int) -> Sequence[int]:
        return [hit.index for hit in fused([by_text(at), by_meaning(at)], DEPTH)]

    found: dict[str, Ranking] = {"type": by_type, "text": by_text}
    return found if not vectors else {**found, "meaning": by_meaning, "hybrid": hybrid}


def _others(at: int, n: int) -> Iterator[int]:
    return (i for i in range(n) if i != at)


def _vectors(texts: Sequence[str]) -> list[Sequence[float]]:
    if find_spec("wordllama") is None:
        return []
    import asyncio

    return asyncio.run(resolve_embedder(EMBEDDER).embed(texts))


def _hits(keys: Sequence[str], ranking: Ranking) -> dict[str, float]:
    ranked = [ranking(at) for at in range(len(keys))]
    return {
        f"hit_at_{k}": round(
            sum(any(keys[i] == key for i in found[:k]) for key, found in zip(keys, ranked, strict=True)) / len(keys), 3
        )
        for k in (1, 5)
    }


# ---------------------------------------------------------------------------------------------------------- next tool


class Decision(NamedTuple):
    """Where an agent stood, and which tool it called."""

    task_key: str
    before: tuple[str, ...]
    """Tools called so far."""
    state: str
    """The user's last turn, what the last call returned, and the last calls, masked."""
    tool: str


Predict = Callable[[Decision], str]


def next_tool(runs: Sequence[Trace]) -> dict[str, Any]:
    """How often each method names the next tool."""
    keys = sorted({run.task.key for run in runs})
    folds = {key: place % N_FOLDS for place, key in enumerate(keys)}
    trials: dict[str, list[Trial]] = defaultdict(list)
    for fold in range(N_FOLDS):
        known = [d for run in runs if folds[run.task.key] != fold and run.verdict for d in _decisions(run)]
        sought = [d for run in runs if folds[run.task.key] == fold for d in _decisions(run)]
        for name, predict in _predictors(known).items():
            right = (Trial(task_key=d.task_key, trace_id="", passed=predict(d) == d.tool) for d in sought)
            trials[name] += right
    arms = [Arm(name=name, trials=tuple(found)) for name, found in trials.items()]
    figures = {arm.name: round(sum(t.passed for t in arm.trials) / len(arm.trials), 3) for arm in arms}
    report = {"n_decisions": len(arms[0].trials), "n_tasks": len(keys), "share_right": figures}
    against = [_told(compare([arm, arms[-1]])) for arm in arms[:-1]]
    return {**report, "mean_over_tasks": against}


def _decisions(run: Trace) -> Iterator[Decision]:
    before: list[str] = []
    said = returned = ""
    for step in run.steps:
        if step.kind == "user":
            said, returned = step.text, ""
        elif step.kind == "tool_result":
            returned = step.text
        elif step.kind == "tool_call" and step.name:
            called = " ".join(f"called{n}{name.replace('_', '')}" for n, name in enumerate(before[:-4:-1]))
            yield Decision(
                run.task.key, tuple(before), masked(f"{said} {returned[:RESULT_CHARS]}") + " " + called, step.name
            )
            before.append(step.name)


def _predictors(known: Sequence[Decision]) -> dict[str, Predict]:
    most = Counter(d.tool for d in known).most_common(1)[0][0]
    follows: Mapping[str, Counter[str]] = defaultdict(Counter)
    for d in known:
        follows[d.before[-1] if d.before else ""][d.tool] += 1
    index = LexicalIndex([d.state for d in known])

    def markov(d: Decision) -> str:
        found = follows[d.before[-1] if d.before else ""].most_common(1)
        return found[0][0] if found else most

    def nearest(d: Decision) -> str:
        votes = [known[hit.index].tool for hit in index.nearest(d.state, N_NEIGHBOURS)]
        return max(votes, key=lambda tool: (votes.count(tool), -votes.index(tool))) if votes else most

    return {"most frequent": lambda _: most, "Markov": markov, "4 exemplars": nearest}


# --------------------------------------------------------------------------------------------------------------- desk


def desk() -> dict[str, Any]:
    """The ways of working the desk's test tickets, against the base prompt."""
    with tempfile.TemporaryDirectory() as folder:
        import gzip

        lines: dict[str, list[str]] = defaultdict(list)
        with gzip.open(RECORDING, "rt", encoding="utf-8") as file:
            for line in file:
                lines[json.loads(line)["metadata"]["arm"]].append(line)
        arms: list[Arm] = []
        for name in ("zero-shot", "fixed", "dynamic", "expel", "skills"):
            path = Path(folder) / f"{name}.jsonl"
            path.write_text("".join(lines[name]), encoding="utf-8")
            arms.append(arm_of(name, runs_of(path)))
    report = compare(arms)
    return {"arms": [_arm_told(report, n) for n in range(len(arms))], **_told(report)}


def _arm_told(report: Report, place: int) -> dict[str, Any]:
    arm = report.arms[place]
    tokens = next((cost.per_run for cost in arm.costs if cost.measure == "n_tokens"), None)
    return {
        "arm": arm.name,
        "n_tasks": arm.n_tasks,
        "n_trials": arm.n_trials,
        "rate": _three(arm.rate.value, arm.rate.low, arm.rate.high),
        "tokens_per_run": None if tokens is None else round(tokens),
    }


def _told(report: Report) -> dict[str, Any]:
    return {
        "comparisons": [
            {
                "candidate": each.candidate,
                "baseline": each.baseline,
                "difference": _three(each.difference.value, each.difference.low, each.difference.high),
                "p": round(each.p_holm, 4),
                "least_effect": round(each.least_effect, 3),
                "gained": len(each.gained),
                "lost": len(each.lost),
                "verdict": each.verdict,
            }
            for each in report.comparisons
        ]
    }


def _three(*numbers: float) -> list[float]:
    return [round(number, 3) for number in numbers]


# --------------------------------------------------------------------------------------------------------------- main


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="latency for small banks only")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: JSON is always printed")
    parser.add_argument("--only", choices=("retrieval", "next_tool", "desk", "latency"), action="append")
    args = parser.parse_args()
    begin_with({**NEEDED, "wordllama": "wordllama>=0.4,<0.5"})
    wanted = args.only or ["retrieval", "next_tool", "desk", "latency"]
    shared = Path(os.environ.get("SEASONED_SHARED_TRACES", ROOT.parent / "shared" / "traces"))
    airline = runs_of(shared / "tau_bench") if (shared / "tau_bench").is_dir() else []
    figures: dict[str, Any] = {}
    for name in wanted:
        sys.stderr.write(f"{name} …\n")
        if name == "desk":
            figures[name] = desk()
        elif name == "latency":
            import nonparametric_latency

            figures[name] = nonparametric_latency.figures(quick=args.quick)
        elif not airline:
            figures[name] = f"skipped: there are no airline runs in {shared}"
        else:
            figures[name] = retrieval(airline) if name == "retrieval" else next_tool(airline)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
