"""Maximal marginal relevance and k-medoids against their definitions, worked out by brute force on small sets."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.retrieve.diversity import k_medoids, mmr

Square = list[list[float]]


@st.composite
def likenesses(draw: st.DrawFn, max_size: int = 7) -> Square:
    """A symmetric matrix of likenesses, with many ties."""
    n = draw(st.integers(1, max_size))
    matrix = [[1.0] * n for _ in range(n)]
    for row in range(n):
        for column in range(row):
            matrix[row][column] = matrix[column][row] = draw(st.integers(0, 8)) / 8
    return matrix


@st.composite
def relevant(draw: st.DrawFn) -> tuple[list[float], Square]:
    matrix = draw(likenesses())
    return [draw(st.integers(0, 8)) / 8 for _ in matrix], matrix


def cost(matrix: Square, medoids: tuple[int, ...]) -> float:
    return sum(
        min(1 - matrix[item][medoid] if item != medoid else 0.0 for medoid in medoids) for item in range(len(matrix))
    )


class TestMmr:
    @given(relevant(), st.integers(1, 7), st.integers(0, 8))
    def test_each_next_one_is_the_argmax_of_its_definition(
        self, given_: tuple[list[float], Square], n: int, eighths: int
    ) -> None:
        relevance, matrix = given_
        weight = eighths / 8
        chosen = mmr(relevance, lambda a, b: matrix[a][b], n, weight)
        assert len(chosen) == len(set(chosen)) == min(n, len(relevance))
        for place, index in enumerate(chosen):
            before = chosen[:place]

            def worth(i: int, before: list[int] = before) -> float:
                return weight * relevance[i] - (1 - weight) * max((matrix[i][j] for j in before), default=0.0)

            left = [i for i in range(len(relevance)) if i not in before]
            assert index == max(left, key=lambda i: (worth(i), -i))

    def test_a_copy_of_what_was_chosen_gives_way_to_something_else(self) -> None:
        matrix = [[1.0, 1.0, 0.1], [1.0, 1.0, 0.1], [0.1, 0.1, 1.0]]
        assert mmr([1.0, 0.95, 0.7], lambda a, b: matrix[a][b], 2) == [0, 2]
        assert mmr([1.0, 0.95, 0.7], lambda a, b: matrix[a][b], 2, 1.0) == [0, 1]

    def test_what_is_not_admitted_is_passed_over_and_makes_nothing_less_new(self) -> None:
        matrix = [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
        chosen = mmr([1.0, 0.9, 0.1], lambda a, b: matrix[a][b], 2, 0.7, lambda i: i != 0)
        assert chosen == [1, 2]


class TestKMedoids:
    @given(likenesses(), st.integers(1, 7))
    def test_no_exchange_of_one_medoid_helps(self, matrix: Square, k: int) -> None:
        medoids = tuple(k_medoids(lambda a, b: matrix[a][b], len(matrix), k))
        assert sorted(set(medoids)) == list(medoids)
        assert len(medoids) == min(k, len(matrix))
        for medoid in medoids:
            for other in set(range(len(matrix))) - set(medoids):
                swapped = tuple(other if each == medoid else each for each in medoids)
                assert cost(matrix, swapped) >= cost(matrix, medoids) - 1e-6

    @given(likenesses())
    def test_one_medoid_is_the_best_of_all(self, matrix: Square) -> None:
        (medoid,) = k_medoids(lambda a, b: matrix[a][b], len(matrix), 1)
        assert cost(matrix, (medoid,)) <= min(cost(matrix, (i,)) for i in range(len(matrix))) + 1e-6

    @given(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    def test_of_groups_that_are_apart_each_has_its_medoid(self, sizes: list[int]) -> None:
        groups = [group for group, size in enumerate(sizes) for _ in range(size)]
        medoids = k_medoids(lambda a, b: float(groups[a] == groups[b]), len(groups), len(sizes))
        assert sorted(groups[i] for i in medoids) == list(range(len(sizes)))
        best = min(
            cost([[float(a == b) for b in groups] for a in groups], c)
            for c in combinations(range(len(groups)), len(sizes))
        )
        assert best == 0

    @pytest.mark.parametrize("n", [0, 1, 3])
    def test_of_no_more_items_than_are_asked_for_all_are_chosen(self, n: int) -> None:
        assert k_medoids(lambda _a, _b: 0.0, n, 3) == list(range(n))
