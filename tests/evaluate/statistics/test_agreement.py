"""Cohen's kappa: against statsmodels, by groups, and where it says nothing."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from seasoned.evaluate.statistics.agreement import FEW_PAIRS, Pair, agreement, kappa_and_error

COUNTS = st.tuples(*[st.integers(0, 30)] * 4)


def pairs_of(both: int, first: int, second: int, neither: int) -> list[Pair]:
    """So many pairs of each kind, each in a group of its own."""
    said = [(True, True)] * both + [(True, False)] * first + [(False, True)] * second + [(False, False)] * neither
    return [Pair(a, b, str(number)) for number, (a, b) in enumerate(said)]


def theirs(counts: tuple[int, int, int, int]) -> tuple[float, float]:
    """Kappa and its standard error by statsmodels, which has no types."""
    both, first, second, neither = counts
    found: Any = cast("Any", inter_rater).cohens_kappa(np.array([[both, first], [second, neither]]))
    return float(found.kappa), float(found.std_kappa)


def both_vary(counts: tuple[int, ...]) -> bool:
    both, first, second, _ = counts
    return 0 < both + first < sum(counts) and 0 < both + second < sum(counts)


@given(COUNTS)
def test_kappa_and_its_error_are_those_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    assume(both_vary(counts))
    # Where all pairs agree their error is the root of a rounding error.
    assert kappa_and_error(pairs_of(*counts)) == pytest.approx(theirs(counts), abs=1e-6)


@given(COUNTS)
def test_whatever_was_said_the_numbers_are_in_their_bounds(counts: tuple[int, int, int, int]) -> None:
    assume(sum(counts) > 0)
    found = agreement(pairs_of(*counts))
    assert (found.kappa is None) == (not both_vary(counts))
    if found.kappa is not None:
        assert -1 <= found.kappa.low <= found.kappa.value <= found.kappa.high <= 1
    assert found.both_pass + found.only_first_passes + found.only_second_passes + found.both_fail == sum(counts)


def test_the_interval_is_that_of_a_t_variable() -> None:
    found = agreement(pairs_of(40, 9, 6, 20))
    _, error = theirs((40, 9, 6, 20))
    assert found.kappa is not None
    # 1.9925 is the t quantile of 74 degrees of freedom.
    assert found.kappa.high - found.kappa.value == pytest.approx(1.9925 * error, rel=1e-4)


def test_runs_of_one_task_are_worth_less_than_runs_of_as_many_tasks() -> None:
    alone = pairs_of(20, 5, 5, 20)
    # Four trials of each task, all the same.
    repeated = [pair._replace(group=f"{pair.group} ") for pair in alone for _ in range(4)]
    _, error = kappa_and_error(alone)
    assert kappa_and_error(repeated)[1] == pytest.approx(error)
    assert kappa_and_error([p._replace(group=str(n)) for n, p in enumerate(repeated)])[1] == pytest.approx(error / 2)


def test_full_agreement_of_few_runs_is_no_certainty() -> None:
    found = agreement(pairs_of(6, 0, 0, 6))
    assert found.kappa is not None
    assert found.kappa.value == 1
    assert found.kappa.low < 0.8
    assert f": label {FEW_PAIRS} or more" in found.note


@pytest.mark.parametrize("counts", [(30, 0, 0, 0), (25, 5, 0, 0), (0, 0, 5, 25)])
def test_a_rater_who_only_ever_says_one_thing_has_no_kappa_and_that_is_said(counts: tuple[int, int, int, int]) -> None:
    found = agreement(pairs_of(*counts))
    assert found.kappa is None
    assert "kappa is not defined" in found.note


def test_where_nearly_all_pass_the_note_says_why_kappa_is_low() -> None:
    found = agreement(pairs_of(90, 5, 5, 0))
    assert found.kappa is not None
    assert found.kappa.value < 0
    assert (found.agreement, found.pabak) == (0.9, pytest.approx(0.8))
    assert "nearly all verdicts are the same" in found.note


def test_runs_of_one_task_alone_give_no_interval() -> None:
    found = agreement([pair._replace(group="t") for pair in pairs_of(10, 5, 5, 10)])
    assert found.kappa is None
    assert "all runs are of one task" in found.note


def test_no_pairs_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="two verdicts"):
        agreement([])
