"""Ratings are observations beside the log: who said what about which run, on which wording."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

import pytest

from seasoned.core.counters import Count, RatingVerdict
from seasoned.core.finding import Evidence
from seasoned.core.operation import Operation
from seasoned.core.parsed import Parsed
from seasoned.core.rating import Rating
from seasoned.errors import EvidenceError, UsageError
from seasoned.store.store import Store
from seasoned.store.traces.supersede import supersede
from tests.make import PERSON, add, make_evidence, make_trace

ONE = make_trace(("user", "My order is late."), ("assistant", "I looked it up first."), run_key="1")
TWO = make_trace(("user", "My order is late."), ("assistant", "I looked it up first."), run_key="2")
RULE, OTHER = add("When late, look it up."), add("When asked, answer.")
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """Two runs, and a book of two skills that a person wrote, in each kind of database."""
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=ONE), Parsed(trace=TWO)])
        opened.books.append("desk", [RULE, OTHER], scope="by hand")
        yield opened


def rating(
    verdict: RatingVerdict,
    *,
    trace_id: str = ONE.id,
    source: Literal["voted", "judged"] = "judged",
    by: str = "test:judge",
    wording: int = 1,
    evidence: tuple[Evidence, ...] = (),
) -> Rating:
    return Rating(
        skill_id=RULE.skill_id,
        wording=wording,
        trace_id=trace_id,
        source=source,
        by=by,
        verdict=verdict,
        at=AT,
        reason="it looked",
        evidence=evidence,
    )


def test_who_says_so_is_counted_apart(store: Store) -> None:
    ratings = [rating("helpful"), rating("neutral", trace_id=TWO.id), rating("harmful", source="voted", by="ada")]
    store.ratings.add("desk", ratings)
    assert store.ratings.of("desk", RULE.skill_id) == tuple(ratings)
    counters = store.ratings.counters(store.books.read("desk"))
    assert counters[RULE.skill_id].judged == Count(helpful=1, neutral=1)
    assert counters[RULE.skill_id].voted == Count(harmful=1)
    assert counters[OTHER.skill_id].judged == Count()


def test_a_later_statement_of_the_same_person_about_the_same_run_takes_its_place(store: Store) -> None:
    for verdict in ("helpful", "harmful"):
        store.ratings.add("desk", [rating(verdict, source="voted", by="ada")])
    store.ratings.add("desk", [rating("helpful", source="voted", by="bob")])
    store.ratings.add("desk", [rating("helpful", source="voted", by="ada", trace_id="")])
    voted = store.ratings.counters(store.books.read("desk"))[RULE.skill_id].voted
    assert voted == Count(helpful=2, harmful=1), "of a run, of the skill as such, and of another person: all apart"


def test_more_judges_make_no_more_runs(store: Store) -> None:
    store.ratings.add("desk", [rating("helpful", by="test:one")])
    store.ratings.add("desk", [rating("harmful", by="test:two")])
    assert store.ratings.counters(store.books.read("desk"))[RULE.skill_id].judged == Count(harmful=1)
    assert len(store.ratings.of("desk", RULE.skill_id)) == 2
    assert store.ratings.judged_by("desk", "test:one") == {(RULE.skill_id, 1, ONE.id)}


def test_what_was_said_of_another_wording_is_kept_and_does_not_count(store: Store) -> None:
    store.ratings.add("desk", [rating("helpful")])
    edit = Operation(kind="EDIT", skill_id=RULE.skill_id, author=PERSON, text="When late, ask.")
    store.books.append("desk", [edit], scope="edit")
    assert store.ratings.counters(store.books.read("desk"))[RULE.skill_id].judged == Count()
    assert len(store.ratings.of("desk", RULE.skill_id)) == 1
    back = Operation(kind="ROLLBACK", author=PERSON, to_revision=2)
    store.books.append("desk", [back], scope="back")
    assert store.ratings.counters(store.books.read("desk"))[RULE.skill_id].judged == Count(helpful=1)


def test_an_edit_of_the_section_alone_changes_no_count(store: Store) -> None:
    store.ratings.add("desk", [rating("helpful")])
    moved = Operation(kind="EDIT", skill_id=RULE.skill_id, author=PERSON, section="delays")
    store.books.append("desk", [moved], scope="edit")
    assert store.ratings.counters(store.books.read("desk"))[RULE.skill_id].judged == Count(helpful=1)


def test_a_quote_that_does_not_hold_stores_nothing(store: Store) -> None:
    good = make_evidence(ONE, "looked it up", 1)
    bad = good.model_copy(update={"start": 0, "end": len(good.quote)})
    with pytest.raises(EvidenceError, match="not the quote"):
        store.ratings.add("desk", [rating("helpful", evidence=(good,)), rating("helpful", evidence=(bad,))])
    assert store.ratings.all("desk") == ()


def test_a_skill_or_a_trace_that_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="has no skill"):
        store.ratings.add("other", [rating("helpful")])
    with pytest.raises(UsageError, match="no trace 'trace-none'"):
        store.ratings.add("desk", [rating("helpful", trace_id="trace-none")])


def test_a_rating_is_of_one_run() -> None:
    with pytest.raises(ValueError, match="from the run that it is about"):
        rating("helpful", trace_id=TWO.id, evidence=(make_evidence(ONE, "looked it up", 1),))
    with pytest.raises(ValueError, match="not about a skill as such"):
        rating("helpful", trace_id="")


def test_only_a_run_of_ours_measures_and_its_counts_replace_earlier_ones(store: Store) -> None:
    book = store.books.read("desk")
    with pytest.raises(UsageError, match="'run-made-up' is no run"):
        store.ratings.measure(book, {RULE.skill_id: Count(helpful=9)}, run_id="run-made-up")
    run = store.runs.take("evaluate", {"book": "desk"})
    with pytest.raises(UsageError, match="has no skill"):
        store.ratings.measure(book, {"skill-none": Count(helpful=9)}, run_id=run.id)
    store.ratings.measure(book, {RULE.skill_id: Count(helpful=9), OTHER.skill_id: Count(harmful=1)}, run_id=run.id)
    store.ratings.measure(book, {RULE.skill_id: Count(helpful=3, harmful=1)}, run_id=run.id)
    counters = store.ratings.counters(book)
    assert counters[RULE.skill_id].measured == Count(helpful=3, harmful=1)
    assert counters[OTHER.skill_id].measured == Count()
    assert store.ratings.all("desk") == (), "a measurement is no statement"
    store.ratings.measure(book, {}, run_id=run.id)
    assert store.ratings.counters(book)[RULE.skill_id].measured == Count()


def test_erasing_a_run_takes_the_words_of_its_ratings_and_leaves_the_verdicts(store: Store) -> None:
    store.ratings.add("desk", [rating("helpful", evidence=(make_evidence(ONE, "looked it up", 1),))])
    store.ratings.add("desk", [rating("harmful", trace_id=TWO.id)])
    store.erasures.erase([ONE.id], by="ada")
    erased, kept = store.ratings.of("desk", RULE.skill_id)
    assert (erased.verdict, erased.reason, [each.quote for each in erased.evidence]) == ("helpful", "", [""])
    assert kept.reason == "it looked"
    assert store.ratings.counters(store.books.read("desk"))[RULE.skill_id].judged == Count(helpful=1, harmful=1)


def test_votes_go_with_a_run_to_its_later_version_and_judgements_stay_with_what_was_read(store: Store) -> None:
    store.ratings.add("desk", [rating("helpful", source="voted", by="ada"), rating("neutral")])
    supersede(store, [ONE.id], [TWO.id])
    judged, voted = store.ratings.of("desk", RULE.skill_id)
    assert (judged.source, judged.trace_id) == ("judged", ONE.id)
    assert (voted.source, voted.trace_id, voted.by) == ("voted", TWO.id, "ada")
