"""Looking back on runs with a skill's condition, by the commands a user gives."""

import json
from pathlib import Path

import pytest

from seasoned.core.parsed import Parsed
from seasoned.llm.testing import TestModel
from seasoned.store.store import Store
from tests.cli.conftest import Command
from tests.evaluate.backtest.test_backtest import ASKS_FIRST, RUNS
from tests.make import add

ASK = "When money is to be paid back, ask first."
ASK_ID = add(ASK).skill_id


@pytest.fixture(autouse=True)
def _store(command: Command, tmp_path: Path) -> None:  # pyright: ignore[reportUnusedFunction]
    with Store(tmp_path / ".seasoned" / "store.db") as store:
        store.books.append("default", [add(ASK)], scope="by hand")
        store.traces.add([Parsed(trace=run) for run in RUNS])
    (tmp_path / "ask.py").write_text(ASKS_FIRST, encoding="utf-8")


def test_a_proposal_is_looked_back_on(command: Command) -> None:
    done = command("skills", "backtest", ASK_ID, "--condition", "ask.py")
    assert done.code == 0, done.err
    assert "4 of 5 runs met the condition, of 2 tasks" in done.err
    assert "Association, not tested" in done.err
    assert [line.split()[0] for line in done.out.splitlines() if line[:1] in "fbc"] == [
        "followed",
        "broken",
        "condition",
    ]
    assert "Within 1 task that tell: following it goes with neither" in done.out
    assert "helps" not in done.out


def test_the_same_for_a_program_and_for_some_of_the_runs(command: Command) -> None:
    said = json.loads(
        command("skills", "backtest", ASK_ID[:14], "--condition", "ask.py", "--task", "one", "--json").out
    )
    assert (said["skill"], said["n_runs"], said["followed"]["n_passed"]) == (ASK_ID, 2, 1)
    assert said["within"]["goes_with"] == "neither"


def test_what_is_wrong_is_said(command: Command, tmp_path: Path) -> None:
    (tmp_path / "none.py").write_text("x = 1", encoding="utf-8")
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe\x00")
    for words, said in (
        (("--condition", "none.py"), "no condition"),
        (("--condition", "absent.py"), "cannot be read"),
        (("--condition", "bytes.py"), "cannot be read"),
        (("--condition", "ask.py", "--task", "nowhere"), "no runs to look back on"),
    ):
        done = command("skills", "backtest", ASK_ID, *words)
        assert done.code == 2
        assert said in done.err
    assert command("skills", "backtest", "skill-none", "--condition", "ask.py").code == 2


def test_a_condition_that_fails_on_runs_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "weak.py").write_text("def triggered(run): return run.calls()[1].name == 'refund'\n"
                                      "def followed(run): return True\n", encoding="utf-8")  # fmt: skip
    done = command("skills", "backtest", ASK_ID, "--condition", "weak.py")
    assert done.code == 0
    assert "failed on 2 runs" in done.err


def test_a_model_words_a_condition_that_is_tried_before_it_is_handed_out(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer does not run and goes back with the reason; asked again, the run is done and nothing is sent."""
    model = TestModel(["```python\ndef triggered(run): return run.nothing\n```", f"```python\n{ASKS_FIRST}```"])

    def named(model_id: str, **_: object) -> TestModel:
        return model

    monkeypatch.setattr("seasoned.cli.backtest.resolve", named)
    done = command("skills", "condition", ASK_ID, "--model", "test:m", "--output", "made.py")
    assert done.code == 0, done.err
    assert (tmp_path / "made.py").read_text(encoding="utf-8") == ASKS_FIRST.lstrip()
    first, second = model.requests
    assert ASK in first.messages[-1].content
    assert "one, two, three" not in str(first), "the model sees no run"
    assert "does not hold" in second.messages[-1].content
    assert command("skills", "condition", ASK_ID, "--model", "test:m").out.strip() == ASKS_FIRST.strip()
    assert len(model.requests) == 2


def test_two_answers_that_do_not_run_are_an_error(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TestModel(["no code", "```python\ndef triggered(run): return 1 / 0\ndef followed(run): return 1\n```"])

    def named(model_id: str, **_: object) -> TestModel:
        return model

    monkeypatch.setattr("seasoned.cli.backtest.resolve", named)
    done = command("skills", "condition", ASK_ID, "--model", "test:m")
    assert done.code == 3
    assert "no condition that runs" in done.err
    assert "ZeroDivisionError" in done.err
    assert command("skills", "condition", ASK_ID).code == 2, "no model was named"
