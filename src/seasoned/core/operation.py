"""One change to a skillbook: what a learner proposes and what a reviewer decides.

An operation names the skill by id, never by echoing its text. Whether it is allowed is decided in `core.change`,
the one place that knows the state machine.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from seasoned.core.finding import Evidence
from seasoned.core.ids import content_id
from seasoned.core.policy import ReviewPolicy
from seasoned.core.scope import Scope
from seasoned.core.value import Text, Value

OperationKind = Literal[
    "ADD", "EDIT", "AGREE", "MERGE", "REMOVE", "APPROVE", "REJECT", "RETIRE", "RESTORE", "ROLLBACK", "POLICY"
]
"""ADD proposes a skill, again where it was rejected and there is evidence from new runs; EDIT rewords one, AGREE adds
evidence to one, MERGE lets one go into another, REMOVE proposes that one goes; APPROVE, REJECT and RETIRE are a
reviewer's verdicts, and RESTORE takes the last verdict, approval, merge or proposed removal back. ROLLBACK makes the
book, or one skill, what it was at a revision; POLICY sets the book's rules of review."""

VERDICTS: frozenset[OperationKind] = frozenset({"APPROVE", "REJECT", "RETIRE", "RESTORE"})
"""What no learner may do: a person, or a policy that a person wrote, decides."""
FOR_PERSONS: frozenset[OperationKind] = frozenset({"ROLLBACK", "POLICY"})
"""What only a person may do."""

ConflictKind = Literal["contradicts", "would replace"]

ReasonCode = Literal["wrong", "unsafe", "too specific", "too vague", "duplicate", "outdated", "not useful", "other"]
"""Why a reviewer decided so, for counting; the reason in words stands beside it."""


class Conflict(Value):
    """That two skills cannot both stand as they are, for a reviewer to decide; nothing resolves it by itself."""

    skill_id: str
    """The other skill."""
    kind: ConflictKind = "contradicts"
    reason: Text = ""


class Author(Value):
    """Who made an operation."""

    kind: Literal["person", "learner", "policy"]
    name: Text
    run_id: str | None = None
    """The run in which a learner made it."""
    model_id: str | None = None
    """The language model behind a learner."""


class Operation(Value):
    """One change, to one skill or to the book."""

    kind: OperationKind
    skill_id: str = ""
    """Empty for what concerns the whole book: POLICY, and ROLLBACK of all of it."""
    author: Author
    text: Text | None = None
    """ADD and EDIT: the new wording; MERGE: one for both, if there is a better one. Verdicts: the wording that was
    judged, refused if it has changed since."""
    reason: Text = ""
    """ADD and EDIT: why the skill holds. Others: why it was decided so."""
    code: ReasonCode | None = None
    """Verdicts and REMOVE."""
    section: Text | None = None
    evidence: tuple[Evidence, ...] = ()
    """ADD, EDIT, AGREE and MERGE; a MERGE need not repeat what the merged skill has. REMOVE: what speaks against it."""
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
    to_revision: int | None = Field(default=None, ge=0)
    """ROLLBACK: the revision whose state comes back."""
    policy: ReviewPolicy | None = None
    """POLICY: the rules from here on."""

    def key(self, scope: str) -> str:
        """Idempotency key: the same operation of the same `scope` (a run, a review sitting) is applied once."""
        return content_id("operation", [scope, self.model_dump(mode="json", exclude_defaults=True)])


class Event(Value):
    """An operation as the log keeps it."""

    revision: int = Field(ge=1)
    """Number of the event within its skillbook, without gaps; it is also the revision that the event makes."""
    at: datetime
    operation: Operation


def skill_id(text: str) -> str:
    """The id of a skill born with this wording: equal but for case and spacing is the same skill."""
    return content_id("skill", " ".join(text.split()).casefold())
