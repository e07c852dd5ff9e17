"""Skills of one kind of work are worded for another one, and rest on both."""

import asyncio
import json
from collections.abc import Callable

import pytest
from pydantic import JsonValue

from seasoned.core.run import RunTurn
from seasoned.core.skill import Skill
from seasoned.core.skillbook import fold
from seasoned.core.trace import Trace
from seasoned.learn.expel.transfer import ExpelTransfer, TransferConfig, examples
from seasoned.learn.learner import LearnReport
from tests.core.test_skillbook import events
from tests.learn.expel.answering import Shown, shown
from tests.learn.runs import ScriptedModel, context, refund_run
from tests.make import LEARNER, add, make_evidence, make_trace, verdict

OLD = make_trace(("assistant", "I search each of them by its own name."), score=1)
TEXTS = ("When a question names two things, search each of them.", "When a page is long, look a word up in it.")
NEW = [refund_run(passed=passed, task=task) for task in ("late", "early") for passed in (False, True)]
WORDED = "When a refund names two orders, call get_order for each of them."


def skills() -> tuple[Skill, ...]:
    asked = [add(text, (make_evidence(OLD, "search each of them"),), LEARNER) for text in TEXTS]
    return fold("quiz", events(*asked, *(verdict("APPROVE", text) for text in TEXTS))).with_status("approved")


def item(seen: Shown, skill: str, text: str = WORDED) -> dict[str, JsonValue]:
    return {"skill": skill, "text": text, "reason": "both name two", "evidence": [seen.quotes[0]]}


def transferred(
    model: ScriptedModel, *traces: Trace, config: TransferConfig | None = None, turns: list[RunTurn] | None = None
) -> LearnReport:
    told = context(model, on_turn=(turns if turns is not None else []).append)
    return asyncio.run(ExpelTransfer("quiz", skills(), config).learn(traces or NEW, told))


def one(seen: Shown) -> list[dict[str, JsonValue]]:
    """Of the skills that are shown, the first is worded anew."""
    return [item(seen, next(iter(seen.rules)))]


def answering(*more: str) -> ScriptedModel:
    return ScriptedModel([lambda request: json.dumps({"skills": one(shown(request))}), *more])


def test_a_skill_worded_anew_names_where_it_is_from_and_rests_on_both() -> None:
    first, _ = skills()
    report = transferred(answering())
    (found,) = report.findings
    assert found.draft is not None
    assert (found.draft.text, found.draft.reason) == (WORDED, f"From {first.id} of quiz: both name two")
    assert found.evidence[1:] == first.evidence
    assert found.evidence[0].trace_id in {trace.id for trace in NEW}
    assert "1 of 2 skills of quiz hold for this work too, by 2 runs of it" in report.notes


def test_the_runs_in_view_are_of_different_tasks_and_those_that_passed_first() -> None:
    assert [(trace.task.key, trace.verdict) for trace in examples(NEW, 4)] == [("late", True), ("early", True)]
    assert len(examples(NEW, 1)) == 1
    model = answering()
    transferred(model)
    assert shown(model.requests[0]).outcomes == ("passed", "passed")


def test_skills_are_asked_about_some_at_a_time_each_a_turn() -> None:
    turns: list[RunTurn] = []
    report = transferred(answering(), config=TransferConfig(n_skills=1), turns=turns)
    assert (len(report.findings), report.n_episodes) == (2, 2)
    assert sorted(turn.episode for turn in turns) == [0, 1]


def unknown(seen: Shown) -> list[dict[str, JsonValue]]:
    return [item(seen, "skill-of-nobody")]


def twice(seen: Shown) -> list[dict[str, JsonValue]]:
    return [*one(seen), *one(seen)]


def unworded(seen: Shown) -> list[dict[str, JsonValue]]:
    return [item(seen, next(iter(seen.rules)), " ")]


def unquoted(seen: Shown) -> list[dict[str, JsonValue]]:
    return [{**each, "evidence": []} for each in one(seen)]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (unknown, "no skill here has the id"),
        (twice, "has an item already"),
        (unworded, "it holds no wording"),
        (unquoted, "it names no quote"),
    ],
)
def test_what_does_not_hold_goes_back_with_the_reason(
    wrong: Callable[[Shown], list[dict[str, JsonValue]]], why: str
) -> None:
    model = ScriptedModel([lambda request: json.dumps({"skills": wrong(shown(request))}), '{"skills": []}'])
    transferred(model)
    assert why in model.requests[1].messages[-1].content


def test_the_words_of_a_source_skill_are_part_of_the_identity() -> None:
    first, second = skills()
    both, alone = ExpelTransfer("quiz", (first, second)), ExpelTransfer("quiz", (first,))
    assert both.identity == ExpelTransfer("quiz", skills()).identity
    assert both.identity != alone.identity
    assert both.name == "expel_transfer"
