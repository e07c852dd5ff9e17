"""Exact tests of association between a yes/no feature and failure, stratified by task.

A feature that is common on hard tasks looks harmful when runs of all tasks are pooled. Comparing only runs of the same
task takes that away, so everything here works on one 2x2 table per task. It knows nothing of traces. Raises
`ValueError` for counts below zero and for p values outside [0, 1].
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

P_FLOOR = 1e-40
"""Probabilities below it are dropped while distributions are summed; no p value is reported smaller."""

MAX_EXACT_STRATA = 500
"""Above this many informative strata the normal approximation, by then accurate, takes the exact test's place."""

_TIE_TOLERANCE = 1e-7
"""Relative slack that makes equally likely tables count as equal despite rounding."""


@dataclass(frozen=True, slots=True)
class Table:
    """Runs of one task, counted by feature (rows) and verdict (columns)."""

    with_failed: int
    with_passed: int
    without_failed: int
    without_passed: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if min(self.with_failed, self.with_passed, self.without_failed, self.without_passed) < 0:
            raise ValueError(f"a count is below zero: {self}")

    @property
    def n_with(self) -> int:
        """Runs that show the feature."""
        return self.with_failed + self.with_passed

    @property
    def n_failed(self) -> int:
        """Runs that failed."""
        return self.with_failed + self.without_failed

    @property
    def n_runs(self) -> int:
        """All runs."""
        return self.n_with + self.without_failed + self.without_passed

    @property
    def is_informative(self) -> bool:
        """Whether both the feature and the verdict vary, so that the table can tell anything at all."""
        return 0 < self.n_with < self.n_runs and 0 < self.n_failed < self.n_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """What all strata together say."""

    n_strata: int
    """Informative ones."""
    odds_ratio: float
    """Odds of failure with the feature over the odds without it, within tasks; `inf` is possible."""
    z: float
    """Above zero where the feature goes with failure."""
    p: float
    """Two-sided, in [`P_FLOOR`, 1]."""


def pooled(tables: Iterable[Table]) -> Table:
    """All strata added up, as if task did not matter."""
    cells = [(t.with_failed, t.with_passed, t.without_failed, t.without_passed) for t in tables]
    return Table(*(sum(column) for column in zip(*cells, strict=True))) if cells else Table(0, 0, 0, 0)


def association(tables: Iterable[Table]) -> Association | None:
    """Odds ratio, z and p over the informative strata; None where no stratum is informative."""
    strata = [t for t in tables if t.is_informative]
    if not strata:
        return None
    z = cmh_z(strata)
    p = exact_p(strata) if len(strata) <= MAX_EXACT_STRATA else max(math.erfc(abs(z) / math.sqrt(2)), P_FLOOR)
    return Association(n_strata=len(strata), odds_ratio=odds_ratio(strata), z=z, p=p)


def exact_p(tables: Iterable[Table]) -> float:
    """Two-sided p value of no association in any stratum, given all margins.

    Under the null hypothesis the number of failed runs with the feature is hypergeometric in each stratum, and the
    strata are independent, so their sum follows the convolution. The p value is the probability of all sums that are
    no likelier than the one observed, as in Fisher's exact test, to which one stratum reduces it.

    Source: C. R. Mehta, N. R. Patel, R. Gray, "Computing an exact confidence interval for the common odds ratio in
    several 2x2 contingency tables", JASA 80 (1985) 969-973; A. Agresti, "Categorical Data Analysis", section 6.4.

    Returns:
        A number in [`P_FLOOR`, 1]; 1 where no stratum is informative.
    """
    strata = [t for t in tables if t.is_informative]
    low, probabilities = 0, [1.0]
    for table in strata:
        first, weights = _hypergeometric(table)
        low, probabilities = _trimmed(low + first, _convolved(probabilities, weights))
    observed = sum(t.with_failed for t in strata) - low
    if not 0 <= observed < len(probabilities):
        return P_FLOOR
    limit = probabilities[observed] * (1.0 + _TIE_TOLERANCE)
    if limit >= max(probabilities):
        return 1.0
    return max(P_FLOOR, math.fsum(p for p in probabilities if p <= limit))


