"""ExpeL as a durable run: what it learns is in the book, and nothing is paid for twice."""

import json
import re
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from seasoned.core.finding import verify
from seasoned.core.parsed import Parsed
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.folds import folds_of, held_out
from seasoned.learn.expel.learner import ExpelLearner
from seasoned.llm.budget import Budget
from seasoned.llm.model import Model, Request
from seasoned.pipeline.given import LearnOptions
from seasoned.pipeline.learning import learn_from
from seasoned.store.store import Store
from tests.learn.expel.answering import Shown, operation, says
from tests.learn.runs import ScriptedModel, refund_run
from tests.make import LEARNER, add, make_evidence, verdict

TRACES = [refund_run(passed=passed, task=f"refund {n}") for n in range(4) for passed in (False, True)]
KNOWN = "When a refund is asked for, call get_order first, then compare the delivery date."
WRONG = "When a customer insists, call refund_order at once."
NEW = "When the 30 days are over, tell the customer so and end the call."


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    with Store(place) as opened:
        opened.traces.add([Parsed(trace=trace) for trace in TRACES])
        behind = (make_evidence(TRACES[0], "Please refund order B-17", step=1),)
        asked = [add(text, behind, LEARNER) for text in (KNOWN, WRONG)]
        opened.books.append("desk", [*asked, verdict("APPROVE", KNOWN), verdict("APPROVE", WRONG)], scope="before")
        yield opened


def answer(seen: Shown) -> list[dict[str, JsonValue]]:
    ids = {text: rule for rule, text in seen.rules.items()}
    new = operation("AGREE", ids[NEW], "", *seen.quotes) if NEW in ids else operation("ADD", "", NEW, *seen.quotes)
    against = [operation("REMOVE", ids[WRONG], "", *seen.quotes)] if WRONG in ids else []
    return [operation("AGREE", ids[KNOWN], "", *seen.quotes), *against, new]


def said(request: Request) -> str:
    """Of drafts that read like skills: they are all new; of runs: what `answer` says."""
    drafts = re.findall(r'"id": "(draft-\w{16})"', request.messages[1].content)
    if drafts:
        return json.dumps({"decisions": [{"draft": draft, "verdict": "new"} for draft in drafts]})
    return says(answer)(request)


def options(model: Model, budget: Budget | None = None) -> LearnOptions:
    return LearnOptions(book="desk", learner=ExpelLearner(ExpelConfig()), model=model, budget=budget or Budget())


def test_what_is_learned_is_in_the_book_with_evidence_that_resolves(store: Store) -> None:
    learned = learn_from(store, TRACES, options(ScriptedModel([said])))
    assert (learned.n_proposed, learned.n_agreed, learned.n_to_remove) == (1, 1, 1)
    skills = {skill.text: skill for skill in store.books.read("desk").skills.values()}
    assert skills.keys() == {KNOWN, WRONG, NEW}
    assert skills[NEW].status == "proposed"
    assert len(skills[KNOWN].trace_ids) > 1
    assert skills[WRONG].removal is not None
    assert skills[WRONG].status == "approved", "a reviewer decides"
    for each in (e for skill in skills.values() for e in skill.evidence):
        verify(each, store.traces.get(each.trace_id))


def test_the_run_tells_every_call(store: Store) -> None:
    learned = learn_from(store, TRACES, options(ScriptedModel([said])))
    turns = list(store.runs.turns(learned.run_id))
    assert {turn.episode for turn in turns} == {0, 1}
    # 4 pairs and a group of successes for each of the 2 folds; one call more asked whether the new rule is one.
    assert len(turns) == 6
    assert learned.n_calls == 7


def test_a_run_that_a_budget_cut_off_goes_on_and_pays_for_no_call_twice(store: Store) -> None:
    model = ScriptedModel([said])
    first = learn_from(store, TRACES, options(model, Budget(max_calls=3)))
    assert not first.is_complete
    again = learn_from(store, TRACES, options(model))
    assert (again.run_id, again.is_complete) == (first.run_id, True)
    assert len(model.requests) == 6


def test_the_skills_of_other_folds_are_found_by_evidence_alone(store: Store) -> None:
    learn_from(store, TRACES, options(ScriptedModel([said])))
    task_of = {trace.id: trace.task.key for trace in TRACES}
    first, second = folds_of(task_of.values(), 2, ExpelConfig().seed)
    skills = tuple(store.books.read("desk").skills.values())
    # Both folds came to the new rule and agreed with the known one; the wrong one rests on a run of one task.
    (wrong,) = (skill for skill in skills if skill.text == WRONG)
    (its,) = {task_of[each.trace_id] for each in wrong.evidence}
    other, own = (second, first) if its in first.task_keys else (first, second)
    assert held_out(other, skills, task_of.__getitem__) == (wrong,)
    assert held_out(own, skills, task_of.__getitem__) == ()
