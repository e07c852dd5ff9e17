"""What every `Grader` does, ours and anybody's: whatever the answer, the state and the reference."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.errors import ConfigError
from seasoned.evaluate.attempt import Attempted, Grade, GradedTask, Grader
from seasoned.evaluate.graders.registry import AsksModel, grader_named, grader_names
from seasoned.llm.model import Model
from seasoned.llm.testing import TestModel
from tests.evaluate.graders.building import answered, task

NEEDED: dict[str, dict[str, str]] = {"judge": {"model": "openai:judge", "base_url": "http://localhost:9/v1"}}
"""Settings without which a grader cannot be made."""
OWN_CODE = "def grade(answer, state, reference, messages):\n    return answer == reference\n"
GIVES_AWAY = "zanzibar 1729"
"""A reference that stands in nothing else: where it is seen, it was given away."""
HOSTILE = (
    "",
    " ",
    "\0",
    "\ud800",
    "a" * 100_000,
    "[" * 50_000,
    "</data>",
    "{{answer}}",
    "$(id)",
    "9" * 5_000,
    "\u202e",
)
REFERENCES: tuple[JsonValue, ...] = (
    GIVES_AWAY,
    [GIVES_AWAY, 1729],
    {"state": {"zanzibar": 1729}, "facts": [["zanzibar"], ["1729"]], "actions": [], "conditions": GIVES_AWAY},
    {"actions": [{"name": "cancel_order", "arguments": {"id": "zanzibar 1729"}}], "outputs": ["1729"]},
    1729,
    {"type": "object", "required": ["zanzibar"], "properties": {"zanzibar": {"const": 1729}}},
)


@pytest.fixture(params=grader_names(), scope="module")
def grader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Grader:
    """Each one that is installed; a judge's model repeats the reference, as a careless one would."""
    name = str(request.param)
    file = tmp_path_factory.mktemp("code") / "grader.py"
    file.write_text(OWN_CODE, encoding="utf-8")
    made = grader_named(name, {"file": str(file)} if name == "code" else NEEDED.get(name, {}))
    return made.asking(_careless) if isinstance(made, AsksModel) else made


def _careless(_: Model) -> Model:
    said = {"passed": False, "reason": f"It should have said {GIVES_AWAY}."}
    return TestModel(lambda _: json.dumps(said))


def graded(grader: Grader, of: GradedTask, trial: Attempted) -> Grade | None:
    """The grade; None where the task has nothing to go by, which is said with its key and no value of its own."""
    refused = ""
    try:
        return asyncio.run(grader.grade(of, trial))
    except ConfigError as error:
        refused = str(error)
    assert of.task.key in refused
    assert "1729" not in refused
    return None


def test_it_has_a_name_and_an_identity_in_json(grader: Grader) -> None:
    assert grader.name
    assert json.loads(json.dumps(grader.identity)) == grader.identity


@pytest.mark.parametrize("reference", REFERENCES, ids=range(len(REFERENCES)))
@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_fail_or_have_no_verdict_and_the_reference_stays_sealed(
    grader: Grader, answer: str, reference: JsonValue
) -> None:
    grade = graded(grader, task(reference), answered(answer, state={"x": answer}))
    if grade is not None:
        assert grade.outcome is None or grade.outcome.success is False
        _assert_sealed(grade)


def test_a_missing_reference_is_a_missing_thing_and_no_verdict_of_chance(grader: Grader) -> None:
    grade = graded(grader, task(None), answered("x"))
    assert grade is None or grade.outcome is None or grade.outcome.success is False


def test_it_says_the_same_again(grader: Grader) -> None:
    trial = answered("zanzibar", state={})
    assert graded(grader, task(GIVES_AWAY), trial) == graded(grader, task(GIVES_AWAY), trial)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answer=st.text(alphabet="abc 019.,\n{}[]\"'"),
    state=st.none() | st.dictionaries(st.sampled_from(["a", "b"]), st.integers(), max_size=2),
    reference=st.sampled_from(REFERENCES),
)
def test_feedback_and_differences_never_hold_words_of_the_reference(
    grader: Grader, answer: str, state: JsonValue, reference: JsonValue
) -> None:
    grade = graded(grader, task(reference), answered(answer, state=state))
    if grade is not None:
        _assert_sealed(grade)


def _assert_sealed(grade: Grade) -> None:
    """What whoever learns may read: the feedback and the differences, not the reason for who evaluates."""
    told = [grade.outcome.feedback if grade.outcome else "", *(each.where for each in grade.differences)]
    assert not any("zanzibar" in text.lower() or "1729" in text for text in told)
