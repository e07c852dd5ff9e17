"""A query is the user's words, never the index's syntax."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import UsageError
from seasoned.store import schema
from seasoned.store.fulltext import MAX_WORDS, folded, hits, parts, phrases
from seasoned.store.store import Store
from seasoned.store.traces.erasure import forget
from seasoned.store.traces.traces import TraceFilter
from tests.databases import Server
from tests.make import make_trace

REFUND = make_trace(("user", "I want a Refund to my gift card."), ("assistant", "Refunded: 12 €"), task="a")
FLIGHT = make_trace(("user", "Book the flight to Zürich"), ("system", "Never refund."), task="b")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=REFUND), Parsed(trace=FLIGHT)])
        yield opened


def found(store: Store, query: str) -> list[str]:
    return [hit.row.id for hit in store.traces.search(query)]


@pytest.mark.parametrize("query", ["refund", "REFUND gift", '"gift card"', "refund*", "card. refund!", "12"])
def test_every_word_must_occur_and_quoted_words_stand_together(store: Store, query: str) -> None:
    assert found(store, query) == [REFUND.id]


@pytest.mark.parametrize("query", ["refund flight", '"card gift"', "fund", "never", "refund NOT gift OR flight"])
def test_other_words_other_orders_inner_parts_and_system_prompts_are_not_found(store: Store, query: str) -> None:
    assert found(store, query) == []


@pytest.mark.parametrize("query", ["zurich", "ZÜRICH", "Zu\u0308rich"])
def test_case_and_accents_do_not_matter(store: Store, query: str) -> None:
    (hit,) = store.traces.search(query)
    assert (hit.step, [hit.snippet[a:b] for a, b in hit.marks]) == (0, ["Zürich"])


def test_a_hit_names_its_step_and_marks_every_word(store: Store) -> None:
    (hit,) = store.traces.search('refund* "gift card"')
    assert hit.step == 0
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["Refund", "gift card"]


def test_a_hit_in_the_task_alone_has_no_step(store: Store) -> None:
    assert [hit.step for hit in store.traces.search("handle")] == [None, None]


def test_the_better_match_comes_first(place: str) -> None:
    often = make_trace(("user", "pear pear pear"), task="x")
    once = make_trace(("user", "a pear and much else " + "word " * 50), task="y")
    with Store(place) as store:
        store.traces.add([Parsed(trace=once), Parsed(trace=often)])
        assert found(store, "pear") == [often.id, once.id]


def test_a_snippet_begins_at_a_word_before_a_late_hit(place: str) -> None:
    with Store(place) as store:
        store.traces.add([Parsed(trace=make_trace(("user", "alpha " * 100 + "needle end")))])
        (hit,) = store.traces.search("needle")
    assert hit.snippet.startswith("alpha ")
    assert hit.snippet.endswith("needle end")


@pytest.mark.parametrize("query", ["", " ", '""', "!!! *", "\x00"])
def test_a_query_without_a_word_says_so(query: str) -> None:
    with pytest.raises(UsageError, match="no word to search for"):
        phrases(query)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text() | st.lists(st.sampled_from('"*()^:-+{}AND OR NOT NEAR(a b, 2) text: \x00')).map("".join))
def test_no_query_is_an_error_of_the_index(store: Store, query: str) -> None:
    try:
        store.traces.search(query)
    except UsageError as error:
        assert error.what == "there is no word to search for"  # noqa: PT017 - only some queries have no word


@given(st.text(), st.text(min_size=1))
def test_hits_are_ranges_of_the_text_in_order(among: str, query: str) -> None:
    assert len(folded(among)) == len(among)
    try:
        wanted = phrases(query)
    except UsageError:
        return
    ends = [0]
    for start, end in hits(wanted, among):
        assert ends[-1] <= start < end <= len(among)
        ends.append(end)


def test_what_we_injected_is_not_searched(place: str) -> None:
    steps = (Step(kind="user", text="hi"), Step(kind="assistant", text="marmalade", injected=True))
    trace = Trace.of(task=Task(key="t", text="t"), steps=steps, source=Source(format="test"))
    with Store(place) as store:
        store.traces.add([Parsed(trace=trace)])
        assert found(store, "marmalade") == []


WORDS = (
    *("refund", "Refund", "REFUNDS", "Zürich", "zurich", "Zu\u0308rich", "naïve", "Ωμέγα", "ωμεγα", "Ёлка", "елка"),
    *("機械学習", "x1", "12", "a_b", "it's", "e-mail", "😀", "the", "-"),
)
WORD = st.sampled_from(WORDS)
TEXT = st.lists(WORD, max_size=12).map(" ".join)
QUERY = st.lists(
    WORD | WORD.map("{}*".format) | TEXT.map('"{}"'.format) | WORD.map(lambda word: f"{word[:3]}*"),
    min_size=1,
    max_size=3,
).map(" ".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(texts=st.lists(TEXT, min_size=1, max_size=6), queries=st.lists(QUERY, min_size=1, max_size=8))
def test_both_databases_find_the_same_traces(pair: tuple[Store, Store], texts: list[str], queries: list[str]) -> None:
    traces = [make_trace(("user", each), task=f"task {n}") for n, each in enumerate(texts)]
    for store in pair:
        gone = [row.id for row in store.traces.rows()]
        with store.database.writing() as connection:
            query = select(schema.trace.c.id, schema.trace.c.seq).where(schema.trace.c.id.in_(gone))
            forget(connection, {row.id: row.seq for row in connection.execute(query)})
        store.traces.add([Parsed(trace=trace) for trace in traces])
    for query in queries:
        try:
            phrases(query)
        except UsageError:
            continue
        for each in pair:
            assert set(found(each, query)) == {row.id for row in each.traces.rows(TraceFilter(text=query))}
        assert set(found(pair[0], query)) == set(found(pair[1], query)), query


@pytest.fixture
def pair(tmp_path: Path, postgres: Server) -> Iterator[tuple[Store, Store]]:
    with Store(tmp_path / "s.db") as one, Store(postgres.store()) as other:
        yield one, other


def test_a_trace_of_any_length_is_searched_to_its_end(place: str) -> None:
    count = 20_000
    text = " ".join(["the", *(f"w{n} the" for n in range(count)), "needle in hay"])
    with Store(place) as store:
        trace = make_trace(("user", text))
        store.traces.add([Parsed(trace=trace), Parsed(trace=make_trace(("user", "needle")))])
        inner = (f'"w{n} the w{n + 1}"' for n in range(0, count - 1, 501))
        for query in ('"the needle in hay"', f'"w{count - 1} the needle"', "w0 needle", *inner):
            assert found(store, query) == [trace.id], query
        assert found(store, '"needle the"') == []


@given(st.lists(st.sampled_from("ab") | st.integers(0, 400).map(str), max_size=3_000))
def test_parts_lose_no_phrase_and_each_fits_a_tsvector(words: list[str]) -> None:
    found = [list(part) for part in parts(words)]
    for part in found:
        assert len(part) < 16_383
        assert max(Counter(part).values(), default=0) <= 255
    joined = found[0]
    for part in found[1:]:
        assert joined[-(MAX_WORDS - 1) :] == part[: MAX_WORDS - 1]
        joined = [*joined, *part[MAX_WORDS - 1 :]]
    assert joined == words


def test_a_long_word_is_found_by_all_of_it_or_by_its_beginning(place: str) -> None:
    with Store(place) as store:
        trace = make_trace(("user", "y" * 5_000))
        store.traces.add([Parsed(trace=trace)])
        assert found(store, "y" * 5_000) == found(store, "y" * 300 + "*") == [trace.id]
        assert found(store, "y" * 4_999) == []
