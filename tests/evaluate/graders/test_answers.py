"""Graders that look at the answer alone: what passes, what does not, and what they say of a task they cannot grade."""

import json
from math import isfinite
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from seasoned.errors import UsageError
from seasoned.evaluate.graders.number import numbers_in
from seasoned.evaluate.graders.registry import grader_named
from tests.evaluate.graders.building import answered, grade, passes, refusal, task

SQUAD = {"squad": "true"}
CATASTROPHIC = "(a+)+$"
"""On this pattern and a long row of a's with another letter behind them, Python's own `re` does not come back."""


@pytest.mark.parametrize(
    ("settings", "reference", "answer", "expected"),
    [
        ({}, "Paris", " Paris\n", True),
        ({}, "Paris", "paris", False),
        ({"ignore_case": "true"}, "Paris", "PARIS", True),
        ({}, ["Paris", "the capital"], "the capital", True),
        ({}, "new york", "new  york", False),
        ({"ignore_space": "true"}, "new york", "new \n york", True),
        ({"ignore_punctuation": "true"}, "St Ives", "St. Ives", True),
        ({}, 42, "42", True),
        ({}, True, "true", True),
        ({}, "caf\u00e9", "cafe\u0301", True),
        (SQUAD, "Eiffel Tower", "the  eiffel tower.", True),
        (SQUAD, "A", "", False),
        (SQUAD, "A", "a", True),
        (SQUAD, "?", "", False),
        ({"field": "answers.1"}, {"answers": ["x", "y"]}, "y", True),
    ],
)
def test_exact_compares_but_for_what_its_settings_take_away(
    settings: dict[str, str], reference: JsonValue, answer: str, expected: bool
) -> None:
    assert passes(grader_named("exact", settings), reference, answer) == expected


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        (None, "it has no reference answer"),
        ({"target": "secret"}, "Set `field`; it has target"),
        ([], "an empty list"),
        ([["secret"]], "a list of something else"),
    ],
)
def test_exact_names_the_task_it_cannot_grade_and_what_is_missing_but_no_value(reference: JsonValue, why: str) -> None:
    said = refusal(grader_named("exact"), reference)
    assert why in said
    assert "task 't1'" in said
    assert "secret" not in said


def test_a_field_that_the_reference_does_not_have_is_named() -> None:
    said = refusal(grader_named("exact", {"field": "answer"}), {"target": "x", "rubric": "y"})
    assert "no field 'answer'" in said
    assert "target, rubric" in said


@pytest.mark.parametrize(
    ("facts", "answer", "expected"),
    [
        ([["$12.50", "12.5 dollars"], "Monday"], "You get 12.5 dollars on monday.", True),
        ([["12"]], "It is 12.5.", False),
        ([["12"]], "It is 112.", False),
        (["1,000"], "1000.00 it is", True),
        ("Monday", "On Monday", True),
    ],
)
def test_contains_wants_every_fact_in_one_of_its_spellings(facts: JsonValue, answer: str, expected: bool) -> None:
    assert passes(grader_named("contains"), {"facts": facts}, answer) == expected


def test_contains_says_which_fact_is_missing_by_its_number_alone() -> None:
    found = grade(grader_named("contains"), task([["secret"], ["told"]]), answered("told"))
    assert [difference.where for difference in found.differences] == ["fact 1 of 2"]
    assert "secret" not in found.model_dump_json()


def test_contains_refuses_facts_that_are_none() -> None:
    assert "not a list of texts" in refusal(grader_named("contains"), {"facts": [[]]})


@pytest.mark.parametrize(
    ("settings", "reference", "answer", "expected"),
    [
        ({}, 1200, "The sum is $1,200.00.", True),
        ({}, "-3.5", "it is \u22123.5 degrees", True),
        ({}, 7, "first 7, then 8", False),
        ({"which": "first"}, 7, "first 7, then 8", True),
        ({"which": "only"}, 7, "7 or 8", False),
        ({"which": "only"}, 7, "7, that is 7", True),
        ({"tolerance": "0.1"}, 3.14, "3.2", True),
        ({"tolerance": "0.01"}, 3.14, "3.2", False),
        ({"relative": "0.1"}, 1000, "1,090", True),
        ({}, 0.3, "0.30000000000000004", True),
        ({}, 5, "5-10", False),
        ({}, 1e6, "1e6", True),
        ({}, 7, "no number", False),
        ({}, [1, 2], "2", True),
    ],
)
def test_number_reads_the_answers_number(
    settings: dict[str, str], reference: JsonValue, answer: str, expected: bool
) -> None:
    assert passes(grader_named("number", settings), reference, answer) == expected


