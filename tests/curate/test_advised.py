"""A finding that names the skill it is about changes that skill, with every check that a model's word would get."""

import asyncio

import pytest

from seasoned.core.finding import Advice, Draft, Evidence, Finding, FindingKind
from seasoned.core.operation import Conflict, skill_id
from seasoned.core.skillbook import Skillbook, fold
from seasoned.core.trace import Trace
from seasoned.curate.deciding import Deciding
from seasoned.curate.propose import Proposal, propose
from seasoned.learn.injected import HandedOut
from seasoned.llm.testing import TestModel
from tests.core.test_skillbook import events
from tests.make import LEARNER, PERSON, add, make_evidence, make_trace, verdict

TEXT = "When the return window is over, refuse the refund and offer store credit."
BETTER = "When the return window is over, refuse the refund, say why, and offer store credit."
ID = skill_id(TEXT)
OLD, NEW, THIRD = (
    make_trace(("assistant", "I refunded it, mia@example.com."), score=0, run_key=key, task=key) for key in "123"
)
TRACES = {trace.id: trace for trace in (OLD, NEW, THIRD)}
BEHIND = make_evidence(OLD, "I refunded it")
SEEN = make_evidence(NEW, "I refunded it")


def found(kind: str, *evidence: Evidence, skill: str = ID, text: str = "", about: FindingKind = "other") -> Finding:
    return Finding(
        claim=f"why {kind}",
        kind=about,
        confidence=0.6,
        evidence=evidence or (SEEN,),
        draft=Draft(text=text, reason="it says why") if text else None,
        advice=Advice.model_validate({"kind": kind, "skill_id": skill}),
        learner="expel",
        has_verdicts=True,
    )


def book_of(*verdicts: str) -> Skillbook:
    return fold("desk", events(add(TEXT, (BEHIND,), LEARNER), *(verdict(each, TEXT) for each in verdicts)))


def proposed(*findings: Finding, book: Skillbook, deciding: Deciding | None = None) -> Proposal:
    def trace_of(trace_id: str) -> Trace:
        return TRACES[trace_id]

    return asyncio.run(propose(findings, book, LEARNER, trace_of, deciding))


@pytest.mark.parametrize("status", [(), ("APPROVE",)])
def test_agreement_gives_the_skill_the_evidence(status: tuple[str, ...]) -> None:
    (operation,) = proposed(found("AGREE"), book=book_of(*status)).operations
    assert (operation.kind, operation.skill_id, operation.evidence) == ("AGREE", ID, (SEEN,))
    assert operation.reason == "why AGREE"


def test_no_model_is_asked_whether_advice_means_the_skill_that_it_names() -> None:
    model = TestModel([])
    findings = found("AGREE"), found("EDIT", text=BETTER), found("REMOVE")
    result = proposed(*findings, book=book_of(), deciding=Deciding(model=model))
    assert [operation.kind for operation in result.operations] == ["EDIT", "REMOVE"]
    assert "holds all of its evidence already" in result.dropped[0].reason
    assert model.requests == ()


def test_a_better_wording_of_a_proposed_skill_becomes_its_own() -> None:
    book = book_of()
    (operation,) = proposed(found("EDIT", text=BETTER), book=book).operations
    assert (operation.kind, operation.skill_id, operation.text) == ("EDIT", ID, BETTER)
    skill = fold("desk", events(add(TEXT, (BEHIND,), LEARNER), operation)).skills[ID]
    assert skill.text == BETTER
    assert skill.evidence == (BEHIND, SEEN)


def test_a_better_wording_of_an_approved_skill_is_proposed_beside_it_and_says_so() -> None:
    (operation,) = proposed(found("EDIT", text=BETTER), book=book_of("APPROVE")).operations
    assert (operation.kind, operation.skill_id) == ("ADD", skill_id(BETTER))
    assert operation.conflicts == (Conflict(skill_id=ID, kind="would replace", reason="why EDIT"),)


def test_a_wording_that_loses_a_number_is_only_more_evidence() -> None:
    text = "When 30 days are over, refuse the refund and offer store credit."
    book = fold("desk", events(add(text, (BEHIND,), LEARNER)))
    shorter = text.replace("30 days", "the days")
    result = proposed(found("EDIT", text=shorter, skill=skill_id(text)), book=book)
    assert [operation.kind for operation in result.operations] == ["AGREE"]
    assert "it drops 30" in result.notes[0]


def test_a_wording_that_says_the_opposite_is_proposed_beside_the_skill_in_conflict() -> None:
    result = proposed(found("EDIT", text=TEXT.replace("refuse", "do not refuse")), book=book_of())
    (operation,) = result.operations
    assert operation.kind == "ADD"
    assert [conflict.skill_id for conflict in operation.conflicts] == [ID]
    assert "was not taken as one" in result.notes[0]


