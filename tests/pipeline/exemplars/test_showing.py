"""What an agent is shown of the bank: for one task, or for every task; and what a learning run makes of it later."""

import asyncio
import json
from collections.abc import Generator
from pathlib import Path

import pytest

from seasoned.compile.few_shot.showing import Form
from seasoned.core.marks import begin_mark, end_mark
from seasoned.core.outcome import scored
from seasoned.core.parsed import Parsed
from seasoned.core.run import Run
from seasoned.core.trace import Step
from seasoned.errors import UsageError
from seasoned.learn.injected import WITHHELD, HandedOut
from seasoned.learn.patterns.reading import own_steps
from seasoned.llm.testing import TestModel
from seasoned.pipeline.exemplars.filling import ever_handed_out
from seasoned.pipeline.exemplars.showing import Shown, ShowOptions, examples_for, fixed_cases
from seasoned.pipeline.surroundings import handed_out, with_examples_marked
from seasoned.retrieve.exemplars import Retrieval, Sought
from seasoned.store.store import Store
from tests.banks import ADDRESS, FLIGHT, REFUND, bank
from tests.compile.building import NOON
from tests.learn.building import run, says, user

TASK = "I want a refund, my order W2 came broken."


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    with Store(tmp_path / "store.db") as opened:
        yield opened


def shown_for(store: Store, task: str = TASK, *, n: int = 1, **options: object) -> Shown:
    options = {"retrieval": Retrieval(by="text", n=n), **options}
    made = ShowOptions(**options)  # pyright: ignore[reportArgumentType]
    return asyncio.run(examples_for(store, "default", Sought(text=task), made))


def test_the_nearest_case_is_shown_and_why(store: Store) -> None:
    refund, *_ = bank(store)
    shown = shown_for(store)
    assert [each.exemplar_id for each in shown.examples] == [refund.id]
    assert "number 1 by words" in shown.examples[0].why
    assert shown.text.startswith("## Examples\n\nHow earlier runs")
    assert shown.text.endswith(f"{end_mark(refund.id)}\n")
    assert shown.n_tokens > 0


@pytest.mark.parametrize("form", ["text", "transcript", "messages"])
def test_every_form(store: Store, form: Form) -> None:
    refund, *_ = bank(store)
    shown = shown_for(store, form=form)
    assert (bool(shown.text), bool(shown.messages)) == (form != "messages", form == "messages")
    assert json.dumps([shown.text, shown.messages]).count(begin_mark(refund.id)) == 1


def test_what_does_not_fit_is_left_out_with_its_reason(store: Store) -> None:
    bank(store)
    shown = shown_for(store, retrieval=Retrieval(by="text", n=1, max_tokens=60))
    assert not shown.examples
    assert not shown.text
    assert shown.n_tokens == 0
    assert [*shown.skipped, *shown.passed_over]


def test_an_empty_bank_says_what_fills_it(store: Store) -> None:
    shown = shown_for(store)
    assert (shown.examples, shown.text) == ((), "")
    assert "seasoned exemplars fill" in shown.notes[0]


def test_only_what_was_approved_and_did_not_fail_since_is_shown(store: Store) -> None:
    bank(store, REFUND, status="proposed")
    assert not shown_for(store).examples
    (address,) = bank(store, ADDRESS)
    assert [each.exemplar_id for each in shown_for(store).examples] == [address.id]
    store.outcomes.attach(ADDRESS.id, scored(0.0, "human"))
    assert not shown_for(store).examples


def test_a_model_says_what_carries_over(store: Store) -> None:
    bank(store)
    model = TestModel([json.dumps({"plan": "Look the order up with get_order."})])
    shown = shown_for(store, model=model)
    assert shown.examples[0].plan == "Look the order up with get_order."
    assert "For the task at hand: Look the order up with get_order." in shown.text


def test_a_case_whose_plan_does_not_hold_is_shown_as_it_is_with_a_note(store: Store) -> None:
    bank(store)
    shown = shown_for(store, model=TestModel(['{"plan": "Refund W1001"}'] * 2))
    assert shown.examples[0].plan == ""
    assert "'W1001' is of the earlier task alone" in shown.examples[0].note
    assert "For the task at hand" not in shown.text


def test_for_every_task_the_best_or_unlike_ones_or_those_named(store: Store) -> None:
    exemplars = {trace.id: each for trace, each in zip((REFUND, ADDRESS, FLIGHT), bank(store), strict=True)}
    assert len(fixed_cases(store, "default", n=2, by="best")) == 2
    assert len(fixed_cases(store, "default", n=5, by="diverse")) == 3
    assert len(fixed_cases(store, "default", n=1, by="medoids")) == 1
    ids = [exemplars[FLIGHT.id].id, exemplars[REFUND.id].id[:16]]
    cases = fixed_cases(store, "default", n=2, by="ids", ids=ids)
    assert [case.exemplar.trace_id for case in cases] == [FLIGHT.id, REFUND.id]


def test_one_that_may_not_be_shown_cannot_be_named(store: Store) -> None:
    (refund,) = bank(store, REFUND, status="proposed")
    with pytest.raises(UsageError, match="only an approved exemplar is shown"):
        fixed_cases(store, "default", n=1, by="ids", ids=[refund.id])
    (flight,) = bank(store, FLIGHT)
    store.outcomes.attach(FLIGHT.id, scored(0.0, "human"))
    with pytest.raises(UsageError, match="shown to nobody"):
        fixed_cases(store, "default", n=1, by="ids", ids=[flight.id])
    with pytest.raises(UsageError, match="no example to show"):
        fixed_cases(store, "default", n=1, by="best")


def test_a_later_run_learns_nothing_from_what_was_shown_but_all_from_where_it_is_from(store: Store) -> None:
    bank(store)
    shown = shown_for(store)
    later = run(Step(kind="system", text=f"Be kind.\n\n{shown.text}"), user("And mine?"), says("Let me see."))
    store.traces.add([Parsed(trace=later)])
    learning = Run(id="run-1", kind="learn", config={}, state="running", started_at=NOON)
    ours = HandedOut(handed_out(store, learning, store.books.read("default")))
    assert "broken" not in ours.shown(later, 0)
    assert WITHHELD in ours.shown(later, 0)
    assert [ours.shown(REFUND, n) for n in range(len(REFUND.steps))] == [step.text for step in REFUND.steps]
    assert ever_handed_out(store, "default").ranges(later)


def test_patterns_are_not_found_in_what_was_shown(store: Store) -> None:
    bank(store)
    messages = shown_for(store, form="messages").messages
    steps = [
        Step.model_validate({"kind": m["role"], "text": m["content"]})
        for m in messages
        if m["role"] in ("user", "assistant") and m["content"]
    ]
    later = run(*steps, user("And mine?"), says("Let me see."))
    (marked,) = with_examples_marked(store, "default", [later])
    assert [step.text for _, step in own_steps(marked)] == ["And mine?", "Let me see."]
