"""Reports as JUnit XML, which build servers show: a suite for each comparison or arm, a case for each task.

In a comparison a task fails where the candidate lost it, and one more case holds the verdict. In an arm by itself a
task fails where none of its trials passed; one that passes only sometimes passes, and says so. Names are written out
visibly, as XML cannot hold control characters. Pure; raises nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from seasoned.core.text import visible
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import Report
from seasoned.evaluate.compare.costs import counts
from seasoned.evaluate.compare.one_arm import ArmReport
from seasoned.evaluate.compare.paired import Change, Comparison
from seasoned.evaluate.reports.compare_words import contaminated
from seasoned.evaluate.reports.words import margin_sentence, percent, plain, verdict_numbers, verdict_words
from seasoned.evaluate.statistics.intervals import Interval

NAME_CHARS = 200
"""Of a task; a longer one is cut, with its number behind it so that names stay apart."""
RUNS_NAMED = 20


def junit_of_comparison(report: Report, arms: Sequence[Arm]) -> str:
    """A comparison as JUnit XML.

    Args:
        report: What the comparison came to.
        arms: The arms that were compared.
    """
    by_name = {arm.name: arm for arm in arms}
    anchors = {each.task_key for each in report.anchors}
    suites = Element("testsuites", name="seasoned eval compare")
    for each in report.comparisons:
        suite = SubElement(suites, "testsuite", name=f"{_name(each.candidate)} against {_name(each.baseline)}")
        _properties(suite, _numbers_of(each, report))
        _verdict(suite, each, report)
        _tasks_of(suite, each, by_name, anchors)
        _count(suite)
    return _document(suites)


def junit_of_arm(report: ArmReport, arm: Arm) -> str:
    """One arm as JUnit XML.

    Args:
        report: What the arm's runs tell.
        arm: The arm.
    """
    suites = Element("testsuites", name="seasoned eval")
    suite = SubElement(suites, "testsuite", name=_name(report.name))
    numbers = {"n_tasks": f"{report.n_tasks}", "n_runs": f"{report.n_runs}", "n_unjudged": f"{report.n_unjudged}"}
    for name, by_k in (("pass_hat", report.pass_hat), ("pass_at", report.pass_at)):
        numbers |= {f"{name}_{k}": _interval(interval) for k, interval in by_k.items()}
    optional = {"icc": report.icc, "floor": report.floor}
    numbers |= {name: f"{value:.6g}" for name, value in optional.items() if value is not None}
    _properties(suite, numbers)
    for number, (key, trials) in enumerate(arm.by_task.items()):
        case = _case(suite, report.name, key, number)
        n_trials, n_passed = counts(trials)
        failed = [trial.trace_id for trial in trials if not trial.passed]
        said = f"{n_passed} of {n_trials} trials passed"
        if not n_passed:
            _failure(case, said, "failed", f"runs: {_listed(failed)}")
        elif failed:
            SubElement(case, "system-out").text = f"{said}; failed: {_listed(failed)}"
    _count(suite)
    return _document(suites)


def _verdict(suite: Element, each: Comparison, report: Report) -> None:
    case = _case(suite, each.candidate, f"no worse by {100 * report.margin:g} points", None)
    head = f"{plain(each.candidate)} is {verdict_words(each)} {plain(each.baseline)}: {verdict_numbers(each, report)}"
    if learned := contaminated(report):
        _failure(case, learned[0], "learned from these tasks", "\n".join(learned))
    elif not each.is_not_inferior:
        _failure(case, f"{head}. {margin_sentence(each, report)}", each.verdict, "")
    else:
        SubElement(case, "system-out").text = visible(f"{head}. {margin_sentence(each, report)}")


def _tasks_of(suite: Element, each: Comparison, by_name: Mapping[str, Arm], anchors: Collection[str]) -> None:
    lost = {change.task_key: change for change in each.lost}
    left_out = by_name[each.candidate].by_task.keys() - by_name[each.baseline].by_task.keys()
    for number, (key, trials) in enumerate(by_name[each.candidate].by_task.items()):
        if key in left_out:
            continue
        case = _case(suite, each.candidate, key, number)
        if key in lost:
            said, runs = _said_of(lost[key])
            _failure(case, said, "anchor regressed" if key in anchors else "lost", runs)
        else:
            n_trials, n_passed = counts(trials)
            SubElement(case, "system-out").text = f"{n_passed} of {n_trials} trials passed"


def _said_of(change: Change) -> tuple[str, str]:
    (before, n_before), (after, n_after) = change.baseline, change.candidate
    runs = [
        f"{what}: {_listed([run.trace_id for run in found])}"
        for what, found in (("passed before", change.baseline_runs), ("fail now", change.candidate_runs))
    ]
    return f"{after} of {n_after} trials passed, {before} of {n_before} before", "\n".join(runs)


def _numbers_of(each: Comparison, report: Report) -> dict[str, str]:
    rates = {arm.name: arm.rate for arm in report.arms}
    return {
        "verdict": each.verdict,
        "is_not_inferior": str(each.is_not_inferior).lower(),
        "margin": f"{report.margin:g}",
        "difference": _interval(each.difference),
        "p": f"{each.p:.6g}",
        "p_holm": f"{each.p_holm:.6g}",
        "baseline_rate": percent(rates[each.baseline]),
        "candidate_rate": percent(rates[each.candidate]),
        "n_tasks": f"{each.n_tasks}",
        "n_lost": f"{len(each.lost)}",
        "n_gained": f"{len(each.gained)}",
    }


def _properties(suite: Element, numbers: Mapping[str, str]) -> None:
    holder = SubElement(suite, "properties")
    for name, value in numbers.items():
        SubElement(holder, "property", name=name, value=visible(value))


def _case(suite: Element, arm: str, name: str, number: int | None) -> Element:
    cut = len(name) > NAME_CHARS and number is not None
    said = f"{_name(name[:NAME_CHARS])}… #{number}" if cut else _name(name)
    return SubElement(suite, "testcase", classname=_name(arm), name=said, time="0")


def _failure(case: Element, message: str, kind: str, said: str) -> None:
    SubElement(case, "failure", message=visible(message), type=kind).text = visible(said)


def _count(suite: Element) -> None:
    """The numbers that readers of the format expect of a suite."""
    cases = suite.findall("testcase")
    n_failed = sum(case.find("failure") is not None for case in cases)
    suite.attrib |= {"tests": f"{len(cases)}", "failures": f"{n_failed}", "errors": "0", "skipped": "0", "time": "0"}


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - RUNS_NAMED} more" if len(ids) > RUNS_NAMED else ""
    return " ".join(ids[:RUNS_NAMED]) + more


def _name(name: str) -> str:
    return plain(name, NAME_CHARS)


def _interval(interval: Interval) -> str:
    return f"{interval.value:.6g} [{interval.low:.6g}, {interval.high:.6g}]"


def _document(suites: Element) -> str:
    for name in ("tests", "failures", "errors"):
        suites.set(name, str(sum(int(suite.attrib[name]) for suite in suites)))
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"
