"""What was counted becomes a rate, shrunk towards what was thought before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seasoned.core.beta import distribution, quantile
from seasoned.core.counters import PRIOR_STRENGTH, Count, Counters, rate

THEIRS: Any = stats.beta  # scipy has no types
SHAPES = st.floats(0.2, 20_000)
COUNTS = st.integers(0, 500)


@given(st.floats(0.001, 0.999), SHAPES, SHAPES)
def test_the_inverse_agrees_with_scipy(p: float, a: float, b: float) -> None:
    assert quantile(p, a, b) == pytest.approx(float(THEIRS.ppf(p, a, b)), abs=1e-9)


@given(st.floats(0, 1), SHAPES, SHAPES)
def test_the_distribution_agrees_with_scipy(x: float, a: float, b: float) -> None:
    assert distribution(x, a, b) == pytest.approx(float(THEIRS.cdf(x, a, b)), abs=1e-9)


def test_beyond_its_ends_the_distribution_is_flat() -> None:
    assert (distribution(-1, 2, 3), distribution(2, 2, 3)) == (0.0, 1.0)
    assert (quantile(0, 2, 3), quantile(1, 2, 3)) == (0.0, 1.0)


@pytest.mark.parametrize(("p", "a", "b"), [(0.5, 0.0, 1.0), (0.5, 1.0, -1.0), (1.5, 1.0, 1.0)])
def test_what_is_no_distribution_is_refused(p: float, a: float, b: float) -> None:
    with pytest.raises(ValueError, match=r"shapes of a beta|probability is between"):
        quantile(p, a, b)


@given(COUNTS, COUNTS, st.none() | st.floats(0, 1))
def test_a_rate_is_the_posterior_of_a_beta(helpful: int, harmful: int, confidence: float | None) -> None:
    found = rate(Counters(judged=Count(helpful=helpful, harmful=harmful)), confidence)
    prior = 0.5 if confidence is None else min(max(confidence, 0.05), 0.95)
    posterior = THEIRS(PRIOR_STRENGTH * prior + helpful, PRIOR_STRENGTH * (1 - prior) + harmful)
    assert found.mean == pytest.approx(float(posterior.mean()), abs=1e-9)
    assert found.low == pytest.approx(float(posterior.ppf(0.025)), abs=1e-9)
    assert found.high == pytest.approx(float(posterior.ppf(0.975)), abs=1e-9)
    assert found.low <= found.mean <= found.high
    assert found.n == helpful + harmful


def test_nothing_counted_is_the_learner_s_confidence_and_says_so() -> None:
    found = rate(Counters(), 0.8)
    assert (found.mean, found.n, found.source) == (pytest.approx(0.8), 0, "nothing counted")


def test_three_of_three_stand_behind_thirty_of_forty_and_are_less_sure() -> None:
    few, many = (rate(Counters(voted=Count(helpful=h, harmful=d))) for h, d in ((3, 0), (30, 10)))
    assert few.mean < many.mean
    assert few.low < many.low
    assert few.high > many.high


@given(COUNTS, COUNTS)
def test_neutral_and_not_applicable_say_nothing_about_the_rate(neutral: int, absent: int) -> None:
    count = Count(helpful=3, harmful=1, neutral=neutral, not_applicable=absent)
    assert rate(Counters(voted=count)) == rate(Counters(voted=Count(helpful=3, harmful=1)))


def test_votes_and_judgements_count_together_and_measurements_alone() -> None:
    voted, judged, measured = Count(helpful=2), Count(harmful=3), Count(helpful=1, harmful=9)
    both = rate(Counters(voted=voted, judged=judged))
    assert (both.n, both.source) == (5, "voted and judged")
    assert rate(Counters(voted=voted, judged=Count(neutral=4))).source == "voted"
    assert rate(Counters(judged=judged)).source == "judged"
    alone = rate(Counters(voted=voted, judged=judged, measured=measured))
    assert (alone.n, alone.source) == (10, "measured")
    assert alone.mean == rate(Counters(measured=measured)).mean


def test_a_count_is_made_from_verdicts_by_name() -> None:
    count = Count.of({"helpful": 2, "not applicable": 5})
    assert count == Count(helpful=2, not_applicable=5)
    assert (count.n, count.n_informative) == (7, 2)
