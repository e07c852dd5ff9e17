"""Each statistic against another's implementation of it, and what it says at its edges."""

import importlib
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seasoned.evaluate.compare.paired import verdict_of
from seasoned.evaluate.statistics.adjusting import benjamini_hochberg, holm
from seasoned.evaluate.statistics.intervals import Interval, Resampling, mean_intervals, n_differing
from seasoned.evaluate.statistics.power import MAX_TASKS, least_effect, tasks_needed
from seasoned.evaluate.statistics.rates import pass_at, pass_at_mean, pass_hat
from seasoned.evaluate.statistics.sign_flip import sign_flip
from seasoned.evaluate.statistics.student import t_quantile

# Neither has types.
stats: Any = importlib.import_module("scipy.stats")
multipletests: Any = importlib.import_module("statsmodels.stats.multitest").multipletests
TTestPower: Any = importlib.import_module("statsmodels.stats.power").TTestPower

HOW = Resampling()
fractions = st.builds(Fraction, st.integers(-4, 4), st.sampled_from([1, 2, 3, 4, 5]))
p_values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


@pytest.mark.parametrize("freedom", [1, 2, 3.5, 19, 49, 400, 1e4])
@pytest.mark.parametrize("p", [0.001, 0.025, 0.5, 0.8, 0.975, 0.9999])
def test_quantiles_of_t_are_scipys(p: float, freedom: float) -> None:
    assert t_quantile(p, freedom) == pytest.approx(float(stats.t.ppf(p, freedom)), rel=1e-6, abs=1e-9)


def test_a_quantile_of_a_certainty_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(1.0, 5)


@given(st.integers(1, 6), st.data())
def test_pass_hat_and_pass_at_count_all_choices_of_k_trials(n_trials: int, data: st.DataObject) -> None:
    n_passed, k = data.draw(st.integers(0, n_trials)), data.draw(st.integers(1, n_trials))
    trials = [i < n_passed for i in range(n_trials)]
    chosen = list(combinations(trials, k))
    assert pass_hat(n_trials, n_passed, k) == Fraction(sum(map(all, chosen)), comb(n_trials, k))
    assert pass_at(n_trials, n_passed, k) == Fraction(sum(map(any, chosen)), comb(n_trials, k))


def test_pass_at_agrees_with_the_formula_of_its_paper() -> None:
    n, c, k = 20, 7, 5
    paper = 1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1))
    assert float(pass_at(n, c, k)) == pytest.approx(float(paper))


def test_one_and_a_half_trials_are_one_or_two_as_often() -> None:
    assert pass_at_mean(4, 1, 1.5) == pytest.approx((0.25 + 0.5) / 2)
    assert pass_at_mean(4, 1, 2) == 0.5


@pytest.mark.parametrize(("n_trials", "n_passed", "k"), [(3, 4, 1), (3, 2, 4), (3, 2, 0)])
def test_counts_that_cannot_be_are_refused(n_trials: int, n_passed: int, k: int) -> None:
    for rate in (pass_hat, pass_at):
        with pytest.raises(ValueError, match=r"cannot have succeeded|say nothing"):
            rate(n_trials, n_passed, k)


def test_the_interval_is_scipys_percentile_bootstrap_at_wider_quantiles() -> None:
    values = np.random.default_rng(7).beta(0.6, 0.9, 40)
    (ours,) = mean_intervals([list(values)], Resampling(n_resamples=20_000))
    share = float(stats.norm.cdf(-stats.t.ppf(0.975, 39) * np.sqrt(40 / 39)))
    theirs = stats.bootstrap(
        (values,), np.mean, confidence_level=1 - 2 * share, n_resamples=20_000, method="percentile", rng=3
    ).confidence_interval
    assert ours.value == pytest.approx(float(np.mean(values)))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_the_interval_is_nearly_the_t_interval_where_nothing_is_skewed() -> None:
    values = np.random.default_rng(3).normal(size=30)
    (ours,) = mean_intervals([list(values)], Resampling(n_resamples=20_000))
    low, high = stats.t.interval(0.95, 29, loc=np.mean(values), scale=stats.sem(values))
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=0.03)


