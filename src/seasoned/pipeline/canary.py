"""Canaries: a share of a label's runs tries a prompt, and a test that may be looked at after every run ends it on harm.

Which runs get it is drawn by `core.canary`; what they come to is weighed by betting (`evaluate.statistics.betting`) in
the order in which the first verdicts came in. An e-value that once reached 1 / alpha decides, whatever comes later: the
chance that a harmless canary is ever ended so is at most alpha, however often one looks. Runs without a verdict are
counted and left out. Runs that another label handed the same prompts to are not told from this label's own.

Raises `PromptError`, `UsageError`, `StoreConflict` and `StoreError`.
"""

from collections.abc import Sequence
from typing import Literal

from seasoned.core.canary import BY_POLICY, MOST, CanaryMove, is_canary_run
from seasoned.core.prompt import Prompt
from seasoned.core.value import Value
from seasoned.errors import PromptError, StoreConflict, UsageError
from seasoned.evaluate.compare.prompts_in_runs import PromptsInRuns
from seasoned.store.canaries import WatchedRun
from seasoned.store.store import Store

ALPHA = 0.05
"""The chance that a canary which does no harm is ever ended for it, and that one which does not help is said to."""


class Tally(Value):
    """The runs on one side of a canary."""

    prompt_id: str
    n_judged: int
    n_passed: int
    n_unjudged: int

    @property
    def rate(self) -> float | None:
        """Share of the judged runs that passed; None without any."""
        return self.n_passed / self.n_judged if self.n_judged else None


class CanaryStanding(Value):
    """How a canary does."""

    canary: CanaryMove
    baseline: Tally
    tried: Tally
    e_helps: float
    """The most that betting on its helping ever came to, of 1 at the start; 20 and more decides at alpha 0.05."""
    e_harms: float
    effect: float | None
    """The canary's success rate less the label's, as the runs' chances have it; None for fewer than two judged runs."""
    effect_low: float = -1.0
    """The interval's ends; it holds at all times together."""
    effect_high: float = 1.0
    verdict: Literal["helps", "harms", "not distinguishable"]


def begin(store: Store, book: str, label: str, prompt: Prompt, share: float, *, by: str, reason: str) -> CanaryMove:
    """Let a share of a label's runs be handed a prompt; no proof is asked for, but a reason.

    Raises:
        PromptError: The prompt is a placebo.
        UsageError: The share is out of range, there is no reason, or the label cannot have a canary.
    """
    if not 0.0 < share <= MOST:
        raise UsageError(f"{share:.0%} of the runs is no share for a canary", hint=f"above 0 and at most {MOST:.0%}")
    if not reason.strip():
        raise UsageError("a canary needs a reason", hint="--reason says why users are to try it")
    if prompt.is_placebo:
        raise PromptError("a placebo is handed to no user", where=prompt.id, why="its skills are neutral text")
    return store.canaries.begin(book, label, prompt.id, share, by=by, reason=reason)


def standing(store: Store, book: str, label: str) -> CanaryStanding | None:
    """How the label's canary does now; None where it has none."""
    # NumPy is loaded with the first canary that is looked at: most programs that promote have none.
    from seasoned.evaluate.statistics.betting import Betting
    from seasoned.evaluate.statistics.confidence_sequence import confidence_sequence, effect_scores

    canary, points_at = store.canaries.at(book, label), store.labels.at(book, label)
    if canary is None or canary.prompt_id is None or points_at is None or points_at.prompt_id is None:
        return None
    runs = store.canaries.runs(canary, points_at.prompt_id)
    judged = [(float(run.verdict), run.prompt_id == canary.prompt_id) for run in runs if run.verdict is not None]
    outcomes, kept = [y for y, _ in judged], [is_tried for _, is_tried in judged]
    helps, harms = Betting().best(outcomes, kept, canary.share)
    effect: dict[str, float] = {}
    if len(judged) > 1:
        found = confidence_sequence(effect_scores(outcomes, kept, [canary.share] * len(judged)), ALPHA)
        effect = {"effect": found.value, "effect_low": found.low, "effect_high": found.high}
    return CanaryStanding(
        canary=canary,
        baseline=_tally(runs, points_at.prompt_id),
        tried=_tally(runs, canary.prompt_id),
        e_helps=helps,
        e_harms=harms,
        verdict="harms" if harms >= 1 / ALPHA else "helps" if helps >= 1 / ALPHA else "not distinguishable",
        effect=effect.get("effect"),
        effect_low=effect.get("effect_low", -1.0),
        effect_high=effect.get("effect_high", 1.0),
    )


