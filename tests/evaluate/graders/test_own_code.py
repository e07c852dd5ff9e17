"""A user's function as a grader: it runs in the sandbox, and what is wrong with it is no failure of the agent."""

from pathlib import Path

import pytest

from seasoned.errors import UsageError
from seasoned.evaluate.attempt import Grade, Grader
from seasoned.evaluate.graders.registry import grader_named
from tests.evaluate.graders.building import answered, grade, task
from tests.learn.building import calls, returns, says, user


def own(tmp_path: Path, body: str, **settings: str) -> Grader:
    file = tmp_path / "grader.py"
    file.write_text(f"def grade(answer, state, reference, messages):\n    {body}\n", encoding="utf-8")
    return grader_named("code", {"file": str(file), **settings})


def graded(tmp_path: Path, body: str, **settings: str) -> Grade:
    steps = (user("Say it."), calls("get_order", id="W1"), returns("sent"), says("yes"))
    trial = answered("yes", *steps, state={"n": 2})
    return grade(own(tmp_path, body, **settings), task({"right": "yes"}), trial)


@pytest.mark.parametrize(
    ("body", "score"),
    [
        ("return answer == reference['right']", 1.0),
        ("return state['n'] == 3", 0.0),
        ("return 0.5", 0.5),
        ("return [m['name'] for m in messages if m['role'] == 'tool'] == ['get_order']", 1.0),
        ("return messages[1]['arguments'] == {'id': 'W1'}", 1.0),
    ],
)
def test_it_sees_answer_state_reference_and_messages(tmp_path: Path, body: str, score: float) -> None:
    outcome = graded(tmp_path, body).outcome
    assert outcome is not None
    assert (outcome.score, outcome.success, outcome.source) == (score, score == 1, "verifier")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return answer.nothing", "nothing"),
        ("return 'yes'", "returns true, false or a number"),
        ("return 7", "a score is from 0 to 1"),
        ("return None", "returns true, false or a number"),
        ("import socket", "socket"),
        ("open('/etc/hosts').read()", "open"),
    ],
)
def test_what_is_wrong_with_it_is_a_missing_verdict_with_the_reason(tmp_path: Path, body: str, why: str) -> None:
    found = graded(tmp_path, body)
    assert found.outcome is None
    assert why in found.reason


def test_code_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    found = graded(tmp_path, "while True: pass", timeout_s="0.3")
    assert found.outcome is None
    assert found.reason


def test_it_is_another_grader_when_its_code_is_another(tmp_path: Path) -> None:
    assert own(tmp_path, "return True").identity != own(tmp_path, "return False").identity


def test_a_file_is_needed_and_has_to_define_the_function(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a file"):
        grader_named("code")
    with pytest.raises(UsageError, match="cannot be read"):
        grader_named("code", {"file": str(tmp_path / "nowhere.py")})
    file = tmp_path / "empty.py"
    file.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="does not define `grade`"):
        grader_named("code", {"file": str(file)})
    file.write_text("def grade(a, s, r, m): return True\n" + "#" * 20_000, encoding="utf-8")
    with pytest.raises(UsageError, match="too long"):
        grader_named("code", {"file": str(file)})
