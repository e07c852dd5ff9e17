"""Arms compared: what must hold whatever the runs are, and what the parts of a report say."""

import random

import pytest
from hypothesis import given, settings

from seasoned.errors import UsageError
from seasoned.evaluate.compare.arms import Arm
from seasoned.evaluate.compare.comparing import Background, CompareConfig, Report, compare
from seasoned.evaluate.compare.paired import Comparison
from tests.evaluate.make_arms import QUICK, Tried, made, pairs_of_counts, singles

CONFIG = CompareConfig(resampling=QUICK)
Pairs = list[tuple[tuple[int, int], tuple[int, int]]]


def one(report: Report) -> Comparison:
    (comparison,) = report.comparisons
    return comparison


def two(before: Tried, after: Tried, config: CompareConfig = CONFIG) -> Comparison:
    return one(compare([made("before", before), made("after", after)], config))


@settings(max_examples=40)
@given(pairs_of_counts)
def test_swapped_arms_have_the_negated_difference(pairs: Pairs) -> None:
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    there, back = two(before, after), two(after, before)
    assert there.difference.value == pytest.approx(-back.difference.value)
    assert there.difference.low == pytest.approx(-back.difference.high, abs=1e-9)
    assert there.p == pytest.approx(back.p)
    assert there.least_effect == pytest.approx(back.least_effect)
    assert [change.task_key for change in there.lost] == [change.task_key for change in back.gained]
    mirrored = {"better": "worse", "worse": "better"}
    assert there.verdict == mirrored.get(back.verdict, back.verdict)


@settings(max_examples=40)
@given(pairs_of_counts)
def test_an_arm_equal_to_the_baseline_differs_by_nothing(pairs: Pairs) -> None:
    tried = [a for a, _ in pairs]
    same = two(tried, tried)
    assert same.difference.value == 0.0
    assert same.difference.low < 0.0 < same.difference.high
    assert same.p == 1.0
    assert same.verdict == "not distinguishable"
    assert same.lost == same.gained == ()


@settings(max_examples=30)
@given(pairs_of_counts)
def test_the_order_of_runs_and_tasks_changes_nothing(pairs: Pairs) -> None:
    arms = [made("before", [a for a, _ in pairs]), made("after", [b for _, b in pairs])]
    shuffled: list[Arm] = []
    for arm in arms:
        trials = sorted(arm.trials, key=lambda trial: trial.trace_id)
        random.Random(4).shuffle(trials)
        shuffled.append(Arm(name=arm.name, trials=tuple(trials)))
    plain, mixed = compare(arms, CONFIG), compare(shuffled, CONFIG)
    assert plain.arms == mixed.arms
    assert one(plain).difference == one(mixed).difference
    assert one(plain).p == one(mixed).p


@settings(max_examples=30)
@given(pairs_of_counts)
def test_what_is_said_fits_together(pairs: Pairs) -> None:
    report = compare([made("before", [a for a, _ in pairs]), made("after", [b for _, b in pairs])], CONFIG)
    found = one(report)
    before, after = report.arms
    assert found.difference.value == pytest.approx(after.rate.value - before.rate.value)
    for interval in (before.rate, after.rate):
        assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0
    assert found.verdict != "better" or (found.is_not_inferior and found.difference.low > 0.0)
    assert report.passes == found.is_not_inferior


def test_every_task_counts_the_same_however_often_it_was_tried() -> None:
    found = compare([made("a", [(9, 9), (0, 1)]), made("b", [(1, 1), (1, 1)])], CONFIG)
    assert found.arms[0].rate.value == 0.5
    assert (found.arms[0].least_trials, found.arms[0].most_trials) == (1, 9)
    assert found.arms[0].n_trials == 10


def test_a_clear_gain_is_better_and_its_reverse_is_worse() -> None:
    low, high = [(1, 4)] * 20, [(3, 4)] * 20
    assert two(low, high).verdict == "better"
    worse = two(high, low)
    assert worse.verdict == "worse"
    assert not worse.is_not_inferior
    assert worse.p == pytest.approx(2 / 2**20)


