"""A workflow says only what runs that succeeded really called, in an order that they really had."""

import pytest
from pydantic import JsonValue

from seasoned.core.trace import Trace
from seasoned.errors import UsageError
from seasoned.learn.registry import learner_named
from seasoned.learn.workflows.groups import follows, grouped, sequence
from seasoned.learn.workflows.learner import WorkflowsConfig, WorkflowsLearner, workflows
from seasoned.llm.budget import Budget
from seasoned.llm.testing import TestModel
from tests.learn.asked import answer, last_of, quote, reported, system_of
from tests.learn.building import calls, returns, run, says, user


def exchange(order: str, task: str, *, verdict: bool | None = True) -> Trace:
    return run(
        user(f"Exchange the saddle of {order}."),
        calls("get_order", order_id=order, locale="en"),
        returns(f"{order} was delivered yesterday"),
        calls("check_stock", part="saddle"),
        returns("3 saddles in stock"),
        calls("exchange_item", order_id=order, part="saddle"),
        returns("exchanged"),
        says("Your saddle is exchanged."),
        task=task,
        verdict=verdict,
    )


def refund(task: str) -> Trace:
    return run(
        calls("find_user", email="x"),
        returns("found"),
        calls("refund", user="x"),
        returns("ok"),
        task=task,
        verdict=True,
    )


ONE, TWO = exchange("B-17", "a"), exchange("B-18", "b")
LOOK: JsonValue = {
    "tool": "get_order",
    "arguments": [{"name": "order_id", "value": "{order_id}"}, {"name": "locale", "value": "en"}],
    "note": "go on only if\nit was delivered",
}
EXCHANGE: JsonValue = {"tool": "exchange_item", "arguments": [{"name": "order_id", "value": "{order_id}"}]}
BOTH = [quote(1, 2, "B-17 was delivered yesterday"), quote(2, 6, "exchanged")]


def workflow(*steps: JsonValue, evidence: list[dict[str, JsonValue]] | None = None, trigger: str = "x") -> JsonValue:
    quotes: list[JsonValue] = [*(BOTH if evidence is None else evidence)]
    return {"trigger": trigger, "steps": list(steps), "evidence": quotes}


def said(*items: JsonValue) -> str:
    return answer(workflows=list(items))


def step(tool: str, **arguments: str) -> JsonValue:
    named: list[JsonValue] = [{"name": name, "value": value} for name, value in arguments.items()]
    return {"tool": tool, "arguments": named}


def test_a_workflow_becomes_a_numbered_procedure() -> None:
    model = TestModel([said(workflow(LOOK, EXCHANGE, trigger="a customer wants a part exchanged."))])
    (finding,) = reported(WorkflowsLearner(), [ONE, TWO], model).findings
    assert finding.draft is not None
    assert finding.draft.text.splitlines() == [
        "When a customer wants a part exchanged:",
        "1. call get_order(order_id={order_id}, locale=en); go on only if it was delivered",
        "2. call exchange_item(order_id={order_id})",
    ]
    assert {evidence.trace_id for evidence in finding.evidence} == {ONE.id, TWO.id}
    assert (finding.kind, finding.confidence, finding.has_verdicts) == ("good practice", 0.5, True)
    assert "at most 3" in system_of(model.requests[0])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (workflow(LOOK), "2 to 20 steps"),
        (workflow(*[LOOK] * 21), "2 to 20 steps"),
        (workflow(LOOK, EXCHANGE, trigger=" "), "needs a trigger"),
        (workflow(LOOK, step("delete_order")), "no run calls a tool 'delete_order'"),
        (workflow(LOOK, step("exchange_item", colour="{colour}")), "has an argument 'colour'"),
        (workflow(LOOK, step("exchange_item", order_id="B-17")), "needs a {slot}"),
        (workflow(EXCHANGE, LOOK), "0 of the 2 runs call these tools in this order"),
        (workflow(LOOK, EXCHANGE, evidence=BOTH[:1]), "quotes from two runs"),
        (workflow(LOOK, EXCHANGE, evidence=[]), "quotes from two runs"),
        (workflow(LOOK, EXCHANGE, evidence=[BOTH[0], quote(2, 6, "not in there")]), "does not hold this quote"),
        (workflow(LOOK, EXCHANGE, evidence=[BOTH[0], quote(2, 6, "exchanged"), quote(7, 1, "x")]), "there is no run 7"),
    ],
)
def test_what_the_runs_do_not_bear_out_goes_back_once_and_is_then_dropped(wrong: JsonValue, why: str) -> None:
    model = TestModel([said(wrong), said(wrong)])
    report = reported(WorkflowsLearner(), [ONE, TWO], model)
    assert report.findings == ()
    assert why in last_of(model.requests[1])
    assert why in report.dropped[0].reason


