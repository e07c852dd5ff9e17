"""The example of a program that works with a suite's tools, as a user runs it."""

import json
import sys
from pathlib import Path

from seasoned.store.store import Store
from tests.cli.conftest import Command, command

EXAMPLE = Path(__file__).parents[2] / "examples" / "tools_agent.py"
__all__ = ["command"]


def test_it_works_tickets_of_the_returns_desk(command: Command, tmp_path: Path) -> None:
    words = ("eval", "run", "returns_desk", "--split", "test", "--first", "9", "--store", str(tmp_path / "s.db"))
    done = command(*words, "--json", "--", sys.executable, str(EXAMPLE))
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["n_trials"], told["is_complete"], told["floor"]["free_tasks"]) == (9, True, [])
    assert 1 <= told["n_passed"] < 9
    with Store(tmp_path / "s.db") as store:
        runs = list(store.traces.of([trial.trace_id or "" for trial in store.trials.of(told["run_id"])]))
    assert len(runs) == 9
    for run in runs:
        call, result = (next(step for step in run.steps if step.kind == kind) for kind in ("tool_call", "tool_result"))
        assert str((call.arguments or {})["order_id"]) in run.task.text
        assert run.steps.index(result) == call.pair
        assert len(run.tools) == 7
    passed = [run for run in runs if run.outcome is not None and run.outcome.success]
    assert len(passed) == told["n_passed"]


def test_an_agent_elsewhere_is_refused_before_any_trial(command: Command) -> None:
    done = command("eval", "run", "returns_desk", "--agent", "https://agent.example/run")
    assert done.code == 2
    assert "run Seasoned where the agent runs" in done.err
    assert done.out == ""
