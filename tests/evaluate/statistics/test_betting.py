"""The test by betting: never rich by chance, rich soon where there is an effect, and the same however it is fed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from seasoned.evaluate.statistics.betting import BETS, Betting, e_benjamini_hochberg, expected_by_task
from seasoned.evaluate.statistics.confidence_sequence import FEW_RUNS, confidence_sequence, effect_scores

Array = NDArray[np.float64]


def drawn(seed: int, n: int, effect: float, probability: float) -> tuple[Array, Array]:
    """Outcomes of runs that succeed 4 times of 10, or more often by the effect where the skill was kept."""
    random = np.random.default_rng(seed)
    kept = (random.random(n) < probability).astype(float)
    return (random.random(n) < 0.4 + effect * kept).astype(float), kept


def test_one_run_multiplies_the_wealth_by_what_the_bets_win() -> None:
    """Expected one half, kept at one half: a success of a run with the skill gains b/4 on each unit bet."""
    found = Betting().observe(1.0, True, 0.5)
    assert found.helps == pytest.approx(np.mean([1 + b / 4 for b in BETS]))
    assert found.harms == pytest.approx(np.mean([1 - b / 4 for b in BETS]))
    assert found.either == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.05, 0.95)), max_size=40), st.integers(0, 40))
def test_it_does_not_matter_in_which_portions_runs_come(runs: list[tuple[float, bool, float]], cut: int) -> None:
    y, z, p = (np.array([run[place] for run in runs], float) for place in range(3))
    whole, parts = Betting(), Betting()
    parts.observe(y[:cut], z[:cut], p[:cut])
    assert parts.observe(y[cut:], z[cut:], p[cut:]) == pytest.approx(whole.observe(y, z, p))


@given(st.floats(0, 1), st.floats(0.02, 0.98), st.floats(0, 1))
def test_a_coin_that_decides_nothing_wins_nothing_on_average(y: float, p: float, expected: float) -> None:
    """The mean over both faces of the coin, of one run whose outcome is the same either way, is 1 exactly."""
    faces = [Betting().observe(y, kept, p, expected) for kept in (True, False)]
    for side in ("helps", "harms"):
        assert p * getattr(faces[0], side) + (1 - p) * getattr(faces[1], side) == pytest.approx(1.0)
    assert min(*faces[0], *faces[1]) > 0.0


def test_looking_after_every_run_is_seldom_wrong() -> None:
    """Of 300 skills that do nothing, in 1,500 runs each, at most 1 in 20 ever reaches 20."""
    ever = [max(e.either for e in Betting().path(*drawn(seed, 1_500, 0.0, 0.8), 0.8)) >= 20 for seed in range(300)]
    assert sum(ever) <= 15


def test_an_effect_of_ten_points_is_found_within_two_thousand_runs() -> None:
    found = [Betting().observe(*drawn(seed, 2_000, 0.1, 0.5), 0.5) for seed in range(60)]
    assert sum(e.helps >= 20 for e in found) >= 54
    assert all(e.harms < 1 for e in found)


def test_knowing_the_task_finds_it_sooner() -> None:
    """Tasks that nearly always or hardly ever succeed: what is left to chance is small."""
    random = np.random.default_rng(3)
    tasks = random.integers(0, 20, 1_200)
    kept = random.random(1_200) < 0.5
    y = (random.random(1_200) < np.where(tasks < 10, 0.05, 0.85) + 0.1 * kept).astype(float)
    expected = expected_by_task(y.tolist(), [str(task) for task in tasks])
    assert Betting().observe(y, kept, 0.5, expected).helps > 10 * Betting().observe(y, kept, 0.5).helps


def test_what_is_expected_of_a_run_knows_nothing_of_that_run() -> None:
    assert expected_by_task([1, 0, 1], ["a", "a", "b"]) == pytest.approx([0.5, (1 + 2 * 2 / 3) / 3, 2 / 4])
    assert expected_by_task([1, 0, 0], ["a", "a", "b"])[:3] == expected_by_task([1, 0, 1], ["a", "a", "b"])[:3]


def test_a_skill_that_is_always_kept_is_never_judged() -> None:
    assert Betting().observe([1.0] * 50, True, 1.0) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("y", "kept", "p"), [(1.5, True, 0.5), (float("nan"), True, 0.5), (1, True, 0.0), (1, True, 1.2), (1, False, 1.0)]
)
def test_what_cannot_be_is_refused(y: float, kept: bool, p: float) -> None:
    with pytest.raises(ValueError, match=r"between|kept"):
        Betting().observe(y, kept, p)


def test_several_e_values_are_findings_together() -> None:
    """40 and 20 of three at 0.1: the first needs 30, two of them need 15 each."""
    assert e_benjamini_hochberg([20.0, 1.0, 40.0], 0.1) == (True, False, True)
    assert e_benjamini_hochberg([14.0, 1.0, 29.0], 0.1) == (False, False, False)
    assert e_benjamini_hochberg([], 0.1) == ()
    with pytest.raises(ValueError, match="not negative"):
        e_benjamini_hochberg([-1.0], 0.1)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 0.9)), min_size=2, max_size=60))
def test_scores_average_to_the_weighted_difference(runs: list[tuple[float, bool, float]]) -> None:
    y, z, p = (np.array([run[place] for run in runs], float) for place in range(3))
    scores = effect_scores(y, z, p, 0.0)
    weighted = np.mean(y * z / p) - np.mean(y * (1 - z) / (1 - p))
    assert scores.mean() == pytest.approx(weighted, abs=1e-9)


def test_the_interval_holds_the_truth_at_all_times_together() -> None:
    """At every tenth of 2,000 runs, for 200 skills of +10 points; at one time alone it is wider than a usual one."""
    wrong = 0
    for seed in range(200):
        scores = effect_scores(*drawn(seed, 2_000, 0.1, 0.5), 0.5, 0.45)
        intervals = [confidence_sequence(scores[:n]) for n in range(100, 2_001, 100)]
        wrong += any(not each.low <= 0.1 <= each.high for each in intervals)
    assert wrong <= 16
    scores = effect_scores(*drawn(0, 1_000, 0.1, 0.5), 0.5, 0.45)
    found = confidence_sequence(scores)
    usual = 2 * 1.96 * scores.std() / np.sqrt(1_000)
    assert 1.2 < (found.high - found.low) / usual < 1.7


def test_few_runs_say_nothing_yet() -> None:
    found = confidence_sequence([1.0, 0.0] * (FEW_RUNS // 2 - 1))
    assert (found.value, found.low, found.high) == (0.5, -1.0, 1.0)
    with pytest.raises(ValueError, match="two runs"):
        confidence_sequence([1.0])
