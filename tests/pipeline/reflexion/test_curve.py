"""How many tasks pass within k trials, and how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.errors import UsageError
from seasoned.evaluate.statistics.intervals import Resampling
from seasoned.pipeline.reflexion.curve import Paired, Spent, pass_curve, retry_bounds


def spent(*trials: tuple[float, bool]) -> tuple[Spent, ...]:
    return tuple(Spent(amount=amount, is_success=is_success) for amount, is_success in trials)


def test_a_retry_counts_where_it_began_within_the_cost() -> None:
    # By hand: with reflections 10 then 10, passed at the second. Retries cost 4 each and begin at 0, 4, 8, 12: the
    # third one, which passes, began at 8, within the 10 of the first trial already.
    task = Paired(reflexion=spent((10, False), (10, True)), retry=spent((4, False), (4, False), (4, True)))
    first, second = pass_curve([task], 2)
    assert (first.reflexion.value, second.reflexion.value) == (0.0, 1.0)
    assert first.retry is not None
    assert first.difference is not None
    assert (first.retry.value, first.difference.value) == (1.0, -1.0)
    assert (second.reflexion.low, second.reflexion.high) == (0.0, 1.0), "one task says nothing of others"


def test_a_retry_that_begins_with_all_spent_does_not_count() -> None:
    task = Paired(reflexion=spent((8, False)), retry=spent((4, False), (4, False), (4, True)))
    (point,) = pass_curve([task], 1)
    assert point.retry is not None
    assert point.retry.value == 0.0


def test_the_interval_is_of_the_tasks() -> None:
    tasks = [Paired(reflexion=spent((1, n < 30))) for n in range(100)]
    (point,) = pass_curve(tasks, 1)
    assert point.reflexion.value == pytest.approx(0.30)
    # The normal interval of 30 in 100 is 0.30 ± 1.96 · √(0.3 · 0.7 / 100) = 0.21 to 0.39.
    assert point.reflexion.low == pytest.approx(0.21, abs=0.02)
    assert point.reflexion.high == pytest.approx(0.39, abs=0.02)
    assert (point.retry, point.difference) == (None, None)


def test_the_same_seed_gives_the_same_interval() -> None:
    tasks = [Paired(reflexion=spent((1, n % 3 == 0))) for n in range(20)]
    assert pass_curve(tasks, 2, Resampling(seed=4)) == pass_curve(tasks, 2, Resampling(seed=4))


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=1, max_size=6))
def test_every_curve_rises_whatever_happened(tasks: list[list[bool]]) -> None:
    paired = [Paired(reflexion=spent(*((1, passed) for passed in trials))) for trials in tasks]
    means = [point.reflexion.value for point in pass_curve(paired, 4, Resampling(n_resamples=100))]
    assert means == sorted(means)


def test_first_trials_alone_bound_what_retries_would_do() -> None:
    # By hand: 1 of 4 passed; three trials each pass 1 - 0.75³ = 0.578 where all tasks are equally hard.
    low, high = retry_bounds([True, False, False, False], 3)
    assert (low, high) == (0.25, pytest.approx(0.578125))


def test_no_tasks_are_no_curve() -> None:
    with pytest.raises(UsageError, match="at least one task"):
        pass_curve([], 3)
    with pytest.raises(UsageError, match="at least one task"):
        retry_bounds([], 3)