def odds_ratio(tables: Iterable[Table]) -> float:
    """Common odds ratio of failure over the strata.

    Source: N. Mantel, W. Haenszel, "Statistical aspects of the analysis of data from retrospective studies of
    disease", JNCI 22 (1959) 719-748.

    Returns:
        `inf` where no failed run lacks and no passed run has the feature, `nan` where nothing can be said.
    """
    strata = [t for t in tables if t.n_runs]
    above = math.fsum(t.with_failed * t.without_passed / t.n_runs for t in strata)
    below = math.fsum(t.with_passed * t.without_failed / t.n_runs for t in strata)
    if below == 0.0:
        return math.inf if above > 0.0 else math.nan
    return above / below


def cmh_z(tables: Iterable[Table]) -> float:
    """Signed root of the Cochran-Mantel-Haenszel statistic, without continuity correction.

    Source: W. G. Cochran, "Some methods for strengthening the common chi-squared tests", Biometrics 10 (1954)
    417-451, with the variance of Mantel and Haenszel (1959).

    Returns:
        Standard deviations by which the failed runs with the feature exceed what the margins predict; 0 where no
        stratum is informative.
    """
    strata = [t for t in tables if t.is_informative]
    excess = math.fsum(t.with_failed - t.n_with * t.n_failed / t.n_runs for t in strata)
    variance = math.fsum(
        t.n_with * (t.n_runs - t.n_with) * t.n_failed * (t.n_runs - t.n_failed) / (t.n_runs**2 * (t.n_runs - 1))
        for t in strata
    )
    return excess / math.sqrt(variance) if strata else 0.0


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """The false discovery rate at which each test would be called significant, in the order given.

    Source: Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995) 289-300, in the
    step-up form of adjusted p values.
    """
    if any(not 0.0 <= p <= 1.0 for p in p_values):
        raise ValueError("a p value lies outside [0, 1]")
    n_tests = len(p_values)
    q_values = [1.0] * n_tests
    lowest = 1.0
    ascending = sorted(range(n_tests), key=p_values.__getitem__)
    for rank, index in reversed(list(enumerate(ascending, start=1))):
        lowest = min(lowest, p_values[index] * n_tests / rank)
        q_values[index] = lowest
    return tuple(q_values)


def _hypergeometric(table: Table) -> tuple[int, list[float]]:
    """Smallest possible count of failed runs with the feature, and the probabilities from there on.

    Built outward from the mode by the ratio of neighbours, so that large counts neither overflow nor lose precision.
    """
    n_with, n_failed = table.n_with, table.n_failed
    rest = table.n_runs - n_with - n_failed
    low, high = max(0, -rest), min(n_with, n_failed)
    mode = min(high, max(low, (n_with + 1) * (n_failed + 1) // (table.n_runs + 2)))
    weights = [1.0] * (high - low + 1)
    for k in range(mode, high):
        weights[k + 1 - low] = weights[k - low] * (n_with - k) * (n_failed - k) / ((k + 1) * (rest + k + 1))
    for k in range(mode, low, -1):
        weights[k - 1 - low] = weights[k - low] * k * (rest + k) / ((n_with - k + 1) * (n_failed - k + 1))
    total = math.fsum(weights)
    return low, [w / total for w in weights]


def _convolved(left: list[float], right: list[float]) -> list[float]:
    result = [0.0] * (len(left) + len(right) - 1)
    for shift, weight in enumerate(right):
        for index, probability in enumerate(left, start=shift):
            result[index] += probability * weight
    return result


def _trimmed(low: int, probabilities: list[float]) -> tuple[int, list[float]]:
    first, last = 0, len(probabilities)
    while probabilities[first] < P_FLOOR:
        first += 1
    while probabilities[last - 1] < P_FLOOR:
        last -= 1
    return low + first, probabilities[first:last]
