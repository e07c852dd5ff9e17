"""Reports as pages: a comparison, and one arm by itself. Pure and seeded; raises nothing."""

from collections.abc import Sequence

from seasoned.core.text import plural
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.costs import ArmCost
from seasoned.evaluate.compare.curve import learning_curve
from seasoned.evaluate.compare.one_arm import ArmReport
from seasoned.evaluate.compare.paired import Change, Comparison, RunRef
from seasoned.evaluate.compare.summary import AtK
from seasoned.evaluate.reports.arm_words import head_sentence, notes_on
from seasoned.evaluate.reports.compare_words import (
    anchor_sentences,
    contaminated,
    notes_of,
    placebo_sentences,
    price_sentences,
)
from seasoned.evaluate.reports.figures.costs import costs_figure
from seasoned.evaluate.reports.figures.curve import curve_figure
from seasoned.evaluate.reports.figures.intervals import KINDS, intervals_figure
from seasoned.evaluate.reports.figures.pass_k import OfArm, pass_k_figure
from seasoned.evaluate.reports.figures.plot import Figure
from seasoned.evaluate.reports.figures.tasks import tasks_figure
from seasoned.evaluate.reports.page import Html, element, figure, page, section, table
from seasoned.evaluate.reports.words import (
    MEASURES,
    margin_sentence,
    p_value,
    percent,
    plain,
    points,
    trials_of_a_task,
    verdict_numbers,
    verdict_words,
)
from seasoned.evaluate.statistics.intervals import Interval, Resampling

RUNS_SHOWN = 8
"""Runs of one task."""
PATH_CHARS = 32
MAX_DRAWN = 4
"""Comparisons that are drawn task by task."""


def page_of_comparison(report: Report, arms: Sequence[Arm]) -> str:
    """A comparison as one HTML document: verdicts, what was lost, figures, then the numbers.

    Args:
        report: What the comparison came to.
        arms: The arms that were compared.
    """
    by_name = {arm.name: arm for arm in arms}
    ordered = [by_name[summary.name] for summary in report.arms]
    left_out = {each.task_key for each in report.left_out}
    tasks = [key for key in ordered[0].by_task if key not in left_out]
    parts = [_warning(each) for each in contaminated(report)]
    *broken, held = anchor_sentences(report) or [""]
    parts += [_warning(each) for each in broken]
    parts += [_verdict(each, report) for each in report.comparisons]
    parts += [element("p", each) for each in (held, *placebo_sentences(report)) if each]
    parts += [_changes("Lost", each, each.lost) for each in report.comparisons if each.lost]
    parts += [_figures_of(report, by_name, ordered, tasks), _rates(report), _differences(report)]
    parts += [_by_k([(arm.name, *_by_name(arm.by_k)) for arm in report.arms])]
    parts.append(_costs([(arm.name, arm.n_trials, arm.costs) for arm in report.arms], price_sentences(report)))
    parts += [_changes("Gained", each, each.gained) for each in report.comparisons if each.gained]
    parts.append(section("Notes", _list(notes_of(report))))
    return page("Did it get better?", *parts)


def page_of_arm(report: ArmReport, arm: Arm) -> str:
    """One arm as one HTML document.

    Args:
        report: What the arm's runs tell.
        arm: The arm.
    """
    parts = [element("div", element("p", element("strong", f"{head_sentence(report)}.")), class_="verdict")]
    parts += [element("p", said) for said in _floor_sentences(report)]
    drawn = [figure(pass_k_figure([(report.name, report.pass_hat, report.pass_at)]))]
    if report.learning_curve is not None:
        drawn.append(figure(curve_figure(report.learning_curve)))
    how = Resampling(n_resamples=report.n_resamples, seed=report.seed, confidence=report.confidence)
    if (costs := costs_figure([arm], [report.pass_hat["1"]], list(arm.by_task), how)) is not None:
        drawn.append(figure(costs))
    parts += [_failing(arm), section("Drawn", *drawn), _by_k([(report.name, report.pass_hat, report.pass_at)])]
    parts.append(_spread(report))
    parts.append(_costs([(report.name, report.n_runs, report.costs)], []))
    for heading, found in (
        ("How runs ended", report.termination),
        ("How failed runs differ from their reference", report.differences or {}),
    ):
        if found:
            rows = [(plain(what), f"{n:,}") for what, n in found.items()]
            parts.append(section(heading, table("Runs by kind", ("what", "#runs"), rows)))
    parts.append(section("Notes", _list(notes_on(report))))
    return page(f"Recorded runs: {plain(report.name)}", *parts)


