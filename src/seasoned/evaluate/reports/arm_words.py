"""What is said of one arm's runs in sentences, the same on a terminal and on a page. Pure; raises nothing."""

from seasoned.core.text import plural
from seasoned.evaluate.compare.one_arm import ArmReport
from seasoned.evaluate.reports.words import percent, plain, trials_of_a_task

NAMED = 5
"""Tasks or problems that a sentence names."""


def head_sentence(report: ArmReport) -> str:
    """The success rate, and of how much."""
    size = f"{plural(report.n_tasks, 'task')}, {plural(report.n_runs, 'run')}"
    return f"{plain(report.name)} passes {percent(report.pass_hat['1'])} of its tasks: {size}"


def notes_on(report: ArmReport) -> list[str]:
    """What to know of the runs before believing the numbers."""
    notes: list[str] = []
    if report.n_tasks == 1:
        notes.append("There is one task: nothing follows about others, so every interval reaches from 0 to 1.")
    for n, what in (
        (report.n_unjudged, "without a verdict, left out"),
        (report.n_verdicts_only, "with hardly more than a verdict: what was done is not known"),
        (report.n_children, "of a sub-agent, left out"),
        (report.n_repeated, "read twice, counted once"),
    ):
        if n:
            notes.append(f"{plural(n, 'run')} {what}.")
    if report.unjudged_tasks:
        named = ", ".join(plain(key) for key in report.unjudged_tasks[:NAMED])
        more = f" and {len(report.unjudged_tasks) - NAMED} more" if len(report.unjudged_tasks) > NAMED else ""
        notes.append(f"{plural(len(report.unjudged_tasks), 'task')} without any verdict: {named}{more}.")
    if (unequal := report.unequal_trials) is not None:
        tried = trials_of_a_task(unequal.least, unequal.most)
        notes.append(f"Tasks have {tried} trials; each task counts the same, and k goes up to the least.")
    if report.problems:
        notes.append(f"{plural(len(report.problems), 'problem')} while reading: {plain(report.problems[0], 200)}")
    if report.n_tasks > 1:
        drawn = f"{report.n_resamples:,} resamples of tasks, seed {report.seed}"
        notes.append(f"Intervals: {report.confidence:.0%}, {drawn}.")
    return notes