def test_where_nothing_differs_the_interval_still_has_the_width_of_what_was_not_seen() -> None:
    for n_tasks, reach in ((5, 0.55), (20, 0.14), (100, 0.03)):
        (interval,) = mean_intervals([[0.0] * n_tasks], HOW, bounds=(-1.0, 1.0))
        assert interval.value == 0.0
        assert -interval.low == pytest.approx(interval.high)
        assert interval.high == pytest.approx(reach, rel=0.1)


def test_the_width_for_a_few_tasks_is_the_t_interval_with_one_more_at_each_bound() -> None:
    values = [0.0] * 18 + [1.0, 1.0]
    (interval,) = mean_intervals([values], HOW, bounds=(-1.0, 1.0))
    more = [*values, -1.0, 1.0]
    low, _ = stats.t.interval(0.95, 21, loc=np.mean(more), scale=stats.sem(more))
    assert interval.low == pytest.approx(float(low))
    assert interval.value == pytest.approx(0.1)


def test_an_interval_stays_within_what_is_possible() -> None:
    (interval,) = mean_intervals([[1.0, 1.0, 1.0]], HOW, bounds=(0.0, 1.0))
    assert interval.high == 1.0
    assert 0.0 <= interval.low < 0.7


def test_one_task_is_no_sample() -> None:
    with pytest.raises(ValueError, match="fewer than two tasks"):
        mean_intervals([[0.5]], HOW)


def test_nothing_asked_is_nothing_answered() -> None:
    assert mean_intervals([], HOW) == ()


def test_tasks_that_differ_are_those_without_the_most_common_value() -> None:
    assert n_differing(np.array([0.0, 0.0, 0.5, -1.0])) == 2


def _coverage(n_tasks: int, n_trials: int, shift: float, difficulty: tuple[float, float]) -> float:
    """How often the interval of the difference holds the truth, over 1,000 samples of tasks."""
    random = np.random.default_rng(20261122)
    how = Resampling(n_resamples=600)
    many = random.beta(*difficulty, 200_000)
    truth = float(np.mean(np.clip(many + shift, 0, 1) - many))
    n_held = 0
    for _ in range(1000):
        before = random.beta(*difficulty, n_tasks)
        after = np.clip(before + shift, 0, 1)
        found = (random.binomial(n_trials, after) - random.binomial(n_trials, before)) / n_trials
        (interval,) = mean_intervals([list(found)], how, bounds=(-1.0, 1.0))
        n_held += interval.low <= truth <= interval.high
    return n_held / 1000


@pytest.mark.parametrize("n_tasks", [10, 20, 50])
@pytest.mark.parametrize("n_trials", [1, 4])
@pytest.mark.parametrize(("shift", "difficulty"), [(0.0, (0.64, 0.88)), (0.1, (0.64, 0.88)), (-0.03, (20.0, 0.5))])
def test_intervals_hold_the_truth_as_often_as_they_say(
    n_tasks: int, n_trials: int, shift: float, difficulty: tuple[float, float]
) -> None:
    # Of 1,000 samples 95 % is 950, with a standard deviation of 6.9: three of those below is the least.
    # Where nearly every run succeeds the interval holds it more often, as it must allow for what was not seen.
    assert _coverage(n_tasks, n_trials, shift, difficulty) >= 0.95 - 3 * 0.0069


def _samples(n_tasks: int, shift: float) -> Iterator[tuple[Interval, float, float]]:
    """Of 800 samples of tasks with four trials: the interval, the p value and the true difference."""
    random = np.random.default_rng(11)
    many = random.beta(0.64, 0.88, 200_000)
    truth = float(np.mean(np.clip(many + shift, 0, 1) - many))
    for _ in range(800):
        before = random.beta(0.64, 0.88, n_tasks)
        found = random.binomial(4, np.clip(before + shift, 0, 1)) - random.binomial(4, before)
        (interval,) = mean_intervals([list(found / 4)], Resampling(n_resamples=600), bounds=(-1.0, 1.0))
        yield interval, sign_flip([Fraction(int(each), 4) for each in found], HOW).p, truth


