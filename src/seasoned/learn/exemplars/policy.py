"""What a bank is filled with: a person's choice as a value. Knows nothing of traces; raises nothing."""

from typing import Literal

from pydantic import Field

from seasoned.core.outcome import SUCCESS_SCORE, Outcome, OutcomeSource
from seasoned.core.value import Value
from seasoned.ingest.redaction.policy import Policy

Part = Literal["run", "subtask", "call"]
"""A whole run; what the agent did between a user's turn and its answer; one tool call with what led to it."""


class BankPolicy(Value):
    """Which runs become exemplars, and how."""

    sources: tuple[OutcomeSource, ...] = ("verifier", "human")
    """Whose word counts; a judge's, or the agent's own, only where it is named."""
    min_score: float = Field(default=SUCCESS_SCORE, ge=0.0, le=1.0)
    """A run must reach it; one without a score must be said to have succeeded."""
    is_reviewed: bool = True
    """What is filled in waits for a person; else the policy approves it."""
    per_task: int = Field(default=1, ge=1)
    """Of one task at most so many, the shortest first: by steps, then by characters. Of slices, so many of each kind
    that call the same tools."""
    parts: tuple[Part, ...] = ("run",)
    even_idle: bool = False
    """Runs without a single call come into question too, of an agent that calls tools elsewhere. Such a run may have
    passed because nothing was the right thing to do, or because nobody noticed; it teaches to do nothing."""
    max_chars: int = Field(default=40_000, ge=1)
    """Of problem and steps together; a longer one is left out, never cut."""
    redaction: Policy | None = None
    """Runs in which this finds something are left out: stored steps never change, so they cannot be redacted more than
    they were at import. None: as they were imported."""

    def refusal(self, outcome: Outcome | None) -> str | None:
        """Why a run that ended so is no success; None where it is one."""
        if outcome is None:
            return "nobody said how the run ended"
        if outcome.source not in self.sources:
            return f"its outcome is from a {outcome.source}, which is not asked for"
        if outcome.score is None:
            return None if outcome.success else "the run did not succeed"
        is_said_failed = outcome.success is False and outcome.score >= SUCCESS_SCORE
        return None if outcome.score >= self.min_score and not is_said_failed else "the run did not succeed"

    @property
    def in_words(self) -> str:
        """For the note of what it puts into a bank."""
        return f"a score of at least {self.min_score:g}, says a {' or '.join(self.sources)}"
