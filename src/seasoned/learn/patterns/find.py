"""Patterns: what a heap of traces shows without any language model, at once and always the same.

Detectors and other yes/no features are counted over all runs, compared with the verdicts within each task, and runs of
the same task that passed and failed are set side by side. All of it is association: failed runs differ from passed ones
for many reasons, so a pattern carries the label "associated, not tested", says where to look, and never becomes a
skill. Pure functions; they know nothing of skills and raise nothing.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from seasoned.core.finding import Evidence
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.learn.patterns.association import Association, Table, association, benjamini_hochberg, exact_p, pooled
from seasoned.learn.patterns.contrasts import Contrast, FeaturedRun, Label, contrast
from seasoned.learn.patterns.detectors import cite
from seasoned.learn.patterns.features import Feature, FeatureKind, features

MAX_EVIDENCE_RUNS = 3
"""Runs that a pattern cites."""

MAX_QUOTES_PER_RUN = 3
"""Steps that a pattern cites of one run."""

MAX_SAME = 5
"""Names of features with the same runs that a pattern lists."""

SIGNIFICANT_Q = 0.05
"""False discovery rate up to which a pattern is put first."""


class Pattern(Value):
    """Something that runs show, how often, and how it goes with failure."""

    name: Text
    kind: FeatureKind
    description: Text
    sentence: Text
    """The numbers in plain words."""
    n_runs: int
    """Runs that show it."""
    n_failed: int
    """Of these, runs with the verdict failure."""
    n_passed: int
    """Of these, runs with the verdict success."""
    strata: int = 0
    """Tasks that can tell: runs with and without it, and both verdicts."""
    marginal_difference: float | None = None
    """Share of failed runs with it less the share without it, over all tasks: mostly says which tasks are hard."""
    odds_ratio: float | None = None
    """Mantel-Haenszel odds of failure with it over those without, within tasks; None where undefined or infinite."""
    z: float | None = None
    """Cochran-Mantel-Haenszel; above 0 where it goes with failure. For display: `p` is the exact test's."""
    p: float | None = None
    """Exact, two-sided, within tasks; None where no task can tell."""
    q: float | None = None
    """Benjamini-Hochberg over all patterns that have a `p`."""
    same_runs_as: tuple[Text, ...] = ()
    """Other features that exactly the same runs show (the first few); they are not tested again."""
    evidence: tuple[Evidence, ...]
    """From a few runs, failed ones first."""
    label: Label = "associated, not tested"


class PatternReport(Value):
    """What the traces show."""

    n_traces: int
    n_with_verdict: int
    n_tasks: int
    n_mixed_tasks: int
    """Tasks with at least one failed and one passed run."""
    patterns: tuple[Pattern, ...]
    """Significant ones, then detectors, then the rest; by p within each."""
    contrasts: tuple[Contrast, ...]
    """One for each mixed task, in the order in which the tasks appear."""
    notes: tuple[str, ...]
    """What the reader must know before believing any of it."""
    label: Label = "associated, not tested"


