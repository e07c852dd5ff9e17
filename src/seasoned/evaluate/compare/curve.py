"""How the success rate went on: from prompt to prompt, from time to time, or from trial to trial.

Runs that say which compiled prompt they were handed are put together by it, prompts in order of their first use. Where
none says so, they are put together by when they began, in parts of about equally many runs; where that is not known
either, by which trial of its task a run is, in the order in which they were read. Pure and seeded; raises nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from seasoned.core.value import Text, Value
from seasoned.evaluate.compare.arms import Trial
from seasoned.evaluate.compare.costs import counts
from seasoned.evaluate.compare.summary import rate_intervals
from seasoned.evaluate.statistics.intervals import Interval, Resampling

MAX_PARTS = 8
"""Of runs that are put together by when they began."""
LEAST_RUNS = 10
"""Runs of such a part."""
NO_PROMPT = "no known prompt"


class CurvePoint(Value):
    """Runs that belong together, and their success rate."""

    label: Text
    prompt_id: str | None = None
    n_tasks: int
    n_trials: int
    first_at: datetime | None = None
    """When the first of the runs began, where a log says it."""
    rate: Interval
    """The mean over these runs' tasks. Other points may be of other tasks."""


class Curve(Value):
    """Success rates in order."""

    by: Literal["prompt", "time", "trial"]
    points: tuple[CurvePoint, ...]
    """At least two."""


def learning_curve(trials: Sequence[Trial], how: Resampling) -> Curve | None:
    """How the success rate went on; None where nothing tells earlier runs from later ones.

    Args:
        trials: Runs with a verdict, in the order in which they were read.
        how: How tasks are drawn.
    """
    if any(trial.prompt_id is not None for trial in trials):
        by, parts = "prompt", _by_prompt(trials)
    elif all(trial.started_at is not None for trial in trials) and len({trial.started_at for trial in trials}) > 1:
        by, parts = "time", _by_time(trials)
    else:
        by, parts = "trial", _by_trial(trials)
    if len(parts) < 2:
        return None
    return Curve(by=by, points=tuple(_point(label, part, how) for label, part in parts))


_Part = tuple[str, list[Trial]]


def _by_prompt(trials: Iterable[Trial]) -> list[_Part]:
    found: dict[str | None, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.prompt_id, []).append(trial)
    parts = [(prompt_id or NO_PROMPT, part) for prompt_id, part in found.items()]
    dated = [(first, number) for number, (_, part) in enumerate(parts) if (first := _first(part)) is not None]
    return [parts[number] for _, number in sorted(dated)] if len(dated) == len(parts) else parts


def _by_time(trials: Sequence[Trial]) -> list[_Part]:
    dated = sorted((trial.started_at, number) for number, trial in enumerate(trials) if trial.started_at is not None)
    n_parts = min(MAX_PARTS, len(dated) // LEAST_RUNS)
    parts: list[_Part] = []
    for part in range(n_parts):
        some = dated[len(dated) * part // n_parts : len(dated) * (part + 1) // n_parts]
        parts.append((f"from {some[0][0]:%Y-%m-%d %H:%M}", [trials[number] for _, number in some]))
    return parts


def _by_trial(trials: Iterable[Trial]) -> list[_Part]:
    met: dict[str, int] = {}
    found: dict[int, list[Trial]] = {}
    for trial in trials:
        met[trial.task_key] = met.get(trial.task_key, 0) + 1
        found.setdefault(met[trial.task_key], []).append(trial)
    return [(f"trial {number}", part) for number, part in sorted(found.items())][:MAX_PARTS]


def _first(trials: Iterable[Trial]) -> datetime | None:
    return min((trial.started_at for trial in trials if trial.started_at is not None), default=None)


def _point(label: str, trials: Sequence[Trial], how: Resampling) -> CurvePoint:
    by_task: dict[str, list[Trial]] = {}
    for trial in trials:
        by_task.setdefault(trial.task_key, []).append(trial)
    tried = [counts(by_task[key]) for key in sorted(by_task)]
    (rate,) = rate_intervals([[passed / n for n, passed in tried]], how)
    return CurvePoint(
        label=label,
        prompt_id=trials[0].prompt_id,
        n_tasks=len(tried),
        n_trials=len(trials),
        first_at=_first(trials),
        rate=rate,
    )
