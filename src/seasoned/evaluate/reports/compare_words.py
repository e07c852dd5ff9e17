"""What is said of a comparison in sentences besides its verdicts. Pure; raises nothing."""

from seasoned.core.text import plural
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.contamination import Contamination
from seasoned.evaluate.compare.paired import Comparison
from seasoned.evaluate.compare.summary import ArmSummary
from seasoned.evaluate.reports.words import (
    MEASURES,
    cost_difference,
    p_value,
    percent,
    plain,
    points,
    trials_of_a_task,
)
from seasoned.evaluate.statistics.power import POWER

NAMED = 3
"""Tasks that a sentence names."""


def contamination_sentence(each: Contamination) -> str:
    """What an arm was handed that is from the compared tasks."""
    tasks = ", ".join(plain(key) for key in each.tasks[:NAMED])
    more = f" and {len(each.tasks) - NAMED} more" if len(each.tasks) > NAMED else ""
    origin = "whose evidence is from" if each.source_id.startswith("skill-") else "which is from"
    return f"{plain(each.arm)} was handed {each.source_id} of {plain(each.book)}, {origin} {tasks}{more}"


def contaminated(report: Report) -> list[str]:
    """What was learned from the compared tasks; empty where nothing was, or nobody looked."""
    return [f"Learned from these tasks: {contamination_sentence(each)}." for each in report.contaminations or ()]


def anchor_sentences(report: Report) -> list[str]:
    """Which anchors do not hold, and how many do; empty where there are none."""
    words = {"regressed": "regressed with", "not compared": "was not compared for"}
    broken = [each for each in report.anchors if each.standing != "holds"]
    said = [f"Anchor: {plain(each.task_key)} {words[each.standing]} {plain(each.candidate)}." for each in broken]
    n_held = len(report.anchors) - len(broken)
    return [*said, f"Anchors that hold: {n_held} of {len(report.anchors)}."] if report.anchors else []


def placebo_sentences(report: Report) -> list[str]:
    """What candidates gain over a prompt as long as theirs that says nothing."""
    said: list[str] = []
    for gain in report.over_placebo:
        names = f"{plain(gain.candidate)} over a placebo as long, {plain(gain.placebo)}"
        said.append(f"{names}: {points(gain.difference)} points, p = {p_value(gain.p)}.")
        if gain.verdict == "not distinguishable":
            said.append("That is not distinguishable from nothing: length alone may explain what it gains.")
    return said


def price_sentences(report: Report) -> list[str]:
    """What candidates cost more, and the control at equal cost."""
    said: list[str] = []
    for each in report.comparisons:
        names = f"{plain(each.candidate)} - {plain(each.baseline)}"
        said += [f"{names}: {cost_difference(cost)}." for cost in each.costs]
        if (control := control_sentence(each)) is not None:
            said.append(f"{names}: {control}.")
    if any(each.is_same_cost is None for each in report.comparisons):
        said.append("The logs do not say what every task cost, so nothing is said about equal cost.")
    return said


def control_sentence(each: Comparison) -> str | None:
    """Whether the arms cost the same, and if not, what the cheaper one reaches with as much."""
    if each.is_same_cost:
        return "at the same cost, within 10 %"
    if (control := each.equal_cost) is None:
        return None
    name = MEASURES[control.measure][0]
    tries = (
        f"not at the same cost. For the {name} of one run of {plain(control.dearer)}, "
        f"{plain(control.cheaper)} has {control.ratio:.2f} tries"
    )
    if control.rate is None or control.difference is None:
        return f"{tries}; estimating them takes {control.n_trials_needed} trials of each task"
    less = f"{plain(control.dearer)} is {points(control.difference)} points from that"
    return f"{tries}. Best of {control.ratio:.2f}: one passes on {percent(control.rate)} of tasks, and {less}"


def notes_of(report: Report) -> list[str]:
    """What to know of the runs before believing the numbers."""
    notes = [said for arm in report.arms for said in _counts_of(arm)]
    if report.left_out:
        named = ", ".join(plain(each.task_key) for each in report.left_out[:NAMED])
        more = f" and {len(report.left_out) - NAMED} more" if len(report.left_out) > NAMED else ""
        left_out = plural(len(report.left_out), "task")
        notes.append(f"{left_out} left out, as not every arm has a verdict on it: {named}{more}")
    if report.other_texts:
        other = plural(len(report.other_texts), "task")
        notes.append(
            f"{other} read otherwise in another arm; logs have the words of a simulated user in their place, so this "
            "was not taken for a changed task"
        )
    if report.contaminations is None:
        why = "no run shows what it was handed" if all(_is_bare(arm) for arm in report.arms) else "no store here"
        notes.append(f"{why}, so whether anything handed out was learned from these tasks was not looked at")
    drawn = "" if all(each.is_exact for each in report.comparisons) else " (~ drawn)"
    notes.append(
        f"Intervals: {report.confidence:.0%}, {report.n_resamples:,} resamples of tasks, seed {report.seed}. p: sign "
        f"flips of tasks{drawn}. Findable: the least true difference that is found with probability {POWER:g}."
    )
    return notes


def _is_bare(arm: ArmSummary) -> bool:
    return arm.n_verdicts_only == arm.n_trials


def _counts_of(arm: ArmSummary) -> list[str]:
    counted = (
        (arm.n_verdicts_only, "with hardly more than a verdict: what was done, and handed out, is not known"),
        (arm.n_unjudged, "without a verdict, left out"),
        (arm.n_unreachable, "that never came about for reasons outside of the agent, not scored"),
        (arm.n_children, "of a sub-agent, left out"),
        (arm.n_repeated, "read twice, counted once"),
    )
    notes = [f"{plain(arm.name)}: {plural(n, 'run')} {what}" for n, what in counted if n]
    if arm.least_trials != arm.most_trials:
        n_trials = trials_of_a_task(arm.least_trials, arm.most_trials)
        notes.append(f"{plain(arm.name)}: tasks have {n_trials} trials; each task counts the same")
    return notes
