"""A query is the user's words, never the index's syntax."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seasoned.core.parsed import Parsed
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.errors import UsageError
from seasoned.store.fulltext import folded, hits, phrases
from seasoned.store.store import Store
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
