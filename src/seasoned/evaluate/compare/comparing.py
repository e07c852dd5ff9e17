"""Two or more arms compared over their shared tasks: what each reached, how they differ, and whether to let one pass.

Pure and seeded: the same arms give the same report, in whatever order runs were read. Raises `UsageError` for arms that
cannot be compared.
"""

from collections.abc import Sequence
from itertools import combinations

from pydantic import Field

from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.evaluate.compare.anchoring import AnchorStanding, anchor_standings
from seasoned.evaluate.compare.arms import Arm, Left, refuse_other_texts, shared_tasks
from seasoned.evaluate.compare.contamination import Contamination, contaminations
from seasoned.evaluate.compare.floors import Floor, OtherTasks, floor_of, on_other_tasks
from seasoned.evaluate.compare.paired import Comparison, compare_two, verdict_of
from seasoned.evaluate.compare.placebos import GainOverPlacebo, gains_over_placebo
from seasoned.evaluate.compare.summary import ArmSummary, summarise
from seasoned.evaluate.statistics.adjusting import benjamini_hochberg, holm
from seasoned.evaluate.statistics.intervals import Resampling

DEFAULT_MARGIN = 0.05
"""Five tasks of a hundred."""


class CompareConfig(Value):
    """What is compared with what."""

    baseline: Text | None = None
    """Name of the arm that the others are compared with; None: the first."""
    all_pairs: bool = False
    """Compare the other arms with each other too."""
    common: bool = False
    """Leave out tasks that an arm has no verdict on; without it they are an error."""
    changed_tasks: bool = False
    """Pair tasks that have one key and different texts; without it they are an error."""
    margin: float = Field(default=DEFAULT_MARGIN, gt=0.0, le=1.0)
    """How much worse than the baseline an arm may be and still pass."""
    resampling: Resampling = Resampling()


class Background(Value):
    """What is known about the compared runs besides how they ended."""

    free: dict[str, bool] = Field(default_factory=dict[str, bool])
    """By task, whether an agent that does nothing passes, where a reference tells."""
    handed: dict[str, frozenset[tuple[str, str]]] | None = None
    """By arm, the ids of the skills, exemplars and reflections that its runs were handed, each with its book before it;
    None where nobody looked."""
    learned_from: dict[tuple[str, str], frozenset[str]] = Field(default_factory=dict[tuple[str, str], frozenset[str]])
    """By book and id, the keys of the tasks that it comes from."""
    anchors: tuple[Text, ...] = ()
    """Keys of the tasks that must not regress."""
    placebos: dict[str, str] = Field(default_factory=dict[str, str])
    """By the name of a placebo's arm, the name of the arm whose length it has."""


class Report(Value):
    """What a comparison came to."""

    baseline: Text
    margin: float
    confidence: float
    n_resamples: int
    seed: int
    n_tasks: int
    tasks: tuple[Text, ...]
    """Keys of the compared tasks, in order."""
    arms: tuple[ArmSummary, ...]
    comparisons: tuple[Comparison, ...]
    """Those with the baseline first."""
    left_out: tuple[Left, ...]
    """Tasks that not every arm has a verdict on."""
    floor: Floor | None
    """What doing nothing would reach; None where no reference tells."""
    on_other_tasks: tuple[OtherTasks, ...]
    """The arms on the tasks that take an action."""
    contaminations: tuple[Contamination, ...] | None
    """What was learned from the compared tasks; None where nobody looked."""
    anchors: tuple[AnchorStanding, ...] = ()
    """Tasks that must not regress, those that do not hold first."""
    over_placebo: tuple[GainOverPlacebo, ...] = ()
    """Of candidates that were compared beside a placebo."""
    other_texts: tuple[Text, ...] = ()
    """Tasks that read otherwise in another arm, as where a log has what a user said; they are paired all the same."""

    @property
    def against_baseline(self) -> tuple[Comparison, ...]:
        """The comparisons that decide; a placebo is there to be measured against and decides nothing."""
        placebos = {each.placebo for each in self.over_placebo}
        return tuple(
            each for each in self.comparisons if each.baseline == self.baseline and each.candidate not in placebos
        )

    @property
    def passes(self) -> bool:
        """Whether every other arm passes."""
        return not self.contaminations and all(self.lets_pass(each) for each in self.against_baseline)

    def lets_pass(self, each: Comparison) -> bool:
        """Whether this candidate is shown to be no worse than the baseline by the margin, and every anchor holds.

        Nothing may have been learned from the compared tasks, neither what this arm was handed nor what the baseline
        was.
        """
        pair = {each.baseline, each.candidate}
        lost = any(at.candidate == each.candidate and at.standing != "holds" for at in self.anchors)
        learned = any(at.arm in pair for at in self.contaminations or ())
        return each.is_not_inferior and not lost and not learned


def compare(arms: Sequence[Arm], config: CompareConfig | None = None, background: Background | None = None) -> Report:
    """Compare arms over the tasks that they share.

    Args:
        arms: At least two, of different names.
        config: What is compared with what.
        background: What else is known about the runs.

    Raises:
        UsageError: The arms cannot be compared, or none has the baseline's name.
    """
    config, known = config or CompareConfig(), background or Background()
    tasks, left_out = shared_tasks(arms, common=config.common)
    how = config.resampling
    other_texts = () if config.changed_tasks else refuse_other_texts(arms, tasks)
    baseline = _baseline(arms, config.baseline)
    others = [arm for arm in arms if arm is not baseline]
    pairs = [(baseline, arm) for arm in others] + (list(combinations(others, 2)) if config.all_pairs else [])
    floor = floor_of(known.free, tasks)
    comparisons = _together([compare_two(a, b, tasks, config.margin, how) for a, b in pairs])
    decisive = [c for c in comparisons if c.baseline == baseline.name and c.candidate not in known.placebos]
    return Report(
        baseline=baseline.name,
        margin=config.margin,
        confidence=how.confidence,
        n_resamples=how.n_resamples,
        seed=how.seed,
        n_tasks=len(tasks),
        tasks=tasks,
        arms=tuple(summarise(arm, tasks, how) for arm in arms),
        comparisons=comparisons,
        left_out=left_out,
        floor=floor,
        on_other_tasks=() if floor is None else on_other_tasks(arms, tasks, floor, how),
        contaminations=None if known.handed is None else contaminations(known.handed, known.learned_from, tasks),
        anchors=anchor_standings(known.anchors, decisive, tasks),
        over_placebo=gains_over_placebo(arms, known.placebos, tasks, how),
        other_texts=other_texts,
    )


def _baseline(arms: Sequence[Arm], name: str | None) -> Arm:
    found = arms[0] if name is None else next((arm for arm in arms if arm.name == name), None)
    if found is None:
        raise UsageError(f"no arm has the name {name!r}", hint=f"the arms are {', '.join(repr(a.name) for a in arms)}")
    return found


def _together(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons with p values adjusted for there being several."""
    p_values = [each.p for each in comparisons]
    return tuple(
        each.model_copy(update={"p_holm": strict, "p_bh": lenient, "verdict": verdict_of(each.difference, strict)})
        for each, strict, lenient in zip(comparisons, holm(p_values), benjamini_hochberg(p_values), strict=True)
    )