@pytest.mark.parametrize("n_tasks", [20, 50])
def test_arms_that_are_alike_are_seldom_told_apart(n_tasks: int) -> None:
    n_told = sum(verdict_of(interval, p) != "not distinguishable" for interval, p, _ in _samples(n_tasks, 0.0))
    # At most 5 %, and three standard deviations of what 800 samples show.
    assert n_told / 800 <= 0.05 + 3 * 0.0077


@pytest.mark.parametrize("n_tasks", [20, 50])
def test_an_arm_that_is_worse_by_the_margin_seldom_passes(n_tasks: int) -> None:
    n_passed = sum(interval.low > truth for interval, _, truth in _samples(n_tasks, -0.06))
    # At most 2.5 %, as one end of the interval decides.
    assert n_passed / 800 <= 0.025 + 3 * 0.0055


@given(st.lists(fractions, min_size=1, max_size=9))
def test_the_sign_flip_test_is_what_listing_every_sign_gives(differences: list[Fraction]) -> None:
    seen = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    found = sign_flip(differences, HOW)
    assert found.is_exact
    assert found.p == pytest.approx(sum(each >= seen for each in sums) / len(sums))


def test_the_sign_flip_test_is_scipys_permutation_test() -> None:
    before, after = [0.25, 0.5, 0.0, 1.0, 0.75, 0.5, 0.25], [0.5, 1.0, 0.25, 0.75, 1.0, 1.0, 0.5]

    def mean_difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return np.mean(x - y, axis=axis)

    theirs = stats.permutation_test((after, before), mean_difference, permutation_type="samples", vectorized=True)
    differences = [Fraction(b) - Fraction(a) for a, b in zip(before, after, strict=True)]
    assert sign_flip(differences, HOW).p == pytest.approx(theirs.pvalue)


def test_one_trial_for_each_task_makes_it_mcnemars_exact_test() -> None:
    differences = [Fraction(1)] * 11 + [Fraction(-1)] * 3 + [Fraction(0)] * 30
    assert sign_flip(differences, HOW).p == pytest.approx(stats.binomtest(11, 14).pvalue)


def test_hundreds_of_tasks_are_still_counted_exactly() -> None:
    differences = [Fraction(1, 4)] * 230 + [Fraction(-1, 4)] * 170
    found = sign_flip(differences, HOW)
    assert found.is_exact
    assert found.p == pytest.approx(stats.binomtest(230, 400).pvalue)


def test_where_the_sums_are_too_many_signs_are_drawn() -> None:
    random = np.random.default_rng(5)
    differences = [Fraction(int(n), 10**9 + 7) for n in random.integers(-(10**9), 10**9, 60)]
    found = sign_flip(differences, HOW)
    values = np.array([float(d) for d in differences])
    z = abs(values.sum()) / np.sqrt((values**2).sum())
    assert not found.is_exact
    assert found.p == pytest.approx(2 * float(stats.norm.sf(z)), abs=0.03)


def test_a_hundred_thousand_tasks_are_counted_exactly_too() -> None:
    differences = [Fraction(1)] * 25_300 + [Fraction(-1)] * 24_700 + [Fraction(0)] * 50_000
    found = sign_flip(differences, HOW)
    assert found.is_exact
    assert found.p == pytest.approx(stats.binomtest(25_300, 50_000).pvalue, rel=1e-9)


@settings(max_examples=20)
@given(st.lists(st.integers(-4, 4), min_size=20, max_size=60))
def test_counting_equal_differences_together_is_counting_them_one_by_one(whole: list[int]) -> None:
    shares: Counter[int] = Counter({0: 1})
    for step in whole:
        shares = sum(
            (Counter({total + sign * step: n for total, n in shares.items()}) for sign in (-1, 1)), Counter[int]()
        )
    far = sum(n for total, n in shares.items() if abs(total) >= abs(sum(whole)))
    assert sign_flip([Fraction(each, 4) for each in whole], HOW).p == pytest.approx(far / 2 ** len(whole))


