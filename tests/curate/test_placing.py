"""Sections do not sprawl, and a scope says no more than the runs show."""

import pytest

from seasoned.core.scope import Scope
from seasoned.core.trace import Source, Step, Task, Trace
from seasoned.curate.placing import MAX_SECTIONS, scope_of, section_of


@pytest.mark.parametrize(
    ("wanted", "known", "section"),
    [
        ("refunds", ["Refunds"], "Refunds"),
        ("REFUND", ["Refunds"], "Refunds"),
        ("order-flags", ["Order flags"], "Order flags"),
        ("Returns & Refunds!", [], "returns refunds"),
        ("### Cancellation", ["refunds"], "cancellation"),
        ("a b c d e f g h", [], "a b c d e"),
        ("  ", ["refunds"], "general"),
        ("new", [f"section {n}" for n in range(MAX_SECTIONS)], "general"),
        ("Section 3", [f"section {n}" for n in range(MAX_SECTIONS)], "section 3"),
    ],
)
def test_a_section_is_one_that_is_there_or_a_plain_new_one(wanted: str, known: list[str], section: str) -> None:
    assert section_of(wanted, known) == section


def run_of(agent: str, *called: str) -> Trace:
    steps = tuple(Step(kind="tool_call", text=f"{name}({{}})", name=name) for name in called)
    return Trace.of(
        task=Task(key=agent, text="?"), steps=steps, source=Source(format="test"), agent=agent, tools=("get_order",)
    )


def test_the_agent_is_in_the_scope_if_all_runs_are_of_it() -> None:
    assert scope_of("Refuse.", [run_of("desk"), run_of("desk", "x")]) == Scope(agent="desk")
    assert scope_of("Refuse.", [run_of("desk"), run_of("shop")]) == Scope()
    assert scope_of("Refuse.", [run_of("desk"), run_of("")]) == Scope()
    assert scope_of("Refuse.", []) == Scope()


def test_tools_are_in_the_scope_if_the_text_names_them_and_the_runs_have_them() -> None:
    runs = [run_of("", "refund_order"), run_of("")]
    text = "Call get_order, then refund_order(order_id), never cancel_order."
    assert scope_of(text, runs).tools == ("get_order", "refund_order")
