"""The page on ExpeL: its settings and its numbers are those of the code, and its example runs."""

import re
import shlex
from pathlib import Path
from typing import Any

from seasoned.cli.main import app
from seasoned.core.finding import Finding
from seasoned.learn.expel.config import ExpelConfig
from seasoned.learn.expel.findings import RUNS_AGAINST, confidence_of
from seasoned.learn.expel.transfer import TransferConfig
from seasoned.learn.expel.votes import MAX_OPERATIONS, OVERFULL_BY, VOTES_AT_BIRTH
from tests.make import make_evidence, make_trace

PAGE = (Path(__file__).parents[2] / "docs" / "expel.md").read_text(encoding="utf-8")


def test_every_setting_is_named_with_its_default() -> None:
    rows = dict(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]+) \|", PAGE, re.MULTILINE))
    said = {
        name: default
        for names, defaults in rows.items()
        for name, default in zip(re.findall(r"`(\w+)`", names), defaults.split(", "), strict=True)
    }
    assert said == {name: str(value) for name, value in ExpelConfig().model_dump().items()}


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"begins with {VOTES_AT_BIRTH}" in PAGE
    assert f"at most {MAX_OPERATIONS} operations" in PAGE
    assert f"`max_num_rules` + {OVERFULL_BY} rules or more" in PAGE
    assert f"where {RUNS_AGAINST} runs speak against it" in PAGE
    assert f"({TransferConfig().n_examples}, of different tasks" in PAGE
    assert [confidence_of(votes) for votes in (2, 3, 8)] == [0.5, 0.6, 0.8]
    assert "0.5 for a new one, 0.6 with one agreement, 0.8 with 8 votes" in PAGE


def test_the_command_of_transfer_parses() -> None:
    (command,) = re.findall(r"^(seasoned skills transfer .*)$", PAGE, re.MULTILINE)
    _, bound, _ = app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)
    assert bound.arguments["source"] == "airline"


def test_the_example_holds_out_by_evidence() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    traces = [make_trace(("assistant", "I refunded it."), task=task) for task in ("task a", "task b")]
    for trace, name in zip(traces, ("trace-1", "trace-2"), strict=True):
        example = example.replace(name, trace.id)
    found = [
        Finding(
            claim=trace.task.key,
            confidence=0.5,
            evidence=(make_evidence(trace, "refunded"),),
            learner="expel",
            has_verdicts=True,
        )
        for trace in traces
    ]
    names: dict[str, Any] = {"skills": found}
    exec(compile(example, "docs/expel.md", "exec"), names)
    (key,) = names["second"].task_keys
    assert [each.claim for each in names["rules_for_first"]] == [key]
