"""What is looked at when exemplars are chosen: how good one is, how alike two are, how many there is room for.

And the choice that holds for every task (`fixed`), which is made once and needs no task. Pure and deterministic; knows
nothing of the store or of prompts. Raises nothing.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import Field

from seasoned.core.exemplar import Exemplar
from seasoned.core.text import CHARS_PER_TOKEN
from seasoned.core.value import Value
from seasoned.retrieve.diversity import MMR_LAMBDA, k_medoids, mmr
from seasoned.retrieve.lexical import words
from seasoned.retrieve.masking import masked

TRUST = {"human": 1.0, "verifier": 1.0, "judge": 0.8, "self-report": 0.5, None: 0.5}
"""How much a success counts by who says so; None: a person added the exemplar without an outcome."""
MEDOID_ITEMS = 500
"""Of so many exemplars at most the medoids are sought, the best ones, as time and memory grow with their square."""
Tokens = Callable[[Exemplar], int]
"""What showing an exemplar costs."""
FixedBy = Literal["best", "diverse", "medoids"]
_ALSO: dict[FixedBy, str] = {
    "best": "",
    "diverse": ", and unlike those before it",
    "medoids": ", and the nearest to many others",
}


class Ranked(Value):
    """An exemplar that was chosen."""

    exemplar: Exemplar
    rank: int = Field(ge=1)
    """In the order in which they were chosen, from 1."""
    score: float
    """In [0, 1]: how well it fits before diversity is looked at."""
    why: str
    """In words."""


class PassedOver(Value):
    """An exemplar that would have been chosen but for something."""

    exemplar_id: str
    why: str


class Found(Value):
    """What a choice came to."""

    ranked: tuple[Ranked, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know of how they were found."""


class Room:
    """What may be chosen beside what was chosen: within the budget, and never a part of a run twice.

    Args:
        exemplars: In which indices count.
        max_tokens: For all chosen ones together; None: no limit.
        n_tokens: What one costs.
    """

    def __init__(self, exemplars: Sequence[Exemplar], max_tokens: int | None, n_tokens: Tokens) -> None:
        """Nothing is chosen yet."""
        self._exemplars, self._left, self._n_tokens = exemplars, max_tokens, n_tokens
        self._taken: list[Exemplar] = []
        self.passed_over: list[PassedOver] = []

    def admits(self, index: int) -> bool:
        """Take one in; False, with the reason in `passed_over`, where it does not fit."""
        exemplar = self._exemplars[index]
        why = self._obstacle(exemplar)
        if why:
            self.passed_over.append(PassedOver(exemplar_id=exemplar.id, why=why))
            return False
        self._taken.append(exemplar)
        if self._left is not None:
            self._left -= self._n_tokens(exemplar)
        return True

    def _obstacle(self, exemplar: Exemplar) -> str:
        for taken in self._taken:
            if taken.trace_id == exemplar.trace_id and taken.start < exemplar.end and exemplar.start < taken.end:
                return f"it shares steps with {taken.id}, which is shown"
        if self._left is not None and (needed := self._n_tokens(exemplar)) > self._left:
            return f"it needs about {needed:,} tokens, and {self._left:,} are left"
        return ""


class Likeness:
    """How alike two exemplars are, in [0, 1]: the mean of how alike their problems and their tools are.

    Problems: the cosine of their masked words, weighted by how rare a word is among all. Tools: the share that both
    call of those that either calls; 1 where neither calls any.
    """

    def __init__(self, exemplars: Sequence[Exemplar]) -> None:
        """Weigh the words of every problem once."""
        counts = [Counter(words(masked(exemplar.problem))) for exemplar in exemplars]
        n_with = Counter(word for count in counts for word in count)
        self._vectors = [_weighted(count, n_with, len(counts)) for count in counts]
        self._tools = [frozenset(exemplar.tools) for exemplar in exemplars]

    def __call__(self, left: int, right: int) -> float:
        """Of two exemplars by index."""
        ours, theirs = sorted((self._vectors[left], self._vectors[right]), key=len)
        problems = min(1.0, sum(weight * theirs.get(word, 0.0) for word, weight in ours.items()))
        return (problems + overlap(self._tools[left], self._tools[right])) / 2


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """The share of what both have of what either has (Jaccard); 1 where neither has anything."""
    return len(left & right) / len(left | right) if left or right else 1.0


def quality(exemplar: Exemplar) -> float:
    """How well its run went, in [0, 1]: the score (1 where there is none) times how far that is to be trusted."""
    return (1.0 if exemplar.score is None else exemplar.score) * TRUST[exemplar.source]


def estimated_tokens(exemplar: Exemplar) -> int:
    """About what showing an exemplar costs, by the length of its problem, steps and feedback."""
    return math.ceil((len(exemplar.problem) + exemplar.n_chars + len(exemplar.feedback)) / CHARS_PER_TOKEN)


def fixed(
    exemplars: Sequence[Exemplar],
    n: int,
    by: FixedBy = "best",
    *,
    max_tokens: int | None = None,
    n_tokens: Tokens = estimated_tokens,
) -> Found:
    """Choose exemplars that are shown whatever the task is.

    Args:
        exemplars: Those that may be shown.
        n: At most so many.
        by: `best`: those whose runs went best, the shorter one among equals. `diverse`: of these by maximal marginal
            relevance. `medoids`: those that stand for all the others best.
        max_tokens: For all chosen ones together; None: no limit.
        n_tokens: What one costs.
    """
    if not exemplars:
        return Found(notes=(EMPTY,))
    ordered = sorted(exemplars, key=lambda e: (-quality(e), e.n_chars, e.id))
    notes = list[str]()
    if by == "medoids" and len(ordered) > MEDOID_ITEMS:
        notes.append(f"medoids of the best {MEDOID_ITEMS:,} of {len(ordered):,} exemplars")
        ordered = ordered[:MEDOID_ITEMS]
    room = Room(ordered, max_tokens, n_tokens)
    scores = [quality(exemplar) for exemplar in ordered]
    if by == "medoids":
        medoids = k_medoids(Likeness(ordered), len(ordered), n)
        chosen = [place for place in medoids if room.admits(place)]
    else:
        likeness = Likeness(ordered) if by == "diverse" else _unlike
        chosen = mmr(scores, likeness, n, MMR_LAMBDA if by == "diverse" else 1.0, room.admits)
    ranked = tuple(
        Ranked(exemplar=ordered[place], rank=rank, score=scores[place], why=f"{success(ordered[place])}{_ALSO[by]}")
        for rank, place in enumerate(chosen, start=1)
    )
    return Found(ranked=ranked, passed_over=tuple(room.passed_over), notes=tuple(notes))


EMPTY = "the bank has no exemplar that may be shown: `seasoned exemplars fill` proposes some, `approve` lets them in"


def success(exemplar: Exemplar) -> str:
    """Who says that the run went well, in words."""
    says = {"human": "a person", "verifier": "a verifier", "judge": "a judge", "self-report": "the agent itself"}
    if exemplar.source is None:
        return "added without an outcome"
    score = "" if exemplar.score is None else f" with score {exemplar.score:g}"
    return f"succeeded{score}, says {says[exemplar.source]}"


def _unlike(_left: int, _right: int) -> float:
    return 0.0


def _weighted(count: Counter[str], n_with: Counter[str], n_all: int) -> dict[str, float]:
    """The words' weights (tf-idf), of length 1 together."""
    weights = {word: n * math.log(1 + n_all / n_with[word]) for word, n in count.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in sorted(weights.items())} if length else {}
