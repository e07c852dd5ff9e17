"""A skill that no longer helps or applies is put before a reviewer with its numbers, and is never dropped."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from seasoned.core.counters import Count, Counters, Rate, RatingVerdict, rate
from seasoned.core.operation import Operation
from seasoned.core.parsed import Parsed
from seasoned.core.rating import Rating
from seasoned.core.scope import Scope
from seasoned.core.skill import Skill, Wording
from seasoned.core.trace import Trace
from seasoned.curate.rates import rates_of
from seasoned.curate.removing import propose_removals, stale_skills
from seasoned.curate.review.sitting import Review
from seasoned.curate.stale import Facts, Stale, StaleRules, is_new, stale, tools_of
from seasoned.errors import UsageError
from seasoned.store.store import Store
from tests.learn.building import calls, returns, run, user
from tests.make import PERSON, add, make_evidence, make_trace, verdict

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
NEUTRAL = rate(Counters())


def skill(**fields: object) -> Skill:
    wording = Wording(revision=1, text="When late, look.", reason="", author=PERSON, at=NOW)
    base = Skill(id="skill-a", text=wording.text, status="approved", wordings=(wording,))
    return base.model_copy(update=fields)


def absent(n: int) -> tuple[RatingVerdict, ...]:
    return ("not applicable",) * n


def rated(*verdicts: RatingVerdict, days_ago: int = 0) -> list[Rating]:
    return [
        Rating(
            skill_id="skill-a",
            wording=1,
            trace_id=f"trace-{days_ago}-{n}",
            source="judged",
            by="test:judge",
            verdict=each,
            at=NOW - timedelta(days=days_ago),
        )
        for n, each in enumerate(verdicts)
    ]


def keys(
    of: Skill, *, ratings: Sequence[Rating] = (), runs: Sequence[set[str]] = (), rate: Rate = NEUTRAL
) -> list[str]:
    found = stale(Facts(skill=of, rate=rate, ratings=ratings, runs=[frozenset(tools) for tools in runs]), TODAY)
    return [each.key for each in found]


def test_a_skill_of_which_nothing_is_known_stays() -> None:
    assert keys(skill()) == []


def test_one_that_applied_in_none_of_the_last_twenty_rated_runs_goes() -> None:
    assert keys(skill(), ratings=rated("helpful", *absent(20))) == ["never applicable"]
    assert keys(skill(), ratings=rated(*absent(19))) == []
    assert keys(skill(), ratings=rated(*absent(20), "neutral")) == []


def test_one_that_has_not_applied_for_long_goes_where_enough_runs_were_rated_since() -> None:
    long_ago, lately = rated("helpful", days_ago=90), absent(5)
    assert keys(skill(), ratings=[*long_ago, *rated(*lately)]) == ["never applicable"]
    assert keys(skill(), ratings=[*long_ago, *rated(*lately[:4])]) == [], "too few to tell"
    assert keys(skill(), ratings=[*rated("helpful", days_ago=89), *rated(*lately)]) == [], "not long enough ago"


def test_two_who_rated_one_run_make_no_two_runs() -> None:
    twice = [each for each in rated(*absent(10)) for _ in range(2)]
    assert keys(skill(), ratings=twice) == []


def test_a_tool_that_is_neither_offered_nor_called_any_more_is_gone() -> None:
    scoped = skill(scope=Scope(agent="desk", tools=("get_order", "refund")))
    assert keys(scoped, runs=[{"get_order"}] * 100) == ["its tool refund is gone"]
    assert keys(scoped, runs=[*[{"get_order"}] * 99, {"get_order", "refund"}]) == []
    assert keys(scoped, runs=[{"get_order"}] * 99) == [], "too few runs to tell"


def test_tools_are_those_offered_and_those_called() -> None:
    trace = run(user("Hello"), calls("look"), returns("it"), tools=("refund",))
    assert tools_of(trace) == {"look", "refund"}


def test_one_whose_last_day_has_passed_goes() -> None:
    assert keys(skill(scope=Scope(valid_until=date(2026, 5, 31)))) == ["it ended on 2026-05-31"]
    assert keys(skill(scope=Scope(valid_until=TODAY))) == []


def test_one_whose_evidence_was_all_erased_is_unproven() -> None:
    evidence = make_evidence(make_trace(("user", "It is late.")), "is late")
    erased = evidence.model_copy(update={"quote": ""})
    assert keys(skill(evidence=(erased,))) == ["unproven"]
    assert keys(skill(evidence=(erased, evidence))) == []


@pytest.mark.parametrize(
    ("helpful", "harmful", "found"), [(0, 6, ["harmful"]), (0, 5, []), (5, 5, []), (3, 17, ["harmful"])]
)
def test_one_that_plainly_harms_goes(helpful: int, harmful: int, found: list[str]) -> None:
    done = rate(Counters(judged=Count(helpful=helpful, harmful=harmful)))
    assert keys(skill(), rate=done) == found


@pytest.mark.parametrize("status", ["proposed", "rejected", "retired"])
def test_only_approved_skills_are_looked_at(status: str) -> None:
    assert keys(skill(status=status, scope=Scope(valid_until=date(2026, 1, 1)))) == []


def test_a_reason_names_its_key_and_numbers() -> None:
    (found,) = stale(Facts(skill=skill(), rate=rate(Counters(voted=Count(harmful=6)))), TODAY)
    assert found.reason.startswith("harmful: it helps rather than harms at a rate of 0.20 (0.03 to 0.48, voted, n = 6)")
    assert found.code == "not useful"


def test_a_reason_is_new_where_none_of_its_key_was_kept() -> None:
    gone = Stale(skill_id="skill-a", key="its tool refund is gone", detail="none of 100", code="outdated")
    assert not is_new(gone, ["harmful: 0.2; also its tool refund is gone: none of 300"])
    assert is_new(gone, ["its tool look is gone: none of 300"])


LATE = add("When late, look it up.")


def expired(text: str) -> Operation:
    return add(text).model_copy(update={"scope": Scope(agent="desk", tools=("refund",), valid_until=date(2026, 5, 1))})


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """Two approved skills, one of which ended, in each kind of database."""
    with Store(place) as opened:
        approvals = [verdict("APPROVE", text) for text in ("When late, look it up.", "When asked, answer.")]
        opened.books.append("desk", [LATE, expired("When asked, answer."), *approvals], scope="by hand")
        yield opened


ENDED = add("When asked, answer.").skill_id


def test_removals_are_proposed_once_and_settled_by_a_person(store: Store) -> None:
    proposed = propose_removals(store, "desk", StaleRules(), TODAY)
    assert list(proposed) == [ENDED]
    book = store.books.read("desk")
    removal = book.skills[ENDED].removal
    assert removal is not None
    assert (removal.author.kind, removal.author.name, removal.code) == ("policy", "stale", "outdated")
    assert removal.reason == "it ended on 2026-05-01: that is 31 days ago"
    assert book.skills[ENDED].status == "approved", "nothing is dropped"
    assert propose_removals(store, "desk", StaleRules(), TODAY) == {}


def test_what_a_reviewer_kept_is_proposed_again_for_another_reason_alone(store: Store) -> None:
    propose_removals(store, "desk", StaleRules(), TODAY)
    Review(store, "desk").restore(ENDED, reason="the rule was prolonged")
    later = TODAY + timedelta(days=40)
    assert propose_removals(store, "desk", StaleRules(), later) == {}, "other numbers are no other reason"
    store.traces.add([Parsed(trace=desk_run(n)) for n in range(3)])
    again = propose_removals(store, "desk", StaleRules(n_runs=3), later)
    assert [each.key for each in again[ENDED]] == ["its tool refund is gone"]


def test_a_policy_s_own_restore_keeps_nothing(store: Store) -> None:
    propose_removals(store, "desk", StaleRules(), TODAY)
    restore = verdict("RESTORE", "When asked, answer.").model_copy(
        update={"author": PERSON.model_copy(update={"kind": "policy"})}
    )
    store.books.append("desk", [restore], scope="policy")
    assert list(stale_skills(store, store.books.read("desk"), StaleRules(), TODAY)) == [ENDED]


def desk_run(n: int, *tools: str) -> Trace:
    return run(user("Hello"), calls("look"), returns("it"), trial=n, tools=tools).model_copy(update={"agent": "desk"})


def test_runs_of_other_agents_and_older_ones_are_not_looked_at(store: Store) -> None:
    other = desk_run(9, "refund").model_copy(update={"agent": "another"})
    store.traces.add([Parsed(trace=each) for each in (desk_run(0, "refund"), desk_run(1), desk_run(2), other)])
    found = stale_skills(store, store.books.read("desk"), StaleRules(n_runs=2), TODAY)
    assert [each.key for each in found[ENDED]] == ["it ended on 2026-05-01", "its tool refund is gone"]
    found = stale_skills(store, store.books.read("desk"), StaleRules(n_runs=3), TODAY)
    assert [each.key for each in found[ENDED]] == ["it ended on 2026-05-01"]


def test_votes_of_people_make_a_rate(store: Store) -> None:
    for number in range(6):
        author = PERSON.model_copy(update={"name": f"person {number}"})
        Review(store, "desk", author).vote(LATE.skill_id, "harmful", reason="it made them wait")
    book = store.books.read("desk")
    assert rates_of(store, book)[LATE.skill_id].n == 6
    assert [each.key for each in stale_skills(store, book, StaleRules(), TODAY)[LATE.skill_id]] == ["harmful"]
    assert book.revision == 4, "votes make no revisions"


def test_a_vote_on_what_is_not_there_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no skill 'skill-none'"):
        Review(store, "desk").vote("skill-none", "helpful")
    with pytest.raises(UsageError, match="no trace"):
        Review(store, "desk").vote(LATE.skill_id, "helpful", trace_id="trace-none")