def _warning(said: str) -> Html:
    return element("div", element("p", said), class_="verdict bad")


def _verdict(each: Comparison, report: Report) -> Html:
    head = f"{plain(each.candidate)} is {verdict_words(each)} {plain(each.baseline)}"
    kind = {"good": " good", "bad": " bad"}.get(KINDS[each.verdict], "")
    return element(
        "div",
        element("p", element("strong", f"{head}.")),
        element("p", f"{verdict_numbers(each, report)}. {margin_sentence(each, report)}"),
        class_=f"verdict{kind}",
    )


def _changes(what: str, comparison: Comparison, changes: Sequence[Change]) -> Html:
    before, after = plain(comparison.baseline), plain(comparison.candidate)
    runs = ("passed before", "fail now") if what == "Lost" else ("failed before", "pass now")
    rows = [
        (
            plain(change.task_key, 120),
            f"{change.baseline[0]}/{change.baseline[1]}",
            f"{change.candidate[0]}/{change.candidate[1]}",
            _runs(change.baseline_runs),
            _runs(change.candidate_runs),
        )
        for change in changes
    ]
    caption = f"{plural(len(changes), 'task')} of {comparison.n_tasks:,}, the most changed first"
    columns = ("task", f"#{before}", f"#{after}", f"!runs that {runs[0]}", f"!runs that {runs[1]}")
    return section(f"{what} by {after} against {before}", table(caption, columns, rows))


def _runs(runs: Sequence[RunRef]) -> str:
    named = ", ".join(_run(run) for run in runs[:RUNS_SHOWN])
    return named + (f" and {len(runs) - RUNS_SHOWN} more" if len(runs) > RUNS_SHOWN else "")


def _run(run: RunRef) -> str:
    """Its id, and the end of the path that it came from, which tells runs of one folder apart."""
    beginning = "…" if len(run.path) > PATH_CHARS else ""
    return f"{run.trace_id} ({beginning}{plain(run.path[-PATH_CHARS:], PATH_CHARS)})" if run.path else run.trace_id


def _figures_of(report: Report, by_name: dict[str, Arm], ordered: Sequence[Arm], tasks: Sequence[str]) -> Html:
    how = Resampling(n_resamples=report.n_resamples, seed=report.seed, confidence=report.confidence)
    curves = pass_k_figure([(arm.name, *_by_name(arm.by_k)) for arm in report.arms])
    drawn: list[Figure | None] = [intervals_figure(report), curves]
    drawn += [
        tasks_figure(by_name[each.baseline], by_name[each.candidate], tasks) for each in report.comparisons[:MAX_DRAWN]
    ]
    drawn.append(costs_figure(ordered, [arm.rate for arm in report.arms], tasks, how))
    told = [trial for arm in ordered for trial in arm.trials if trial.prompt_id is not None]
    curve = learning_curve(told, how) if told else None
    drawn.append(None if curve is None else curve_figure(curve))
    return section("Drawn", *(figure(each) for each in drawn if each is not None))


def _by_name(by_k: Sequence[AtK]) -> tuple[dict[str, Interval], dict[str, Interval]]:
    return {str(each.k): each.pass_hat for each in by_k}, {str(each.k): each.pass_at for each in by_k}


def _rates(report: Report) -> Html:
    others = {each.arm: percent(each.rate) for each in report.on_other_tasks}
    rows = [
        (
            plain(arm.name),
            f"{arm.n_tasks:,}",
            f"{arm.n_trials:,}",
            trials_of_a_task(arm.least_trials, arm.most_trials),
            percent(arm.rate),
            others.get(arm.name, "-"),
        )
        for arm in report.arms
    ]
    columns = ("arm", "#tasks", "#runs", "#of a task", "#passed", "#tasks that take an action")
    floor: list[Html] = []
    if report.floor is not None:
        n_free, n_known = len(report.floor.free_tasks), report.floor.n_known
        share = f"{n_free} of {plural(n_known, 'task')} ({n_free / n_known:.0%})"
        floor.append(element("p", f"Doing nothing passes at least {share}, as references tell."))
    return section("Success rates", table("Means over tasks, with 95 % intervals", columns, rows), *floor)


