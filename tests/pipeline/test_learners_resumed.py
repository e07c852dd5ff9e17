"""Learners that ask questions: a run that a budget cut off is taken up again without paying twice."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import JsonValue

from seasoned.core.parsed import Parsed
from seasoned.learn.registry import learner_named
from seasoned.llm.budget import Budget
from seasoned.llm.model import Request, request_hash
from seasoned.llm.testing import TestModel
from seasoned.pipeline.given import Learned, LearnOptions
from seasoned.pipeline.learning import learn_from
from seasoned.store.store import Store
from tests.learn.asked import answer, last_of, quote
from tests.learn.gepa.test_learner import acts_by_its_prompt
from tests.learn.runs import refund_run

RUNS = [refund_run(passed=True, task=f"order {n}") for n in range(6)]
SORRY = quote(1, 4, "the 30 days for a refund are over")


def sheet(request: Request) -> str:
    entry = f"When {last_of(request).count('] When')} entries stand there, do it."
    return answer(changes=[{"kind": "ADD", "text": entry, "evidence": [SORRY]}])


def strategies(request: Request) -> str:
    item: JsonValue = {
        "title": "Look",
        "description": "When asked for a refund",
        "content": "Look.",
        "evidence": [SORRY],
    }
    return answer(items=[item])


@pytest.mark.parametrize(
    ("name", "settings", "script", "n_first"),
    [
        ("cheatsheet", {"n_runs": "1"}, sheet, 3),
        ("reasoning_bank", {}, strategies, 3),
        ("gepa", {"max_metric_calls": "40"}, acts_by_its_prompt, 9),
    ],
)
def test_what_was_paid_for_is_not_asked_again(
    tmp_path: Path, name: str, settings: dict[str, str], script: Callable[[Request], str], n_first: int
) -> None:
    model, whole = TestModel(script), TestModel(script)

    def learned(path: Path, asked: TestModel, budget: Budget) -> Learned:
        with Store(path) as store:
            store.traces.add([Parsed(trace=trace) for trace in RUNS])
            learner = learner_named(name, settings)
            return learn_from(store, RUNS, LearnOptions(book="desk", learner=learner, model=asked, budget=budget))

    cut = learned(tmp_path / "cut.db", model, Budget(max_calls=n_first))
    assert not cut.is_complete
    assert len(model.requests) == n_first
    resumed = learned(tmp_path / "cut.db", model, Budget())
    at_once = learned(tmp_path / "whole.db", whole, Budget())
    assert resumed.is_complete
    assert resumed.base_prompt == at_once.base_prompt
    assert (resumed.run_id == cut.run_id, resumed.n_findings) == (True, at_once.n_findings)
    asked = [request_hash(request) for request in model.requests]
    assert len(asked) == len(set(asked)), "nothing is asked twice"
    # What else is asked is about the skills that the first part proposed.
    assert set(map(request_hash, whole.requests[: 2 * n_first])) <= set(asked)
