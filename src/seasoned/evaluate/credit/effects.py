"""What each skill of a book does to the success of runs, from runs that were handed it by chance.

By intention to treat: what counts is whether a run was handed the skill, not whether the agent followed it. Three
answers for three uses. The verdict, for decisions at any time: a test by betting for each direction of each skill, all
judged together by e-BH, so that of the verdicts given the expected share of false ones is at most `ALPHA` however often
one looks. The effect with its interval, to be looked at any time: the asymptotic confidence sequence. And the planned
estimate, the sharpest, for a look whose time was fixed beforehand: least squares of all skills at once within tasks,
its p values adjusted by Benjamini and Hochberg. Sources stand with each in `evaluate.statistics`.

Pure. Raises nothing.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from seasoned.core.value import Text, Value
from seasoned.evaluate.credit.observed import Observed, SkillRuns
from seasoned.evaluate.statistics.adjusting import benjamini_hochberg
from seasoned.evaluate.statistics.betting import Betting, e_benjamini_hochberg, expected_by_task
from seasoned.evaluate.statistics.confidence_sequence import confidence_sequence, effect_scores
from seasoned.evaluate.statistics.intervals import Interval
from seasoned.evaluate.statistics.power import runs_needed
from seasoned.evaluate.statistics.regression import Effect, joint_effects

Array = NDArray[np.float64]

ALPHA = 0.05
"""Expected share of false verdicts among those given."""
FEWEST_RUNS = 2
"""With fewer there is no estimate."""
SMALL, LARGE = 0.05, 0.10
"""Effects for which the runs still needed are said."""
UNKNOWN_RATE = 0.5
"""Success rate where no run without the skill is known yet; the one at which effects take the most runs to find."""
_ORDER = ("harms", "not distinguishable", "helps", "no estimate")

EffectVerdict = Literal["helps", "harms", "not distinguishable", "no estimate"]


class Group(Value):
    """The runs with a skill, or those without it."""

    n: int = Field(ge=0)
    rate: float | None
    """Share of successes; None without a run. Where the probability was changed meanwhile, the difference of two
    groups' rates also holds what else changed, which the effect does not."""


class Further(Value):
    """Runs still to come until an effect of this size would be found four times in five, at a planned look."""

    small: int | None
    """Of five points up; None where no number of runs will do: the rate cannot rise so far, or chance decides nothing.
    """
    large: int | None
    """Of ten points up."""


class SkillEffect(Value):
    """What is known of one skill."""

    skill_id: str
    verdict: EffectVerdict
    why: Text = ""
    """Where there is no estimate."""
    kept: Group
    """Judged runs that had it by chance."""
    left_out: Group
    """Judged runs that lacked it by chance."""
    effect: Interval | None = None
    """Difference in the success rate, with an interval that holds at all times together."""
    e_helps: float = 1.0
    """How much a bettor on its help made of 1; against that it does nothing, or harms."""
    e_harms: float = 1.0
    planned: Effect | None = None
    """By the joint regression, at a look planned beforehand; None where it does not tell."""
    planned_p: float | None = None
    """Its p value, adjusted for the number of skills."""
    further: Further = Further(small=None, large=None)
    n_certain: int = 0
    """Judged runs that had it for certain, which say nothing of what it does."""
    n_unjudged: int = 0
    """Runs in which chance decided and that nobody judged."""


