"""Two or more arms compared over their shared tasks: what each reached, how they differ, and whether to let one pass.

Pure and seeded: the same arms give the same report, in whatever order runs were read. Raises `UsageError` for arms that
cannot be compared.
"""

from collections.abc import Sequence
from itertools import combinations

from pydantic import Field

from seasoned.core.value import Text, Value
from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm, Left, shared_tasks
from seasoned.evaluate.compare.contamination import Contamination, contaminations
from seasoned.evaluate.compare.floors import Floor, OtherTasks, floor_of, on_other_tasks
from seasoned.evaluate.compare.paired import Comparison, compare_two, verdict_of
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


class Report(Value):
    """What a comparison came to."""

    baseline: Text
    margin: float
    confidence: float
    n_resamples: int
    seed: int
    n_tasks: int
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

    @property
    def against_baseline(self) -> tuple[Comparison, ...]:
        """The comparisons that decide."""
        return tuple(each for each in self.comparisons if each.baseline == self.baseline)

    @property
    def passes(self) -> bool:
        """Whether every other arm is shown to be no worse than the baseline by the margin, on tasks new to it."""
        return not self.contaminations and all(each.is_not_inferior for each in self.against_baseline)


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
    baseline = _baseline(arms, config.baseline)
    others = [arm for arm in arms if arm is not baseline]
    pairs = [(baseline, arm) for arm in others] + (list(combinations(others, 2)) if config.all_pairs else [])
    floor = floor_of(known.free, tasks)
    return Report(
        baseline=baseline.name,
        margin=config.margin,
        confidence=how.confidence,
        n_resamples=how.n_resamples,
        seed=how.seed,
        n_tasks=len(tasks),
        arms=tuple(summarise(arm, tasks, how) for arm in arms),
        comparisons=_together([compare_two(a, b, tasks, config.margin, how) for a, b in pairs]),
        left_out=left_out,
        floor=floor,
        on_other_tasks=() if floor is None else on_other_tasks(arms, tasks, floor, how),
        contaminations=None if known.handed is None else contaminations(known.handed, known.learned_from, tasks),
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
