"""Joint effects, the intraclass correlation and sample sizes, each against another's implementation or a table."""

import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from seasoned.evaluate.statistics.correlation import design_effect, intraclass_correlation
from seasoned.evaluate.statistics.power import runs_needed
from seasoned.evaluate.statistics.regression import joint_effects
from seasoned.evaluate.statistics.student import two_sided

# Neither has types.
OLS: Any = importlib.import_module("statsmodels.api").OLS
stats: Any = importlib.import_module("scipy.stats")
proportions: Any = importlib.import_module("statsmodels.stats.proportion")

Array = NDArray[np.float64]


def runs(seed: int, n: int, effects: tuple[float, ...], n_tasks: int) -> tuple[Array, Array, list[str]]:
    """Runs of tasks of unlike difficulty, each skill kept 8 times of 10."""
    random = np.random.default_rng(seed)
    tasks = random.integers(0, n_tasks, n)
    kept = (random.random((n, len(effects))) < 0.8).astype(np.float64)
    chance = np.clip(random.uniform(0.2, 0.7, n_tasks)[tasks] + (kept - 0.8) @ np.array(effects), 0, 1)
    return (random.random(n) < chance).astype(float), kept - 0.8, [f"task {t}" for t in tasks]


def test_it_is_least_squares_with_task_dummies_and_clustered_errors() -> None:
    y, columns, tasks = runs(1, 400, (0.1, 0.0, -0.1), 30)
    numbered = np.unique(tasks, return_inverse=True)[1]
    dummies = (numbered[:, None] == np.arange(30)).astype(float)
    model = OLS(y, np.hstack([columns, dummies]))
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": numbered}, use_t=True)
    for place, ours in enumerate(joint_effects(y, columns, tasks)):
        assert ours is not None
        assert ours.estimate == pytest.approx(theirs.params[place])
        assert ours.standard_error == pytest.approx(theirs.bse[place])
        assert ours.p == pytest.approx(theirs.pvalues[place])
        assert [ours.low, ours.high] == pytest.approx(list(theirs.conf_int()[place]))


def test_tasks_that_were_run_once_share_an_effect() -> None:
    """As live runs are: with a dummy of its own, a task that was run once would say nothing."""
    y, columns, _ = runs(2, 300, (0.2,), 300)
    tasks = [str(place) for place in range(300)]
    theirs = OLS(y, np.hstack([columns, np.ones((300, 1))])).fit(cov_type="HC1", use_t=True)
    (ours,) = joint_effects(y, columns, tasks)
    assert ours is not None
    assert ours.estimate == pytest.approx(theirs.params[0])
    assert ours.standard_error == pytest.approx(theirs.bse[0], rel=1e-2)


def test_what_cannot_be_told_apart_has_no_effect() -> None:
    """One that was always kept, two that were kept together, and one that stands alone."""
    y, columns, tasks = runs(3, 200, (0.1, 0.0), 20)
    always = np.zeros((200, 1))
    found = joint_effects(y, np.hstack([columns, always, columns[:, :1]]), tasks)
    assert [each is None for each in found] == [True, False, True, True]
    alone = joint_effects(y, columns, tasks)[1]
    assert found[1] is not None
    assert alone is not None
    assert found[1].estimate == pytest.approx(alone.estimate)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_runs_have_no_effect(n: int) -> None:
    assert joint_effects(np.ones(n), np.full((n, 1), 0.2), ["t"] * n) == (None,)


def test_outcomes_that_never_differ_have_no_effect() -> None:
    _, columns, tasks = runs(4, 100, (0.0,), 10)
    assert joint_effects(np.ones(100), columns, tasks) == (None,)


def test_the_distribution_of_t() -> None:
    for t, freedom in ((0.0, 3), (1.3, 5), (-2.2, 40), (7.0, 1), (60.0, 400)):
        assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9)


# ------------------------------------------------------------------------------------------- intraclass correlation


def test_the_published_airline_runs_have_the_correlation_that_a_hand_derives() -> None:
    """Fifty tasks by how many of four trials succeeded, 0 to 4: 14, 12, 10, 4, 10. Sums of squares by hand."""
    groups = [[1.0] * c + [0.0] * (4 - c) for c, n in enumerate((14, 12, 10, 4, 10)) for _ in range(n)]
    between = sum(n * 4 * (c / 4 - 0.42) ** 2 for c, n in enumerate((14, 12, 10, 4, 10))) / 49
    within = sum(n * (c * (1 - c / 4) ** 2 + (4 - c) * (c / 4) ** 2) for c, n in enumerate((14, 12, 10, 4, 10))) / 150
    found = intraclass_correlation(groups)
    assert found == pytest.approx((between - within) / (between + 3 * within))
    assert found == pytest.approx(0.40, abs=0.005)
    assert design_effect(groups) == pytest.approx(2.21, abs=0.01)


def test_trials_that_agree_correlate_fully_and_those_that_alternate_negatively() -> None:
    assert intraclass_correlation([[1, 1], [0, 0], [1, 1]]) == pytest.approx(1.0)
    alternating = intraclass_correlation([[1, 0], [0, 1], [1, 0]])
    assert alternating is not None
    assert alternating < 0


@pytest.mark.parametrize("groups", [[], [[1, 0]], [[1], [0], [1]], [[1, 1], [1, 1]], [[], [1, 0]]])
def test_where_it_is_not_defined_it_is_none(groups: list[list[float]]) -> None:
    assert intraclass_correlation(groups) is None
    assert design_effect(groups) is None


@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=5), min_size=2, max_size=12))
def test_unequal_groups_are_as_the_f_test_has_them(groups: list[list[int]]) -> None:
    found = intraclass_correlation(groups)
    if found is None or found >= 1 - 1e-12:
        return
    n, k = sum(map(len, groups)), len(groups)
    size = (n - sum(len(g) ** 2 for g in groups) / n) / (k - 1)
    f = float(stats.f_oneway(*groups).statistic)
    assert found == pytest.approx((f - 1) / (f - 1 + size), abs=1e-9)


# ------------------------------------------------------------------------------------------------------ sample size


@pytest.mark.parametrize(
    ("rate", "effect", "probability", "n"),
    [
        (0.2, 0.05, 0.5, 2188), (0.2, 0.1, 0.5, 587), (0.3, 0.15, 0.5, 325), (0.4, 0.1, 0.5, 775),
        (0.5, 0.2, 0.5, 186), (0.6, 0.05, 0.5, 2941), (0.4, 0.1, 0.8, 1214), (0.4, 0.1, 0.9, 2156),
        (0.5, 0.1, 0.8, 1202), (0.2, 0.1, 0.8, 942),
    ],
)  # fmt: skip
def test_runs_needed_are_those_of_the_published_derivation(
    rate: float, effect: float, probability: float, n: int
) -> None:
    assert runs_needed(rate, effect, probability) == n


def test_runs_needed_agree_with_another_tool_at_equal_groups() -> None:
    theirs = proportions.samplesize_proportions_2indep_onetail(0.1, 0.4, 0.8, alpha=0.05, alternative="two-sided")
    assert runs_needed(0.4, 0.1, 0.5) == pytest.approx(2 * theirs, rel=0.01)


@pytest.mark.parametrize(("rate", "effect", "probability"), [(0.95, 0.1, 0.5), (0.02, -0.05, 0.5), (0.4, 0.1, 1.0)])
def test_what_cannot_be_found_takes_no_number_of_runs(rate: float, effect: float, probability: float) -> None:
    assert runs_needed(rate, effect, probability) is None
