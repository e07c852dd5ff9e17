"""What a learner is given and what it gives back.

A learner turns traces into findings. It knows nothing of the store or of review, and never changes a skillbook: its
findings become operations in `curate`. One bad trace or one failed call is a note in the report, never a crash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from pydantic import JsonValue

from seasoned.core.finding import Finding
from seasoned.core.reflection import Reflection
from seasoned.core.run import RunTurn
from seasoned.core.skillbook import Skillbook
from seasoned.core.trace import Trace
from seasoned.core.value import Text, Value
from seasoned.llm.account import Account, CallTotals
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model


class Progress(Value):
    """How far a learner has come."""

    done: int
    """Units of work finished, of `total`."""
    total: int
    unit: str
    """What is counted, in the plural: `episodes`, `traces`."""
    n_calls: int = 0
    """Model calls so far."""
    cost_usd: float | None = None
    """Known cost so far; None when no call's price is known."""


@dataclass(frozen=True, kw_only=True)
class LearnContext:
    """Everything a learner may use."""

    model: Model
    """It raises `BudgetExceeded` when the run may not ask any more; the work then ends with what has been found."""
    book: Skillbook
    """What is known already."""
    handed_out: tuple[str, ...] = ()
    """Texts that agents were handed, and the opening marks of exemplars that they may have been shown (see
    `learn.injected`): where they stand in a trace, nothing is learned."""
    reflections: tuple[Reflection, ...] = ()
    """Those that were kept before this run first began, of any task."""
    toolset: Callable[[str], JsonValue] = field(default=lambda _: None)
    """Definitions of the tools that an agent was offered, by `Trace.toolset`; None where they are not kept."""
    sub_model: Model | None = None
    """Answers questions about pieces, where a cheaper model does; None means `model`. It shares `model`'s budget."""
    account: Account = field(default_factory=lambda: Account(Budget()))
    """What both models spend from; a learner gives each part of its work a fair share of it."""
    on_progress: Callable[[Progress], None] = field(default=lambda _: None)
    on_turn: Callable[[RunTurn], None] = field(default=lambda _: None)
    """Told each turn of an episode when it is over; turns are what `seasoned runs show` tells."""

    def quiet(self) -> "LearnContext":
        """The same, but progress of a part is told to nobody, as the learner tells that of the whole itself."""
        return replace(self, on_progress=_untold)

    def tell(self, done: int, total: int, unit: str) -> None:
        """Tell how far the learner has come, with what its calls came to so far."""
        spent = self.account.totals
        self.on_progress(Progress(done=done, total=total, unit=unit, n_calls=spent.n_calls, cost_usd=spent.cost_usd))


def _untold(_: Progress) -> None:
    """Of a part."""


class DroppedFinding(Value):
    """A finding that was not accepted, and why."""

    claim: str
    reason: str


class LearnReport(Value):
    """What a learner found, and what it could not."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    reflections: tuple[Reflection, ...] = ()
    """Plans for the next attempts at single tasks."""
    base_prompt: Text | None = None
    """A better base prompt, from a learner that words one; nothing takes it over by itself."""
    notes: tuple[str, ...] = ()
    """What the reader must know: episodes that failed, work that a limit cut off."""
    is_complete: bool = True
    """False when a limit or a provider cut some of the work off, so that taking the run up again can find more."""
    n_episodes: int = 0
    """Groups of traces that were to be read."""
    n_episodes_unread: int = 0
    """Of these, groups that were not begun."""
    n_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """Sum of the known costs; None when none is known."""

    def with_totals(self, totals: CallTotals) -> "LearnReport":
        """The report with what an account says of the calls."""
        known = {"n_calls", "input_tokens", "output_tokens", "cost_usd"}
        return self.model_copy(update={name: getattr(totals, name) for name in known})


class Learner(Protocol):
    """Anything that turns traces into findings."""

    @property
    def name(self) -> str:
        """As `--learner` names it."""
        ...

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What else determines its work: a run with another identity is other work, not one to take up again."""
        ...

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Learn from the traces.

        Raises:
            SandboxError: No sandbox can be had.
            BudgetExceeded: A function asked for more than the run may spend.
            StoreError: Calls cannot be written down, so that going on would not be durable.
        """
        ...


@runtime_checkable
class Estimates(Protocol):
    """A learner that can say how often it will ask; one that cannot has no such method."""

    def planned_calls(self, traces: Sequence[Trace]) -> int | None:
        """Model calls that learning from these traces takes, as it usually comes out; None: not known before."""
        ...
