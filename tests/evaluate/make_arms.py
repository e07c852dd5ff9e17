"""Arms of made-up runs."""

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from seasoned.evaluate.compare.arms import Arm, Trial
from seasoned.evaluate.statistics.intervals import Resampling

QUICK = Resampling(n_resamples=400)

Tried = Sequence[tuple[int, int]]
"""Trials that succeeded, and all trials, by task."""


def made(name: str, tried: Tried, **each: float) -> Arm:
    """An arm with so many successes and trials of task 0, 1, ..., each of which cost the same."""
    trials = [
        Trial.model_validate(
            {"task_key": f"task-{n:03}", "trace_id": f"trace-{name}-{n}-{i}", "passed": i < passed, **each}
        )
        for n, (passed, n_trials) in enumerate(tried)
        for i in range(n_trials)
    ]
    return Arm(name=name, trials=tuple(trials))


def singles(name: str, verdicts: Mapping[str, bool]) -> Arm:
    """An arm with one trial of each task."""
    return Arm(
        name=name,
        trials=tuple(
            Trial(task_key=key, trace_id=f"trace-{name}-{key}", passed=passed) for key, passed in verdicts.items()
        ),
    )


@st.composite
def _counts(draw: st.DrawFn) -> tuple[int, int]:
    n_trials = draw(st.integers(1, 5))
    return draw(st.integers(0, n_trials)), n_trials


pairs_of_counts = st.lists(st.tuples(_counts(), _counts()), min_size=2, max_size=25)
"""Two arms' successes and trials, by task."""
