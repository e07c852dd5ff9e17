"""What skills do, estimated from made-up runs whose truth is known."""

from collections.abc import Mapping

import numpy as np
import pytest

from seasoned.core.skillbook import Skillbook
from seasoned.evaluate.credit.effects import SkillEffect, effects
from seasoned.evaluate.credit.observed import Observed, observed
from seasoned.store.exposed import ExposedRun, ExposureRow
from tests.compile.building import book, skill

A, B, C = (skill(f"When {name} comes up, look twice.", born=n) for n, name in enumerate("abc", 1))
DESK = book(A, B, C)


def exposure(skill_id: str, included: bool, probability: float = 0.5, **more: object) -> ExposureRow:
    row: ExposureRow = {"skill_id": skill_id, "revision": 3, "included": included, "probability": probability}
    return {**row, **more}  # pyright: ignore[reportReturnType]


def made(
    true: Mapping[str, float], n: int = 2_000, probability: float = 0.5, seed: int = 0, of: Skillbook = DESK
) -> Observed:
    """Runs of 50 tasks that are hard and easy; each skill changes the chance to succeed by what is true of it."""
    drawn = np.random.default_rng(seed)
    rates = drawn.uniform(0.3, 0.7, 50)
    runs: list[ExposedRun] = []
    for task in drawn.integers(0, 50, n).tolist():
        kept = {skill_id: bool(drawn.random() < probability) for skill_id in true}
        rate = rates[task] + sum(true[skill_id] for skill_id in true if kept[skill_id])
        exposures = [exposure(skill_id, is_in, probability) for skill_id, is_in in kept.items()]
        runs.append(ExposedRun(f"task {task}", bool(drawn.random() < rate), exposures))
    return observed(of, runs)


def by_id(seen: Observed, probability: float = 0.5) -> dict[str, SkillEffect]:
    return {each.skill_id: each for each in effects(seen, dict.fromkeys(seen.skills, probability))}


def test_a_skill_that_helps_one_that_harms_and_one_that_nobody_was_handed() -> None:
    seen = made({A.id: 0.2, B.id: -0.2})
    found = by_id(seen)
    assert [found[i].verdict for i in (A.id, B.id, C.id)] == ["helps", "harms", "no estimate"]
    assert [each.skill_id for each in effects(seen, dict.fromkeys(seen.skills, 0.5))] == [B.id, A.id, C.id]
    assert found[A.id].e_helps > 100 > found[A.id].e_harms
    assert found[C.id].why == "no judged run had it by chance"
    effect = found[A.id].effect
    assert effect is not None
    assert effect.low <= 0.2 <= effect.high


def test_skills_that_do_nothing_are_not_told_from_each_other() -> None:
    wrong = 0
    for seed in range(20):
        found = by_id(made({A.id: 0.0, B.id: 0.0}, n=400, seed=seed))
        wrong += sum(found[i].verdict != "not distinguishable" for i in (A.id, B.id))
    assert wrong <= 2


def test_where_the_probability_changed_with_the_times_the_effect_does_not_hold_what_else_changed() -> None:
    drawn = np.random.default_rng(5)
    runs: list[ExposedRun] = []
    for number in range(2_000):
        # Later runs succeed more often and have the skill more often; it does nothing.
        probability, rate = (0.2, 0.2) if number < 1_000 else (0.8, 0.8)
        is_in = bool(drawn.random() < probability)
        runs.append(
            ExposedRun(f"task {number % 50}", bool(drawn.random() < rate), [exposure(A.id, is_in, probability)])
        )
    found = by_id(observed(DESK, runs), 0.8)[A.id]
    assert found.kept.rate is not None
    assert found.left_out.rate is not None
    assert found.kept.rate - found.left_out.rate > 0.25
    assert found.verdict == "not distinguishable"
    assert found.effect is not None
    assert abs(found.effect.value) < 0.06


def test_how_many_runs_are_still_to_come() -> None:
    none = by_id(observed(DESK, []), 0.8)[A.id].further
    some = by_id(made({A.id: 0.0}, n=400, probability=0.8), 0.8)[A.id].further
    assert none.small is not None
    assert none.large is not None
    # The table of the research note has 3,130 and 775 of a rate of 50 % where half of the runs have the skill.
    half = by_id(observed(DESK, []), 0.5)[A.id].further
    assert half.small == pytest.approx(3_130, rel=0.01)
    assert half.large == pytest.approx(775, rel=0.01)
    assert half.small is not None
    assert none.small > half.small
    assert some.large is not None
    assert some.large < none.large


def test_a_skill_that_every_run_has_is_not_estimated() -> None:
    runs = [ExposedRun("t", True, [exposure(A.id, True, 1.0)])] * 10
    found = by_id(observed(DESK, runs), 1.0)[A.id]
    assert (found.verdict, found.why, found.n_certain) == ("no estimate", "every run has it", 10)
    assert (found.further.small, found.further.large) == (None, None)


def test_runs_that_had_it_for_certain_say_nothing_once_chance_decides() -> None:
    runs = [ExposedRun("t", True, [exposure(A.id, True, 1.0)])] * 10
    found = by_id(observed(DESK, [*runs, ExposedRun("t", False, [exposure(A.id, True)])]))[A.id]
    assert (found.verdict, found.kept.n, found.n_certain) == ("no estimate", 1, 10)
    assert found.why == "chance decided in one judged run; 10 had it for certain"


def test_all_successes_and_a_skill_that_chance_always_kept_are_not_distinguishable() -> None:
    runs = [ExposedRun("t", True, [exposure(A.id, True, 0.8)])] * 60
    found = by_id(observed(DESK, runs), 0.8)[A.id]
    assert (found.verdict, found.left_out.rate, found.planned) == ("not distinguishable", None, None)


def test_only_approved_skills_of_this_book_as_they_read_now_count() -> None:
    retired = book(A, B, C.model_copy(update={"status": "retired"}))
    of = [
        exposure(A.id, True, book="other"),
        exposure(B.id, True, revision=1),
        exposure(C.id, True),
        exposure("skill-unknown", True),
    ]
    seen = observed(retired, [ExposedRun("t", True, of), ExposedRun("t", None, of)])
    assert (len(seen.outcomes), seen.n_unjudged, set(seen.skills)) == (0, 0, {A.id, B.id})


def test_equal_runs_have_an_equal_digest_and_others_another() -> None:
    assert made({A.id: 0.1}).digest() == made({A.id: 0.1}).digest()
    assert made({A.id: 0.1}).digest() != made({A.id: 0.1}, seed=1).digest()
    assert made({A.id: 0.1}, n=3).digest() != made({B.id: 0.1}, n=3).digest()