def test_five_tasks_that_all_gain_prove_nothing_yet() -> None:
    found = two([(0, 1)] * 5, [(1, 1)] * 5)
    assert found.p == pytest.approx(2 / 2**5)
    assert found.verdict == "not distinguishable"


def test_arms_that_are_alike_on_few_tasks_are_not_shown_to_be_within_the_margin() -> None:
    few, many = [(2, 2)] * 10, [(2, 2)] * 80
    assert not two(few, few).is_not_inferior
    assert two(many, many).is_not_inferior
    needed = two(few, few).n_tasks_for_margin
    assert needed is not None
    assert needed > 80


def test_a_wider_margin_lets_more_pass() -> None:
    tried = [(2, 2)] * 20
    assert not two(tried, tried).is_not_inferior
    assert two(tried, tried, CompareConfig(margin=0.2, resampling=QUICK)).is_not_inferior


def test_lost_tasks_come_the_worst_first_with_the_runs_that_show_it() -> None:
    found = two([(4, 4), (3, 4), (1, 4)], [(0, 4), (2, 4), (2, 4)])
    assert [change.task_key for change in found.lost] == ["task-000", "task-001"]
    worst = found.lost[0]
    assert (worst.baseline, worst.candidate, worst.difference) == ((4, 4), (0, 4), -1.0)
    assert [run.trace_id for run in worst.candidate_runs] == [f"trace-after-0-{i}" for i in range(4)]
    assert [change.task_key for change in found.gained] == ["task-002"]
    assert [run.trace_id for run in found.gained[0].candidate_runs] == ["trace-after-2-0", "trace-after-2-1"]


def test_pass_hat_and_pass_at_go_as_far_as_every_task_was_tried() -> None:
    report = compare([made("a", [(4, 4), (2, 4), (0, 4)]), made("b", [(4, 4), (2, 3), (0, 5)])], CONFIG)
    a, b = report.arms
    assert [at.k for at in a.by_k] == [1, 2, 3, 4]
    assert [at.k for at in b.by_k] == [1, 2, 3]
    assert a.by_k[1].pass_hat.value == pytest.approx((1 + 1 / 6 + 0) / 3)
    assert a.by_k[1].pass_at.value == pytest.approx((1 + 5 / 6 + 0) / 3)
    assert [at.k for at in one(report).by_k] == [2, 3]


def test_several_arms_share_the_chance_of_a_false_finding() -> None:
    low, high = [(0, 1)] * 12 + [(1, 1)] * 8, [(1, 1)] * 7 + [(0, 1)] * 5 + [(1, 1)] * 8
    report = compare([made("base", low), made("b", high), made("c", high), made("d", low)], CONFIG)
    assert [(each.baseline, each.candidate) for each in report.comparisons] == [("base", x) for x in "bcd"]
    b, c, d = report.comparisons
    assert b.p == pytest.approx(2 / 2**7)
    assert (b.p_holm, c.p_holm, d.p_holm) == pytest.approx((3 * b.p, 3 * b.p, 1.0))
    assert b.p_bh == pytest.approx(1.5 * b.p)
    assert (b.verdict, d.verdict) == ("better", "not distinguishable")


def test_a_finding_among_many_arms_takes_more_than_one_alone() -> None:
    low, high = [(0, 1)] * 20, [(1, 1)] * 6 + [(0, 1)] * 14
    alone = compare([made("base", low), made("b", high)], CONFIG)
    among = compare([made("base", low), made("b", high), made("c", low)], CONFIG)
    assert alone.comparisons[0].p == pytest.approx(2 / 2**6)
    assert among.comparisons[0].p_holm == pytest.approx(4 / 2**6)
    assert among.comparisons[0].verdict == "not distinguishable"