def _differences(report: Report) -> Html:
    rows = [
        (
            f"{plain(each.candidate)} - {plain(each.baseline)}",
            points(each.difference),
            p_value(each.p) + ("" if each.is_exact else "~"),
            p_value(each.p_holm),
            f"{100 * each.least_effect:.1f}",
            f"{len(each.lost):,}",
            f"{len(each.gained):,}",
            each.verdict,
        )
        for each in report.comparisons
    ]
    columns = ("arms", "#points", "#p", "#Holm", "#findable", "#lost", "#gained", "verdict")
    return section("Differences", table("Points of a hundred, with 95 % intervals", columns, rows))


def _by_k(arms: Sequence[OfArm]) -> Html:
    rows = [(plain(name), k, percent(hat[k]), percent(at[k])) for name, hat, at in arms for k in hat]
    columns = ("arm", "#k", "#pass^k: all pass", "#pass@k: one passes")
    return section("k trials of a task", table("Means over tasks, with 95 % intervals", columns, rows))


def _costs(arms: Sequence[tuple[str, int, Sequence[ArmCost]]], sentences: Sequence[str]) -> Html:
    rows: list[tuple[str, ...]] = []
    for arm, n_runs, costs in arms:
        for cost in costs:
            if cost.per_run is not None:
                name, shown = MEASURES[cost.measure]
                success = "-" if cost.per_success is None else shown(cost.per_success)
                rows.append((plain(arm), name, shown(cost.per_run), success, f"{cost.n_known:,} of {n_runs:,}"))
    columns = ("arm", "measure", "#a run", "#a success", "#known of")
    known = table("Means over tasks", columns, rows) if rows else element("p", "Nothing is known of what a run cost.")
    return section("Cost", known, *(element("p", said) for said in sentences))


def _floor_sentences(report: ArmReport) -> list[str]:
    if report.floor is None or report.floor_detail is None:
        return []
    n_free, n_known = len(report.floor_detail.free_tasks), report.floor_detail.n_known
    said = [f"Doing nothing passes at least {n_free} of {plural(n_known, 'task')} ({report.floor:.0%})."]
    if (needing := report.tasks_needing_action) is not None:
        said.append(f"These runs pass {percent(needing.rate)} of the {plural(needing.n_tasks, 'other task')}.")
    return said


def _failing(arm: Arm) -> Html:
    """The tasks that failed, the most often failed first, with the runs that show it."""
    rows: list[tuple[float, tuple[str, str, str]]] = []
    for key, trials in arm.by_task.items():
        failed = [RunRef(trace_id=trial.trace_id, path=trial.path) for trial in trials if not trial.passed]
        if failed:
            share = f"{len(trials) - len(failed)}/{len(trials)}"
            rows.append((-len(failed) / len(trials), (plain(key, 120), share, _runs(failed))))
    rows.sort(key=lambda row: row[0])
    if not rows:
        return section("Tasks that failed", element("p", "No run failed."))
    caption = f"{plural(len(rows), 'task')} with a failed run, the most often failed first"
    return section(
        "Tasks that failed", table(caption, ("task", "#passed", "!runs that failed"), [row for _, row in rows])
    )


def _spread(report: ArmReport) -> Html:
    rows = [(f"{each.n_passed} of {each.n_trials}", f"{each.n_tasks:,}") for each in report.successes_by_task]
    said: list[Html] = []
    if report.icc is not None and report.design_effect is not None and report.n_effective is not None:
        said.append(
            element(
                "p",
                f"Trials of one task are alike: the intraclass correlation is {report.icc:.2f}, the design effect "
                f"{report.design_effect:.2f}, so {plural(report.n_runs, 'run')} tell as much as "
                f"{report.n_effective:,.0f} of different tasks.",
            )
        )
    return section("Tasks by their successes", table("Trials that passed", ("passed", "#tasks"), rows), *said)


def _list(said: Sequence[str]) -> Html:
    return element("ul", *(element("li", each) for each in said))
