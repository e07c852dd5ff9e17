"""What learning is given, and what it comes to. Raises nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field

from seasoned.core.value import Text, Value
from seasoned.ingest.redaction.policy import SECRETS, Policy
from seasoned.learn.learner import DroppedFinding, Learner, Progress
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model
from seasoned.retrieve.embedder import Embedder


class Learned(Value):
    """What a learning run came to."""

    run_id: str
    was_done: bool = False
    """The same work had been done before: nothing was sent and nothing changed."""
    is_complete: bool = True
    n_findings: int = 0
    n_proposed: int = 0
    """Skills that are new in the skillbook."""
    n_agreed: int = 0
    """Findings that gave a skill more evidence."""
    n_edited: int = 0
    """Proposed skills that were worded better."""
    n_merged: int = 0
    """Skills that went into another one."""
    n_conflicting: int = 0
    """Proposals that contradict another skill, or would replace an approved one."""
    n_approved: int = 0
    """Proposals that the skillbook's own rules of review approved."""
    n_without_verdict: int = 0
    """Findings from runs none of which carries a verdict."""
    n_reflections: int = 0
    """Plans for the next attempts at single tasks."""
    base_prompt: Text | None = None
    """A better base prompt, from a learner that words one; nothing takes it over by itself."""
    dropped: tuple[DroppedFinding, ...] = ()
    noted: tuple[str, ...] = ()
    """Claims of findings that suggest no skill."""
    notes: tuple[str, ...] = ()
    n_episodes: int = 0
    n_episodes_unread: int = 0
    """Groups of traces that a limit left unread; asking again goes on with them."""
    n_calls: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """How to learn, and who wants to know about it."""

    book: str
    """The skillbook to propose to."""
    learner: Learner
    model: Model
    budget: Budget
    """What the run may spend: a hard stop."""
    sub_model: Model | None = None
    """Answers questions about pieces, where a cheaper model does; None means `model`."""
    embedder: Embedder | None = None
    """Finds skills that say the same in other words; None finds them by their words alone."""
    ignores_outcomes: bool = False
    """Learn as if nobody had judged the runs: what is learned then rests on what the steps show."""
    policy: Policy = SECRETS
    """What is redacted before it is sent, once more."""
    on_run: Callable[[str], None] = field(default=lambda _: None)
    """Told the run's id before the work begins."""
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    """Told how far the learner has come."""
