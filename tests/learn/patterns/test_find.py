"""From traces to a report: what is counted, what is compared, and what the reader is told."""

import json

from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.finding import verify
from seasoned.core.trace import Step, Trace
from seasoned.learn.patterns.contrasts import MAX_DIFFERENCES
from seasoned.learn.patterns.find import Pattern, PatternReport, find_patterns
from tests.learn.building import calls, fails, returns, run, says, user

ASK = user("Please sort this out")
DONE = says("Done.")


def plain(task: str, trial: int, verdict: bool | None = True) -> Trace:
    return run(ASK, calls("look", at="a"), returns("-"), DONE, task=task, trial=trial, verdict=verdict)


def handed_over(task: str, trial: int, verdict: bool | None = False) -> Trace:
    steps = (calls("look", at="a"), returns("-"), calls("escalate", to="boss"), returns("ok"))
    return run(ASK, *steps, task=task, trial=trial, verdict=verdict)


def named(report: PatternReport, name: str) -> Pattern:
    return next(pattern for pattern in report.patterns if pattern.name == name)


def test_a_pattern_that_goes_with_failure_within_every_task_comes_first() -> None:
    traces = [
        make(task, trial)
        for task in ("a", "b", "c", "d", "e")
        for make, trials in ((plain, (0, 1)), (handed_over, (2, 3)))
        for trial in trials
    ]
    report = find_patterns(traces)
    first = report.patterns[0]
    assert (first.name, first.n_runs, first.n_failed, first.n_passed, first.strata) == ("handoff", 10, 10, 0, 5)
    assert first.p is not None
    assert first.q is not None
    assert abs(first.p - 2 / 6**5) < 1e-12
    assert first.p <= first.q < 0.05
    assert first.z is not None
    assert first.z > 0
    assert first.odds_ratio is None, "it is infinite"
    assert first.marginal_difference == 1.0
    assert first.sentence == (
        "10 of 20 runs; 10 of 10 with a verdict failed, against 0 of 10 without it. "
        "Within 5 tasks that can tell: p 0.00026, q 0.00026. Associated, not tested."
    )


def test_a_pattern_that_only_marks_hard_tasks_has_no_p_but_a_marginal_difference() -> None:
    easy = [plain(task, trial) for task in "abcdef" for trial in (0, 1)]
    hard = [handed_over(task, trial) for task in "uvwxyz" for trial in (0, 1)]
    report = find_patterns(easy + hard)
    pattern = named(report, "handoff")
    assert (pattern.marginal_difference, pattern.strata, pattern.p, pattern.q) == (1.0, 0, None, None)
    assert "No task has runs with and without it and both verdicts." in pattern.sentence
    assert "no task has both a failed and a passed run: no same-task contrasts possible" in report.notes


def test_the_reader_is_told_how_many_would_look_significant_if_tasks_were_pooled() -> None:
    hard = [handed_over(f"hard{n}", 0) for n in range(20)]
    easy = [plain(f"easy{n}", 0) for n in range(20)]
    mixed = [plain("m", 0), handed_over("m", 1)]
    notes = find_patterns(hard + easy + mixed).notes
    assert (
        "1 of 1 patterns look significant (q <= 0.05) when the runs of all tasks are pooled, "
        "0 when only runs of the same task are compared"
    ) in notes


def test_features_that_the_same_runs_show_are_tested_once() -> None:
    report = find_patterns([plain("a", 0), handed_over("a", 1)])
    assert [pattern.name for pattern in report.patterns] == ["handoff"]
    assert named(report, "handoff").same_runs_as == ("calls escalate", "look before escalate")


def test_without_verdicts_there_are_detectors_only_and_the_report_says_so() -> None:
    report = find_patterns([plain("a", 0, None), handed_over("a", 1, None)])
    assert [pattern.kind for pattern in report.patterns] == ["detector"]
    assert report.patterns[0].p is None
    assert report.patterns[0].sentence == "1 of 2 runs. Associated, not tested."
    assert report.contrasts == ()
    assert report.notes == ("no run has a verdict: detectors only, nothing is compared with success or failure",)


def test_with_one_run_a_task_the_report_says_that_contrasts_are_impossible() -> None:
    report = find_patterns([plain("a", 0), handed_over("b", 0)])
    assert report.contrasts == ()
    assert report.notes == ("every task has only one run with a verdict: no same-task contrasts possible",)


def test_runs_without_a_verdict_count_as_runs_only() -> None:
    report = find_patterns([plain("a", 0), handed_over("a", 1), handed_over("a", 2, None)])
    assert (report.n_traces, report.n_with_verdict, report.n_tasks, report.n_mixed_tasks) == (3, 2, 1, 1)
    assert (named(report, "handoff").n_runs, named(report, "handoff").n_failed) == (2, 1)
    assert "1 of 3 runs have no verdict; they count only as runs" in report.notes


def test_a_trace_that_comes_twice_counts_once() -> None:
    report = find_patterns([plain("a", 0), plain("a", 0)])
    assert report.n_traces == 1
    assert "1 traces came more than once and count once" in report.notes


