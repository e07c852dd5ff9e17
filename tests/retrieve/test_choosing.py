"""What is the same for every task: the best exemplars, the diverse ones, those that stand for the others."""

from seasoned.core.exemplar import Exemplar
from seasoned.retrieve.choosing import EMPTY, FixedBy, Found, Likeness, estimated_tokens, fixed, quality
from tests.exemplars import desk_run, exemplar_of


def kept(task: str, asked: str, tools: tuple[str, ...] = ("look",), **changes: object) -> Exemplar:
    return exemplar_of(desk_run(task, asked=asked, tools=tools)).model_copy(update=changes)


BELL = kept("bell", "give the money for the bell back")
LAMP = kept("lamp", "give the money for the lamp back")
TYRE = kept("tyre", "pump the tyre up", tools=("pump",))
LONG = kept("long", "paint the frame in another colour", tools=("a", "b", "c"))
ALL = (LONG, TYRE, LAMP, BELL)


def tasks(found: Found) -> list[str]:
    return [ranked.exemplar.task_key for ranked in found.ranked]


class TestQuality:
    def test_it_is_the_score_as_far_as_its_source_is_trusted(self) -> None:
        assert quality(BELL) == 1.0
        assert quality(BELL.model_copy(update={"source": "judge", "score": 0.5})) == 0.4
        assert quality(BELL.model_copy(update={"source": "self-report", "score": None})) == 0.5
        assert quality(BELL.model_copy(update={"source": None, "score": None})) == 0.5


class TestLikeness:
    def test_equal_problems_by_equal_tools_are_wholly_alike(self) -> None:
        assert Likeness([BELL, BELL])(0, 1) > 1 - 1e-9

    def test_names_and_numbers_do_not_count(self) -> None:
        one, other = kept("a", "refund order RX-20931"), kept("b", "refund order RX-77777")
        assert Likeness([one, other])(0, 1) > 1 - 1e-9

    def test_it_is_the_same_both_ways_and_between_0_and_1(self) -> None:
        likeness = Likeness(ALL)
        for a in range(len(ALL)):
            for b in range(len(ALL)):
                assert likeness(a, b) == likeness(b, a)
                assert 0 <= likeness(a, b) <= 1
        assert likeness(2, 3) > likeness(0, 1)

    def test_other_tools_make_it_half_as_alike(self) -> None:
        by_other_tools = kept("c", BELL.problem, tools=("ask",))
        assert abs(Likeness([BELL, by_other_tools])(0, 1) - 0.5) < 1e-9


class TestFixed:
    def test_the_best_are_those_that_went_best_the_shorter_first(self) -> None:
        judged = LAMP.model_copy(update={"source": "judge"})
        assert tasks(fixed([LONG, judged, BELL], 3)) == ["bell", "long", "lamp"]

    def test_the_diverse_ones_are_unlike_one_another(self) -> None:
        assert tasks(fixed([BELL, LAMP, LONG], 2)) == ["bell", "lamp"]
        assert tasks(fixed([BELL, LAMP, LONG], 2, "diverse")) == ["bell", "long"]

    def test_medoids_stand_for_all(self) -> None:
        saddle = kept("saddle", "give the money for the saddle back")
        pump = kept("pump", "pump both tyres up", tools=("pump",))
        chosen = tasks(fixed([BELL, LAMP, saddle, TYRE, pump], 2, "medoids"))
        assert len({"bell", "lamp", "saddle"} & {*chosen}) == len({"tyre", "pump"} & {*chosen}) == 1

    def test_each_says_why_and_the_order_of_what_was_given_does_not_matter(self) -> None:
        ways: tuple[FixedBy, ...] = ("best", "diverse", "medoids")
        for by in ways:
            found = fixed(ALL, 3, by)
            assert found == fixed(ALL[::-1], 3, by)
            assert [ranked.rank for ranked in found.ranked] == [1, 2, 3]
            assert all(ranked.why.startswith("succeeded with score 1, says a verifier") for ranked in found.ranked)

    def test_an_empty_bank_says_how_to_fill_it(self) -> None:
        assert fixed([], 3) == Found(notes=(EMPTY,))
        assert "seasoned exemplars fill" in EMPTY


class TestRoom:
    def test_what_does_not_fit_is_passed_over_whole_and_a_shorter_one_taken(self) -> None:
        sizes = {LONG.id: 9, TYRE.id: 50, LAMP.id: 40, BELL.id: 80}
        found = fixed(ALL, 4, max_tokens=100, n_tokens=lambda exemplar: sizes[exemplar.id])
        assert sum(sizes[ranked.exemplar.id] for ranked in found.ranked) <= 100
        assert {p.exemplar_id for p in found.passed_over}.isdisjoint(r.exemplar.id for r in found.ranked)
        assert len(found.passed_over) + len(found.ranked) == 4
        assert all("tokens, and" in passed.why for passed in found.passed_over)

    def test_one_that_is_longer_than_the_budget_is_never_cut(self) -> None:
        found = fixed([BELL], 1, max_tokens=estimated_tokens(BELL) - 1)
        assert found.ranked == ()
        assert found.passed_over[0].why.startswith(f"it needs about {estimated_tokens(BELL):,} tokens")
        assert fixed([BELL], 1, max_tokens=estimated_tokens(BELL)).ranked

    def test_no_part_of_a_run_is_shown_twice(self) -> None:
        run = desk_run("bell")
        whole, within = exemplar_of(run), exemplar_of(run, 2, 4, kind="slice")
        found = fixed([whole, within], 2)
        assert [ranked.exemplar.id for ranked in found.ranked] == [within.id]
        assert found.passed_over[0].why == f"it shares steps with {within.id}, which is shown"
        apart = exemplar_of(run, 4, kind="slice")
        assert len(fixed([within, apart], 2).ranked) == 2
