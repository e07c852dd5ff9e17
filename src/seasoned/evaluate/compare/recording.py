"""From a report to what is kept of it: the comparisons that show what one prompt does against another.

A comparison of stored runs is kept where each arm has one prompt that is known and the arms differ in nothing else that
is: the same agents and models, the same suite, the same graders. An evaluation's trials must have been handed the whole
prompt, and those that nobody scored must be too few to hide what the comparison rules out. Pure; raises nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

from seasoned.core.comparison import NO_PROMPT, KeptComparison, OverPlacebo
from seasoned.core.prompt import Prompt
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.paired import Comparison
from seasoned.evaluate.compare.placebos import is_placebo_of


@dataclass
class Origin:
    """Where the runs of one arm come from, as far as they say it."""

    prompt_ids: set[str] = field(default_factory=set[str])
    """The prompts that they were handed; `NO_PROMPT` for none of ours."""
    makers: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Their agents and models."""
    run_id: str = ""
    """The evaluation that they are of, if it is one."""
    measure: JsonValue = None
    """By what suite and graders which agent was measured, where they are of an evaluation."""
    n_due: int = 0
    """Trials that the evaluation is to have; 0 where that is not known."""
    has_loose_trials: bool = False
    """Whether trials of evaluations are among them that were gathered one by one, whatever evaluations they are of."""
    is_by_chance: bool = False
    """Whether skills of the prompt were left out of trials by chance, to measure single ones."""

    @property
    def prompt_id(self) -> str | None:
        """The one prompt of all runs; None where there are several."""
        return next(iter(self.prompt_ids)) if len(self.prompt_ids) == 1 else None


def placebos_among(origins: Mapping[str, Origin], prompts: Mapping[str, Prompt]) -> dict[str, str]:
    """The arms that were handed a placebo, each with the arm that was handed the prompt whose length it has."""
    handed = {name: origin.prompt_id or NO_PROMPT for name, origin in origins.items()}
    known = {name: prompts[prompt_id] for name, prompt_id in handed.items() if prompt_id in prompts}
    pairs = ((one, other) for one in known for other in known if is_placebo_of(known[one], known[other]))
    return dict(pairs)


def kept_of(
    report: Report, origins: Mapping[str, Origin], prompts: Mapping[str, Prompt], by: str
) -> tuple[tuple[KeptComparison, ...], tuple[str, ...]]:
    """What is kept of a report.

    Args:
        report: The comparison of stored runs.
        origins: By arm, where its runs come from.
        prompts: The compiled prompts that are known, by id.
        by: Who compared.

    Returns:
        What is kept, and of each comparison that is not, why.
    """
    kept: list[KeptComparison] = []
    why_not: list[str] = []
    for each in report.against_baseline:
        before, after = origins[each.baseline], origins[each.candidate]
        changed = "tasks read otherwise in one of the arms" if report.other_texts else ""
        if why := _why_not(before, after, prompts) or changed or _hidden(report, each, origins):
            why_not.append(f"{each.candidate} against {each.baseline}: {why}")
        else:
            kept.append(_kept(report, each, origins, prompts[after.prompt_id or NO_PROMPT], by))
    return tuple(kept), tuple(why_not)


def _why_not(before: Origin, after: Origin, prompts: Mapping[str, Prompt]) -> str:
    """Why the comparison says nothing of a prompt; empty where it does."""
    if after.prompt_id not in prompts:
        return "the candidate's runs were not all handed one compiled prompt"
    if before.prompt_id is None:
        return "the baseline's runs were handed several prompts"
    if before.prompt_id == after.prompt_id:
        return "both were handed the same prompt"
    if before.has_loose_trials or after.has_loose_trials:
        return "they are trials of evaluations, of which some may be lacking: compare these by the ids of their runs"
    if before.is_by_chance or after.is_by_chance:
        return "skills were left out of trials by chance to measure them, so nobody was handed the prompt itself"
    return _differing(before, after)


def _differing(before: Origin, after: Origin) -> str:
    """In what two arms differ besides the prompt; empty where in nothing that is known."""
    if before.makers != after.makers:
        return f"they differ in more than the prompt: {_told(before.makers)} and {_told(after.makers)}"
    if before.measure != after.measure:
        return "they differ in more than the prompt: another suite, other graders, or an agent that is set otherwise"
    return ""


def _hidden(report: Report, each: Comparison, origins: Mapping[str, Origin]) -> str:
    """What trials without a score may hide; empty where the comparison comes out the same whatever they were.

    At worst each one of the candidate's failed and each one of the baseline's passed.
    """
    n_scored = {arm.name: arm.n_trials for arm in report.arms}
    lacking = {name: origins[name].n_due - n_scored[name] for name in (each.baseline, each.candidate)}
    share = sum(n / origins[name].n_due for name, n in lacking.items() if n > 0 and origins[name].n_due > 0)
    if not each.is_not_inferior or not share or each.difference.low - share > -report.margin:
        return ""
    told = " and ".join(f"{n} trials of {name}" for name, n in lacking.items() if n > 0)
    return f"nobody scored {told}, and as failures they would undo it; `seasoned eval run` again does what is left"


def _told(makers: set[tuple[str, str]]) -> str:
    named = sorted(" with ".join(part for part in maker if part) or "an unknown agent" for maker in makers)
    return ", ".join(named[:3]) + (" and others" if len(named) > 3 else "")


def _kept(
    report: Report, each: Comparison, origins: Mapping[str, Origin], candidate: Prompt, by: str
) -> KeptComparison:
    n_trials = {arm.name: arm.n_trials for arm in report.arms}
    pair = (each.baseline, each.candidate)
    return KeptComparison(
        book=candidate.book,
        baseline_id=origins[each.baseline].prompt_id or NO_PROMPT,
        candidate_id=candidate.id,
        passes=report.lets_pass(each),
        at=datetime.now(UTC),
        by=by,
        difference=each.difference.value,
        low=each.difference.low,
        high=each.difference.high,
        p=each.p_holm,
        margin=report.margin,
        verdict=each.verdict,
        is_not_inferior=each.is_not_inferior,
        n_tasks=each.n_tasks,
        n_trials=(n_trials[each.baseline], n_trials[each.candidate]),
        n_learned_from=sum(at.arm in pair for at in report.contaminations or ()),
        n_anchors_lost=sum(at.candidate == each.candidate and at.standing != "holds" for at in report.anchors),
        runs=tuple(origins[name].run_id for name in pair if origins[name].run_id),
        tasks=report.tasks,
        lost=tuple(change.task_key for change in each.lost),
        gained=tuple(change.task_key for change in each.gained),
        over_placebo=_over_placebo(report, each.candidate, origins),
    )


def _over_placebo(report: Report, candidate: str, origins: Mapping[str, Origin]) -> OverPlacebo | None:
    gain = next((gain for gain in report.over_placebo if gain.candidate == candidate), None)
    if gain is None:
        return None
    return OverPlacebo(
        placebo_id=origins[gain.placebo].prompt_id or NO_PROMPT,
        difference=gain.difference.value,
        low=gain.difference.low,
        high=gain.difference.high,
        is_distinguishable=gain.verdict != "not distinguishable",
    )
