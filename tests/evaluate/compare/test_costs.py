"""What runs cost, and the control at equal cost."""

import pytest

from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import CompareConfig, compare
from seasoned.evaluate.compare.costs import is_same_cost
from seasoned.evaluate.compare.paired import Comparison
from tests.evaluate.make_arms import QUICK, Tried, made


def compared(*arms: Arm) -> Comparison:
    return compare(arms, CompareConfig(resampling=QUICK)).comparisons[0]


HALF: Tried = [(4, 4), (4, 4), (0, 4), (0, 4), (2, 4), (2, 4), (1, 4), (3, 4)]


def test_cost_is_told_for_a_run_and_for_a_success() -> None:
    report = compare([made("a", HALF, cost_usd=0.1, n_tokens=50), made("b", HALF)], CompareConfig(resampling=QUICK))
    costs = {cost.measure: cost for cost in report.arms[0].costs}
    assert costs["cost_usd"].per_run == pytest.approx(0.1)
    assert costs["cost_usd"].per_success == pytest.approx(0.2)
    assert costs["n_tokens"].n_known == 32
    unknown = report.arms[1].costs[0]
    assert (unknown.n_known, unknown.per_run, unknown.per_success) == (0, None, None)


def test_without_success_nothing_is_spent_for_each() -> None:
    report = compare([made("a", [(0, 1)] * 3, cost_usd=1.0), made("b", [(0, 1)] * 3)], CompareConfig(resampling=QUICK))
    assert report.arms[0].costs[0].per_success is None


def test_a_difference_in_cost_has_an_interval_and_a_ratio() -> None:
    found = compared(made("a", HALF, cost_usd=0.1), made("b", HALF, cost_usd=0.3))
    cost = found.costs[0]
    assert (cost.measure, cost.n_tasks) == ("cost_usd", 8)
    assert (cost.per_run.value, cost.per_run.low, cost.per_run.high) == pytest.approx((0.2, 0.2, 0.2))
    assert cost.ratio == pytest.approx(3.0)


def test_what_costs_the_same_within_a_tenth_needs_no_control() -> None:
    found = compared(made("a", HALF, cost_usd=0.1), made("b", HALF, cost_usd=0.105))
    assert found.is_same_cost is True
    assert found.equal_cost is None
    assert is_same_cost(1 / 1.09)
    assert not is_same_cost(1 / 1.2)


def test_where_logs_tell_no_cost_nothing_is_said_about_it() -> None:
    found = compared(made("a", HALF, n_calls=3), made("b", HALF, n_calls=3))
    assert found.is_same_cost is None
    assert found.equal_cost is None


def test_tokens_stand_for_money_where_no_log_names_it() -> None:
    found = compared(made("a", HALF, n_tokens=100), made("b", HALF, n_tokens=200, cost_usd=0.1))
    assert found.equal_cost is not None
    assert found.equal_cost.measure == "n_tokens"


def test_twice_the_cost_is_measured_against_two_tries() -> None:
    retried = [(4, 4), (4, 4), (0, 4), (0, 4), (3, 4), (3, 4), (2, 4), (4, 4)]
    found = compared(made("a", HALF, cost_usd=0.1), made("b", retried, cost_usd=0.2)).equal_cost
    assert found is not None
    assert (found.cheaper, found.dearer, found.ratio) == ("a", "b", pytest.approx(2.0))
    two_tries = (1 + 1 + 0 + 0 + 5 / 6 + 5 / 6 + 1 / 2 + 1) / 8
    assert found.rate is not None
    assert found.difference is not None
    assert found.rate.value == pytest.approx(two_tries)
    assert found.difference.value == pytest.approx(20 / 32 - two_tries)


def test_the_baseline_may_be_the_dearer_one() -> None:
    found = compared(made("a", HALF, cost_usd=0.3), made("b", HALF, cost_usd=0.2)).equal_cost
    assert found is not None
    assert (found.cheaper, found.dearer, found.ratio) == ("b", "a", pytest.approx(1.5))


def test_more_tries_than_were_made_cannot_be_estimated() -> None:
    found = compared(made("a", HALF, cost_usd=0.1), made("b", HALF, cost_usd=0.45)).equal_cost
    assert found is not None
    assert (found.rate, found.difference, found.n_trials_needed) == (None, None, 5)


def test_what_costs_nothing_has_no_ratio() -> None:
    found = compared(made("a", HALF, cost_usd=0.0), made("b", HALF, cost_usd=0.2))
    assert found.costs[0].ratio is None
    assert found.is_same_cost is None
