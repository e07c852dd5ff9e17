"""One change to a skillbook: what a learner proposes and what a reviewer decides.

An operation names the skill by id, never by echoing its text. Whether it is allowed is decided by the fold in
`core.skillbook`, the one place that knows the state machine.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.ids import content_id
from seasoned.core.value import Text, Value

OperationKind = Literal["ADD", "EDIT", "AGREE", "MERGE", "APPROVE", "REJECT", "RETIRE", "RESTORE"]
"""ADD proposes a skill, EDIT rewords one, AGREE adds evidence to one, MERGE lets one go into another; APPROVE, REJECT
and RETIRE are a reviewer's verdicts, and RESTORE takes the last verdict, or the merge, back."""

ConflictKind = Literal["contradicts", "would replace"]


class Conflict(Value):
    """That two skills cannot both stand as they are, for a reviewer to decide; nothing resolves it by itself."""

    skill_id: str
    """The other skill."""
    kind: ConflictKind = "contradicts"
    reason: Text = ""


class Scope(Value):
    """Where a skill is known to apply, as far as the runs behind it show; empty means everywhere."""

    agent: Text = ""
    """The agent's name where every run behind the skill is of that one agent."""
    tools: tuple[Text, ...] = ()
    """Tools that the skill names and that the runs behind it have, sorted."""

    def widened(self, other: "Scope") -> "Scope":
        """The scope with the runs of another one behind it too."""
        return Scope(
            agent=self.agent if self.agent == other.agent else "",
            tools=tuple(sorted({*self.tools, *other.tools})),
        )


class Author(Value):
    """Who made an operation."""

    kind: Literal["person", "learner", "policy"]
    name: Text
    run_id: str | None = None
    """The run in which a learner made it."""
    model_id: str | None = None
    """The language model behind a learner."""


class Operation(Value):
    """One change to one skill."""

    kind: OperationKind
    skill_id: str
    author: Author
    text: Text | None = None
    """ADD and EDIT: the new wording; MERGE: one for both, if there is a better one. Verdicts: the wording that was
    judged, refused if it has changed since."""
    reason: Text = ""
    """ADD and EDIT: why the skill holds. Verdicts: why the reviewer decided so."""
    section: Text | None = None
    evidence: tuple[Evidence, ...] = ()
    """ADD, EDIT, AGREE and MERGE; a MERGE need not repeat what the merged skill has."""
    merged_id: str | None = None
    """MERGE: the skill that goes into `skill_id`."""
    conflicts: tuple[Conflict, ...] = ()
    """ADD, EDIT, AGREE and MERGE: skills that cannot stand beside this one."""
    scope: Scope | None = None
    """ADD and EDIT: where the skill applies. AGREE and MERGE: where the new evidence is from, which widens it."""
    finding_id: str | None = None
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    taints: tuple[Text, ...] = ()
    """ADD, EDIT and MERGE: why the wording must be read with care (an address, a command, a secret from trace text)."""

    def key(self, scope: str) -> str:
        """Idempotency key: the same operation of the same `scope` (a run, a review sitting) is applied once."""
        return content_id("operation", [scope, self.model_dump(mode="json")])


class Event(Value):
    """An operation as the log keeps it."""

    revision: int = Field(ge=1)
    """Number of the event within its skillbook, without gaps; it is also the revision that the event makes."""
    at: datetime
    operation: Operation


def skill_id(text: str) -> str:
    """The id of a skill born with this wording: equal but for case and spacing is the same skill."""
    return content_id("skill", " ".join(text.split()).casefold())
