"""The learning cycle runs as it stands, offline."""

import runpy
from pathlib import Path

import pytest
from examples.learning_cycle import TASK, cycle, leave_runs, scripted

import seasoned

EXAMPLE = Path(__file__).parents[2] / "examples" / "learning_cycle.py"


def test_it_promotes_demotes_edits_and_plans() -> None:
    with seasoned.open(":memory:", author="ada") as workspace:
        book = workspace.skillbook("desk")
        leave_runs(book)
        model = seasoned.TestModel(scripted)
        plan = cycle(book, model)
        standing = [(skill.status, len(skill.wordings)) for skill in book.skills()]
        assert standing == [("approved", 1), ("approved", 2), ("retired", 1)]
        assert book.labelled("production").included
        assert plan.startswith("1. Call get_order for B-17")
        assert "name the day on which the 30 days ended" in plan
        assert TASK in model.requests[-1].messages[-1].content
        assert "apology" not in model.requests[-1].messages[-1].content, "what was demoted is no ground for a plan"


def test_it_runs_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert capsys.readouterr().out.startswith("1. Call get_order")