def test_number_needs_a_number_to_go_by() -> None:
    assert "not one number" in refusal(grader_named("number"), "many")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_back_from_its_own_text(number: float) -> None:
    assert numbers_in(f"it is {number!r}, I think") == (number,)


@given(st.text())
def test_numbers_of_any_text_are_finite(text: str) -> None:
    assert all(isfinite(number) for number in numbers_in(text))


@pytest.mark.parametrize(
    ("settings", "reference", "answer", "expected"),
    [
        ({"pattern": "(?i)order W\\d+"}, None, "It is ORDER W12.", True),
        ({"pattern": "W\\d+", "whole": "true"}, None, "W12 it is", False),
        ({"pattern": "W1|W12", "whole": "true"}, None, " W12\n", True),
        ({"ignore_case": "true"}, "eu-\\d", "It is EU-7.", True),
        ({"ignore_case": "true", "whole": "true"}, "eu-\\d", "It is EU-7.", False),
        ({}, ["^no$", "^yes$"], "yes", True),
        ({"field": "pattern"}, {"pattern": "^b"}, "abc", False),
    ],
)
def test_regex_looks_for_the_pattern(
    settings: dict[str, str], reference: JsonValue, answer: str, expected: bool
) -> None:
    assert passes(grader_named("regex", settings), reference, answer) == expected


def test_a_catastrophic_pattern_does_not_hang_on_a_hostile_answer() -> None:
    # With a backtracking matcher this test would not end.
    assert not passes(grader_named("regex", {"pattern": CATASTROPHIC}), None, "a" * 50_000 + "b")


@pytest.mark.parametrize("pattern", ["(", "(?=ahead)", r"(a)\1", "a{1000000000}"])
def test_a_pattern_that_cannot_be_used_is_refused_before_anything_runs(pattern: str) -> None:
    with pytest.raises(UsageError, match="does not parse"):
        grader_named("regex", {"pattern": pattern})


def test_a_broken_pattern_of_a_task_names_the_task() -> None:
    assert "unclosed group" in refusal(grader_named("regex"), "(")


SCHEMA = '{"type": "object", "properties": {"city": {"enum": ["Paris"]}}, "required": ["city"]}'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"city": "Paris"}', ""),
        ('```json\n{"city": "Paris"}\n```', ""),
        ('{"city": "Rome"}', "the answer does not have the expected shape at city"),
        ("[]", "the answer does not have the expected shape"),
        ("Paris", "the answer is no JSON"),
        ('{"city": NaN}', "the answer is no JSON"),
        ("[" * 100_000, "the answer is no JSON"),
    ],
)
def test_json_schema_checks_the_shape_and_names_only_the_place(answer: str, why: str) -> None:
    outcome = grade(grader_named("json_schema", {"schema_text": SCHEMA}), task(), answered(answer)).outcome
    assert outcome is not None
    assert (outcome.success, outcome.feedback) == (not why, why)


def test_json_schema_comes_from_a_file_or_from_the_reference(tmp_path: Path) -> None:
    file = tmp_path / "city.json"
    file.write_text(SCHEMA, encoding="utf-8")
    assert passes(grader_named("json_schema", {"file": str(file)}), None, '{"city": "Paris"}')
    assert not passes(grader_named("json_schema"), json.loads(SCHEMA), "{}")


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "http://example.invalid/s.json"}, "nothing is fetched"),
        ({"$ref": "file:///etc/hosts"}, "nothing is fetched"),
        ({"type": "strange"}, "its schema is none"),
        ({"pattern": "(?=ahead)"}, "its schema is none"),
        ("word", "a schema is an object"),
    ],
)
def test_a_schema_that_is_none_or_points_elsewhere_is_refused(schema: JsonValue, why: str) -> None:
    assert why in refusal(grader_named("json_schema"), schema)


@pytest.mark.parametrize(
    "settings",
    [
        {"schema_text": "{"},
        {"schema_text": '{"type": 3}'},
        {"file": "nowhere.json"},
        {"schema_text": "{}", "file": "s.json"},
    ],
)
def test_a_schema_in_the_settings_is_checked_before_anything_runs(settings: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="json_schema"):
        grader_named("json_schema", settings)


def test_a_pattern_in_a_schema_does_not_hang_either() -> None:
    schema: JsonValue = {"pattern": CATASTROPHIC}
    assert not passes(grader_named("json_schema"), schema, json.dumps("a" * 50_000 + "b"))


def test_without_the_extra_json_schema_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jsonschema_rs", None)
    assert "pip install 'seasoned[jsonschema]'" in refusal(grader_named("json_schema"), {"type": "string"})


def test_a_person_says_later() -> None:
    assert grade(grader_named("human"), task("x"), answered("x")).outcome is None
