"""Whether the statistics keep what they promise: `uv run python benchmarks/statistics.py [--quick] [--json]`.

Made-up agents whose truth is known, many times over; a share of samples has the standard error that is given beside it.

    peeking    Skills that do nothing, in 2,000 runs of tasks of unlike difficulty (1.5 logits), looked at after every
               run from the 50th on: how often each test ever says that there is an effect. At most 5 % is meant; the
               usual z test is there to show what looking again and again does to it.
    power      Skills of +5 to +20 points at a base of 40 %: how often the tests that may be looked at always have
               found it by a number of runs, and the z test at the one look that the table of sample sizes plans
               (80 % is meant).
    coverage   Intervals that are meant to hold the truth 95 times of 100: of success rates and of paired differences
               (tasks drawn again), of effects in the joint regression, and of confidence sequences, at all times.
    skills     Forty skills at once, each kept 8 times of 10, 2,000 runs: 6 help and 4 harm by 10 points. The share of
               false findings, and of effects that are found.
    alike      Pairs of arms that do not differ: how often a comparison says better or worse (5 % is meant), and how
               far two arms of equal agents are apart.

The last line printed is one JSON object.
"""

import argparse
import json
import platform
from collections.abc import Callable
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seasoned.evaluate.compare.arms import Arm, Trial
from seasoned.evaluate.compare.comparing import CompareConfig, compare
from seasoned.evaluate.statistics.adjusting import benjamini_hochberg
from seasoned.evaluate.statistics.betting import Betting, e_benjamini_hochberg
from seasoned.evaluate.statistics.confidence_sequence import (
    FEW_RUNS,
    confidence_sequence,
    effect_scores,
)
from seasoned.evaluate.statistics.intervals import Resampling, mean_intervals
from seasoned.evaluate.statistics.power import runs_needed
from seasoned.evaluate.statistics.regression import joint_effects

Array = NDArray[np.float64]
Figures = dict[str, Any]

ALPHA = 0.05
BASE = 0.4
LOGITS = 1.5
SEED = 20261122
EFFECTS = (0.05, 0.10, 0.15, 0.20)
LOOKS = (500, 1_000, 2_000, 4_000)


def live_runs(random: np.random.Generator, n: int, effect: float, probability: float) -> tuple[Array, Array]:
    """Outcomes of runs of ever new tasks, and whether the skill was kept; tasks differ by 1.5 logits."""
    chance = 1.0 / (1.0 + np.exp(-(random.normal(0.0, LOGITS, n) + 1.3 * log(BASE / (1.0 - BASE)))))
    kept = (random.random(n) < probability).astype(float)
    chance = np.minimum(chance, 1.0 - effect) + effect * kept
    return (random.random(n) < chance).astype(float), kept


def z_scores(y: Array, kept: Array) -> Array:
    """Of the usual two-sample test after each run."""
    n1, n0 = np.cumsum(kept), np.cumsum(1.0 - kept)
    s1, s0 = np.cumsum(y * kept), np.cumsum(y * (1.0 - kept))
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p0, pooled = s1 / n1, s0 / n0, (s1 + s0) / (n1 + n0)
        return np.nan_to_num((p1 - p0) / np.sqrt(pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0)))


def share(hits: int, n: int) -> Figures:
    """A share and its standard error."""
    rate = hits / n
    return {"share": round(rate, 4), "se": round(sqrt(max(rate * (1 - rate), 1 / n / 4) / n), 4), "of": n}


def crossed(y: Array, kept: Array, probability: float) -> int:
    """The run at which the wealth of the bettor reaches 1 / alpha, far away if it never does."""
    path = Betting().path(y, kept, probability)
    return next((n for n, e in enumerate(path) if e.either >= 1.0 / ALPHA), 10**9)


def sequence_leaves_zero(scores: Array, every: int = 25) -> int:
    """The run at which the confidence sequence leaves 0 out, looked at every so often."""
    for n in range(FEW_RUNS, len(scores) + 1, every):
        interval = confidence_sequence(scores[:n], ALPHA)
        if interval.low > 0.0 or interval.high < 0.0:
            return n
    return 10**9


