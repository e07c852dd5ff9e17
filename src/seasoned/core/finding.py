"""One claim about why something went right or wrong, and the evidence that a machine has checked."""

from typing import Literal

from pydantic import Field, model_validator

from seasoned.core.ids import content_id
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.errors import EvidenceError

FindingKind = Literal[
    "policy gap",
    "wrong tool",
    "wrong argument",
    "missing step",
    "extra step",
    "premature stop",
    "hallucination",
    "inefficiency",
    "tool failure",
    "good practice",
    "other",
]


class Evidence(Value):
    """A place in a stored trace and the exact words there; the place alone once the trace was erased on request."""

    trace_id: str
    step: int = Field(ge=0)
    """Index into the trace's steps."""
    start: int = Field(ge=0)
    """Offset of the first character in the step's canonical text."""
    end: int
    """Offset behind the last character."""
    quote: Text
    """Empty when its trace was erased: it then proves nothing, and verifies against no trace."""

    @property
    def is_erased(self) -> bool:
        """Whether the words are gone with their trace."""
        return not self.quote

    @model_validator(mode="after")
    def _range_fits_quote(self) -> "Evidence":
        if self.end <= self.start:
            raise ValueError("an empty range is no evidence")
        if self.quote and self.end - self.start != len(self.quote):
            raise ValueError(f"the range {self.start}-{self.end} does not fit a quote of {len(self.quote)} characters")
        return self


class Draft(Value):
    """A skill as a learner words it, before anyone has reviewed it."""

    text: Text = Field(min_length=1)
    """A trigger and an action: "When …, do …"."""
    reason: Text = ""
    section: Text = "general"


class Advice(Value):
    """What a finding says of a skill that the book has already."""

    kind: Literal["AGREE", "EDIT", "REMOVE"]
    """It holds here too; it should read as the finding's draft does; the runs speak against it."""
    skill_id: str


class Finding(Value):
    """One claim, with its evidence and, where there is one, the skill that it suggests."""

    claim: Text = Field(min_length=1)
    root_cause: Text = ""
    kind: FindingKind = "other"
    confidence: float = Field(ge=0.0, le=1.0)
    """The learner's own estimate; it orders the review, it proves nothing."""
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    draft: Draft | None = None
    """None where there is nothing to be done about it, or it is about a skill that keeps its wording."""
    advice: Advice | None = None
    """Where the finding is about a skill of the book; None lets curation find out whether there is one."""
    learner: str
    """Name of the learner that found it."""
    has_verdicts: bool
    """False where none of the runs behind it carries a verdict."""

    @property
    def id(self) -> str:
        """Content hash of the claim and its evidence."""
        return content_id("finding", [self.claim, [e.model_dump() for e in self.evidence]])


def located(trace: Trace, step: int, quote: str) -> Evidence:
    """Evidence for the first place in a step's canonical text where the quote stands, character for character.

    Raises:
        EvidenceError: The trace has no such step, or the step does not hold the quote.
    """
    text = _step_text(trace, step)
    start = text.find(quote) if quote else -1
    if start < 0:
        raise EvidenceError(
            "the step does not hold this quote",
            where=f"{trace.id} step {step}",
            why=f"{quote[:80]!r} is not in its text",
            hint="quote the step's text exactly, character for character",
        )
    return Evidence(trace_id=trace.id, step=step, start=start, end=start + len(quote), quote=quote)


def verify(evidence: Evidence, trace: Trace) -> None:
    """Accept evidence only if the trace's text at that range equals the quote; raises `EvidenceError` if not."""
    where = f"{evidence.trace_id} step {evidence.step}, characters {evidence.start}-{evidence.end}"
    if evidence.trace_id != trace.id:
        raise EvidenceError("the evidence is of another trace", where=where, why=f"this one is {trace.id}")
    if _step_text(trace, evidence.step)[evidence.start : evidence.end] != evidence.quote:
        raise EvidenceError("the text there is not the quote", where=where)


def _step_text(trace: Trace, step: int) -> str:
    if not 0 <= step < len(trace.steps):
        raise EvidenceError(
            f"the trace has no step {step}", where=trace.id, why=f"its steps are 0 to {len(trace.steps) - 1}"
        )
    if trace.steps[step].injected:
        raise EvidenceError(
            "the step holds text that we handed the agent ourselves",
            where=f"{trace.id} step {step}",
            hint="cite what the agent or its tools wrote",
        )
    return trace.steps[step].text