def effects(seen: Observed, probabilities: Mapping[str, float], alpha: float = ALPHA) -> tuple[SkillEffect, ...]:
    """What each skill does, the worst first.

    Args:
        seen: What was seen of the approved skills.
        probabilities: With which each is kept from now on, by skill id.
        alpha: Expected share of false verdicts among those given.
    """
    expected = np.array(expected_by_task(seen.outcomes.tolist(), seen.task_keys), dtype=np.float64)
    first = {i: _alone(i, runs, seen.outcomes, expected, probabilities[i]) for i, runs in seen.skills.items()}
    told = [i for i, each in first.items() if each.verdict != "no estimate"]
    e_values = [first[i].e_helps for i in told] + [first[i].e_harms for i in told]
    found = e_benjamini_hochberg(e_values, alpha)
    planned = _planned(seen, told)
    # Bets on both sides of one skill cannot both have won.
    for i, helps, harms in zip(told, found[: len(told)], found[len(told) :], strict=True):
        verdict: EffectVerdict = "harms" if harms else "helps" if helps else "not distinguishable"
        effect, p = planned[i]
        first[i] = first[i].model_copy(update={"verdict": verdict, "planned": effect, "planned_p": p})
    return tuple(sorted(first.values(), key=_badness))


def _badness(each: SkillEffect) -> tuple[int, float]:
    return _ORDER.index(each.verdict), 0.0 if each.effect is None else each.effect.value


def _alone(skill_id: str, runs: SkillRuns, outcomes: Array, expected: Array, probability: float) -> SkillEffect:
    """One skill by itself, before all are judged together."""
    places = np.array(runs.places, dtype=np.int64)
    y, z, p = outcomes[places], np.array(runs.kept, dtype=np.float64), np.array(runs.probabilities, dtype=np.float64)
    kept, left_out = _group(y[z == 1.0]), _group(y[z == 0.0])
    none = SkillEffect(
        skill_id=skill_id,
        verdict="no estimate",
        kept=kept,
        left_out=left_out,
        further=_further(left_out.rate, probability, len(y)),
        n_certain=runs.n_certain,
        n_unjudged=runs.n_unjudged,
    )
    if len(y) < FEWEST_RUNS:
        return none.model_copy(update={"why": _why_none(runs, probability)})
    e_values = Betting().observe(y, z, p, expected[places])
    effect = confidence_sequence(effect_scores(y, z, p, expected[places]))
    told: dict[str, object] = {"effect": effect, "e_helps": e_values.helps, "e_harms": e_values.harms}
    return none.model_copy(update={**told, "verdict": "not distinguishable"})


def _planned(seen: Observed, skill_ids: list[str]) -> dict[str, tuple[Effect | None, float | None]]:
    """The joint regression over the skills of which there is an estimate."""
    columns = np.zeros((len(seen.outcomes), len(skill_ids)))
    for number, i in enumerate(skill_ids):
        runs = seen.skills[i]
        kept = np.array(runs.kept, dtype=np.float64)
        columns[np.array(runs.places, dtype=np.int64), number] = kept - np.array(runs.probabilities)
    by_chance = np.any(columns != 0.0, axis=1)
    task_keys = [key for key, is_in in zip(seen.task_keys, by_chance.tolist(), strict=True) if is_in]
    if not task_keys:
        return {}
    found = joint_effects(seen.outcomes[by_chance], columns[by_chance], task_keys)
    told = [(i, effect) for i, effect in zip(skill_ids, found, strict=True) if effect is not None]
    adjusted = dict(zip((i for i, _ in told), benjamini_hochberg([each.p for _, each in told]), strict=True))
    return {i: (effect, adjusted.get(i)) for i, effect in zip(skill_ids, found, strict=True)}


def _group(outcomes: Array) -> Group:
    return Group(n=len(outcomes), rate=float(outcomes.mean()) if len(outcomes) else None)


def _further(rate: float | None, probability: float, n: int) -> Further:
    def left(effect: float) -> int | None:
        needed = runs_needed(UNKNOWN_RATE if rate is None else rate, effect, probability)
        return None if needed is None else max(0, needed - n)

    return Further(small=left(SMALL), large=left(LARGE))


def _why_none(runs: SkillRuns, probability: float) -> str:
    if probability == 1.0:
        return "every run has it"
    if runs.places:
        return f"chance decided in one judged run; {runs.n_certain} had it for certain" if runs.n_certain else "one run"
    return f"all {runs.n_certain} judged runs had it" if runs.n_certain else "no judged run had it by chance"