def peeking(n_samples: int) -> Figures:
    """Skills that do nothing, looked at after every run."""
    found: Figures = {}
    for probability in (0.5, 0.8):
        random = np.random.default_rng(SEED)
        betting = sequence = naive = planned = 0
        for _ in range(n_samples):
            y, kept = live_runs(random, 2_000, 0.0, probability)
            z = np.abs(z_scores(y, kept))
            naive += bool((z[FEW_RUNS:] > 1.96).any())
            planned += bool(z[-1] > 1.96)
            betting += crossed(y, kept, probability) <= 2_000
            sequence += sequence_leaves_zero(effect_scores(y, kept, probability, BASE)) <= 2_000
        found[f"kept {probability:g}"] = {
            "betting": share(betting, n_samples),
            "confidence_sequence": share(sequence, n_samples),
            "z_test_after_every_run": share(naive, n_samples),
            "z_test_once": share(planned, n_samples),
        }
    return found


def power(n_samples: int) -> Figures:
    """Skills that help, by how many points and by when."""
    found: Figures = {}
    for effect in EFFECTS:
        for probability in (0.5, 0.8):
            random = np.random.default_rng(SEED)
            planned_n = runs_needed(BASE, effect, probability) or 0
            bets, sequences, planned = list[int](), list[int](), 0
            for _ in range(n_samples):
                y, kept = live_runs(random, max(LOOKS[-1], planned_n), effect, probability)
                bets.append(crossed(y, kept, probability))
                sequences.append(sequence_leaves_zero(effect_scores(y, kept, probability, BASE)))
                planned += abs(float(z_scores(y[:planned_n], kept[:planned_n])[-1])) > 1.96
            found[f"{100 * effect:+.0f} points, kept {probability:g}"] = {
                "betting_by": {str(n): round(sum(b <= n for b in bets) / n_samples, 3) for n in LOOKS},
                "confidence_sequence_by": {str(n): round(sum(b <= n for b in sequences) / n_samples, 3) for n in LOOKS},
                "median_stop": int(np.median(bets)) if np.median(bets) < 10**9 else None,
                "runs_needed": planned_n,
                "z_test_at_runs_needed": share(planned, n_samples),
            }
    return found


def task_chances(random: np.random.Generator, n_tasks: int) -> Array:
    """Tasks as the published airline runs have them: a beta distribution fitted to their histogram."""
    return random.beta(0.64, 0.88, n_tasks)


def coverage(n_samples: int) -> Figures:
    """Intervals that are meant to hold the truth 95 times of 100."""
    found: Figures = {}
    how, mean = Resampling(n_resamples=1_000), 0.64 / (0.64 + 0.88)
    for n_tasks, n_trials in ((20, 4), (50, 1), (50, 4), (100, 4)):
        random = np.random.default_rng(SEED)
        rates = differences = 0
        for _ in range(n_samples):
            chance = task_chances(random, n_tasks)
            lift = np.clip(chance + 0.1, 0.0, 1.0)
            before, after = (random.binomial(n_trials, c) / n_trials for c in (chance, lift))
            rate = mean_intervals([before.tolist()], how, bounds=(0.0, 1.0))[0]
            rates += rate.low <= mean <= rate.high
            change = mean_intervals([(after - before).tolist()], how, bounds=(-1.0, 1.0))[0]
            differences += change.low <= TRUE_LIFT <= change.high
        found[f"{n_tasks} tasks x {n_trials}"] = {
            "rate": share(rates, n_samples),
            "difference": share(differences, n_samples),
        }
    found["joint regression, 40 skills"], found["confidence sequence, all times"] = _of_effects(n_samples)
    return found


def _true_lift() -> float:
    """The mean of min(chance + 0.1, 1) - chance over the tasks."""
    chance = np.random.default_rng(0).beta(0.64, 0.88, 2_000_000)
    return float((np.clip(chance + 0.1, 0.0, 1.0) - chance).mean())


TRUE_LIFT = _true_lift()