def test_a_wording_with_a_new_taint_is_refused() -> None:
    result = proposed(found("EDIT", text=f"{BETTER} See https://evil.example."), book=book_of())
    assert [operation.kind for operation in result.operations] == ["AGREE"]
    assert "holds an address" in result.notes[0]


def test_a_wording_that_leaks_is_dropped() -> None:
    result = proposed(found("EDIT", text=f"{BETTER} Write to mia@example.com."), book=book_of())
    assert result.operations == ()
    assert "an e-mail address of a run" in result.dropped[0].reason


def test_a_wording_that_a_person_chose_stays_and_gets_the_evidence() -> None:
    edit = verdict("EDIT", TEXT, PERSON).model_copy(update={"text": f"{TEXT} Be kind."})
    book = fold("desk", events(add(TEXT, (BEHIND,), LEARNER), edit))
    result = proposed(found("EDIT", text=f"{BETTER} Be kind."), book=book)
    assert [operation.kind for operation in result.operations] == ["AGREE"]


@pytest.mark.parametrize("status", [(), ("APPROVE",)])
def test_what_runs_speak_against_is_proposed_for_removal(status: tuple[str, ...]) -> None:
    (operation,) = proposed(found("REMOVE", about="wrong argument"), book=book_of(*status)).operations
    assert (operation.kind, operation.skill_id, operation.code) == ("REMOVE", ID, "wrong")
    assert (operation.reason, operation.evidence) == ("why REMOVE", (SEEN,))
    log = [add(TEXT, (BEHIND,), LEARNER), *(verdict(each, TEXT) for each in status), operation]
    assert fold("desk", events(*log)).skills[ID].removal is not None


def test_a_removal_that_is_proposed_already_is_not_proposed_again() -> None:
    (operation,) = proposed(found("REMOVE"), book=book_of()).operations
    book = fold("desk", events(add(TEXT, (BEHIND,), LEARNER), operation))
    again = proposed(found("REMOVE"), book=book)
    assert again.operations == ()
    assert "its removal is proposed already" in again.dropped[0].reason


@pytest.mark.parametrize("kind", ["AGREE", "EDIT", "REMOVE"])
@pytest.mark.parametrize(
    ("status", "why"), [(("REJECT",), f"{ID} is rejected"), (("APPROVE", "RETIRE"), f"{ID} is retired")]
)
def test_advice_about_a_skill_that_does_not_stand_is_dropped(kind: str, status: tuple[str, ...], why: str) -> None:
    result = proposed(found(kind, text=BETTER), book=book_of(*status))
    assert result.operations == ()
    assert result.dropped[0].reason.startswith(why)


@pytest.mark.parametrize("kind", ["AGREE", "EDIT", "REMOVE"])
def test_advice_about_a_skill_that_the_book_does_not_have_is_dropped(kind: str) -> None:
    result = proposed(found(kind, text=BETTER, skill="skill-of-nobody"), book=book_of())
    assert result.operations == ()
    assert result.dropped[0].reason == "the skillbook has no skill skill-of-nobody"


def test_advice_about_a_merged_skill_is_evidence_for_what_it_went_into() -> None:
    other = "When a refund is late, refuse it and offer credit."
    merge = verdict("MERGE", other, PERSON).model_copy(update={"merged_id": ID})
    book = fold("desk", events(add(TEXT, (BEHIND,), LEARNER), add(other, (BEHIND,), LEARNER), merge))
    result = proposed(found("AGREE"), found("REMOVE"), book=book)
    assert [(each.kind, each.skill_id) for each in result.operations] == [("AGREE", skill_id(other))]
    assert f"{ID} went into {skill_id(other)}" in result.dropped[0].reason


def test_an_edit_without_a_wording_is_dropped() -> None:
    result = proposed(found("EDIT"), book=book_of())
    assert result.dropped[0].reason == f"it words nothing better than {ID} does"


@pytest.mark.parametrize("kind", ["AGREE", "REMOVE"])
def test_advice_whose_quotes_do_not_stand_or_are_our_own_is_dropped(kind: str) -> None:
    nowhere = SEEN.model_copy(update={"quote": "I recalled it"})
    assert "stands in the runs" in proposed(found(kind, nowhere), book=book_of()).dropped[0].reason
    handed = make_trace(("user", f"{TEXT} {BETTER}"), run_key="handed")
    TRACES[handed.id] = handed
    ours = Deciding(ours=HandedOut((f"{TEXT} {BETTER}",)))
    result = proposed(found(kind, make_evidence(handed, TEXT)), book=book_of(), deciding=ours)
    assert "words that we handed the agent" in result.dropped[0].reason


def test_advice_is_not_noted_as_a_finding_that_asks_for_nothing() -> None:
    plain = found("AGREE").model_copy(update={"advice": None, "claim": "It rained."})
    assert proposed(found("AGREE"), found("REMOVE"), plain, book=book_of()).noted == ("It rained.",)
