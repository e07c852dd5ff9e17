"""What was seen of each skill of a book: in which runs it was kept or left out by chance, and how these ended.

A run counts for a skill if the skill read then as it reads now. Runs that nobody judged say nothing and are counted.
Pure: runs in, arrays out. Raises nothing.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seasoned.core.skill import Skill
from seasoned.core.skillbook import Skillbook
from seasoned.store.exposed import ExposedRun, ExposureRow

Array = NDArray[np.float64]

WordingAt = Callable[[str, int], str | None]
"""How a skill read at a revision of the book; None where it was not there."""


@dataclass(slots=True)
class SkillRuns:
    """The runs of one skill, in the order in which they came."""

    places: "array[int]" = field(default_factory=lambda: array("l"))
    """Of the judged runs in which chance decided, among all judged runs."""
    kept: "array[int]" = field(default_factory=lambda: array("b"))
    """Of the same runs: 1 where the skill was in the prompt, 0 where it was left out."""
    probabilities: "array[float]" = field(default_factory=lambda: array("d"))
    """Of the same runs: with which it was to be."""
    n_certain: int = 0
    """Judged runs that had it for certain."""
    n_unjudged: int = 0
    """Runs in which chance decided and that nobody judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen of a book's approved skills."""

    outcomes: Array
    """Of every judged run: 1 for a success, 0 for a failure."""
    task_keys: tuple[str, ...]
    """Of the same runs."""
    n_unjudged: int
    skills: Mapping[str, SkillRuns]
    """By skill id, one for every approved skill."""

    def digest(self) -> str:
        """Of all that estimates depend on: equal where nothing new was seen."""
        content = hashlib.sha256(self.outcomes.tobytes())
        content.update("\0".join(self.task_keys).encode())
        for skill_id, runs in self.skills.items():
            content.update(skill_id.encode())
            for column in (runs.places, runs.kept, runs.probabilities):
                content.update(column.tobytes())
            content.update(f"{runs.n_certain} {runs.n_unjudged}".encode())
        return content.hexdigest()


def observed(book: Skillbook, runs: Iterable[ExposedRun], wording_at: WordingAt | None = None) -> Observed:
    """Go through runs and note what each says of the approved skills of a book.

    Args:
        book: The skillbook as it stands.
        runs: In the order in which they came.
        wording_at: How a skill read at a revision; None: as the wordings that it has now say.
    """
    skills = {skill.id: SkillRuns() for skill in book.with_status("approved")}
    counts = _Counting(book, wording_at or by_wordings(book))
    outcomes, task_keys, n_unjudged = array("d"), list[str](), 0
    for run in runs:
        of_book = [each for each in run.exposures if counts(each)]
        if not of_book:
            continue
        if run.verdict is None:
            n_unjudged += 1
        for each in of_book:
            _note(skills[each["skill_id"]], each, None if run.verdict is None else len(outcomes))
        if run.verdict is not None:
            outcomes.append(float(run.verdict))
            task_keys.append(run.task_key)
    seen = np.array(outcomes, dtype=np.float64)
    return Observed(outcomes=seen, task_keys=tuple(task_keys), n_unjudged=n_unjudged, skills=skills)


def by_wordings(book: Skillbook) -> WordingAt:
    """How skills read at revisions, by the wordings that they have now, which a rollback takes back."""

    def wording_at(skill_id: str, revision: int) -> str | None:
        known = [wording for wording in book.skills[skill_id].wordings if wording.revision <= revision]
        return known[-1].text if known else None

    return wording_at


class _Counting:
    """Whether an exposure is of an approved skill of the book in its present wording."""

    def __init__(self, book: Skillbook, wording_at: WordingAt) -> None:
        self._name = book.name
        self._approved: dict[str, Skill] = {skill.id: skill for skill in book.with_status("approved")}
        self._wording_at = wording_at
        self._known: dict[tuple[str, int], bool] = {}

    def __call__(self, exposure: ExposureRow) -> bool:
        if exposure.get("book", self._name) != self._name or exposure["skill_id"] not in self._approved:
            return False
        key = exposure["skill_id"], exposure["revision"]
        if key not in self._known:
            self._known[key] = self._wording_at(*key) == self._approved[key[0]].text
        return self._known[key]


def _note(runs: SkillRuns, exposure: ExposureRow, place: int | None) -> None:
    probability = exposure["probability"]
    by_chance = 0.0 < probability < 1.0
    if place is None:
        runs.n_unjudged += by_chance
    elif by_chance:
        runs.places.append(place)
        runs.kept.append(exposure["included"])
        runs.probabilities.append(probability)
    elif exposure["included"]:
        runs.n_certain += 1
