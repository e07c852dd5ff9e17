"""ExpeL: rules across tasks, from pairs of runs that ended differently and from groups of successes, by votes.

Tasks are cut into folds, each of which reads its runs call by call with a list of rules in view; folds work side by
side. What stands on the lists in the end becomes findings. Requests are a pure function of traces, skillbook and
configuration, so that recordings replay; where a provider failed one, those behind it may differ when the run is taken
up again. `learn` raises `StoreError` of the model's journal.

Source: A. Zhao et al., "ExpeL: LLM Agents Are Experiential Learners", AAAI 2024, arXiv 2308.10144.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from seasoned.core.skill import Skill
from seasoned.core.trace import Trace
from seasoned.learn.expel.config import NAME, ExpelConfig
from seasoned.learn.expel.extraction import Extracted, extracted
from seasoned.learn.expel.findings import union_of
from seasoned.learn.expel.gathering import Gathered, gathered, remarks
from seasoned.learn.expel.questions import PAIRS, SUCCESSES
from seasoned.learn.expel.votes import beginning
from seasoned.learn.learner import LearnContext, LearnReport
from seasoned.learn.registry import configured, identity_of
from seasoned.learn.rounds import in_rounds
from seasoned.learn.tempered import Tempered


class ExpelLearner:
    """ExpeL as a `Learner`."""

    def __init__(self, config: ExpelConfig | None = None) -> None:
        """Configure; nothing starts before `learn`."""
        self._config = config or ExpelConfig()

    @property
    def name(self) -> str:
        """`expel`."""
        return NAME

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The whole configuration, and which versions of the prompts it is for."""
        return identity_of(self._config, [PAIRS, SUCCESSES])

    async def learn(self, traces: Sequence[Trace], context: LearnContext) -> LearnReport:
        """Read every fold; see `Learner.learn`."""
        folds = gathered(traces, self._config)
        notes = remarks(traces, folds)
        n_readings = sum(len(fold.readings) for fold in folds)
        if not n_readings:
            return LearnReport(notes=notes)
        begun_with = beginning(self._standing(context), self._config.max_num_rules)
        n_over = 0

        def on_call() -> None:
            nonlocal n_over
            n_over += 1
            context.tell(n_over, n_readings, "calls")

        async def one(fold: Gathered) -> tuple[int, Extracted]:
            return fold.fold.number, await extracted(fold, begun_with, quiet, self._config, on_call)

        quiet = replace(context.quiet(), model=Tempered(context.model, self._config))
        rounds = await in_rounds(folds, one, quiet, unit="folds", concurrency=self._config.k_folds)
        return _report(rounds.results, notes, n_readings, context)

    def planned_calls(self, traces: Sequence[Trace]) -> int:
        """One for each pair and each group of successes, repairs not counted."""
        return sum(len(fold.readings) for fold in gathered(traces, self._config))

    def _standing(self, context: LearnContext) -> tuple[Skill, ...]:
        return () if self._config.starts_empty else context.book.with_status("approved", "proposed")


def expel(settings: Mapping[str, str]) -> ExpelLearner:
    """ExpeL by settings as words, the fields of `ExpelConfig`."""
    return ExpelLearner(configured(ExpelConfig, settings, NAME))


def _report(
    results: Sequence[tuple[int, Extracted]], notes: Sequence[str], n_readings: int, context: LearnContext
) -> LearnReport:
    found = union_of([(number, each.rules) for number, each in results], context.book, len(results))
    problems = [why for _, each in results for why in each.problems]
    n_done, n_begun = sum(each.n_done for _, each in results), sum(each.n_begun for _, each in results)
    reasons = "; ".join(list(dict.fromkeys(problems))[:2])
    missing = [f"{n_readings - n_done} of {n_readings} calls were not answered: {reasons}"]
    report = LearnReport(
        findings=tuple(found.findings),
        dropped=(*(each for _, result in results for each in result.dropped), *found.dropped),
        notes=(*notes, *_lists(results), *found.notes, *(missing if problems else ())),
        is_complete=n_done == n_readings,
        n_episodes=n_readings,
        n_episodes_unread=n_readings - n_begun,
    )
    return report.with_totals(context.account.totals)


def _lists(results: Sequence[tuple[int, Extracted]]) -> list[str]:
    """How each fold's list stands in the end."""
    return [
        f"fold {number}: {sum(not rule.is_of_book for rule in each.rules.rules)} new on the list, "
        f"{sum(not rule.is_of_book for rule in each.rules.gone)} voted away again"
        for number, each in results
    ]
