"""A case: an exemplar with the steps of its solution, read from the run."""

import pytest
from pydantic import ValidationError

from seasoned.core.exemplar import case_of, exemplar_id
from seasoned.core.trace import Source, Task, Trace
from tests.exemplars import desk_run, exemplar_of, step


def test_a_case_has_the_steps_of_its_range() -> None:
    trace = desk_run()
    case = case_of(exemplar_of(trace, 2, 4), trace)
    assert [s.text for s in case.steps] == ['get_order({"order":"B-17"})', "get_order: done"]


def test_pairs_count_within_the_case() -> None:
    trace = desk_run()
    assert [s.pair for s in case_of(exemplar_of(trace, 4), trace).steps] == [1, 0, None]
    (lonely,) = case_of(exemplar_of(trace, 4, 5), trace).steps
    assert (lonely.kind, lonely.pair) == ("tool_call", None)


def test_what_we_handed_the_agent_is_no_part_of_a_case() -> None:
    ours = step("user", "[example exemplar-1]").model_copy(update={"injected": True})
    steps = (step("system", "Be kind."), ours, step("tool_call", "a({})", pair=3), step("tool_result", "b", pair=2))
    trace = Trace.of(task=Task(key="t", text="t"), steps=steps, source=Source(format="test"))
    case = case_of(exemplar_of(trace, 0), trace)
    assert [(s.kind, s.pair) for s in case.steps] == [("tool_call", 1), ("tool_result", 0)]


def test_the_same_place_in_the_same_run_is_the_same_exemplar() -> None:
    assert exemplar_id("trace-1", 2, 5) == exemplar_id("trace-1", 2, 5)
    assert len({exemplar_id("trace-1", 2, 5), exemplar_id("trace-1", 2, 6), exemplar_id("trace-2", 2, 5)}) == 3


def test_an_exemplar_needs_a_step() -> None:
    exemplar = exemplar_of(desk_run())
    with pytest.raises(ValidationError, match="at least one step"):
        type(exemplar).model_validate(exemplar.model_dump() | {"end": exemplar.start})
