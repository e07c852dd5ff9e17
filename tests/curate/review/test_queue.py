"""What waits is shown by its value, with reasons, and what reads alike stands together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seasoned.core.operation import Conflict, Operation, skill_id
from seasoned.core.skillbook import Skillbook, fold
from seasoned.curate.review.queue import WEIGHTS, Waiting, ordered
from seasoned.curate.wording import content_words, likeness
from tests.core.test_skillbook import events
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

RUNS = [make_trace(("assistant", f"I refunded it, run {n}."), score=n % 2, run_key=str(n)) for n in range(8)]
VERDICTS = {run.id: run.verdict for run in RUNS}
"""The even ones failed."""
LATE, EARLY = "When the return window is over, refuse the refund.", "When a parcel is lost, start a search for it."
LATE_TOO = "When the return window is over, refuse any refund politely."


def proposal(text: str, *runs: int, confidence: float | None = None) -> Operation:
    evidence = tuple(make_evidence(RUNS[n], "I refunded it") for n in runs)
    return add(text, evidence, LEARNER).model_copy(update={"confidence": confidence})


def queue(*operations: Operation) -> tuple[Waiting, ...]:
    return ordered(fold("desk", events(*operations)), VERDICTS)


def parts(waiting: Waiting) -> dict[str, float]:
    return {part.name: part.value for part in waiting.parts}


def test_the_weights_are_those_of_a_mean() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_the_value_is_the_weighted_mean_of_parts_that_say_their_reason() -> None:
    (only,) = queue(proposal(LATE, 0, 1, 2, confidence=0.9))
    assert parts(only) == {
        "severity": pytest.approx(2 / 3),
        "support": 0.5,
        "confidence": 0.9,
        "novelty": 1.0,
        "urgency": 0.0,
    }
    assert only.value == pytest.approx(0.30 * 2 / 3 + 0.25 * 0.5 + 0.15 * 0.9 + 0.15)
    assert only.why == "3 runs, 2 failed, confidence 0.90"


def test_runs_that_failed_come_first_and_among_equals_the_one_with_more_quotes_then_the_older() -> None:
    more = add(EARLY, (make_evidence(RUNS[1], "I"), make_evidence(RUNS[1], "it")), LEARNER)
    found = queue(proposal("When one asks, look.", 1), more, proposal("When two ask, wait.", 1), proposal(LATE, 0))
    assert [each.skill.text for each in found] == [LATE, EARLY, "When one asks, look.", "When two ask, wait."]


def test_runs_that_nobody_judged_say_nothing_of_severity() -> None:
    (only,) = ordered(fold("desk", events(proposal(LATE, 0))), {})
    assert parts(only)["severity"] == 0.5
    assert only.why == "1 run, nobody has said how they ended"


def test_what_reads_like_an_approved_skill_is_less_new() -> None:
    first, second = queue(proposal(LATE, 0), verdict("APPROVE", LATE), proposal(LATE_TOO, 0), proposal(EARLY, 0))
    assert (first.skill.text, second.skill.text) == (EARLY, LATE_TOO)
    assert parts(first)["novelty"] == 1 - likeness(EARLY, LATE)
    assert parts(second)["novelty"] == 1 - likeness(LATE, LATE_TOO)
    assert f"reads like the approved {skill_id(LATE)}" in second.why


@pytest.mark.parametrize(("approved", "urgency"), [(True, 1.0), (False, 0.5)])
def test_a_conflict_is_urgent_the_more_so_with_an_approved_skill(approved: bool, urgency: float) -> None:
    clash = proposal(EARLY, 0).model_copy(update={"conflicts": (Conflict(skill_id=skill_id(LATE)),)})
    found = queue(proposal(LATE, 0), *([verdict("APPROVE", LATE)] if approved else []), clash)
    assert parts(next(each for each in found if each.skill.text == EARLY))["urgency"] == urgency


def test_a_proposed_removal_waits_among_the_proposals() -> None:
    remove = verdict("REMOVE", LATE, LEARNER, reason="it never helped")
    first, second = queue(proposal(LATE, 0), verdict("APPROVE", LATE), remove, proposal(EARLY, 0))
    assert [(each.skill.text, each.kind) for each in (first, second)] == [(LATE, "removal"), (EARLY, "proposal")]
    assert "its removal is proposed" in first.why


def test_what_reads_alike_stands_behind_the_best_of_its_kind() -> None:
    found = queue(proposal(LATE_TOO, 1), proposal(EARLY, 0, 1), proposal(LATE, 0, 2, 4))
    assert [each.skill.text for each in found] == [LATE, LATE_TOO, EARLY]
    assert [(each.group, each.n_group) for each in found] == [
        (skill_id(LATE), 2),
        (skill_id(LATE), 2),
        (skill_id(EARLY), 1),
    ]


def test_rules_about_different_cases_are_no_group_however_alike_they_read() -> None:
    gold, silver = (f"When the status is {status}, refuse the refund at once." for status in ("GOLD", "SILVER"))
    assert [each.n_group for each in queue(proposal(gold, 0), proposal(silver, 0))] == [1, 1]


VOCABULARY = ("refund", "parcel", "late", "order", "GOLD", "cancel", "window", "ask", "not", "30")
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1)


@given(st.lists(st.tuples(WORDS, st.sets(st.integers(0, 7)), st.booleans()), max_size=12))
def test_whatever_waits_is_there_once_and_its_value_is_between_0_and_1(
    drawn: list[tuple[list[str], set[int], bool]],
) -> None:
    texts = {" ".join(words): (runs, is_approved) for words, runs, is_approved in drawn}
    operations: list[Operation] = []
    for text, (runs, is_approved) in texts.items():
        operations.append(proposal(text, *runs).model_copy(update={"author": verdict("APPROVE", text).author}))
        operations += [verdict("APPROVE", text)] if is_approved else []
    found = queue(*operations)
    assert sorted(each.skill.text for each in found) == sorted(t for t, (_, approved) in texts.items() if not approved)
    assert all(0 <= part.value <= 1 for each in found for part in each.parts)
    assert all(0 <= each.value <= 1 for each in found)
    by_id = {each.skill.id: each for each in found}
    assert all(by_id[each.group].value >= each.value for each in found)


def test_the_same_book_has_the_same_queue() -> None:
    book = fold("desk", events(*(proposal(f"When {n} ask, look at parcel {n}.", n) for n in range(8))))
    shuffled = Skillbook(name=book.name, revision=book.revision, skills=dict(reversed(book.skills.items())))
    assert [e.skill.id for e in ordered(book, VERDICTS)] == [e.skill.id for e in ordered(shuffled, VERDICTS)]


def test_likeness_is_that_of_the_content_words() -> None:
    assert content_words("When the order is late") == content_words("Whenever orders were late")