def test_all_pairs_are_compared_when_asked_for_and_the_baseline_alone_decides() -> None:
    low, high = [(1, 4)] * 20, [(3, 4)] * 20
    config = CompareConfig(all_pairs=True, baseline="c", resampling=QUICK)
    report = compare([made("a", high), made("b", high), made("c", low)], config)
    pairs = [(each.baseline, each.candidate) for each in report.comparisons]
    assert pairs == [("c", "a"), ("c", "b"), ("a", "b")]
    assert report.passes


def test_a_baseline_that_is_no_arm_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"no arm has the name 'x'.*'a', 'b'"):
        compare([made("a", [(1, 1)] * 2), made("b", [(1, 1)] * 2)], CompareConfig(baseline="x"))


def test_skills_learned_from_the_compared_tasks_spoil_the_comparison() -> None:
    tried = [(1, 1)] * 80
    known = Background(
        handed={"after": frozenset({("desk", "skill-1"), ("desk", "skill-2")})},
        learned_from={
            ("desk", "skill-1"): frozenset({"task-003", "elsewhere"}),
            ("desk", "skill-2"): frozenset({"elsewhere"}),
        },
    )
    arms = [made("before", tried), made("after", tried)]
    report = compare(arms, CONFIG, known)
    assert report.contaminations is not None
    (found,) = report.contaminations
    assert (found.arm, found.book, found.source_id, found.tasks) == ("after", "desk", "skill-1", ("task-003",))
    assert not report.passes
    assert compare(arms, CONFIG).passes
    assert compare(arms, CONFIG).contaminations is None


def test_doing_nothing_is_set_beside_the_scores_and_taken_out_of_them() -> None:
    known = Background(free={"task-000": True, "task-001": False, "elsewhere": True})
    report = compare([made("a", [(1, 1), (0, 1), (1, 1)]), made("b", [(1, 1), (1, 1), (1, 1)])], CONFIG, known)
    assert report.floor is not None
    assert (report.floor.n_known, report.floor.free_tasks) == (2, ("task-000",))
    assert [(each.arm, each.n_tasks, each.rate.value) for each in report.on_other_tasks] == [("a", 2, 0.5), ("b", 2, 1)]


def test_where_no_task_is_free_nothing_is_taken_out() -> None:
    arms = [made("a", [(1, 1)] * 3), made("b", [(1, 1)] * 3)]
    report = compare(arms, CONFIG, Background(free={"task-000": False}))
    assert report.floor is not None
    assert report.on_other_tasks == ()
    assert compare(arms, CONFIG).floor is None


def test_tasks_that_an_arm_lacks_are_left_out_only_when_asked_to() -> None:
    a = singles("a", {"one": True, "two": False, "three": True})
    b = singles("b", {"one": True, "two": True, "four": True})
    with pytest.raises(UsageError, match=r"'a' has no verdict on 1 of 4 tasks: 'four'; 'b' .*'three'.*--common"):
        compare([a, b], CONFIG)
    report = compare([a, b], CompareConfig(common=True, resampling=QUICK))
    assert report.n_tasks == 2
    assert [(each.task_key, each.arms) for each in report.left_out] == [("four", ("a",)), ("three", ("b",))]


def test_the_published_counts_of_a_benchmark_give_its_published_rates() -> None:
    # tau-bench airline, gpt-4o: of 50 tasks with 4 trials so many passed 0, 1, 2, 3 and 4 times.
    tried = [(passed, 4) for passed, n in enumerate((14, 12, 10, 4, 10)) for _ in range(n)]
    arm = compare([made("a", tried), made("b", tried)]).arms[0]
    assert [at.pass_hat.value for at in arm.by_k] == pytest.approx([0.420, 0.273, 0.220, 0.200], abs=0.0005)
    # Ten thousand draws of tasks elsewhere gave [.325, .525] and [.100, .320] at the plain quantiles.
    first, last = arm.by_k[0].pass_hat, arm.by_k[3].pass_hat
    assert (first.low, first.high) == pytest.approx((0.325, 0.525), abs=0.015)
    assert (last.low, last.high) == pytest.approx((0.100, 0.320), abs=0.02)
