"""What a comparison says besides the difference: anchors, placebos, changed tasks, trials that never came about."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from seasoned.core.comparison import NO_PROMPT
from seasoned.core.ids import sha256_hex
from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm, ArmReader, arm_of, refuse_other_texts
from seasoned.evaluate.compare.comparing import Background, CompareConfig, Report, compare
from seasoned.evaluate.compare.placebos import is_placebo_of
from seasoned.evaluate.compare.recording import Origin, kept_of, placebos_among
from seasoned.ingest.importing import read_paths
from seasoned.ingest.report import FileReport
from tests.evaluate.make_arms import QUICK, made, singles
from tests.make import make_trace
from tests.prompts import bare_prompt

KEYS = tuple(f"task-{n:03}" for n in range(12))
BEFORE, AFTER = bare_prompt("before"), bare_prompt("after")
PROMPTS = {prompt.id: prompt for prompt in (BEFORE, AFTER)}
DESK = ("desk", "a model")


def with_texts(arm: Arm, texts: Mapping[str, str], *, fixed: bool = False) -> Arm:
    digests = {key: frozenset({sha256_hex(text.encode())}) for key, text in texts.items()}
    return arm.model_copy(update={"texts": digests, "has_fixed_texts": fixed})


def of_prompts(**changes: Origin) -> dict[str, Origin]:
    return {
        "before": Origin(prompt_ids={BEFORE.id}, makers={DESK}),
        "after": Origin(prompt_ids={AFTER.id}, makers={DESK}),
        **changes,
    }


def gained(background: Background | None = None) -> Report:
    """A candidate that passes all of twelve tasks, of which the baseline failed all but one."""
    arms = [made("before", [(1, 1)] + [(0, 1)] * 11), made("after", [(1, 1)] * 12)]
    return compare(arms, CompareConfig(resampling=QUICK), background)


def test_an_anchor_holds_where_the_candidate_is_no_worse_on_it() -> None:
    report = gained(Background(anchors=("task-000", "task-001")))
    assert [each.standing for each in report.anchors] == ["holds", "holds"]
    assert report.passes


def test_one_lost_anchor_stops_a_candidate_that_is_better_in_all() -> None:
    arms = [made("before", [(1, 1)] + [(0, 1)] * 20), made("after", [(0, 1)] + [(1, 1)] * 20)]
    report = compare(arms, CompareConfig(resampling=QUICK), Background(anchors=("task-000", "task-001")))
    assert report.comparisons[0].verdict == "better"
    assert [(each.task_key, each.standing) for each in report.anchors] == [
        ("task-000", "regressed"),
        ("task-001", "holds"),
    ]
    assert not report.passes


def test_an_anchor_that_was_not_compared_does_not_hold() -> None:
    report = gained(Background(anchors=("elsewhere",)))
    assert [each.standing for each in report.anchors] == ["not compared"]
    assert not report.passes


def test_a_placebo_is_measured_against_and_decides_nothing() -> None:
    half = [(n % 2, 1) for n in range(12)]
    arms = [made("before", [(1, 1)] * 12), made("after", [(1, 1)] * 12), made("placebo", half)]
    config = CompareConfig(resampling=QUICK, margin=0.5)
    assert not compare(arms, config).passes
    report = compare(arms, config, Background(placebos={"placebo": "after"}, anchors=("task-000",)))
    (gain,) = report.over_placebo
    assert (gain.candidate, gain.placebo, gain.difference.value) == ("after", "placebo", 0.5)
    assert report.passes


def test_a_placebo_stands_for_one_prompt_by_base_book_revision_and_length() -> None:
    placebo = AFTER.model_copy(update={"is_placebo": True, "text": "neutral", "n_tokens": AFTER.n_tokens})
    assert is_placebo_of(placebo, AFTER)
    for other in ({"revision": 2}, {"base": "another"}, {"n_tokens": 50}, {"is_placebo": True}):
        assert not is_placebo_of(placebo, AFTER.model_copy(update=other))
    origins = of_prompts(placebo=Origin(prompt_ids={placebo.id}, makers={DESK}))
    assert placebos_among(origins, {**PROMPTS, placebo.id: placebo}) == {"placebo": "after"}


def test_a_comparison_of_two_prompts_is_kept_with_its_figures() -> None:
    (kept,), why_not = kept_of(gained(), of_prompts(), PROMPTS, "ada")
    assert why_not == ()
    assert (kept.baseline_id, kept.candidate_id, kept.passes, kept.by) == (BEFORE.id, AFTER.id, True, "ada")
    assert (kept.n_tasks, kept.n_trials, kept.verdict, len(kept.gained)) == (12, (12, 12), "better", 11)
    assert kept.tasks == KEYS
    no_prompt = Origin(prompt_ids={NO_PROMPT}, makers={DESK})
    (kept,), _ = kept_of(gained(), of_prompts(before=no_prompt), PROMPTS, "ada")
    assert kept.baseline_id == NO_PROMPT


@pytest.mark.parametrize(
    ("origins", "why"),
    [
        (of_prompts(after=Origin(prompt_ids={NO_PROMPT}, makers={DESK})), "not all handed one compiled prompt"),
        (of_prompts(after=Origin(prompt_ids={AFTER.id, BEFORE.id}, makers={DESK})), "not all handed one"),
        (of_prompts(before=Origin(prompt_ids={AFTER.id}, makers={DESK})), "the same prompt"),
        (of_prompts(before=Origin(prompt_ids=set(PROMPTS), makers={DESK})), "several prompts"),
        (of_prompts(before=Origin(prompt_ids={BEFORE.id}, makers={("desk", "small")})), "desk with small"),
        (of_prompts(before=Origin(prompt_ids={BEFORE.id}, makers={DESK}, measure={"suite": "x"})), "another suite"),
    ],
)
def test_what_differs_in_more_than_the_prompt_is_no_proof(origins: dict[str, Origin], why: str) -> None:
    kept, (said,) = kept_of(gained(), origins, PROMPTS, "ada")
    assert kept == ()
    assert why in said


def test_a_text_that_changed_under_its_key_is_an_error_that_names_the_task() -> None:
    texts = {key: f"do {key}" for key in KEYS}
    arms = [with_texts(singles(name, dict.fromkeys(KEYS, True)), texts) for name in ("a", "b")]
    assert refuse_other_texts(arms, KEYS) == ()
    arms[1] = with_texts(arms[1], {**texts, "task-003": "do another thing"})
    with pytest.raises(UsageError, match=r"1 of 12 tasks differs between the arms .*'task-003'"):
        compare(arms, CompareConfig(resampling=QUICK))
    assert compare(arms, CompareConfig(resampling=QUICK, changed_tasks=True)).other_texts == ()


def test_the_words_of_a_simulated_user_are_not_taken_for_changed_tasks() -> None:
    arms = [
        with_texts(singles(name, dict.fromkeys(KEYS, True)), {key: f"{name} {key}" for key in KEYS}) for name in "ab"
    ]
    assert compare(arms, CompareConfig(resampling=QUICK)).other_texts == KEYS
    fixed = [arm.model_copy(update={"has_fixed_texts": True}) for arm in arms]
    with pytest.raises(UsageError, match="12 of 12 tasks"):
        compare(fixed, CompareConfig(resampling=QUICK))


def test_a_trial_that_never_came_about_is_counted_and_not_scored() -> None:
    reader = ArmReader("a")
    reader.miss("t1")
    reader.miss("t1")
    arm = reader.arm()
    assert (arm.n_unreachable, arm.trials, arm.unjudged_tasks) == (2, (), ("t1",))
    with pytest.raises(UsageError, match="1 of them with runs that have no verdict"):
        compare([arm, singles("b", {"t1": True, "t2": True, "t3": True})], CompareConfig(resampling=QUICK))


def test_a_run_that_is_read_twice_counts_once() -> None:
    run = make_trace(("assistant", "done"))
    arm = arm_of("a", [run, run])
    assert (arm.n_repeated, arm.n_unjudged) == (1, 1)


@pytest.mark.parametrize("passed", [True, False])
def test_all_successes_and_all_failures_leave_room_for_what_was_not_seen(passed: bool) -> None:
    arms = [made(name, [(int(passed), 1)] * 12) for name in "ab"]
    (found,) = compare(arms, CompareConfig(resampling=QUICK)).comparisons
    assert (found.difference.value, found.verdict, found.p) == (0.0, "not distinguishable", 1.0)
    assert found.difference.low < -0.05 < 0.05 < found.difference.high
    assert not found.is_not_inferior


def solved_by(n: int) -> Arm:
    """Reflexion's logs are cumulative: what was solved in an earlier trial stays solved."""
    return made(f"{n} solved", [(int(at < n), 1) for at in range(100)])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(33, 35, id="WebShop, Reflexion"),
        pytest.param(33, 34, id="WebShop, plain retries"),
    ],
)
def test_published_logs_of_no_learning_are_not_distinguishable(before: int, after: int) -> None:
    (found,) = compare([solved_by(before), solved_by(after)], CompareConfig()).comparisons
    assert found.verdict == "not distinguishable"
    assert found.p >= 0.5
    assert found.difference.low <= 0.0 < found.difference.high


def test_even_without_overlap_33_and_35_of_100_are_not_distinguishable() -> None:
    after = made("35", [(int(at >= 65), 1) for at in range(100)])
    (found,) = compare([solved_by(33), after], CompareConfig()).comparisons
    assert (found.verdict, found.is_not_inferior) == ("not distinguishable", False)


def trials_of(shared_traces: Path, name: str) -> list[Trace]:
    (file,) = (shared_traces / "react_text").glob(name)
    items = read_paths([file], b"0" * 32)
    return [item.trace for item in items if not isinstance(item, FileReport)]


def test_five_published_trials_of_hotpotqa_are_not_distinguishable(shared_traces: Path) -> None:
    runs = trials_of(shared_traces, "*100_questions_5_trials.txt")
    first, last = (arm_of(name, [run for run in runs if run.source.run_key == name]) for name in ("trial 1", "trial 5"))
    report = compare([first, last])
    (found,) = report.comparisons
    assert (report.n_tasks, found.verdict) == (100, "not distinguishable")
    assert abs(found.difference.value) <= 0.02