def test_one_run_alone_proves_no_fixed_value() -> None:
    alone = workflow(LOOK, EXCHANGE, evidence=BOTH[:1])
    report = reported(WorkflowsLearner(), [ONE], TestModel([said(alone), said()]))
    assert report.findings == ()
    slots = workflow(step("get_order", order_id="{order_id}"), EXCHANGE, evidence=BOTH[:1])
    (finding,) = reported(WorkflowsLearner(), [ONE], TestModel([said(slots)])).findings
    assert finding.confidence == 0.4


def test_only_successes_are_read_and_the_others_are_told() -> None:
    failed, unjudged, short = exchange("C-1", "c", verdict=False), exchange("C-2", "d", verdict=None), run(says("hi"))
    report = reported(WorkflowsLearner(), [failed, unjudged, short], TestModel([]))
    assert report.findings == ()
    assert "3 of 3 runs are not read" in report.notes[0]
    assert report.is_complete


def test_runs_that_share_sequences_of_tools_are_read_together() -> None:
    groups = grouped([ONE, refund("r1"), TWO, refund("r2")], size=6)
    assert [[trace.task.key for trace in group] for group in groups] == [["a", "b"], ["r1", "r2"]]
    other_agent = TWO.model_copy(update={"agent": "another"})
    assert len(grouped([ONE, other_agent], size=6)) == 2
    assert [len(group) for group in grouped([exchange(str(n), str(n)) for n in range(7)], size=6)] == [4, 3]


def test_how_often_it_will_ask_is_known_before() -> None:
    assert WorkflowsLearner().planned_calls([ONE, refund("r1"), TWO, refund("r2")]) == 2


def test_a_sequence_leaves_out_repeats_and_order_is_what_counts() -> None:
    twice = run(calls("a"), calls("a"), calls("b"), verdict=True)
    assert sequence(twice) == ("a", "b")
    assert follows(["a", "b"], twice)
    assert not follows(["b", "a"], twice)
    assert not follows(["a", "a", "a"], twice)
    assert len(grouped([run(calls("a"), calls("a"), verdict=True)], size=6)) == 1


def test_nothing_and_too_much_are_answers_too() -> None:
    assert reported(WorkflowsLearner(), [ONE, TWO], TestModel([said()])).findings == ()
    forty = said(*(workflow(LOOK, EXCHANGE, trigger=f"case {n}") for n in range(40)))
    report = reported(WorkflowsLearner(), [ONE, TWO], TestModel([forty, forty]))
    assert (len(report.findings), len(report.dropped)) == (3, 37)


def test_a_spent_budget_keeps_what_was_found() -> None:
    model = TestModel(lambda _: said(workflow(LOOK, EXCHANGE)))
    learner = WorkflowsLearner(WorkflowsConfig(concurrency=1))
    report = reported(learner, [ONE, TWO, refund("r1")], model, budget=Budget(max_calls=1))
    assert (len(report.findings), report.is_complete, report.n_episodes_unread) == (1, False, 1)


def test_it_is_registered_and_its_identity_is_its_configuration_and_prompt() -> None:
    assert learner_named("workflows", {"n_runs": "3"}).identity == workflows({"n_runs": "3"}).identity
    assert WorkflowsLearner().identity != workflows({"n_runs": "3"}).identity
    with pytest.raises(UsageError, match="does not take this setting"):
        workflows({"runs": "2"})
