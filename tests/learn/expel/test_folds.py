"""A rule is tried only on tasks that it was not learned from, and its evidence alone tells which."""

from seasoned.core.finding import Finding
from seasoned.learn.expel.folds import folds_of, held_out, tasks_behind
from tests.make import make_evidence, make_trace

TRACES = [make_trace(("assistant", "I refunded it."), task=f"task {n}", score=0) for n in range(6)]
TASKS = {trace.id: trace.task.key for trace in TRACES}


def found(*places: int) -> Finding:
    evidence = tuple(make_evidence(TRACES[n], "refunded") for n in places)
    return Finding(claim=str(places), confidence=0.5, evidence=evidence, learner="expel", has_verdicts=True)


def test_every_task_is_in_one_fold_and_folds_are_of_equal_size_or_one_more() -> None:
    keys = [f"task {n}" for n in range(11)]
    folds = folds_of([*keys, *keys], 3, 42)
    assert [fold.number for fold in folds] == [1, 2, 3]
    assert sorted(len(fold.task_keys) for fold in folds) == [3, 4, 4]
    assert sorted(key for fold in folds for key in fold.task_keys) == sorted(keys)


def test_the_order_of_the_tasks_changes_no_fold_and_the_seed_does() -> None:
    keys = [f"task {n}" for n in range(11)]
    assert folds_of(keys, 2, 42) == folds_of(reversed(keys), 2, 42)
    assert folds_of(keys, 2, 42) != folds_of(keys, 2, 43)


def test_fewer_tasks_than_folds_are_as_many_folds() -> None:
    assert len(folds_of(["only"], 2, 42)) == 1
    assert folds_of([], 2, 42) == ()


def test_rules_of_the_other_folds_are_held_out_for_a_fold_by_their_evidence_alone() -> None:
    first, second = folds_of(TASKS.values(), 2, 42)
    of_first = found(*(n for n in range(6) if f"task {n}" in first.task_keys))
    of_second = found(*(n for n in range(6) if f"task {n}" in second.task_keys))
    of_both = found(*range(6))
    everything = (of_first, of_second, of_both)
    assert held_out(first, everything, TASKS.__getitem__) == (of_second,)
    assert held_out(second, everything, TASKS.__getitem__) == (of_first,)
    assert tasks_behind(of_both, TASKS.__getitem__) == set(TASKS.values())