def _tally(runs: Sequence[WatchedRun], prompt_id: str) -> Tally:
    verdicts = [run.verdict for run in runs if run.prompt_id == prompt_id]
    n_unjudged = verdicts.count(None)
    return Tally(
        prompt_id=prompt_id,
        n_judged=len(verdicts) - n_unjudged,
        n_passed=verdicts.count(True),
        n_unjudged=n_unjudged,
    )


def told(found: CanaryStanding) -> str:
    """The numbers in one line."""

    def side(tally: Tally) -> str:
        return f"{tally.n_passed} of {tally.n_judged} passed"

    return (
        f"{side(found.tried)} with it and {side(found.baseline)} without, e-value {found.e_harms:.3g} that it harms, "
        f"{found.e_helps:.3g} that it helps"
    )


def check(store: Store, book: str, label: str) -> CanaryStanding | None:
    """Look at a label's canary, and end it where it is shown to harm; the record has the numbers.

    Returns:
        How it does, or did until now; None where there is none.
    """
    found = standing(store, book, label)
    if found is not None and found.verdict == "harms":
        try:
            reason = f"rolled back, as it is shown to harm: {told(found)}"
            store.canaries.end(book, label, by=BY_POLICY, reason=reason, expected=found.canary.prompt_id)
        except (UsageError, StoreConflict):
            # Somebody else was first: it is ended, or the label has moved.
            return found
    return found


def prompt_for_run(store: Store, book: str, label: str, prompt: Prompt, run_key: str) -> Prompt:
    """The prompt that one run of a label is handed: the label's own, or its canary's.

    Args:
        store: Holds the canaries.
        book: The skillbook.
        label: One of its labels.
        prompt: Where that points.
        run_key: What sets the run apart from every other one.
    """
    canary = store.canaries.at(book, label)
    if canary is None or canary.prompt_id is None or not is_canary_run(run_key, canary.prompt_id, canary.share):
        return prompt
    return store.prompts.get(canary.prompt_id)


def prompts_of_labels(store: Store) -> PromptsInRuns:
    """The prompts that runs are handed at present: those of labels, and their canaries."""
    ids = {move.prompt_id for move in (*store.labels.everywhere(), *store.canaries.everywhere())}
    return PromptsInRuns(store.prompts.get(prompt_id) for prompt_id in sorted(filter(None, ids)))


class CanaryWatch:
    """Checks canaries as their runs come in, so that one that harms is ended although nobody looks.

    Args:
        store: Holds the canaries and the runs.
        every: They are checked again after so many new verdicts on any runs.
    """

    def __init__(self, store: Store, every: int = 10) -> None:
        """Nothing is checked yet."""
        self._store, self._every = store, every
        self._next = 1

    def look(self) -> tuple[CanaryStanding, ...]:
        """Check the canaries if enough verdicts came in since the last time; returns those that were ended."""
        n_said = self._store.canaries.last_verdict()
        if n_said < self._next:
            return ()
        self._next = n_said + self._every
        canaries = self._store.canaries.everywhere()
        checked = (check(self._store, each.book, each.label) for each in canaries)
        return tuple(each for each in checked if each is not None and each.verdict == "harms")
