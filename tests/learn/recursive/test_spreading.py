"""How many episodes there are, and how large each is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.learn.recursive.spreading import EpisodeLimits, Group, runs_of, spread
from tests.learn.building import run, user

sizes = st.lists(st.integers(1, 9), max_size=60)


def groups_of(numbers: list[int], *, chars: int = 3) -> list[Group]:
    traces = iter([run(user("x" * chars), task=str(k)) for k in range(sum(numbers))])
    return [Group(tuple(next(traces) for _ in range(n))) for n in numbers]


def counted(parts: list[list[Group]]) -> list[int]:
    return [len(runs_of(part)) for part in parts]


@pytest.mark.parametrize(
    ("n_pairs", "expected"),
    [(1, [2]), (2, [2, 2]), (15, [2] * 15), (50, [6] * 14 + [8] * 2), (500, [20] * 28 + [22] * 20)],
)
def test_a_collection_of_pairs(n_pairs: int, expected: list[int]) -> None:
    (parts,) = spread([groups_of([2] * n_pairs)], EpisodeLimits())
    assert sorted(counted(parts)) == expected


def test_single_runs_are_read_at_least_in_pairs() -> None:
    (parts,) = spread([groups_of([1] * 7)], EpisodeLimits())
    assert sorted(counted(parts)) == [2, 2, 3]
    (lone,) = spread([groups_of([1])], EpisodeLimits())
    assert counted(lone) == [1]


def test_as_many_as_run_at_once_are_made_for_all_kinds_together() -> None:
    parts = spread([groups_of([2] * 30), groups_of([1] * 20), []], EpisodeLimits(n_at_once=8))
    assert [len(each) for each in parts] == [6, 2, 0]


def test_long_runs_make_more_episodes() -> None:
    (parts,) = spread([groups_of([1] * 10, chars=600)], EpisodeLimits(max_chars=1_300, n_at_once=1))
    assert counted(parts) == [2] * 5


def test_a_group_is_never_torn_apart() -> None:
    (parts,) = spread([groups_of([5, 1, 5], chars=600)], EpisodeLimits(max_chars=1_000, n_at_once=16))
    assert counted(parts) == [5, 1, 5]


def test_a_run_that_stands_in_two_groups_counts_once() -> None:
    one, two, three = groups_of([1, 1, 1])
    shared = [Group(one.runs + two.runs), Group(three.runs + two.runs)]
    (parts,) = spread([shared], EpisodeLimits(n_at_once=1))
    assert counted(parts) == [3]


@given(sizes, sizes, st.integers(1, 20), st.integers(9, 30))
def test_every_group_is_in_one_episode_in_order_and_none_is_too_large(
    first: list[int], second: list[int], n_at_once: int, max_traces: int
) -> None:
    kinds = [groups_of(first), groups_of(second)]
    limits = EpisodeLimits(max_traces=max_traces, n_at_once=n_at_once)
    parts = spread(kinds, limits)
    assert [[group for part in each for group in part] for each in parts] == kinds
    assert all(0 < size <= max_traces for each in parts for size in counted(each))
