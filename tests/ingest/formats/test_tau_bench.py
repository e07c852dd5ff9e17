"""tau-bench results: rewards are verdicts, and what the agent was not told stays sealed."""

import json

from pydantic import JsonValue

from seasoned.core.outcome import Outcome
from seasoned.ingest.formats.tau_bench import TauBench
from tests.ingest.documents import read

POLICY: JsonValue = {"role": "system", "content": "# Airline Agent Policy\n\nBe brief."}
HELLO: JsonValue = {"role": "user", "content": "Book me a flight."}
INFO: JsonValue = {
    "task": {"instruction": "You are the secret Mia.", "actions": ["gold"]},
    "reward_info": {"r": "gold"},
}


def entry(**changes: JsonValue) -> dict[str, JsonValue]:
    whole: dict[str, JsonValue] = {"task_id": 3, "reward": 1.0, "info": INFO, "traj": [POLICY, HELLO], "trial": 2}
    return whole | changes


def test_a_record_is_a_run_with_a_verdict() -> None:
    (parsed,), problems = read(TauBench(), json.dumps([entry()]))
    trace = parsed.trace
    assert problems == []
    assert (trace.task.key, trace.task.text, trace.agent) == ("tau-airline-3", "Book me a flight.", "airline")
    assert (trace.source.run_key, trace.source.where) == ("trial 2", "item 1")
    assert trace.outcome == Outcome(score=1.0, success=True, source="verifier", name="reward")


def test_the_users_script_and_the_gold_actions_are_sealed() -> None:
    (parsed,), _ = read(TauBench(), json.dumps([entry()]))
    assert parsed.reference == INFO
    assert "secret" not in parsed.trace.model_dump_json()
    assert "gold" not in parsed.trace.model_dump_json()


def test_trials_of_a_task_share_its_key_and_not_their_id() -> None:
    runs, _ = read(TauBench(), json.dumps([entry(trial=0), entry(trial=1)]))
    assert len({parsed.trace.task.key for parsed in runs}) == 1
    assert len({parsed.trace.id for parsed in runs}) == 2


def test_without_a_heading_the_task_itself_tells_domains_apart() -> None:
    other: JsonValue = {"task": {"instruction": "You are Noah."}}
    runs, _ = read(
        TauBench(), json.dumps([entry(traj=[HELLO]), entry(traj=[HELLO], trial=1), entry(traj=[HELLO], info=other)])
    )
    first, second, third = (parsed.trace.task.key for parsed in runs)
    assert first == second != third


def test_a_bad_record_is_reported_and_the_rest_read() -> None:
    runs, problems = read(TauBench(), json.dumps([{"task_id": 1}, entry(traj=[]), entry(reward=7), entry()]))
    assert [parsed.trace.source.where for parsed in runs] == ["item 3", "item 4"]
    assert [(problem.where, problem.why) for problem in problems] == [
        ("item 1", "no `traj` in it"),
        ("item 2", "no messages in it"),
        ("item 3", "its reward is outside [0, 1], so it was left out"),
    ]
    assert runs[0].trace.outcome is None
