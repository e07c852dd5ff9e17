"""How alike trials of one task are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.evaluate.statistics.correlation import design_effect, icc

PUBLISHED = [0] * 14 + [1] * 12 + [2] * 10 + [3] * 4 + [4] * 10
"""Successes in 4 trials of the 50 airline tasks of GPT-4o, as tau-bench published them."""


def test_the_published_airline_runs_have_the_correlation_worked_out_by_hand() -> None:
    by_task = [[1.0] * c + [0.0] * (4 - c) for c in PUBLISHED]
    found = icc(by_task)
    assert found == pytest.approx((26.72 / 49 - 22 / 150) / (26.72 / 49 + 3 * 22 / 150))
    assert found is not None
    assert round(found, 2) == 0.40
    assert design_effect([4] * 50, found) == pytest.approx(2.21, abs=0.005)


def test_trials_that_always_end_alike_are_wholly_alike() -> None:
    assert icc([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0, 1.0]]) == pytest.approx(1.0)


def test_with_unequal_numbers_of_trials_it_finds_the_truth() -> None:
    random = np.random.default_rng(3)
    tasks = [float(m) + random.normal(0, 2.0, random.integers(1, 6)) for m in random.normal(0, 1.0, 4_000)]
    assert icc([each.tolist() for each in tasks]) == pytest.approx(1 / 5, abs=0.03)


@pytest.mark.parametrize("by_task", [[], [[1.0, 0.0]], [[1.0], [0.0]], [[1.0, 1.0], [1.0, 1.0]]])
def test_it_is_not_defined_where_nothing_could_differ(by_task: list[list[float]]) -> None:
    assert icc(by_task) is None


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=6), min_size=2, max_size=20))
def test_it_never_exceeds_1(by_task: list[list[float]]) -> None:
    found = icc(by_task)
    assert found is None or found <= 1.0 + 1e-9


def test_a_correlation_below_0_narrows_nothing() -> None:
    assert design_effect([4, 4], -0.2) == 1.0
    assert design_effect([1, 1, 1], 0.7) == 1.0
