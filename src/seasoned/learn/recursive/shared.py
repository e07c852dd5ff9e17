"""What the episodes of one `learn` share: models and their budget, sandboxes, progress, and whether to go on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from seasoned.core.finding import Finding
from seasoned.core.trace import Trace
from seasoned.errors import BudgetExceeded
from seasoned.learn.injected import HandedOut
from seasoned.learn.learner import DroppedFinding, LearnContext, LearnReport
from seasoned.learn.patterns.find import PatternReport, find_patterns
from seasoned.learn.recursive.config import RecursiveConfig
from seasoned.learn.recursive.desk import Known
from seasoned.learn.recursive.episodes import Episode
from seasoned.llm.model import Model, Reply, Request
from seasoned.sandbox.sandbox import SandboxPool


class NoCallLeft(Exception):
    """The budget is spent; episodes end with what they have."""


@dataclass(kw_only=True)
class EpisodeResult:
    """What one episode came to."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    notes: list[str] = field(default_factory=list[str])
    was_begun: bool = True
    was_cut_off: bool = False
    """A limit, a provider or the sandbox ended it early, so that asking again can find more."""


class Shared:
    """One `learn` at work."""

    def __init__(
        self, context: LearnContext, config: RecursiveConfig, pool: SandboxPool, traces: Sequence[Trace]
    ) -> None:
        """Begin.

        Args:
            context: What the learner was given.
            config: How it works.
            pool: Open.
            traces: All that are learned from.
        """
        self.context, self.config, self.pool, self._traces = context, config, pool, traces
        self.ours = HandedOut(context.handed_out)
        self.known = Known(book=context.book, patterns=self._patterns, toolset=context.toolset, ours=self.ours)
        self._finding_patterns: asyncio.Task[PatternReport] | None = None
        self.stopped: str | None = None
        """Why no more calls may be made."""
        self.n_episodes = self._n_done = 0

    async def ask(self, model: Model, request: Request) -> Reply:
        """One call of an episode's own; raises `ProviderError`, or `NoCallLeft` where no call may be made any more."""
        if self.stopped is not None:
            raise NoCallLeft
        try:
            reply = await model.complete(request)
        except BudgetExceeded as error:
            raise self.stop(error) from error
        self._tell()
        return reply

    def stop(self, error: BudgetExceeded) -> NoCallLeft:
        """The budget is spent: no episode may ask any more."""
        self.stopped = self.stopped or str(error)
        return NoCallLeft()

    async def _patterns(self) -> PatternReport:
        """Of all runs, worked out once some episode asks, beside the other episodes."""
        if self._finding_patterns is None:
            self._finding_patterns = asyncio.create_task(asyncio.to_thread(find_patterns, self._traces))
        # Whoever stops waiting does not stop it for the others.
        return await asyncio.shield(self._finding_patterns)

    def finished(self) -> None:
        """One more episode is done."""
        self._n_done += 1
        self._tell()

    def report(self, results: Sequence[EpisodeResult], episodes: Sequence[Episode]) -> LearnReport:
        """Everything together, in the order of the plan."""
        notes = [note for result in results for note in result.notes]
        n_unread = sum(not result.was_begun for result in results)
        if self.stopped is not None:
            notes.append(f"Stopped early, with {n_unread} of {len(episodes)} episodes not begun: {self.stopped}")
        findings = {finding.id: finding for result in results for finding in result.findings}
        report = LearnReport(
            findings=tuple(findings.values()),
            dropped=tuple(each for result in results for each in result.dropped),
            notes=tuple(notes),
            is_complete=self.stopped is None and not any(result.was_cut_off for result in results),
            n_episodes=len(episodes),
            n_episodes_unread=n_unread,
        )
        return report.with_totals(self.context.account.totals)

    def _tell(self) -> None:
        self.context.tell(self._n_done, self.n_episodes, "episodes")
