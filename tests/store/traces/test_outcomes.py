"""Who said what about a run, and which word counts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from seasoned.core.outcome import Outcome, OutcomeSource, scored
from seasoned.core.parsed import Parsed
from seasoned.errors import UsageError
from seasoned.store.store import Store
from seasoned.store.traces.traces import Added
from tests.make import make_trace

BARE = make_trace(("user", "hi"))
FAILED, PASSED = (BARE.model_copy(update={"outcome": scored(score, "verifier")}) for score in (0, 1))
AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=BARE)])
        yield opened


def says(success: bool, source: OutcomeSource = "human", name: str = "ada") -> Outcome:
    return Outcome(success=success, source=source, name=name)


def shown(store: Store) -> Outcome | None:
    return store.traces.get(BARE.id).outcome


def test_a_person_outranks_a_verifier_a_judge_and_the_agent_itself(store: Store) -> None:
    sources: tuple[OutcomeSource, ...] = ("human", "self-report", "judge", "verifier")
    for source in sources:
        store.outcomes.attach(BARE.id, says(source == "human", source))
    assert shown(store) == says(True)
    assert [row.verdict for row in store.traces.rows()] == [True]
    assert [statement.outcome.source for statement in store.outcomes.of(BARE.id)] == list(sources)


def test_a_later_label_of_a_person_replaces_an_earlier_one(store: Store) -> None:
    assert store.outcomes.attach(BARE.id, says(True)).winning == says(True)
    attached = store.outcomes.attach(BARE.id, says(False, name="bob"))
    assert (attached.is_new, attached.winning, shown(store)) == (True, says(False, name="bob"), says(False, name="bob"))


def test_feedback_that_arrives_late_does_not_undo_what_was_said_after_it(store: Store) -> None:
    store.outcomes.attach(BARE.id, says(True), at=AT)
    attached = store.outcomes.attach(BARE.id, says(False), at=AT - timedelta(hours=1))
    assert (attached.is_new, attached.winning) == (True, says(True))


@pytest.mark.parametrize("at", [None, AT])
def test_saying_the_same_again_adds_nothing(store: Store, at: datetime | None) -> None:
    store.outcomes.attach(BARE.id, says(True), at=at)
    assert not store.outcomes.attach(BARE.id, says(True), at=at).is_new
    assert len(store.outcomes.of(BARE.id)) == 1


def test_an_outcome_of_an_unknown_trace_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no trace 'trace-none'"):
        store.outcomes.attach("trace-none", says(True))


def test_an_import_never_takes_a_persons_label_back(store: Store) -> None:
    store.traces.add([Parsed(trace=FAILED)])
    store.outcomes.attach(BARE.id, says(True))
    assert store.traces.add([Parsed(trace=FAILED)]) == Added(), "the log said so before"
    assert shown(store) == says(True)


def test_a_contradiction_is_kept_in_the_history_once_and_changes_nothing(store: Store) -> None:
    store.traces.add([Parsed(trace=FAILED)])
    for _ in range(2):
        assert store.traces.add([Parsed(trace=PASSED)]).contradicted == (BARE.id,)
    assert shown(store) == FAILED.outcome
    history = [(s.outcome, s.stands) for s in store.outcomes.of(BARE.id)]
    assert history == [(FAILED.outcome, True), (PASSED.outcome, False)]
    store.outcomes.attach(BARE.id, says(False, "self-report"))
    assert shown(store) == FAILED.outcome


def test_a_verifiers_word_in_a_later_log_replaces_the_agents_own(store: Store) -> None:
    claimed = BARE.model_copy(update={"outcome": says(True, "self-report")})
    assert store.traces.add([Parsed(trace=claimed)]).labelled == (BARE.id,)
    assert store.traces.add([Parsed(trace=FAILED)]).labelled == (BARE.id,)
    assert shown(store) == FAILED.outcome


def test_what_further_graders_said_is_kept_beside_and_changes_nothing(store: Store) -> None:
    store.outcomes.attach(BARE.id, says(False, "judge"))
    for _ in range(2):
        store.outcomes.keep_beside(BARE.id, [says(True, "verifier", "exact"), says(False, "judge")])
    said = [(each.outcome.name, each.stands) for each in store.outcomes.of(BARE.id)]
    assert said == [("ada", True), ("exact", False)]
    assert shown(store) == says(False, "judge")


def test_keeping_beside_an_unknown_trace_is_an_error(store: Store) -> None:
    with pytest.raises(UsageError, match="no trace"):
        store.outcomes.keep_beside("trace-nowhere", [says(True)])


def test_the_histories_of_which_a_judge_said_anything(store: Store) -> None:
    other = make_trace(("user", "hello"), task="other")
    store.traces.add([Parsed(trace=other)])
    store.outcomes.attach(BARE.id, says(True))
    store.outcomes.attach(other.id, says(True))
    store.outcomes.attach(other.id, says(False, "judge"))
    (found,) = store.outcomes.with_source("judge")
    assert (found.trace_id, found.task_key) == (other.id, "other")
    assert [each.outcome.source for each in found.said] == ["human", "judge"]