def _of_effects(n_samples: int) -> tuple[Figures, Figures]:
    random = np.random.default_rng(SEED)
    held = n_all = always = 0
    for _ in range(max(20, n_samples // 20)):
        y, kept, tasks, effects = forty_skills(random)
        for effect, truth in zip(joint_effects(y, kept - 0.8, tasks), effects, strict=True):
            n_all += 1
            held += effect is not None and effect.low <= truth <= effect.high
    for _ in range(n_samples):
        y, kept = live_runs(random, 2_000, 0.1, 0.8)
        scores = effect_scores(y, kept, 0.8, BASE)
        seen = [confidence_sequence(scores[:n], ALPHA) for n in range(FEW_RUNS, 2_001, 50)]
        always += all(each.low <= 0.1 <= each.high for each in seen)
    return share(held, n_all), share(always, n_samples)


def forty_skills(random: np.random.Generator) -> tuple[Array, Array, list[str], Array]:
    """2,000 runs of 100 tasks, each handed every one of 40 skills 8 times of 10: 6 help and 4 harm by 10 points."""
    effects = np.array([0.1] * 6 + [-0.1] * 4 + [0.0] * 30)
    tasks = random.integers(0, 100, 2_000)
    kept = (random.random((2_000, 40)) < 0.8).astype(float)
    # Chances that no sum of effects takes out of [0, 1] but rarely, so that the truth is what is said.
    base = 0.35 + 0.3 * random.beta(2.0, 2.0, 100)
    chance = np.clip(base[tasks] + (kept - 0.8) @ effects, 0.0, 1.0)
    return (random.random(2_000) < chance).astype(float), kept, [str(t) for t in tasks], effects


def skills(n_samples: int) -> Figures:
    """Forty skills at once."""
    random = np.random.default_rng(SEED)
    counted = {"joint regression, BH": [0.0, 0.0], "betting, e-BH": [0.0, 0.0]}
    for _ in range(n_samples):
        y, kept, tasks, effects = forty_skills(random)
        p = [1.0 if e is None else e.p for e in joint_effects(y, kept - 0.8, tasks)]
        by_regression = [q <= 0.1 for q in benjamini_hochberg(p)]
        e_values = [Betting().observe(y, kept[:, place], 0.8).either for place in range(40)]
        by_betting = e_benjamini_hochberg(e_values, 0.1)
        for name, said in (("joint regression, BH", by_regression), ("betting, e-BH", by_betting)):
            n_said, n_true = sum(said), sum(s for s, e in zip(said, effects, strict=True) if e)
            counted[name][0] += (n_said - n_true) / max(1, n_said)
            counted[name][1] += n_true / 10
    return {
        name: {"false_share": round(false / n_samples, 4), "found": round(true / n_samples, 4), "of": n_samples}
        for name, (false, true) in counted.items()
    }


def alike(n_samples: int) -> Figures:
    """Pairs of arms of equal agents."""
    found: Figures = {}
    config = CompareConfig(resampling=Resampling(n_resamples=1_000))
    for n_tasks in (20, 50, 100):
        random = np.random.default_rng(SEED)
        said, apart = 0, list[float]()
        for _ in range(n_samples):
            chance = task_chances(random, n_tasks)
            arms = [_arm(name, random.binomial(4, chance)) for name in ("a", "b")]
            comparison = compare(arms, config).comparisons[0]
            said += comparison.verdict != "not distinguishable"
            apart.append(comparison.difference.value)
        found[f"{n_tasks} tasks x 4"] = {
            "verdict": share(said, n_samples),
            "sd_of_difference": round(float(np.std(apart)), 4),
        }
    return found


def _arm(name: str, successes: NDArray[np.int64]) -> Arm:
    trials = [
        Trial(task_key=f"{task:04}", trace_id=f"{name}-{task}-{trial}", passed=trial < c)
        for task, c in enumerate(successes.tolist())
        for trial in range(4)
    ]
    return Arm(name=name, trials=tuple(trials))


PARTS: dict[str, tuple[Callable[[int], Figures], int, int]] = {
    "peeking": (peeking, 1_000, 60),
    "power": (power, 400, 20),
    "coverage": (coverage, 1_500, 100),
    "skills": (skills, 200, 5),
    "alike": (alike, 500, 30),
}
"""Each part with its samples, and those of a quick look."""


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples: shows that it runs")
    parser.add_argument("--json", action="store_true", help="print nothing but the last line")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="only this part")
    parser.add_argument("--out", type=Path, help="write the figures to a file as well")
    args = parser.parse_args()
    figures: Figures = {"machine": platform.platform(), "python": platform.python_version(), "quick": args.quick}
    for name, (simulate, n_samples, n_quick) in PARTS.items():
        if args.only and name not in args.only:
            continue
        figures[name] = simulate(n_quick if args.quick else n_samples)
        if not args.json:
            print(name, json.dumps(figures[name], indent=1), flush=True)
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
