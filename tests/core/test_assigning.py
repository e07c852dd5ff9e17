"""Which skills a run is handed: uniform, independent between skills and runs, and the same when asked again."""

from hashlib import sha256

import numpy as np
import pytest

from seasoned.core.assigning import draw, kept

SALT = b"salt"
N = 20_000


def draws(skill_id: str, salt: bytes = SALT, n: int = N) -> np.ndarray:
    return np.array([draw(f"run {i}", skill_id, salt) for i in range(n)])


def test_a_draw_is_the_first_bits_of_the_hash_that_is_documented() -> None:
    digest = sha256(b'["73616c74","run 1","skill-a"]').digest()
    assert draw("run 1", "skill-a", SALT) == (int.from_bytes(digest) >> (256 - 53)) / 2**53


def test_draws_are_uniform() -> None:
    found = draws("skill-a")
    assert found.min() >= 0.0
    assert found.max() < 1.0
    counts = np.histogram(found, bins=20, range=(0.0, 1.0))[0]
    chi_squared = ((counts - N / 20) ** 2 / (N / 20)).sum()
    assert chi_squared < 43.8  # of 19 degrees of freedom, one draw in a thousand is beyond


def test_draws_of_several_skills_of_consecutive_runs_and_of_other_salts_are_independent() -> None:
    found = draws("skill-a")
    others = (draws("skill-b"), np.roll(found, 1), draws("skill-a", b"pepper"))
    assert all(abs(float(np.corrcoef(found, other)[0, 1])) < 4.0 / N**0.5 for other in others)


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.8])
def test_a_skill_is_kept_as_often_as_was_said(probability: float) -> None:
    share = np.mean([kept(f"run {i}", "skill-a", SALT, probability) for i in range(N)])
    assert abs(share - probability) < 4.0 * (probability * (1.0 - probability) / N) ** 0.5


def test_a_skill_that_is_always_kept_is_in_every_run() -> None:
    assert all(kept(f"run {i}", "skill-a", SALT, 1.0) for i in range(200))


def test_who_is_kept_at_a_lower_probability_is_kept_at_a_higher_one_too() -> None:
    for i in range(200):
        assert kept(f"run {i}", "skill-a", SALT, 0.8) >= kept(f"run {i}", "skill-a", SALT, 0.5)


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="is no probability"):
        kept("run", "skill-a", SALT, probability)
