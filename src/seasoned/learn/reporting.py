"""The report of a learner whose work is questions: what they came to, and what the account says of them.

Pure; raises nothing.
"""

from collections.abc import Sequence
from typing import Any

from seasoned.core.finding import Finding
from seasoned.core.value import Text, Value
from seasoned.learn.learner import DroppedFinding, LearnContext, LearnReport
from seasoned.learn.rounds import Rounds


class Found(Value):
    """What came of one question."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()


class Work(Value):
    """How much of the work was done."""

    n_pieces: int = 0
    n_undone: int = 0
    notes: tuple[Text, ...] = ()

    @classmethod
    def of(cls, rounds: Rounds[Any], notes: Sequence[str] = ()) -> "Work":
        """Of rounds, with what else the reader must know."""
        return cls(
            n_pieces=len(rounds.results) + rounds.n_undone, n_undone=rounds.n_undone, notes=(*notes, *rounds.notes)
        )


def reported(
    context: LearnContext, found: Sequence[Found], work: Work, *, base_prompt: str | None = None
) -> LearnReport:
    """Everything together; a finding that was made twice stands there once."""
    report = LearnReport(
        findings=tuple({finding.id: finding for each in found for finding in each.findings}.values()),
        dropped=tuple(dropped for each in found for dropped in each.dropped),
        base_prompt=base_prompt,
        notes=work.notes,
        is_complete=work.n_undone == 0,
        n_episodes=work.n_pieces,
        n_episodes_unread=work.n_undone,
    )
    return report.with_totals(context.account.totals)
