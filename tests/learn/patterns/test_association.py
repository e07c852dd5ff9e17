"""The statistics agree with scipy and statsmodels, and keep their promises on all other tables."""

import importlib
import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.learn.patterns.association import (
    MAX_EXACT_STRATA,
    P_FLOOR,
    Table,
    association,
    benjamini_hochberg,
    cmh_z,
    exact_p,
    odds_ratio,
    pooled,
)

# These libraries have no complete types, so they come in as untyped modules.
numpy = importlib.import_module("numpy")
scipy_stats = importlib.import_module("scipy.stats")
contingency = importlib.import_module("statsmodels.stats.contingency_tables")
multitest = importlib.import_module("statsmodels.stats.multitest")

_counts = st.integers(0, 12)
tables = st.builds(Table, _counts, _counts, _counts, _counts)
informative = tables.filter(lambda t: t.is_informative)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def rows(table: Table) -> list[list[int]]:
    return [[table.with_failed, table.with_passed], [table.without_failed, table.without_passed]]


def brute_force_p(strata: list[Table]) -> float:
    """Every combination of tables with the same margins, one by one."""
    choices: list[list[tuple[int, int]]] = []
    for t in strata:
        low, high = max(0, t.n_with + t.n_failed - t.n_runs), min(t.n_with, t.n_failed)
        weigh = [math.comb(t.n_with, k) * math.comb(t.n_runs - t.n_with, t.n_failed - k) for k in range(low, high + 1)]
        choices.append(list(enumerate(weigh, start=low)))
    weights: dict[int, int] = {}
    for combination in product(*choices):
        total = sum(k for k, _ in combination)
        weights[total] = weights.get(total, 0) + math.prod(w for _, w in combination)
    observed = weights[sum(t.with_failed for t in strata)]
    return sum(w for w in weights.values() if w <= observed) / sum(weights.values())


@given(informative)
def test_with_one_stratum_the_exact_test_is_fishers(table: Table) -> None:
    assert exact_p([table]) == pytest.approx(float(scipy_stats.fisher_exact(rows(table)).pvalue), rel=1e-6)


@given(st.lists(st.builds(Table, *[st.integers(0, 4)] * 4).filter(lambda t: t.is_informative), min_size=1, max_size=4))
def test_with_many_strata_it_is_the_count_of_all_tables(strata: list[Table]) -> None:
    assert exact_p(strata) == pytest.approx(brute_force_p(strata), rel=1e-6)


@given(st.lists(informative, min_size=1, max_size=8))
def test_z_and_odds_ratio_are_those_of_statsmodels(strata: list[Table]) -> None:
    theirs = contingency.StratifiedTable([numpy.array(rows(t), dtype=float) for t in strata])
    statistic = theirs.test_null_odds(correction=False).statistic
    assert cmh_z(strata) ** 2 == pytest.approx(float(statistic), rel=1e-9, abs=1e-12)
    ours = odds_ratio(strata)
    if math.isfinite(ours):
        assert ours == pytest.approx(float(theirs.oddsratio_pooled), rel=1e-9)


def test_the_admissions_of_berkeley() -> None:
    """Pooled, women seem to be turned away more often; within departments the difference is gone (Bickel 1975)."""
    departments = [  # rejected and admitted men, rejected and admitted women
        Table(313, 512, 19, 89),
        Table(207, 353, 8, 17),
        Table(205, 120, 391, 202),
        Table(279, 138, 244, 131),
        Table(138, 53, 299, 94),
        Table(351, 22, 317, 24),
    ]
    assert exact_p([pooled(departments)]) < 1e-20
    without_a = association(departments[1:])
    assert without_a is not None
    assert without_a.p > 0.5
    assert cmh_z(departments) ** 2 == pytest.approx(1.5246, abs=1e-3)


@given(p_values)
def test_q_values_are_those_of_statsmodels(values: list[float]) -> None:
    theirs = multitest.multipletests(values, method="fdr_bh")[1]
    assert list(benjamini_hochberg(values)) == pytest.approx([float(q) for q in theirs], rel=1e-9, abs=1e-300)


@given(p_values)
def test_q_is_never_below_p_and_keeps_its_order(values: list[float]) -> None:
    found = benjamini_hochberg(values)
    assert all(p <= q * (1 + 1e-12) and q <= 1 for p, q in zip(values, found, strict=True))
    by_p = [q for _, q in sorted(zip(values, found, strict=True))]
    assert by_p == sorted(by_p)


def test_no_tests_have_no_q() -> None:
    assert benjamini_hochberg([]) == ()


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_a_p_value_out_of_range_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        benjamini_hochberg([0.5, wrong])


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Table(1, 2, -1, 3)


@given(st.lists(tables, max_size=6))
def test_p_is_a_probability_and_the_order_of_strata_does_not_matter(strata: list[Table]) -> None:
    p = exact_p(strata)
    assert 0 < p <= 1
    assert exact_p(strata[::-1]) == pytest.approx(p, rel=1e-9)


@given(st.lists(tables, max_size=6))
def test_naming_success_failure_turns_the_sign_and_leaves_p(strata: list[Table]) -> None:
    turned = [Table(t.with_passed, t.with_failed, t.without_passed, t.without_failed) for t in strata]
    assert cmh_z(turned) == pytest.approx(-cmh_z(strata), abs=1e-9)
    assert exact_p(turned) == pytest.approx(exact_p(strata), rel=1e-6)


@given(st.lists(tables, max_size=6), st.integers(0, 9), st.integers(0, 9))
def test_a_task_that_cannot_tell_changes_nothing(strata: list[Table], n_failed: int, n_passed: int) -> None:
    always, all_failed = Table(n_failed, n_passed, 0, 0), Table(n_failed, 0, n_passed, 0)
    assert association([*strata, always, all_failed]) == association(strata)


def test_without_an_informative_stratum_there_is_no_association() -> None:
    assert association([Table(3, 0, 1, 0), Table(2, 2, 0, 0), Table(0, 0, 0, 0)]) is None
    assert exact_p([]) == 1.0
    assert math.isnan(odds_ratio([]))


def test_an_odds_ratio_can_be_infinite() -> None:
    assert odds_ratio([Table(2, 0, 0, 2)]) == math.inf


def test_overwhelming_evidence_stays_above_the_floor() -> None:
    assert exact_p([Table(2000, 0, 0, 2000)]) == P_FLOOR


def test_the_normal_approximation_that_takes_over_is_close_to_the_exact_test() -> None:
    strata = [Table(2, 1, 1, 2), Table(1, 2, 2, 1), Table(2, 2, 1, 3), Table(1, 1, 1, 1)] * (MAX_EXACT_STRATA // 4)
    exact, more = association(strata), association([*strata, Table(1, 1, 1, 1)])
    assert exact is not None
    assert more is not None
    assert more.p == pytest.approx(exact.p, rel=0.2)
