"""Contrasts: what differs between the failed and the passed runs of one and the same task.

Two runs of one task differ in many ways and most of them do not matter, so a contrast says where to look and carries
the label "associated, not tested". Knows nothing of other tasks and of skills. Raises nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from seasoned.core.finding import Evidence
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.patterns.detectors import cite
from seasoned.learn.patterns.features import Feature, Features
from seasoned.learn.patterns.reading import own_steps

Label = Literal["associated, not tested"]

MAX_DIFFERENCES = 10
"""Differences kept of one task, the clearest first."""

MAX_PAIRED_RUNS = 30
"""Runs of each verdict among which the nearest pair is looked for."""


class Difference(Value):
    """One feature that the failed runs show more often than the passed ones, or less often."""

    feature: Text
    n_failed_with: int
    n_passed_with: int
    sentence: Text
    evidence: tuple[Evidence, ...]
    """From one failed run and one passed run, in this order. The one without the feature is cited by its last words."""


class Contrast(Value):
    """The failed and the passed runs of one task, side by side."""

    task_key: Text
    n_failed: int
    n_passed: int
    failed_id: str
    """With `passed_id` the two runs that are most alike, which makes them the quickest to compare by eye."""
    passed_id: str
    differences: tuple[Difference, ...]
    """The clearest first; at most `MAX_DIFFERENCES`."""
    n_differences: int
    """All of them."""
    label: Label = "associated, not tested"


@dataclass(frozen=True, slots=True)
class FeaturedRun:
    """A trace and the features that it shows."""

    trace: Trace
    features: Features


def contrast(failed: Sequence[FeaturedRun], passed: Sequence[FeaturedRun]) -> Contrast:
    """Set the runs of one task side by side; at least one run of each verdict is needed."""
    every = {feature for run in (*failed, *passed) for feature in run.features}
    found = [(_share_gap(feature, failed, passed), feature) for feature in every]
    ranked = sorted(((gap, feature) for gap, feature in found if gap), key=lambda f: (-abs(f[0]), f[1].rank))
    nearest = _nearest_pair(failed, passed)
    return Contrast(
        task_key=failed[0].trace.task.key,
        n_failed=len(failed),
        n_passed=len(passed),
        failed_id=nearest[0].trace.id,
        passed_id=nearest[1].trace.id,
        differences=tuple(_difference(feature, failed, passed) for _, feature in ranked[:MAX_DIFFERENCES]),
        n_differences=len(ranked),
    )


def _share_gap(feature: Feature, failed: Sequence[FeaturedRun], passed: Sequence[FeaturedRun]) -> float:
    return _n_with(feature, failed) / len(failed) - _n_with(feature, passed) / len(passed)


def _n_with(feature: Feature, runs: Sequence[FeaturedRun]) -> int:
    return sum(feature in run.features for run in runs)


def _difference(feature: Feature, failed: Sequence[FeaturedRun], passed: Sequence[FeaturedRun]) -> Difference:
    more_failed = _share_gap(feature, failed, passed) > 0
    n_failed, n_passed = _n_with(feature, failed), _n_with(feature, passed)
    one_failed = next(run for run in failed if (feature in run.features) == more_failed)
    one_passed = next(run for run in passed if (feature in run.features) != more_failed)
    return Difference(
        feature=feature.name,
        n_failed_with=n_failed,
        n_passed_with=n_passed,
        sentence=f"{feature.name}: {n_failed} of {len(failed)} failed runs, {n_passed} of {len(passed)} passed runs.",
        evidence=_shown(one_failed, feature) + _shown(one_passed, feature),
    )


def _shown(run: FeaturedRun, feature: Feature) -> tuple[Evidence, ...]:
    if feature in run.features:
        return cite(run.trace, *run.features[feature])
    citations = (cite(run.trace, index) for index, _ in reversed(own_steps(run.trace)))
    return next((citation for citation in citations if citation), ())


def _nearest_pair(failed: Sequence[FeaturedRun], passed: Sequence[FeaturedRun]) -> tuple[FeaturedRun, FeaturedRun]:
    pairs = [(one, other) for one in failed[:MAX_PAIRED_RUNS] for other in passed[:MAX_PAIRED_RUNS]]
    return min(pairs, key=lambda pair: len(pair[0].features.keys() ^ pair[1].features.keys()))
