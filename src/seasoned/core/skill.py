"""One reusable instruction with its reason, standing, evidence and history."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, Conflict, Scope
from seasoned.core.value import Text, Value

SkillStatus = Literal["proposed", "approved", "rejected", "retired", "merged"]


class Count(Value):
    """Helpful, harmful and neutral as one source counts them."""

    helpful: int = Field(default=0, ge=0)
    harmful: int = Field(default=0, ge=0)
    neutral: int = Field(default=0, ge=0)


class Counters(Value):
    """The same three counts, kept apart by who says so."""

    voted: Count = Count()
    """By people."""
    judged: Count = Count()
    """By a language model that read the run."""
    measured: Count = Count()
    """By outcomes of runs with and without the skill."""


class Wording(Value):
    """One version of a skill's text."""

    revision: int = Field(ge=1)
    """Revision of the skillbook that brought it."""
    text: Text
    reason: Text
    author: Author
    at: datetime


class Skill(Value):
    """One reusable instruction."""

    id: str
    text: Text
    """ "When …, do …" """
    reason: Text = ""
    section: Text = "general"
    status: SkillStatus = "proposed"
    previous_status: SkillStatus | None = None
    """What the last verdict changed; RESTORE goes back to it."""
    status_reason: Text = ""
    evidence: tuple[Evidence, ...] = ()
    """Empty only for a skill that a person wrote by hand."""
    confidence: float | None = None
    taints: tuple[Text, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """Skills that cannot stand beside this one; a reviewer decides."""
    scope: Scope = Scope()
    merged_into: str | None = None
    """The skill that this one went into, while its status is `merged`."""
    given: tuple[int, ...] = ()
    """Places in `evidence` of what that skill did not have before; RESTORE takes just these back from it."""
    counters: Counters = Counters()
    wordings: tuple[Wording, ...]
    """All versions, oldest first; the last one is `text`."""

    @property
    def is_unproven(self) -> bool:
        """Whether there was evidence, and all of it was erased with its traces."""
        return bool(self.evidence) and all(each.is_erased for each in self.evidence)

    @property
    def born(self) -> Wording:
        """The first wording, and so who proposed the skill and when."""
        return self.wordings[0]
