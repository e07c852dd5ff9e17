"""How far two raters agree beyond chance: Cohen's kappa of pass and fail, with an interval, and what to read beside it.

Kappa is 1 for full agreement and 0 for what two raters who knew nothing of each other would reach with their rates of
passing. Where nearly all runs pass, or nearly all fail, it is low however often they agree (the prevalence paradox), so
the plain agreement, the counts and PABAK, which takes both rates as one half, stand beside it.

Sources: Cohen 1960; the standard error without the assumption of independence, Fleiss, Cohen & Everitt 1969, here by
its influence function, so that runs of one task, which resemble one another, count as one group; PABAK and prevalence,
Byrt, Bishop & Carlin 1993. Pure; raises `ValueError` for no pairs at all.
"""

from collections import defaultdict
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from pydantic import Field

from seasoned.core.value import Text, Value
from seasoned.evaluate.statistics.intervals import FEW_TASKS, Interval
from seasoned.evaluate.statistics.student import t_quantile

FEW_PAIRS = 20
"""Below so many pairs an interval says little, and is shown with that remark."""


class Pair(NamedTuple):
    """What two raters say of one run."""

    first: bool
    second: bool
    group: str
    """Runs of one group, such as a task, resemble one another."""


class Agreement(Value):
    """How two raters agree."""

    n_pairs: int
    n_groups: int
    both_pass: int
    only_first_passes: int
    only_second_passes: int
    both_fail: int
    agreement: float = Field(ge=0, le=1)
    """Share of pairs that agree."""
    kappa: Interval | None
    """Cohen's, in [-1, 1]; None where a rater only ever says one thing or there are fewer than two groups."""
    pabak: float = Field(ge=-1, le=1)
    """Kappa as it would be with both rates at one half: 2 * agreement - 1."""
    prevalence: float = Field(ge=0, le=1)
    """How far from even the verdicts are: 0 for as many passes as failures, 1 where all are one of the two."""
    note: Text = ""
    """What to keep in mind: too few pairs, kappa not defined, verdicts that are nearly all the same."""


def agreement(pairs: Sequence[Pair], confidence: float = 0.95) -> Agreement:
    """How two raters agree on the same runs.

    Args:
        pairs: At least one.
        confidence: Share of samples whose interval would hold the true kappa.
    """
    if not pairs:
        raise ValueError("no run has two verdicts")
    n = len(pairs)
    a, b = sum(p.first and p.second for p in pairs), sum(p.first and not p.second for p in pairs)
    c, d = sum(p.second and not p.first for p in pairs), sum(not p.first and not p.second for p in pairs)
    agreed, n_groups = (a + d) / n, len({p.group for p in pairs})
    kappa = None if n_groups < 2 or _is_constant(pairs) else _kappa_interval(pairs, confidence)
    prevalence = abs(a - d) / n
    return Agreement(
        n_pairs=n,
        n_groups=n_groups,
        both_pass=a,
        only_first_passes=b,
        only_second_passes=c,
        both_fail=d,
        agreement=agreed,
        kappa=kappa,
        pabak=2 * agreed - 1,
        prevalence=prevalence,
        note=_note(pairs, n_groups, prevalence),
    )


def kappa_and_error(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Kappa and its standard error over groups; neither rater may say only one thing, as a pair."""
    n = len(pairs)
    first, second = sum(p.first for p in pairs) / n, sum(p.second for p in pairs) / n
    agreed = sum(p.first == p.second for p in pairs) / n
    chance = first * second + (1 - first) * (1 - second)
    kappa = (agreed - chance) / (1 - chance)
    by_group = defaultdict[str, float](float)
    for pair in pairs:
        share = (second if pair.first else 1 - second) + (first if pair.second else 1 - first) - 2 * chance
        by_group[pair.group] += ((pair.first == pair.second) - agreed) / (1 - chance)
        by_group[pair.group] -= (1 - agreed) * share / (1 - chance) ** 2
    return kappa, sqrt(sum(total * total for total in by_group.values())) / n


def _kappa_interval(pairs: Sequence[Pair], confidence: float) -> Interval:
    kappa, low, high = _interval(pairs, confidence)
    if sum(pair.first != pair.second for pair in pairs) < FEW_TASKS:
        # With hardly a disagreement in hand the error is near 0 whatever the truth: see as well what one more of each
        # kind would make of it.
        more = (Pair(True, False, "\0one more"), Pair(False, True, "\0and another"))
        _, other_low, other_high = _interval([*pairs, *more], confidence)
        low, high = min(low, other_low), max(high, other_high)
    return Interval(value=kappa, low=low, high=high)


def _interval(pairs: Sequence[Pair], confidence: float) -> tuple[float, float, float]:
    kappa, error = kappa_and_error(pairs)
    width = error * t_quantile((1 + confidence) / 2, len({pair.group for pair in pairs}) - 1)
    return kappa, max(-1.0, kappa - width), min(1.0, kappa + width)


def _is_constant(pairs: Sequence[Pair]) -> bool:
    """Whether a rater says only one thing: then chance and agreement cannot be told apart."""
    return len({pair.first for pair in pairs}) == 1 or len({pair.second for pair in pairs}) == 1


def _note(pairs: Sequence[Pair], n_groups: int, prevalence: float) -> str:
    notes: list[str] = []
    if len(pairs) < FEW_PAIRS:
        notes.append(f"runs with both verdicts are too few ({len(pairs)}): label {FEW_PAIRS} or more")
    if _is_constant(pairs):
        notes.append("kappa is not defined: one of the two only ever says the same")
    elif n_groups < 2:
        notes.append("kappa has no interval: all runs are of one task")
    elif prevalence > 0.6:
        notes.append("nearly all verdicts are the same, which makes kappa low: look at the counts and at PABAK")
    return "; ".join(notes)