def test_no_traces_make_an_empty_report() -> None:
    report = find_patterns([])
    assert (report.n_traces, report.patterns, report.contrasts, report.notes) == (0, (), (), ())


def test_evidence_is_bounded_and_takes_failed_runs_first() -> None:
    passed = [handed_over("a", trial, True) for trial in range(5)]
    failed = [handed_over("a", trial, False) for trial in range(5, 9)]
    evidence = named(find_patterns(passed + failed), "handoff").evidence
    assert [e.trace_id for e in evidence] == [trace.id for trace in failed[:3]]


class TestContrasts:
    def test_what_differs_is_cited_from_a_failed_and_from_a_passed_run(self) -> None:
        good, bad = plain("a", 0), handed_over("a", 1)
        (contrast,) = find_patterns([good, bad]).contrasts
        assert (contrast.task_key, contrast.failed_id, contrast.passed_id) == ("a", bad.id, good.id)
        handoff = contrast.differences[0]
        assert handoff.feature == "handoff"
        assert handoff.sentence == "handoff: 1 of 1 failed runs, 0 of 1 passed runs."
        assert [(e.trace_id, e.quote) for e in handoff.evidence] == [
            (bad.id, 'escalate({"to": "boss"})'),
            (good.id, "Done."),
        ]

    def test_what_the_passed_runs_do_more_is_a_difference_too(self) -> None:
        good = run(ASK, calls("check", id=1), returns("-"), DONE, verdict=True)
        bad = run(ASK, DONE, verdict=False, trial=1)
        (contrast,) = find_patterns([good, bad]).contrasts
        check = next(d for d in contrast.differences if d.feature == "calls check")
        assert (check.n_failed_with, check.n_passed_with) == (0, 1)
        assert [e.trace_id for e in check.evidence] == [bad.id, good.id]

    def test_what_all_runs_do_is_no_difference(self) -> None:
        (contrast,) = find_patterns([plain("a", 0), handed_over("a", 1)]).contrasts
        assert "calls look" not in [difference.feature for difference in contrast.differences]

    def test_the_pair_to_read_is_the_one_most_alike(self) -> None:
        good, near = plain("a", 0), plain("a", 1, False)
        (contrast,) = find_patterns([good, handed_over("a", 2), near]).contrasts
        assert (contrast.failed_id, contrast.passed_id) == (near.id, good.id)

    def test_there_are_never_too_many(self) -> None:
        many = [step for n in range(9) for step in (calls(f"tool{chr(97 + n)}", n=n), returns("-"))]
        good, bad = run(ASK, DONE, verdict=True), run(ASK, *many, DONE, verdict=False, trial=1)
        (contrast,) = find_patterns([good, bad]).contrasts
        assert len(contrast.differences) == MAX_DIFFERENCES
        assert contrast.n_differences == 9 + 9 * 8 // 2 + 2, "tools, pairs, and two lengths"


def test_everything_is_labelled_and_survives_json() -> None:
    report = find_patterns([plain("a", 0), handed_over("a", 1)])
    data = json.loads(report.model_dump_json())
    for part in (data, *data["patterns"], *data["contrasts"]):
        assert part["label"] == "associated, not tested"
    assert PatternReport.model_validate(data) == report


def test_a_tool_name_of_any_length_and_shape_stays_one_short_line() -> None:
    odd = run(ASK, calls("a\nb" * 500), returns("-"), DONE, verdict=False, trial=1)
    for pattern in find_patterns([run(ASK, DONE, verdict=True), odd]).patterns:
        assert "\n" not in pattern.name
        assert len(pattern.name) < 100


_BLOCKS: list[tuple[Step, ...]] = [
    (calls("look", at="a"), returns("-")),
    (calls("pay", sum=1), fails("Error: declined")),
    (says("Shall I?"), user("Yes")),
    (calls("escalate", to="boss"), returns("ok")),
    (says(""),),
]
_runs = st.lists(
    st.tuples(
        st.lists(st.sampled_from(_BLOCKS), max_size=4), st.sampled_from("ab"), st.sampled_from([True, False, None])
    ),
    max_size=8,
)


@given(_runs)
def test_whatever_the_runs_all_evidence_holds_and_the_counts_add_up(
    drawn: list[tuple[list[tuple[Step, ...]], str, bool | None]],
) -> None:
    traces = [
        run(ASK, *[s for block in blocks for s in block], task=task, verdict=verdict, trial=trial)
        for trial, (blocks, task, verdict) in enumerate(drawn)
    ]
    by_id = {trace.id: trace for trace in traces}
    report = find_patterns(traces)
    assert find_patterns(traces) == report
    assert len(report.contrasts) == report.n_mixed_tasks
    for pattern in report.patterns:
        assert 0 <= pattern.n_failed + pattern.n_passed <= pattern.n_runs <= report.n_traces
        assert pattern.evidence
    quoted = [e for pattern in report.patterns for e in pattern.evidence]
    quoted += [e for contrast in report.contrasts for d in contrast.differences for e in d.evidence]
    for evidence in quoted:
        verify(evidence, by_id[evidence.trace_id])
