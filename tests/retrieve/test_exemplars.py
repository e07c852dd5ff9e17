"""Exemplars found for a task: by type, words and meaning; never the task itself."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from seasoned.core.exemplar import Exemplar
from seasoned.core.ids import sha256_hex
from seasoned.errors import UsageError
from seasoned.ingest.format import Parsed
from seasoned.ingest.importing import read_paths
from seasoned.retrieve.choosing import EMPTY, Found
from seasoned.retrieve.embedder import Embedder
from seasoned.retrieve.exemplars import By, ExemplarIndex, Meaning, Retrieval, Sought, exemplar_vectors
from seasoned.retrieve.masking import masked
from seasoned.store.vectors.index import Stored
from tests.exemplars import desk_run, exemplar_of
from tests.retrieve.hashing import HashingEmbedder
from tests.retrieve.vectors import DictIndex


def kept(task: str, asked: str, tools: tuple[str, ...] = ("look",), agent: str = "desk", **changes: object) -> Exemplar:
    return exemplar_of(desk_run(task, asked=asked, tools=tools, agent=agent)).model_copy(update=changes)


BELL = kept("bell", "give me the money for the bell back", tools=("look", "pay"))
LAMP = kept("lamp", "give me the money for the lamp back", tools=("look", "pay"))
TYRE = kept("tyre", "pump my tyre up", tools=("pump",), tags=("workshop",))
FRAME = kept("frame", "paint the frame red", tools=("paint",), agent="painter", tags=("workshop", "colour"))
ALL = (BELL, LAMP, TYRE, FRAME)
PLAIN = Retrieval(by="text", mmr_lambda=1.0)


def meaning_of(exemplars: Sequence[Exemplar], embedder: Embedder) -> Meaning:
    """The exemplars embedded, as `seasoned exemplars embed` leaves them."""
    index = DictIndex()
    texts = [masked(exemplar.problem) for exemplar in exemplars]
    vectors = asyncio.run(embedder.embed(texts))
    stored = {e.id: Stored(sha256_hex(t.encode()), v) for e, t, v in zip(exemplars, texts, vectors, strict=True)}
    index.put(exemplar_vectors("desk", embedder.embedder_id), stored)
    return Meaning(index=index, embedder=embedder, book="desk")


def search(
    task: Sought, how: Retrieval = PLAIN, exemplars: Sequence[Exemplar] = ALL, meaning: Meaning | None = None
) -> Found:
    return asyncio.run(ExemplarIndex(exemplars, meaning).search(task, how))


def tasks(found: Found) -> list[str]:
    return [ranked.exemplar.task_key for ranked in found.ranked]


class TestByType:
    HOW = Retrieval(by="type", mmr_lambda=1.0)

    def test_those_with_more_in_common_come_first(self) -> None:
        assert tasks(search(Sought(text="x", tags=("workshop", "colour")), self.HOW)) == ["frame", "tyre"]
        assert tasks(search(Sought(text="x", agent="painter"), self.HOW)) == ["frame"]
        assert tasks(search(Sought(text="x", tools=("pump",)), self.HOW)) == ["tyre"]

    def test_without_a_type_nothing_is_found_and_the_note_says_why(self) -> None:
        found = search(Sought(text="money back"), self.HOW)
        assert found.ranked == ()
        assert found.notes == (
            "no agent, tool or tag was given to find exemplars by type",
            "no exemplar of 4 has anything in common with the task by type",
        )


class TestByWords:
    def test_the_nearest_come_first_and_say_why(self) -> None:
        found = search(Sought(text="paint the fork"))
        assert tasks(found)[0] == "frame"
        assert found.ranked[0].why == "number 1 by words; succeeded with score 1, says a verifier"
        assert [ranked.rank for ranked in found.ranked] == list(range(1, len(found.ranked) + 1))

    def test_names_and_numbers_do_not_make_a_task_alike(self) -> None:
        order, other = kept("a", "where is RX-20931"), kept("b", "cancel RX-11111")
        assert tasks(search(Sought(text="cancel RX-20931"), exemplars=[order, other]))[0] == "b"

    def test_a_task_that_shares_no_word_finds_nothing(self) -> None:
        found = search(Sought(text="zebra"))
        assert (found.ranked, found.notes) == (
            (),
            ("no exemplar of 4 has anything in common with the task by words",),
        )

    def test_at_most_so_many(self) -> None:
        assert len(search(Sought(text="the"), PLAIN.model_copy(update={"n": 2})).ranked) == 2


class TestReRanking:
    def test_what_calls_tools_that_the_agent_lacks_falls_behind(self) -> None:
        task = Sought(text="pump my tyre", tools=("look", "pay"))
        able = kept("able", "pump a balloon", tools=("look",))
        found = search(task, exemplars=[TYRE, able])
        assert (tasks(found), tasks(search(Sought(text=task.text), exemplars=[TYRE, able]))) == (
            ["able", "tyre"],
            ["tyre", "able"],
        )
        assert "the agent has 1 of its 1 tools" in found.ranked[0].why

    def test_of_equals_the_one_that_went_better_comes_first(self) -> None:
        judged = kept("judged", "oil my chain", source="judge")
        verified = kept("verified", "oil my chain")
        found = search(Sought(text="oil it"), exemplars=[judged, verified])
        assert tasks(found) == ["verified", "judged"]
        assert [round(ranked.score, 3) for ranked in found.ranked] == [1.0, 0.98]

    def test_what_is_not_among_the_first_of_the_buffer_is_not_looked_at(self) -> None:
        how = Retrieval(by="text", n=1, buffer_retrieve_ratio=1)
        task = Sought(text="pump my tyre", tools=("look",))
        assert tasks(search(task, how, [TYRE, kept("able", "pump a balloon")])) == ["tyre"]


class TestDiversity:
    def test_what_was_shown_already_gives_way_to_something_else(self) -> None:
        task = Sought(text="give me the money for the frame back, and pump it")
        assert tasks(search(task, Retrieval(by="text", n=2, mmr_lambda=1.0))) == ["bell", "lamp"]
        assert tasks(search(task, Retrieval(by="text", n=2, mmr_lambda=0.5)))[1] not in ("bell", "lamp")


class TestTheTaskItself:
    def test_runs_of_the_same_task_are_never_found(self) -> None:
        ways: tuple[By, ...] = ("type", "text", "hybrid")
        for by in ways:
            found = search(Sought(text="money for the bell", agent="desk", task_key="bell"), Retrieval(by=by, n=9))
            assert "bell" not in tasks(found)
            assert (found.passed_over[0].exemplar_id, found.passed_over[0].why) == (BELL.id, "it is of the same task")

    def test_nor_what_was_asked_the_same_under_another_key(self) -> None:
        found = search(Sought(text="Give me the money for the BELL back!", task_key="another"))
        assert "bell" not in tasks(found)
        assert found.passed_over[0].why == "it was asked the same"

    def test_of_real_airline_runs_the_task_under_test_is_never_found(self, shared_traces: Path) -> None:
        runs = [i.trace for i in read_paths([shared_traces / "tau_bench"], bytes(32)) if isinstance(i, Parsed)]
        # Every run is in the bank, so that the nearest one would always be the task's own.
        bank = [exemplar_of(run, status="approved") for run in runs]
        index = ExemplarIndex(bank, meaning_of(bank, HashingEmbedder()))
        ways: tuple[By, ...] = ("text", "meaning", "hybrid")
        for run in runs[::7]:
            for by in ways:
                for key in (run.task.key, ""):
                    task = Sought(text=run.task.text, task_key=key)
                    found = asyncio.run(index.found(task, Retrieval(by=by, n=6)))
                    assert found
                    assert all(ranked.exemplar.trace_id != run.id for ranked in found)
                    assert all(ranked.exemplar.problem != run.task.text for ranked in found)
                    assert not key or all(ranked.exemplar.task_key != key for ranked in found)


class TestByMeaning:
    def test_what_shares_no_word_is_found(self) -> None:
        meaning = meaning_of(ALL, HashingEmbedder({"inflate": "pump", "wheel": "tyre"}))
        ways: tuple[By, ...] = ("meaning", "hybrid")
        for by in ways:
            found = search(Sought(text="inflate wheel"), Retrieval(by=by), meaning=meaning)
            assert tasks(found)[0] == "tyre"
            assert found.notes == ()
        assert search(Sought(text="inflate wheel"), meaning=meaning).ranked == ()

    def test_an_embedder_that_is_away_leaves_words_and_a_note(self) -> None:
        embedder = HashingEmbedder()
        meaning = meaning_of(ALL, embedder)
        index = ExemplarIndex(ALL, Meaning(index=meaning.index, embedder=HashingEmbedder(n_failing=1), book="desk"))
        found = asyncio.run(index.search(Sought(text="pump it"), Retrieval()))
        assert tasks(found) == ["tyre"]
        (note,) = found.notes
        assert "found by words alone: the embedder is down" in note
        assert found.ranked[0].why.startswith("number 1 by words;")

    @pytest.mark.parametrize("n_vectors", [0, 2])
    def test_so_does_one_that_gives_another_number_of_vectors(self, n_vectors: int) -> None:
        class Odd(HashingEmbedder):
            async def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
                return [[1.0]] * n_vectors

        meaning = Meaning(index=meaning_of(ALL, HashingEmbedder()).index, embedder=Odd(), book="desk")
        found = search(Sought(text="pump it"), Retrieval(), meaning=meaning)
        assert tasks(found) == ["tyre"]
        assert f"1 text was sent and {n_vectors} vectors came back" in found.notes[0]

    def test_without_an_embedder_words_do_and_a_note_says_so(self) -> None:
        found = search(Sought(text="pump it"), Retrieval())
        assert (tasks(found), found.notes) == (["tyre"], ("no embedder was named: found by words alone",))

    def test_by_meaning_alone_an_embedder_is_needed(self) -> None:
        with pytest.raises(UsageError, match=r"no embedder was named.*seasoned exemplars embed"):
            search(Sought(text="pump it"), Retrieval(by="meaning"))

    def test_vectors_of_another_embedder_are_none(self) -> None:
        class Other(HashingEmbedder):
            @property
            def embedder_id(self) -> str:
                return "test:other"

        meaning = Meaning(index=meaning_of(ALL, HashingEmbedder()).index, embedder=Other(), book="desk")
        with pytest.raises(
            UsageError, match=r"no exemplar of the bank has a vector.*seasoned exemplars embed.*test:other"
        ):
            search(Sought(text="pump it"), Retrieval(), meaning=meaning)

    def test_so_are_vectors_of_another_dimension(self) -> None:
        index = meaning_of(ALL, HashingEmbedder()).index
        meaning = Meaning(index=index, embedder=HashingEmbedder(n_dimensions=8), book="desk")
        with pytest.raises(UsageError, match=r"another dimension.*seasoned exemplars embed"):
            search(Sought(text="pump it"), Retrieval(), meaning=meaning)

    def test_exemplars_without_a_vector_are_found_by_words_and_said(self) -> None:
        meaning = meaning_of([BELL, LAMP], HashingEmbedder(n_dimensions=65_536))
        found = search(Sought(text="pump it"), Retrieval(), meaning=meaning)
        assert tasks(found) == ["tyre"]
        assert found.notes == ("2 of 4 exemplars have no vector yet; `seasoned exemplars embed` makes vectors",)


def test_an_empty_bank_says_how_to_fill_it() -> None:
    assert search(Sought(text="pump it"), exemplars=[]) == Found(notes=(EMPTY,))


def test_a_case_that_is_longer_than_the_budget_is_passed_over_and_said() -> None:
    how = PLAIN.model_copy(update={"max_tokens": 1})
    found = search(Sought(text="pump it"), how)
    assert found.ranked == ()
    assert [(p.exemplar_id, p.why.endswith("and 1 are left")) for p in found.passed_over] == [(TYRE.id, True)]


def test_the_same_search_gives_the_same() -> None:
    task, meaning = Sought(text="give me the frame", tools=("look",)), meaning_of(ALL, HashingEmbedder())
    assert search(task, Retrieval(), meaning=meaning) == search(task, Retrieval(), meaning=meaning)