@dataclass(frozen=True)
class _Collection:
    """The runs with their features, each extracted once."""

    runs: tuple[FeaturedRun, ...]

    @cached_property
    def by_task(self) -> dict[str, list[FeaturedRun]]:
        """The runs that carry a verdict."""
        tasks: dict[str, list[FeaturedRun]] = defaultdict(list)
        for run in self.runs:
            if run.trace.verdict is not None:
                tasks[run.trace.task.key].append(run)
        return tasks

    @cached_property
    def mixed(self) -> list[tuple[list[FeaturedRun], list[FeaturedRun]]]:
        """The failed and the passed runs of each task that has both."""
        split = [(_with_verdict(runs, False), _with_verdict(runs, True)) for runs in self.by_task.values()]
        return [(failed, passed) for failed, passed in split if failed and passed]

    def tables(self, feature: Feature) -> list[Table]:
        """One table for each task with verdicts."""
        tables: list[Table] = []
        for runs in self.by_task.values():
            cells = [0, 0, 0, 0]
            for run in runs:
                cells[2 * (feature not in run.features) + bool(run.trace.verdict)] += 1
            tables.append(Table(*cells))
        return tables


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A feature, the runs that show it, and what the verdicts say about it."""

    feature: Feature
    same: tuple[Feature, ...]
    runs: tuple[FeaturedRun, ...]
    total: Table
    within: Association | None


def find_patterns(traces: Sequence[Trace]) -> PatternReport:
    """Everything that can be said about the traces without a language model.

    Args:
        traces: In any order; one that comes twice counts once.

    Returns:
        The same report for the same traces in the same order. Without verdicts it has detectors alone, and where no
        task has both verdicts it has no contrasts; `notes` says so.
    """
    unique = {trace.id: trace for trace in traces}
    collection = _Collection(tuple(FeaturedRun(trace, features(trace)) for trace in unique.values()))
    candidates = _candidates(collection)
    tested = [c for c in candidates if c.within is not None]
    q_values = benjamini_hochberg([c.within.p for c in tested if c.within is not None])
    q_by_feature = {c.feature: q for c, q in zip(tested, q_values, strict=True)}
    patterns = [_pattern(c, q_by_feature.get(c.feature), len(collection.runs)) for c in candidates]
    return PatternReport(
        n_traces=len(collection.runs),
        n_with_verdict=sum(len(runs) for runs in collection.by_task.values()),
        n_tasks=len({run.trace.task.key for run in collection.runs}),
        n_mixed_tasks=len(collection.mixed),
        patterns=tuple(sorted(patterns, key=_usefulness)),
        contrasts=tuple(contrast(failed, passed) for failed, passed in collection.mixed),
        notes=(
            *_notes(collection, n_duplicates=len(traces) - len(unique)),
            *_pooling_note(tested, n_left=sum(q <= SIGNIFICANT_Q for q in q_values)),
        ),
    )


def _with_verdict(runs: Iterable[FeaturedRun], verdict: bool) -> list[FeaturedRun]:
    return [run for run in runs if run.trace.verdict is verdict]


def _candidates(collection: _Collection) -> list[_Candidate]:
    """Each detector that saw anything, and one feature for each other set of runs that some task can test."""
    shown_by: dict[Feature, list[int]] = defaultdict(list)
    for index, run in enumerate(collection.runs):
        for feature in run.features:
            shown_by[feature].append(index)
    groups: dict[tuple[int, ...], list[Feature]] = defaultdict(list)
    for feature in sorted(shown_by, key=lambda f: f.rank):
        groups[tuple(shown_by[feature])].append(feature)
    candidates: list[_Candidate] = []
    for indexes, group in groups.items():
        tables = collection.tables(group[0])
        within = association(tables)
        detectors = [feature for feature in group if feature.kind == "detector"]
        for feature in detectors or (group[:1] if within else []):
            same = tuple(other for other in group if other is not feature)
            runs = tuple(collection.runs[i] for i in indexes)
            candidate = _Candidate(feature=feature, same=same, runs=runs, total=pooled(tables), within=within)
            candidates.append(candidate)
    return candidates


def _pattern(candidate: _Candidate, q: float | None, n_runs: int) -> Pattern:
    feature, total, within = candidate.feature, candidate.total, candidate.within
    return Pattern(
        name=feature.name,
        kind=feature.kind,
        description=feature.description,
        sentence=_sentence(candidate, q, n_runs),
        n_runs=len(candidate.runs),
        n_failed=total.with_failed,
        n_passed=total.with_passed,
        strata=0 if within is None else within.n_strata,
        marginal_difference=_marginal_difference(total),
        odds_ratio=within.odds_ratio if within and math.isfinite(within.odds_ratio) else None,
        z=within.z if within else None,
        p=within.p if within else None,
        q=q,
        same_runs_as=tuple(other.name for other in candidate.same[:MAX_SAME]),
        evidence=_evidence(candidate),
    )


def _marginal_difference(total: Table) -> float | None:
    n_without = total.n_runs - total.n_with
    if not total.n_with or not n_without:
        return None
    return total.with_failed / total.n_with - total.without_failed / n_without


def _evidence(candidate: _Candidate) -> tuple[Evidence, ...]:
    failed_first = sorted(candidate.runs, key=lambda run: run.trace.verdict is not False)
    return tuple(
        evidence
        for run in failed_first[:MAX_EVIDENCE_RUNS]
        for evidence in cite(run.trace, *run.features[candidate.feature])[:MAX_QUOTES_PER_RUN]
    )


def _sentence(candidate: _Candidate, q: float | None, n_runs: int) -> str:
    total, within = candidate.total, candidate.within
    parts = [f"{len(candidate.runs)} of {n_runs} runs"]
    if total.n_with:
        without = f", against {total.without_failed} of {total.n_runs - total.n_with} without it"
        parts.append(f"{total.with_failed} of {total.n_with} with a verdict failed{without}")
    text = "; ".join(parts) + "."
    if within is not None and q is not None:
        tasks = "1 task that can tell" if within.n_strata == 1 else f"{within.n_strata} tasks that can tell"
        ratio = f"odds ratio {within.odds_ratio:.2g}, " if math.isfinite(within.odds_ratio) else ""
        text += f" Within {tasks}: {ratio}p {within.p:.2g}, q {q:.2g}."
    elif total.n_with:
        text += " No task has runs with and without it and both verdicts."
    return f"{text} Associated, not tested."


def _usefulness(pattern: Pattern) -> tuple[bool, bool, float, int, int, str]:
    """Smaller is more useful."""
    is_significant = pattern.q is not None and pattern.q <= SIGNIFICANT_Q
    return (
        not is_significant,
        pattern.kind != "detector",
        1.0 if pattern.p is None else pattern.p,
        -pattern.n_failed,
        -pattern.n_runs,
        pattern.name,
    )


def _notes(collection: _Collection, *, n_duplicates: int) -> list[str]:
    notes: list[str] = []
    n_runs, n_judged = len(collection.runs), sum(len(runs) for runs in collection.by_task.values())
    if n_duplicates:
        notes.append(f"{n_duplicates} traces came more than once and count once")
    if not n_judged:
        if n_runs:
            notes.append("no run has a verdict: detectors only, nothing is compared with success or failure")
        return notes
    if n_judged < n_runs:
        notes.append(f"{n_runs - n_judged} of {n_runs} runs have no verdict; they count only as runs")
    if all(len(runs) == 1 for runs in collection.by_task.values()):
        notes.append("every task has only one run with a verdict: no same-task contrasts possible")
    elif not collection.mixed:
        notes.append("no task has both a failed and a passed run: no same-task contrasts possible")
    return notes


def _pooling_note(tested: Sequence[_Candidate], *, n_left: int) -> list[str]:
    """How many patterns would look significant if task did not matter, which is how such lists usually mislead."""
    if not tested:
        return []
    n_pooled = sum(q <= SIGNIFICANT_Q for q in benjamini_hochberg([exact_p([c.total]) for c in tested]))
    note = (
        f"{n_pooled} of {len(tested)} patterns look significant (q <= {SIGNIFICANT_Q}) when the runs of all tasks are "
        f"pooled, {n_left} when only runs of the same task are compared"
    )
    return [note]