def test_many_equal_differences_are_drawn_together_where_their_sums_are_too_many() -> None:
    sizes = [10**9 + 7, 10**9 + 9, 10**9 + 21]
    differences = [Fraction(sizes[n % 3] * (1 if n % 100 < 51 else -1), 10**9) for n in range(9_000)]
    found = sign_flip(differences, HOW)
    values = np.array([float(d) for d in differences])
    assert not found.is_exact
    assert found.p == pytest.approx(2 * float(stats.norm.sf(values.sum() / np.sqrt((values**2).sum()))), abs=0.02)


@pytest.mark.parametrize("n_values", [3, 20_000], ids=["few values", "all different"])
def test_intervals_of_many_tasks_are_the_normal_ones(n_values: int) -> None:
    random = np.random.default_rng(11)
    values = random.permutation(np.arange(20_000) % n_values / (n_values - 1))
    (found,) = mean_intervals([values.tolist()], Resampling(n_resamples=4_000), bounds=(0.0, 1.0))
    reach = 1.96 * float(values.std()) / np.sqrt(len(values))
    assert found.high - found.low == pytest.approx(2 * reach, rel=0.06)
    assert (found.low + found.high) / 2 == pytest.approx(found.value, abs=0.1 * reach)


def test_rows_of_many_tasks_see_the_same_tasks_drawn() -> None:
    passed = [float(n % 2) for n in range(20_000)]
    there, back = mean_intervals([passed, [1.0 - each for each in passed]], Resampling(n_resamples=400))
    assert (there.low, there.high) == (pytest.approx(1.0 - back.high), pytest.approx(1.0 - back.low))


def test_numbers_too_large_to_be_counted_are_drawn() -> None:
    found = sign_flip([Fraction(1 << 62), Fraction(1 << 61)], HOW)
    assert not found.is_exact
    assert found.p == pytest.approx(0.5, abs=0.03)


def test_a_p_value_is_never_0() -> None:
    assert 0.0 < sign_flip([Fraction(1)] * 2000, HOW).p < 1e-200


def test_no_difference_is_no_evidence() -> None:
    assert sign_flip([Fraction(0)] * 8, HOW).p == 1.0


@settings(max_examples=25)
@given(p_values)
def test_adjusted_p_values_are_those_of_statsmodels(found: list[float]) -> None:
    assert holm(found) == pytest.approx(multipletests(found, method="holm")[1])
    assert benjamini_hochberg(found) == pytest.approx(multipletests(found, method="fdr_bh")[1])


def test_what_is_no_p_value_is_refused() -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="p value"):
            adjust([0.5, 1.5])


@pytest.mark.parametrize("n_tasks", [10, 20, 50, 200])
def test_the_least_effect_is_the_one_that_statsmodels_finds(n_tasks: int) -> None:
    theirs = TTestPower().solve_power(nobs=n_tasks, alpha=0.05, power=0.8, alternative="two-sided")
    assert least_effect(1.0, n_tasks) == pytest.approx(float(theirs), rel=0.02)


def test_the_least_effect_of_an_a_a_comparison_is_the_known_one() -> None:
    # 50 tasks of 4 trials, whose differences have a standard error of 0.038: 2.8 times that, and a little for t.
    assert least_effect(0.038 * 50**0.5, 50) == pytest.approx(0.109, abs=0.002)


@pytest.mark.parametrize("effect", [0.01, 0.05, 0.2, 0.9])
def test_the_tasks_needed_are_the_fewest_that_find_the_effect(effect: float) -> None:
    needed = tasks_needed(0.3, effect)
    assert needed is not None
    assert least_effect(0.3, needed) <= effect
    assert needed == 2 or least_effect(0.3, needed - 1) > effect


def test_what_takes_too_many_tasks_has_no_number() -> None:
    assert tasks_needed(1.0, 1e-6) is None
    assert tasks_needed(1.0, 0.05) is not None
    assert MAX_TASKS == 1_000_000
