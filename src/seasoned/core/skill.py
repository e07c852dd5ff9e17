"""One reusable instruction with its reason, standing, evidence and history."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.operation import Author, Conflict, OperationKind, ReasonCode
from seasoned.core.scope import Scope
from seasoned.core.value import Text, Value

SkillStatus = Literal["proposed", "approved", "rejected", "retired", "merged"]


class Wording(Value):
    """One version of a skill's text."""

    revision: int = Field(ge=1)
    """Revision of the skillbook that brought it."""
    text: Text
    reason: Text
    author: Author
    at: datetime


class Decision(Value):
    """One verdict on a skill, one approval of several that it takes, or its merge."""

    revision: int = Field(ge=1)
    kind: OperationKind
    author: Author
    at: datetime
    reason: Text = ""
    code: ReasonCode | None = None


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
    """Of the last verdict; a proposal that was rejected before keeps it."""
    approvals: tuple[Text, ...] = ()
    """Names of the persons who approved the wording as it stands, where the policy asks for several."""
    removal: Decision | None = None
    """The REMOVE that waits for a verdict."""
    evidence: tuple[Evidence, ...] = ()
    """Empty only for a skill that a person wrote by hand."""
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    taints: tuple[Text, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """Skills that cannot stand beside this one; a reviewer decides."""
    scope: Scope = Scope()
    merged_into: str | None = None
    """The skill that this one went into, while its status is `merged`."""
    given: tuple[int, ...] = ()
    """Places in `evidence` of what that skill did not have before; RESTORE takes just these back from it."""
    wordings: tuple[Wording, ...]
    """All versions, oldest first; the last one is `text`."""
    decisions: tuple[Decision, ...] = ()
    """All verdicts, oldest first."""

    @property
    def is_unproven(self) -> bool:
        """Whether there was evidence, and all of it was erased with its traces."""
        return bool(self.evidence) and all(each.is_erased for each in self.evidence)

    @property
    def trace_ids(self) -> frozenset[str]:
        """The runs that its evidence is from."""
        return frozenset(each.trace_id for each in self.evidence)

    @property
    def born(self) -> Wording:
        """The first wording, and so who proposed the skill and when."""
        return self.wordings[0]
